"""What every MarketDataSource must do, by the port's docstrings.

A source is given with two symbols whose one-minute candles run without a hole from `first_ms` up to its clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import requests

from chalicelib.adapters.binance.clock import ExchangeClock
from chalicelib.adapters.binance.market import BinanceMarketData
from chalicelib.adapters.binance.transport import Transport
from chalicelib.domain import MINUTE_MS
from chalicelib.errors import BadInput
from chalicelib.ports import MarketDataSource
from tests.fakes.binance_server import START_MS, minutes, running

STORED = 2_600


@dataclass(frozen=True, slots=True)
class Subject:
    """A source with the open_ms of its first candle and of the one that is still open."""

    source: MarketDataSource
    first_ms: int
    open_ms: int

    @property
    def closed(self) -> int:
        return (self.open_ms - self.first_ms) // MINUTE_MS


@pytest.fixture
def subject() -> Iterator[Subject]:
    with running() as server, requests.Session() as session:
        server.candles = {symbol: minutes(symbol, STORED) for symbol in ("BTCUSDT", "ETHUSDT")}
        open_ms = START_MS + (STORED - 1) * MINUTE_MS
        server.now_ms = open_ms + 30_000
        transport = Transport(session, server.url)
        yield Subject(BinanceMarketData(transport, ExchangeClock(transport, max_age_s=0.0)), START_MS, open_ms)


def opens(subject: Subject, start_ms: int | None, end_ms: int | None, limit: int) -> list[int]:
    found = subject.source.candles("BTCUSDT", "1m", start_ms=start_ms, end_ms=end_ms, limit=limit)
    assert all(candle.symbol == "BTCUSDT" and candle.interval_ms == MINUTE_MS for candle in found)
    return [candle.open_ms for candle in found]


def test_without_bounds_the_newest_closed_come_oldest_first(subject: Subject) -> None:
    assert opens(subject, None, None, 3) == [subject.open_ms - k * MINUTE_MS for k in (3, 2, 1)]


@pytest.mark.parametrize("limit", [1, 999, 1000, 1001, 2000, 2001])
def test_any_limit_is_met_exactly(subject: Subject, limit: int) -> None:
    assert opens(subject, None, None, limit) == list(
        range(subject.open_ms - limit * MINUTE_MS, subject.open_ms, MINUTE_MS)
    )
    assert opens(subject, subject.first_ms, None, limit) == list(
        range(subject.first_ms, subject.first_ms + limit * MINUTE_MS, MINUTE_MS)
    )


def test_more_than_there_is_gives_all_of_it_once(subject: Subject) -> None:
    everything = list(range(subject.first_ms, subject.open_ms, MINUTE_MS))
    assert opens(subject, subject.first_ms, None, 10_000) == everything
    assert opens(subject, None, subject.open_ms, 10_000)[-subject.closed :] == everything


def test_bounds_are_inclusive_and_on_the_open_time(subject: Subject) -> None:
    at = subject.first_ms + 50 * MINUTE_MS
    assert opens(subject, at, at + 2 * MINUTE_MS, 10) == [at, at + MINUTE_MS, at + 2 * MINUTE_MS]
    assert opens(subject, at + 1, at + 2 * MINUTE_MS - 1, 10) == [at + MINUTE_MS]
    assert opens(subject, None, at, 2) == [at - MINUTE_MS, at]
    assert opens(subject, at, at, 10) == [at]


def test_the_open_candle_is_never_given(subject: Subject) -> None:
    assert opens(subject, subject.open_ms, None, 10) == []
    assert opens(subject, subject.open_ms - MINUTE_MS, subject.open_ms + MINUTE_MS, 10) == [subject.open_ms - MINUTE_MS]


def test_bounds_the_wrong_way_round_give_nothing(subject: Subject) -> None:
    assert opens(subject, subject.first_ms + MINUTE_MS, subject.first_ms, 10) == []


def test_prices_are_those_of_a_market(subject: Subject) -> None:
    for candle in subject.source.candles("ETHUSDT", "1m", start_ms=None, end_ms=None, limit=100):
        assert 0.0 < candle.low <= min(candle.open, candle.close) <= max(candle.open, candle.close) <= candle.high


def test_what_does_not_exist_is_bad_input(subject: Subject) -> None:
    for symbol, interval in (("NOPE", "1m"), ("BTCUSDT", "7m"), ("BTCUSDT", "1 m")):
        with pytest.raises(BadInput):
            subject.source.candles(symbol, interval, start_ms=None, end_ms=None, limit=1)
    with pytest.raises(BadInput):
        subject.source.symbol("NOPE")
    with pytest.raises(BadInput):
        subject.source.ticker("NOPE")


def test_a_symbol_has_assets_and_steps(subject: Subject) -> None:
    symbol = subject.source.symbol("BTCUSDT")
    assert (symbol.name, symbol.base, symbol.quote, symbol.trading) == ("BTCUSDT", "BTC", "USDT", True)
    assert 0.0 < symbol.lot_step < 1.0
    assert 0.0 < symbol.tick_size < 10.0
    assert subject.source.symbol("BTCUSDT") == symbol


def test_ticker_and_time_are_those_of_now(subject: Subject) -> None:
    ticker = subject.source.ticker("BTCUSDT")
    assert ticker.symbol == "BTCUSDT"
    assert ticker.price > 0.0
    assert subject.open_ms <= ticker.time_ms <= subject.source.server_time_ms() < subject.open_ms + MINUTE_MS
