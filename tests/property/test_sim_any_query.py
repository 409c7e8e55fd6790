"""Whatever the candles are and whatever is asked, the simulated exchange answers in JSON and loses no digit."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosedError
from websockets.sync.client import connect

from chalicelib.domain import MINUTE_MS, Candle
from tests.sim_server import running
from trader.data.candles import CandleColumns
from trader.sim.app import create_app
from trader.sim.clock import SimClock
from trader.sim.control import Streams
from trader.sim.exchange import Exchange, recorded_exchange
from trader.sim.public import ENDPOINTS
from trader.sim.subscription import due_events
from trader.sim.tape import MarketPath
from trader.sim.view import INTERVALS

START_MS = 1_750_000_020_000
DECIMAL = re.compile(r"-?\d+\.\d+")
SIZES = st.floats(1e-18, 1e15)
NAMES = ("OLDUSDT", "NEWUSDT", "币安人生USDT")


def columns(symbol: str, first_ms: int, closes: Sequence[float], volume: float) -> CandleColumns:
    close = np.array(closes)
    opens = np.concatenate((close[:1], close[:-1]))
    times = first_ms + MINUTE_MS * np.arange(len(close))
    high, low = np.maximum(opens, close), np.minimum(opens, close)
    return CandleColumns(symbol, times, opens, high, low, close, np.full(len(close), volume))


@st.composite
def exchanges(draw: st.DrawFn) -> Exchange:
    """One pair that trades, one yet to be listed, one whose candles are over."""
    closes = draw(st.lists(SIZES, min_size=2, max_size=4))
    volume = draw(st.one_of(st.just(0.0), st.floats(0, 1e24)))
    files = [
        columns("OLDUSDT", START_MS, closes * 10, volume),
        columns("NEWUSDT", START_MS + 30 * MINUTE_MS, closes, volume),
        columns("币安人生USDT", START_MS, closes, volume),
    ]
    return recorded_exchange(files, 1, draw(st.integers(1, 20)), 1e-9, {})


VALUES = st.one_of(
    st.sampled_from(
        [*NAMES, '["OLDUSDT"]', '["NEWUSDT","OLDUSDT"]', "[]", "1m", "1d", "BREAK", "MINI", "-1:00", "SPOT"]
    ),
    st.integers(-1, 10**25).map(str),
    st.text(max_size=12),
)
QUERIES = st.dictionaries(st.sampled_from([*{name for each in ENDPOINTS for name in each.parameters}, "x"]), VALUES)


@given(exchange=exchanges(), path=st.sampled_from([each.path for each in ENDPOINTS]), query=QUERIES)
def test_any_query_of_any_endpoint_is_answered_in_json(exchange: Exchange, path: str, query: dict[str, str]) -> None:
    status, answer = asked(exchange, path, urlencode(query, errors="replace"))
    if status == 200:
        assert all(DECIMAL.fullmatch(text) for text in decimals(answer))
    else:
        assert status == 400
        assert answer.keys() == {"code", "msg"}
        assert answer["code"] < 0


@given(exchange=exchanges(), path=st.sampled_from([each.path for each in ENDPOINTS[2:] if "symbol" in each.parameters]))
def test_a_pair_yet_to_be_listed_is_unknown_and_takes_no_other_along(exchange: Exchange, path: str) -> None:
    interval = "&interval=1m" if path.endswith(("klines", "uiKlines")) else ""
    assert asked(exchange, path, f"symbol=NEWUSDT{interval}") == (400, {"code": -1121, "msg": "Invalid symbol."})
    for name in ("OLDUSDT", "币安人生USDT"):
        assert asked(exchange, path, f"symbol={quote(name)}{interval}")[0] == 200
    if not path.endswith(("klines", "uiKlines", "avgPrice", "referencePrice")):
        answer = asked(exchange, path, "")[1]
        listed = answer["symbolRules" if "symbolRules" in answer else "symbols"] if isinstance(answer, dict) else answer
        assert [each["symbol"] for each in listed] == ["OLDUSDT", "币安人生USDT"]


@given(exchange=exchanges())
def test_prices_of_any_size_keep_all_their_digits(exchange: Exchange) -> None:
    rows = asked(exchange, "/api/v3/klines", "symbol=OLDUSDT&interval=1m")[1]
    now_ms = exchange.clock.now_ms()
    for row, candle in zip(rows, exchange.tapes["OLDUSDT"].forward(0, now_ms - MINUTE_MS), strict=False):
        assert [float(text) for text in row[1:5]] == [candle.open, candle.high, candle.low, candle.close]
        assert candle.volume == 0.0 or float(row[5]) > 0.0


@given(exchange=exchanges())
def test_a_pair_says_that_its_candles_are_over(exchange: Exchange) -> None:
    later = replace(exchange, clock=SimClock(START_MS + 10 * MINUTE_MS, 1e-9))
    for query, statuses in (("", ["TRADING", "BREAK"]), ("symbolStatus=BREAK", ["BREAK"]), ("symbolStatus=HALT", [])):
        listed = asked(later, "/api/v3/exchangeInfo", query)[1]["symbols"]
        assert [each["status"] for each in listed] == statuses


@given(exchange=exchanges(), message=st.text(max_size=40))
def test_any_message_over_a_stream_is_answered_in_json_and_a_pair_to_come_is_silent(
    exchange: Exchange, message: str
) -> None:
    streams = Streams(exchange, combined=True)
    assert isinstance(json.loads(streams.answer(message)), dict)
    kinds = ["miniTicker", "ticker", *(f"kline_{interval}" for interval in INTERVALS)]
    streams.add([f"{name.lower()}@{kind}" for name in NAMES for kind in kinds])
    events = [event for each in streams.by_name.values() if each for event in due_events(each, exchange)]
    assert {event["s"] for event in events} == {"OLDUSDT", "币安人生USDT"}
    assert all(DECIMAL.fullmatch(text) for event in events for text in decimals(event.get("k", event)))


class Broken(MarketPath):
    """A market with a mistake of ours in it."""

    def backward(self, last_ms: int) -> Iterator[Candle]:
        raise ZeroDivisionError("a mistake of ours")


def test_a_mistake_of_ours_is_an_error_of_binance_s_over_rest_and_closes_a_stream(
    caplog: pytest.LogCaptureFixture,
) -> None:
    exchange = recorded_exchange([columns("OLDUSDT", START_MS, [1.0, 2.0], 1.0)], 1, 1, 1.0, {})
    listing = exchange.tapes["OLDUSDT"].listing
    candle = next(exchange.tapes["OLDUSDT"].forward(0, START_MS))
    broken = replace(exchange, tapes={"OLDUSDT": Broken(listing, iter([(candle, 0.0)]))})
    status, answer = asked(broken, "/api/v3/ticker/price", "")
    assert (status, answer["code"]) == (500, -1000)
    assert "/api/v3/ticker/price: ZeroDivisionError: a mistake of ours" in caplog.text
    with running(broken) as server, connect(f"{server.streams_url}/ws/oldusdt@ticker") as socket:
        with pytest.raises(ConnectionClosedError) as closed:
            socket.recv(timeout=5)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1011


def decimals(value: Any) -> list[str]:
    """Every text in the answer that is a number with a fraction or an exponent."""
    if isinstance(value, dict):
        return [text for each in value.values() for text in decimals(each)]
    if isinstance(value, list):
        return [text for each in value for text in decimals(each)]
    return [value] if isinstance(value, str) and re.fullmatch(r"-?[\d.]*\d[.e][\de+-]*", value) else []


def asked(exchange: Exchange, path: str, query: str) -> tuple[int, Any]:
    """Status and parsed body of one request, straight to the application."""
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
        "scheme": "http",
        "root_path": "",
        "http_version": "1.1",
    }
    asyncio.run(create_app(exchange)(scope, receive, send))
    return sent[0]["status"], json.loads(b"".join(message.get("body", b"") for message in sent[1:]))
