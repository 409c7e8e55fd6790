"""Every kind of fault as a client meets it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

import pytest
import requests
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.sync.connection import Connection

from chalicelib.domain import MINUTE_MS, Candle
from tests.sim_server import START_MS, Running, generated, running

KLINES = "/api/v3/klines?symbol=BTCUSDT&interval=1m"
STREAM = "/ws/btcusdt@kline_1m"


@contextmanager
def faulty(faults: str, speed: float = 1.0) -> Iterator[Running]:
    with running(generated(faults=faults, speed=speed)) as server:
        yield server


def test_delay() -> None:
    with faulty("delay=1:300ms") as server:
        begun = monotonic()
        assert requests.get(server.url + KLINES, timeout=5).status_code == 200
        assert monotonic() - begun >= 0.3


def test_server_errors_of_all_sorts() -> None:
    with faulty("error=1") as server:
        answers = [requests.get(server.url + KLINES, timeout=5) for _ in range(40)]
        assert {answer.status_code for answer in answers} == {500, 502, 503, 504}
        with pytest.raises(InvalidStatus) as refused, connect(server.streams_url + STREAM):
            pass
        assert refused.value.response.status_code >= 500


def test_429_with_retry_after() -> None:
    with faulty("429=1:1500ms") as server:
        answer = requests.get(server.url + KLINES, timeout=5)
        assert (answer.status_code, answer.headers["Retry-After"], answer.json()["code"]) == (429, "2", -1003)


def test_a_cut_connection_breaks_within_the_body() -> None:
    with faulty("cut=1") as server:
        for path in (KLINES, "/news.rss", "/api/v3/ping"):
            with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
                requests.get(server.url + path, timeout=5)


def test_garbage_is_a_whole_answer_that_is_no_json() -> None:
    with faulty("garbage=1") as server:
        answer = requests.get(server.url + KLINES, timeout=5)
        assert answer.status_code == 200
        assert int(answer.headers["Content-Length"]) == len(answer.content)
        with pytest.raises(requests.JSONDecodeError):
            answer.json()


def test_a_stream_is_cut_without_a_closing_handshake() -> None:
    with (
        faulty("cut=1") as server,
        connect(server.streams_url + STREAM) as connection,
        pytest.raises(ConnectionClosed) as closed,
    ):
        connection.recv(timeout=5)
    assert closed.value.rcvd is None


def test_garbage_comes_over_streams_too() -> None:
    with faulty("garbage=1") as server, connect(server.streams_url + STREAM) as connection:
        text = connection.recv(timeout=5)
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)


def test_duplicates_are_the_same_message_twice() -> None:
    with faulty("duplicate=1", speed=600.0) as server, connect(server.streams_url + STREAM) as connection:
        messages = [connection.recv(timeout=5) for _ in range(20)]
    assert messages[::2] == messages[1::2]


def test_a_missing_candle_is_late_over_rest() -> None:
    with running(generated(faults="missing=1:5s", speed=5.0)) as server:

        def newest_ms() -> tuple[int, int]:
            rows = requests.get(server.url + KLINES + "&limit=1", timeout=5).json()
            return rows[0][0], server.exchange.clock.now_ms()

        newest, _ = newest_ms()
        assert newest == START_MS - 2 * MINUTE_MS  # the one before closed just now
        while newest < START_MS - MINUTE_MS:
            newest, now_ms = newest_ms()
            assert now_ms < START_MS + MINUTE_MS
        assert now_ms >= START_MS + 5_000
        hourly = requests.get(f"{server.url}/api/v3/klines?symbol=BTCUSDT&interval=1h&limit=1", timeout=5).json()
        assert hourly[0][6] > now_ms  # wider bars stay whole


def test_a_client_fills_over_rest_what_the_stream_lacks() -> None:
    with faulty("missing=0.3:20s", speed=1500.0) as server, connect(server.streams_url + STREAM) as connection:
        streamed = closed_opens(connection, 15)
        query = f"&startTime={streamed[0]}&endTime={streamed[-1]}"
        rows = requests.get(server.url + KLINES + query, timeout=5).json()
        faults = server.exchange.faults
    opens = [row[0] for row in rows]
    assert set(streamed) < set(opens)
    lost = [
        open_ms
        for open_ms in range(streamed[0], streamed[-1] + 1, MINUTE_MS)
        if faults.lost(Candle("BTCUSDT", open_ms, 1.0, 1.0, 1.0, 1.0, 1.0))
    ]
    assert sorted(set(opens) - set(streamed)) == [open_ms for open_ms in lost if open_ms in opens]


def closed_opens(connection: Connection, count: int) -> list[int]:
    found: list[int] = []
    while len(found) < count:
        kline = json.loads(connection.recv(timeout=5))["k"]
        if kline["x"]:
            found.append(kline["t"])
    return found


def test_the_same_seed_meets_the_same_faults() -> None:
    def statuses() -> list[int]:
        with faulty("error=0.3,429=0.3") as server:
            return [requests.get(server.url + KLINES, timeout=5).status_code for _ in range(25)]

    assert statuses() == statuses()
