"""A strategy that begins with the exchange's own bars goes on as one that folded every candle itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib import wiring
from chalicelib.adapters.sqlite import Database
from chalicelib.domain import HOUR_MS, MINUTE_MS, Candle, Tick
from chalicelib.errors import Unavailable
from chalicelib.services.exchange_bars import MOST_BARS, ExchangeBars
from chalicelib.services.fetch_klines import FetchKlines, warm_up_bars
from chalicelib.services.update_indicators import UpdateIndicators
from chalicelib.services.warm_up import Begun, begun_words, indicator_key
from chalicelib.strategy.rule import StrategyRule
from chalicelib.strategy.settings import rule_with
from tests.support.markets import START_MS, wave
from tests.support.strategy_cases import strategy
from trader.runtime.lockstep import StepClock
from trader.sim.market import SimulatedMarket
from trader.sim.tape import recorded_tapes

SYMBOL = "AAAUSDT"
TWO_HOURS = 120
LENGTH = 6 * TWO_HOURS
CHANNEL = replace(rule_with(strategy("channel"), {"entry": 2, "exit": 2, "back": 1}), interval_ms=2 * HOUR_MS)
AT_EDGES = [
    edge + beside
    for edge in range(-((START_MS // MINUTE_MS) % TWO_HOURS) % TWO_HOURS, LENGTH, TWO_HOURS)
    for beside in (-2, -1, 0, 1)
]
"""Minutes around the openings of bars."""
FIRST_OPENING = AT_EDGES[2]
MAY_BE_MISSING = [minute for minute in AT_EDGES if minute > 0 and minute != FIRST_OPENING]
"""Without the candle that opens the first whole bar, candles alone do not tell that it is whole."""


class AskedMarket(SimulatedMarket):
    """Tells volumes to eight digits, counts what it is asked for, and fails at question number `fails_at`."""

    asked = 0
    fails_at = -1

    def candles(
        self, symbol: str, interval: str, *, start_ms: int | None, end_ms: int | None, limit: int
    ) -> list[Candle]:
        self.asked += 1
        if self.asked - 1 == self.fails_at:
            raise Unavailable("no answer")
        found = super().candles(symbol, interval, start_ms=start_ms, end_ms=end_ms, limit=limit)
        return [replace(candle, volume=round(candle.volume, 8)) for candle in found]


class Bench:
    """A market of two hours' bars, and who reads it at the close of a minute."""

    def __init__(self, database: Database, rule: StrategyRule = CHANNEL, missing: Sequence[int] = ()) -> None:
        self.clock = StepClock()
        self.rule = rule
        self.market = AskedMarket(recorded_tapes([wave(SYMBOL, LENGTH, 1, frozenset(missing))]), self.clock)
        self.stores = wiring.stores_over(database)
        self.fetch = FetchKlines(self.market, self.stores.candles, (SYMBOL,))
        self.update = self.updating()

    def updating(self) -> UpdateIndicators:
        """Of a new process."""
        history = ExchangeBars(self.market, self.stores.candles)
        return UpdateIndicators(self.stores.candles, self.stores.indicators, (SYMBOL,), self.rule, history)

    def at(self, minute: int) -> None:
        self.clock.set(START_MS + (minute + 1) * MINUTE_MS - 1)

    def run(self, minute: int) -> None:
        self.at(minute)
        self.fetch.run().raise_first()
        self.update.run()

    def folded(self, last_minute: int) -> list[Tick]:
        """What a strategy sees that folds every candle."""
        self.at(last_minute)
        with Database(":memory:") as database:
            stores = wiring.stores_over(database)
            found = self.market.candles(SYMBOL, "1m", start_ms=0, end_ms=None, limit=LENGTH)
            stores.candles.append(found)
            UpdateIndicators(stores.candles, stores.indicators, (SYMBOL,), self.rule).run()
            return ticks(stores, self.rule)


def ticks(stores: wiring.Stores, rule: StrategyRule = CHANNEL) -> list[Tick]:
    return stores.indicators.ticks(indicator_key(SYMBOL, rule), None, 10_000)


def seen(found: Sequence[Tick]) -> list[str]:
    """Bars and what was seen at them, but for volumes."""
    return [repr((replace(each.bar, volume=0.0), each.snapshot)) for each in found if each.bar is not None]


@contextmanager
def bench(rule: StrategyRule = CHANNEL, missing: Sequence[int] = ()) -> Iterator[Bench]:
    with Database(":memory:") as database:
        yield Bench(database, rule, missing)


@given(
    begins=st.integers(0, LENGTH - 1) | st.sampled_from([minute for minute in AT_EDGES if 0 <= minute < LENGTH]),
    goes_on=st.lists(st.integers(0, LENGTH - 1), max_size=4),
    missing=st.sets(st.sampled_from(MAY_BE_MISSING), max_size=6),
    kept=st.integers(1, 2 * TWO_HOURS),
)
def test_whenever_it_begins_it_sees_what_it_had_folded(
    begins: int, goes_on: list[int], missing: set[int], kept: int
) -> None:
    with bench(missing=sorted(missing)) as made:
        made.at(begins)
        newest = made.market.candles(SYMBOL, "1m", start_ms=None, end_ms=None, limit=kept)
        made.stores.candles.append(newest)  # somebody else began with fewer candles than the bar under way has
        folded = made.folded(LENGTH - 1)
        for minute in sorted({begins, *(each for each in goes_on if each > begins)}):
            made.run(minute)
            known = [tick for tick in folded if tick.candle.open_ms <= START_MS + minute * MINUTE_MS]
            assert seen(ticks(made.stores)) == seen(known)


