"""Candles since the cursor: paging, idempotence, the first start, and a source that fails midway."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from chalicelib import wiring
from chalicelib.adapters.sqlite import Database
from chalicelib.domain import MINUTE_MS, Candle
from chalicelib.errors import Unavailable
from chalicelib.partly_read import PartlyRead
from chalicelib.ports import CandleStore
from chalicelib.services.fetch_klines import PAGE, WARM_UP_CANDLES, FetchKlines, FetchReport
from tests.support.markets import wave
from trader.data.candles import CandleColumns
from trader.runtime.lockstep import StepClock
from trader.sim.market import SimulatedMarket
from trader.sim.tape import recorded_tapes

LENGTH = 3_600
FILES = [wave("AAAUSDT", LENGTH, 1), wave("BBBUSDT", LENGTH, 2, frozenset(range(100, 1_300)))]
SYMBOLS = ("AAAUSDT", "BBBUSDT")


class Failing(SimulatedMarket):
    """A market whose answer number `at` gets lost."""

    at = -1
    asked = 0
    odd_ms = -1
    """open_ms of a candle that the exchange tells wrong."""

    def candles(
        self, symbol: str, interval: str, *, start_ms: int | None, end_ms: int | None, limit: int
    ) -> list[Candle]:
        self.asked += 1
        if self.asked - 1 == self.at:
            raise Unavailable("no answer")
        found = super().candles(symbol, interval, start_ms=start_ms, end_ms=end_ms, limit=limit)
        if found and found[-1].open_ms == self.odd_ms:
            raise PartlyRead("the newest is no candle", found[:-1])
        return [candle for candle in found if candle.open_ms != self.odd_ms]


class Bench:
    def __init__(self, database: Database, files: list[CandleColumns]) -> None:
        self.clock = StepClock()
        self.market = Failing(recorded_tapes(files), self.clock)
        self.store = wiring.stores_over(database).candles
        self.use_case = FetchKlines(self.market, self.store, SYMBOLS)
        self.start_ms = int(files[0].open_ms[0])

    def at(self, minute: int) -> dict[str, int]:
        """What is new right after the close of a minute."""
        return self.report(minute).new

    def report(self, minute: int) -> FetchReport:
        self.clock.set(self.start_ms + (minute + 1) * MINUTE_MS - 1)
        return self.use_case.run()

    def stored(self, symbol: str) -> list[int]:
        return [(c.open_ms - self.start_ms) // MINUTE_MS for c in self.store.after(symbol, None, 10_000)]


@pytest.fixture
def bench() -> Iterator[Bench]:
    with Database(":memory:") as database:
        yield Bench(database, FILES)


def test_the_first_start_takes_history_to_warm_up(bench: Bench) -> None:
    assert bench.at(1_500)["AAAUSDT"] == WARM_UP_CANDLES
    assert bench.stored("AAAUSDT") == list(range(1_501 - WARM_UP_CANDLES, 1_501))


def test_again_without_a_new_candle_nothing_is_new(bench: Bench) -> None:
    assert bench.at(50) == {"AAAUSDT": 51, "BBBUSDT": 51}
    assert bench.at(50) == {}
    assert bench.use_case.run() == FetchReport({})
    assert bench.at(51) == {"AAAUSDT": 1, "BBBUSDT": 1}


def test_an_outage_longer_than_pages_is_caught_up_page_by_page(bench: Bench) -> None:
    bench.at(0)
    last = 2 * PAGE + 700
    more = [bench.report(last).more for _ in range(3)]
    assert more == [True, True, False]
    assert bench.stored("AAAUSDT") == list(range(last + 1))
    assert bench.stored("BBBUSDT") == [*range(100), *range(1_300, last + 1)]


def test_exactly_a_page_is_no_end(bench: Bench) -> None:
    bench.at(0)
    assert bench.at(PAGE)["AAAUSDT"] == PAGE
    assert bench.at(2 * PAGE)["AAAUSDT"] == PAGE


def test_a_symbol_in_a_gap_has_nothing_new(bench: Bench) -> None:
    bench.at(98)
    assert bench.at(200) == {"AAAUSDT": 102, "BBBUSDT": 1}


def test_a_failure_midway_keeps_what_came_and_goes_on_there(bench: Bench) -> None:
    bench.at(0)
    bench.market.at = bench.market.asked  # the page of the first symbol
    report = bench.report(700)
    with pytest.raises(Unavailable, match="no answer"):
        report.raise_first()
    assert report.new == {"BBBUSDT": 99}
    assert bench.stored("AAAUSDT") == [0]
    assert len(bench.stored("BBBUSDT")) == 100  # the other one is not kept waiting
    bench.at(700)
    assert bench.stored("AAAUSDT") == list(range(701))


class Written:
    """The store, which notes how many candles were given at once, and breaks at the `broken`th time."""

    def __init__(self, store: CandleStore, broken: int = -1) -> None:
        self._store, self._broken = store, broken
        self.counts: list[int] = []

    def append(self, candles: Sequence[Candle], kept: int = 0) -> int:
        if len(self.counts) == self._broken:
            self._broken = -1
            raise Unavailable("no answer")
        self.counts.append(len(candles))
        return self._store.append(candles, kept)

    def after(self, symbol: str, open_ms: int | None, limit: int) -> list[Candle]:
        return self._store.after(symbol, open_ms, limit)

    def last(self, symbol: str, count: int) -> list[Candle]:
        return self._store.last(symbol, count)


def test_short_pages_are_stored_one_by_one_where_that_is_asked_for_and_long_ones_together(bench: Bench) -> None:
    bench.at(50)
    written = Written(bench.store)
    use_case = FetchKlines(bench.market, written, ("AAAUSDT",))
    bench.clock.set(bench.start_ms + 66 * MINUTE_MS - 1)
    assert use_case.run(15).new == {"AAAUSDT": 15}
    bench.clock.set(bench.start_ms + 82 * MINUTE_MS - 1)
    assert use_case.run(15).new == {"AAAUSDT": 16}
    bench.clock.set(bench.start_ms + 84 * MINUTE_MS - 1)
    assert use_case.run().new == {"AAAUSDT": 2}
    assert written.counts == [*[1] * 15, 16, 2]
    assert bench.stored("AAAUSDT") == list(range(84))


@pytest.mark.parametrize("broken", range(15))
def test_a_store_that_breaks_between_two_candles_has_no_gap_and_is_made_up_for(bench: Bench, broken: int) -> None:
    bench.at(50)
    use_case = FetchKlines(bench.market, Written(bench.store, broken), ("AAAUSDT",))
    bench.clock.set(bench.start_ms + 66 * MINUTE_MS - 1)
    assert [str(error) for error in use_case.run(15).failed] == ["no answer"]
    assert bench.stored("AAAUSDT") == list(range(51 + broken))
    for again in (use_case, FetchKlines(bench.market, bench.store, ("AAAUSDT",))):  # the same process, and a new one
        assert again.run(15).vouched_ms(0) == 0
        assert bench.stored("AAAUSDT") == list(range(66))


def test_a_newest_candle_that_is_odd_is_vouched_for_by_nobody_and_asked_for_again(bench: Bench) -> None:
    bench.at(50)
    bench.market.odd_ms = bench.start_ms + 53 * MINUTE_MS
    report = bench.report(53)
    assert report.new == {"AAAUSDT": 2, "BBBUSDT": 2}
    assert [str(error) for error in report.failed] == ["the newest is no candle"] * 2
    assert report.vouched_ms(bench.clock.now_ms()) is None
    bench.market.odd_ms = -1
    assert bench.at(53) == {"AAAUSDT": 1, "BBBUSDT": 1}
    assert bench.stored("AAAUSDT") == list(range(54))


def test_an_odd_candle_stops_an_agent_for_its_minute_only(bench: Bench) -> None:
    bench.at(50)
    bench.market.odd_ms = bench.start_ms + 51 * MINUTE_MS
    assert bench.report(51).new == {}
    assert bench.report(52) == FetchReport({"AAAUSDT": 1, "BBBUSDT": 1})
    assert bench.stored("AAAUSDT") == [*range(51), 52]
