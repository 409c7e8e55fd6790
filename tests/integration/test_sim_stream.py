"""The WebSocket side over real connections."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.sync.connection import Connection

from chalicelib.domain import MINUTE_MS
from tests.shared_data import shared
from tests.sim_server import Running, generated, running
from trader.sim.stream import ConnectionLimits

Event = dict[str, Any]


@pytest.fixture(scope="module")
def fast() -> Iterator[Running]:
    """1500 simulated seconds a second: 25 candles close each second."""
    with running(generated(speed=1500.0)) as server:
        yield server


@pytest.fixture(scope="module")
def slow() -> Iterator[Running]:
    with running(generated()) as server:
        yield server


def receive(connection: Connection) -> Event:
    event: Event = json.loads(connection.recv(timeout=5))
    return event


def ask(connection: Connection, request: object) -> Event:
    """The answer to a request, events before it skipped."""
    connection.send(request if isinstance(request, str) else json.dumps(request))
    while "e" in (event := receive(connection)) or "stream" in event:
        pass
    return event


def drain(connection: Connection) -> None:
    """Receive until something is raised."""
    while True:
        connection.recv(timeout=5)


def closed_klines(connection: Connection, count: int) -> list[Event]:
    found: list[Event] = []
    while len(found) < count:
        event = receive(connection)
        if event["k"]["x"]:
            found.append(event["k"])
    return found


def test_closed_candles_come_in_order_exactly_once_and_equal_those_over_rest(fast: Running) -> None:
    with connect(f"{fast.streams_url}/ws/btcusdt@kline_1m") as connection:
        klines = closed_klines(connection, 20)
    start, end = klines[0]["t"], klines[-1]["t"]
    query = {"symbol": "BTCUSDT", "interval": "1m", "startTime": str(start), "endTime": str(end)}
    rows = requests.get(f"{fast.url}/api/v3/klines", params=query, timeout=5).json()
    fields = ("t", "o", "h", "l", "c", "v", "T", "q", "n", "V", "Q")
    assert [[kline[field] for field in fields] for kline in klines] == [row[:11] for row in rows]


def test_wide_bars_close_once_too(fast: Running) -> None:
    with connect(f"{fast.streams_url}/ws/btcusdt@kline_3m") as connection:
        klines = closed_klines(connection, 4)
    assert [kline["t"] - klines[0]["t"] for kline in klines] == [k * 3 * MINUTE_MS for k in range(4)]
    assert all(kline["i"] == "3m" for kline in klines)


def test_the_first_event_is_the_running_candle_in_the_documented_shape(slow: Running) -> None:
    with connect(f"{slow.streams_url}/ws/btcusdt@kline_1m") as connection:
        event = receive(connection)
    assert event["k"]["x"] is False
    example = json.loads(shared("binance/ws_kline_examples.json").read_text())["raw_kline"]
    assert {key: type(value) for key, value in event.items()} == {key: type(value) for key, value in example.items()}
    assert {key: type(value) for key, value in event["k"].items()} == {k: type(v) for k, v in example["k"].items()}


def test_updates_of_a_running_candle_come_every_two_simulated_seconds() -> None:
    with running(generated(speed=10.0)) as server, connect(f"{server.streams_url}/ws/btcusdt@kline_1m") as connection:
        times = [receive(connection)["E"] for _ in range(4)]
    assert len({time_ms // 2_000 for time_ms in times}) == len(times)
    assert times[-1] - times[0] < 60_000


def test_combined_streams_are_wrapped_and_separate(fast: Running) -> None:
    streams = "btcusdt@kline_1m/ethusdt@kline_1m"
    seen: dict[str, list[int]] = {}
    with connect(f"{fast.streams_url}/stream?streams={streams}") as connection:
        for _ in range(60):
            event = receive(connection)
            assert event.keys() == {"stream", "data"}
            assert event["data"]["s"].lower() == event["stream"].split("@")[0]
            if event["data"]["k"]["x"]:
                seen.setdefault(event["stream"], []).append(event["data"]["k"]["t"])
    assert set(seen) == set(streams.split("/"))
    assert all(times == sorted(set(times)) for times in seen.values())


@pytest.mark.parametrize(
    ("stream", "kind"), [("ethusdt@miniTicker", "24hrMiniTicker"), ("ethusdt@ticker", "24hrTicker")]
)
def test_ticker_streams(fast: Running, stream: str, kind: str) -> None:
    with connect(f"{fast.streams_url}/ws/{stream}") as connection:
        first, second = receive(connection), receive(connection)
    assert (first["e"], first["s"]) == (kind, "ETHUSDT")
    assert second["E"] > first["E"]


def test_the_stream_of_the_best_offers(fast: Running) -> None:
    with connect(f"{fast.streams_url}/ws/ethusdt@bookTicker") as connection:
        first, second = receive(connection), receive(connection)
    assert first.keys() == {"u", "s", "b", "B", "a", "A"}
    assert (first["s"], first["b"] < first["a"]) == ("ETHUSDT", True)
    assert second["u"] > first["u"]


def test_subscribe_list_unsubscribe(fast: Running) -> None:
    examples = json.loads(shared("binance/ws_kline_examples.json").read_text())
    with connect(f"{fast.streams_url}/ws") as connection:
        assert ask(connection, examples["subscribe"]["send"]) == examples["subscribe"]["receive"]
        assert receive(connection)["e"] == "kline"
        assert ask(connection, examples["list"]["send"]) == examples["list"]["receive"]
        assert ask(connection, examples["unsubscribe"]["send"]) == examples["unsubscribe"]["receive"]
        with pytest.raises(TimeoutError):
            connection.recv(timeout=0.5)


def test_properties(slow: Running) -> None:
    with connect(f"{slow.streams_url}/ws/btcusdt@kline_1m") as connection:
        assert ask(connection, {"method": "GET_PROPERTY", "params": ["combined"], "id": 1}) == {
            "result": False,
            "id": 1,
        }
        set_combined = {"method": "SET_PROPERTY", "params": ["combined", True], "id": "x"}
        assert ask(connection, set_combined) == {"result": None, "id": "x"}
        assert ask(connection, {"method": "GET_PROPERTY", "params": ["combined"], "id": None})["result"] is True
        assert receive(connection).keys() == {"stream", "data"}


@pytest.mark.parametrize(
    ("request_text", "code", "says"),
    [
        ("nonsense", 3, "Invalid JSON: expected value at line 1 column 1"),
        ("[" * 100_000, 3, "Invalid JSON"),
        ("[]", 2, "Invalid request: missing field `method` at line 1 column 2"),
        ('{"id": 1}', 2, "missing field `method`"),
        (
            '{"method": "subscribe", "params": [], "id": 1}',
            2,
            "unknown variant `subscribe`, expected one of `SUBSCRIBE`",
        ),
        ('{"method": ["SUBSCRIBE"], "id": 1}', 2, "unknown variant"),
        ('{"method": "SUBSCRIBE", "params": ["a@b"]}', 2, "request ID"),
        ('{"method": "SUBSCRIBE", "params": ["a@b"], "id": true}', 2, "request ID"),
        ('{"method": "SUBSCRIBE", "params": "a@b", "id": 1}', 2, "array of stream names"),
        ('{"method": "SUBSCRIBE", "params": [1], "id": 1}', 2, "array of stream names"),
        ('{"method": "SET_PROPERTY", "params": ["x", true], "id": 1}', 0, "Unknown property"),
        ('{"method": "SET_PROPERTY", "params": ["combined", 1], "id": 1}', 1, "Invalid value type: expected Boolean"),
        ('{"method": "SET_PROPERTY", "params": [1, true], "id": 1}', 2, "property name must be a string"),
        ('{"method": "GET_PROPERTY", "params": ["combined", 1], "id": 1}', 2, "too many parameters"),
    ],
)
def test_mistaken_requests_are_answered(slow: Running, request_text: str, code: int, says: str) -> None:
    with connect(f"{slow.streams_url}/ws") as connection:
        answer = ask(connection, request_text)
        assert (answer["code"], says in answer["msg"]) == (code, True), answer


def test_an_unknown_stream_is_accepted_and_silent(slow: Running) -> None:
    with connect(f"{slow.streams_url}/ws/nope@kline_1m/btcusdt@kline_7m/BTCUSDT@kline_1m") as connection:
        with pytest.raises(TimeoutError):
            connection.recv(timeout=0.4)
        assert len(ask(connection, {"method": "LIST_SUBSCRIPTIONS", "id": 1})["result"]) == 3


def test_too_many_streams_are_refused(slow: Running) -> None:
    names = [f"x{k}@kline_1m" for k in range(1025)]
    with connect(f"{slow.streams_url}/ws") as connection:
        assert ask(connection, {"method": "SUBSCRIBE", "params": names, "id": 1})["code"] == 2
        assert ask(connection, {"method": "SUBSCRIBE", "params": names[:1024], "id": 2})["result"] is None


def test_a_client_that_talks_too_much_is_cut_off(slow: Running) -> None:
    with connect(f"{slow.streams_url}/ws") as connection:
        for number in range(6):
            connection.send(json.dumps({"method": "LIST_SUBSCRIPTIONS", "id": number}))
        with pytest.raises(ConnectionClosed):
            drain(connection)
    assert connection.close_code == 1008


def test_a_connection_ends_after_its_lifetime_with_a_word_of_warning() -> None:
    with (
        running(generated(), ConnectionLimits(lifetime_s=0.3)) as server,
        connect(f"{server.streams_url}/ws/nope@kline_1m") as connection,
    ):
        assert receive(connection)["e"] == "serverShutdown"
        with pytest.raises(ConnectionClosed):
            connection.recv(timeout=5)
