"""The simulated market keeps the contract of a MarketDataSource, in process and over its own REST API."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from chalicelib.adapters.binance.clock import ExchangeClock
from chalicelib.adapters.binance.market import BinanceMarketData
from chalicelib.adapters.binance.transport import Transport
from chalicelib.domain import MINUTE_MS
from tests.contract.test_market_data_source import (
    Subject,
    test_a_symbol_has_assets_and_steps,
    test_any_limit_is_met_exactly,
    test_bounds_are_inclusive_and_on_the_open_time,
    test_bounds_the_wrong_way_round_give_nothing,
    test_more_than_there_is_gives_all_of_it_once,
    test_prices_are_those_of_a_market,
    test_the_open_candle_is_never_given,
    test_ticker_and_time_are_those_of_now,
    test_what_does_not_exist_is_bad_input,
    test_without_bounds_the_newest_closed_come_oldest_first,
)
from tests.sim_server import generated, running
from trader.sim.exchange import Exchange
from trader.sim.market import SimulatedMarket

__all__ = [
    "test_a_symbol_has_assets_and_steps",
    "test_any_limit_is_met_exactly",
    "test_bounds_are_inclusive_and_on_the_open_time",
    "test_bounds_the_wrong_way_round_give_nothing",
    "test_more_than_there_is_gives_all_of_it_once",
    "test_prices_are_those_of_a_market",
    "test_the_open_candle_is_never_given",
    "test_ticker_and_time_are_those_of_now",
    "test_what_does_not_exist_is_bad_input",
    "test_without_bounds_the_newest_closed_come_oldest_first",
]

HISTORY_MINUTES = 2_600


def gapless() -> Exchange:
    """A seed whose history happens to have no gap in either symbol, as the contract supposes."""
    for seed in range(1, 1_000):
        exchange = generated(history_minutes=HISTORY_MINUTES, seed=seed)
        now_ms = exchange.clock.now_ms()
        if all(len(list(tape.forward(0, now_ms - MINUTE_MS))) == HISTORY_MINUTES for tape in exchange.tapes.values()):
            return exchange
    raise AssertionError("every seed has gaps")


@pytest.fixture(scope="module")
def exchange() -> Exchange:
    return gapless()


@pytest.fixture(params=["in process", "over REST"])
def subject(request: pytest.FixtureRequest, exchange: Exchange) -> Iterator[Subject]:
    first_ms = exchange.tapes["BTCUSDT"].first_ms
    open_ms = first_ms + HISTORY_MINUTES * MINUTE_MS
    if request.param == "in process":
        yield Subject(SimulatedMarket(exchange.tapes, exchange.clock), first_ms, open_ms)
        return
    with running(exchange) as server, requests.Session() as session:
        transport = Transport(session, server.url)
        yield Subject(BinanceMarketData(transport, ExchangeClock(transport, max_age_s=0.0)), first_ms, open_ms)