def test_the_record_says_which_bars_are_the_exchanges_own() -> None:
    with bench() as made:
        made.run(3 * TWO_HOURS)
        begun = ticks(made.stores)
        made.run(LENGTH - 1)
        later = ticks(made.stores)[len(begun) :]
        assert [tick.of_exchange for tick in begun] == [True] * len(begun)
        assert [tick.of_exchange for tick in later] == [False] * len(later)
        assert len(begun) > 1
        assert len(later) > 1
        assert [tick.candle.interval_ms for tick in begun] == [2 * HOUR_MS] * (len(begun) - 1) + [MINUTE_MS]


def test_volumes_differ_in_their_last_bits_alone() -> None:
    with bench() as made:
        made.run(LENGTH - 1)
        pairs = list(zip(ticks(made.stores), made.folded(LENGTH - 1), strict=True))
        assert all(
            own.bar is not None and folded.bar is not None and own.bar.volume == pytest.approx(folded.bar.volume, 1e-12)
            for own, folded in pairs
        )


def test_a_bar_that_is_over_when_it_begins_can_still_be_decided() -> None:
    with bench() as made:
        minute = next(each for each in AT_EDGES if each > 2 * TWO_HOURS) + 1  # the last of a bar
        made.run(minute)
        [last] = ticks(made.stores)[-1:]
        assert last.bar is not None
        assert last.candle.open_ms == START_MS + minute * MINUTE_MS == last.bar.close_ms + 1 - MINUTE_MS
        assert made.stores.indicators.load(indicator_key(SYMBOL, CHANNEL)).cursor_ms == last.candle.open_ms


@pytest.mark.parametrize("question", range(3))
def test_an_exchange_that_does_not_answer_leaves_no_state_and_is_asked_again(question: int) -> None:
    with bench() as made:
        made.at(LENGTH - 5)
        made.stores.candles.append(made.market.candles(SYMBOL, "1m", start_ms=None, end_ms=None, limit=2))
        made.market.fails_at = made.market.asked + question
        with pytest.raises(Unavailable):
            made.update.run()
        assert ticks(made.stores) == []
        assert made.updating().run() == len(made.folded(LENGTH - 5))
        assert seen(ticks(made.stores)) == seen(made.folded(LENGTH - 5))


@pytest.mark.parametrize("behind", [1, 5, TWO_HOURS, TWO_HOURS + 7])
def test_where_candles_are_behind_it_begins_with_what_they_reach(behind: int) -> None:
    """Bars of which candles are still to come are folded from these, and none is decided before they are traded."""
    with bench() as made:
        made.at(LENGTH - 1 - behind)
        made.fetch.run()
        made.at(LENGTH - 1)
        made.update.run()
        [newest] = made.stores.candles.last(SYMBOL, 1)
        [last] = ticks(made.stores)[-1:]
        assert last.bar is not None
        assert last.bar.close_ms <= newest.close_ms
        made.run(LENGTH - 1)
        assert seen(ticks(made.stores)) == seen(made.folded(LENGTH - 1))


def test_it_is_asked_once_for_all_bars() -> None:
    with bench() as made:
        made.run(LENGTH - 1)
        asked = made.market.asked
        assert asked <= 4
        made.update.run()
        made.updating().run()
        assert made.market.asked == asked


def test_without_an_exchange_to_ask_and_of_short_bars_candles_are_folded() -> None:
    for rule in (replace(CHANNEL, interval_ms=HOUR_MS), replace(CHANNEL, interval_ms=MINUTE_MS)):
        with bench(rule) as made:
            made.run(LENGTH - 1)
            assert not any(tick.of_exchange for tick in ticks(made.stores, rule))


def test_short_bars_of_which_more_are_needed_than_are_fetched_are_the_exchanges_own() -> None:
    rule = replace(
        rule_with(strategy("channel"), {"entry": warm_up_bars(3 * MINUTE_MS) + 1, "exit": 2, "back": 1}),
        interval_ms=3 * MINUTE_MS,
    )
    with bench(rule) as made:
        made.run(LENGTH - 1)
        assert made.update.begun[SYMBOL].of_exchange
        assert seen(ticks(made.stores, rule)) == seen(made.folded(LENGTH - 1))


def test_a_young_listing_goes_on_and_says_what_it_lacks() -> None:
    rule = replace(CHANNEL, settings=CHANNEL.settings._replace(entry=20))
    with bench(rule) as made:
        made.run(LENGTH - 1 - TWO_HOURS)
        begun = made.update.begun[SYMBOL]
        assert begun == Begun(len(ticks(made.stores, rule)), of_exchange=True)
        assert begun.bars < 20 < MOST_BARS
        assert begun_words(rule, begun) == (
            f"{rule.strategy.name} ({rule.strategy.hash}) begins with {begun.bars} of the 21 bars of 2h that it needs,"
            " the exchange's own: there are no more yet, it goes on with each that closes"
        )
        made.run(LENGTH - 1)
        assert made.update.begun[SYMBOL].bars == begun.bars + 1
        said = begun_words(rule, made.update.begun[SYMBOL])
        assert said == f"{rule.strategy.name} has seen {begun.bars + 1} of the 21 bars of 2h that it needs"
