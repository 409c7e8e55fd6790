"""Bars of the exchange's own, as an agent meets them: none is ever traded; status says how many are lacking."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from chalicelib.adapters.sqlite import Database
from chalicelib.domain import MINUTE_MS, Candle, Tick, WarmUp
from chalicelib.services.warm_up import indicator_key
from tests.support.desk import Desk, after_close, open_of
from tests.support.world import AGENT
from trader.cli.status import status_facts

BAR, FIRST = 15, 1
NEEDED = 200
"""Bars of the default strategy, whose average is that long."""
SETTINGS = ("strategy.interval=15m", "risk.stop_loss=0.05", "risk.daily_loss_limit=0")


@contextmanager
def desk(*settings: str) -> Iterator[Desk]:
    with Database(":memory:") as database:
        yield Desk(database, ("AAAUSDT",), (*SETTINGS, *settings))


def bar(number: int, low: float) -> Candle:
    return Candle("AAAUSDT", open_of(FIRST + number * BAR), 98.0, 98.0, low, 98.0, 15.0, BAR * MINUTE_MS)


def test_a_bar_of_the_exchanges_own_is_never_traded_as_a_minute() -> None:
    """An agent that holds was stopped, its edited strategy begins with the bars since: their lows are no minute's."""
    with desk() as shop:
        for minute in range(FIRST, FIRST + 3 * BAR + 1):
            shop.feed("AAAUSDT", minute, 100.0 - (minute - FIRST) // BAR)
            shop.trade(after_close(minute, 3))
        assert shop.held() > 0.0
        key = indicator_key("AAAUSDT", shop.rules.rule)
        record = shop.stores.indicators.load(key)
        own = [Tick(bar(number, low=50.0), {}, "", bar(number, low=50.0), True) for number in (4, 5)]
        cursor_ms = open_of(FIRST + 6 * BAR) - MINUTE_MS
        shop.stores.indicators.commit(replace(record, version=record.version + 1, cursor_ms=cursor_ms), own)
        first = FIRST + 3 * BAR + 1
        shop.stores.candles.append(
            [Candle("AAAUSDT", open_of(first + k), 98.0, 98.0, 98.0, 98.0, 1.0) for k in range(3 * BAR)]
        )
        changes = shop.trade(after_close(first + 3 * BAR - 1, 3))
        assert changes != ()
        assert [trade.reason for change in changes for trade in change.trades] == []
        minutes = [decision.candle for change in changes for decision in change.decisions]
        assert {candle.interval_ms for candle in minutes if candle is not None} == {MINUTE_MS}
        assert shop.held() > 0.0


def test_status_says_how_many_bars_a_strategy_has_seen_until_they_are_enough() -> None:
    with desk("strategy.settings.sentiment_buy=1") as shop:
        found = []
        for number in range(NEEDED + 1):
            shop.feed("AAAUSDT", FIRST + number * BAR, *[100.0 + number % 7] * BAR)
            shop.trade(after_close(FIRST + number * BAR + BAR - 1, 3))
            found.append(shop.portfolio().warming.get("AAAUSDT"))
        assert found == [WarmUp(bars, NEEDED) for bars in range(1, NEEDED)] + [None] * 2


def test_a_minute_between_two_closes_tells_what_the_last_close_told() -> None:
    with desk() as shop:
        for minute in range(FIRST, FIRST + 3 * BAR + 5):
            shop.feed("AAAUSDT", minute, 100.0 - (minute - FIRST) // BAR)
            shop.trade(after_close(minute, 3))
        assert shop.held() > 0.0
        portfolio = shop.stores.portfolios.load(AGENT)
        assert portfolio is not None
        assert portfolio.minute_ms == open_of(FIRST + 3 * BAR + 4)
        assert portfolio.warming["AAAUSDT"].bars == 3
        assert status_facts(shop.status(), [])["warm-up"] == f"AAAUSDT 3 of the {NEEDED} bars that it needs"
