"""What a strategy saw, folded anew from the stored candles by its own `observe`.

The candle store is a ring buffer. Where it no longer has a close, the decision of that minute has it; what it lacks is
then only what was folded and never decided: the history before the first minute, and candles that came too late for
theirs. Where such a hole may be, the fold begins anew and is compared once its beginning is forgotten.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence

from chalicelib.domain import Candle, Decision
from chalicelib.kernel.bar import MISSING, NO_BAR, Bar
from chalicelib.kernel.fold import UNBEGUN
from chalicelib.kernel.rule import Observed
from chalicelib.ports import CandleStore, IndicatorStore
from chalicelib.services.closings import bar_of, closings
from chalicelib.services.exchange_bars import MOST_BARS
from chalicelib.services.warm_up import indicator_key
from chalicelib.strategy.rule import StrategyRule, named_values
from trader.replay.differences import Difference, compared, is_same

PAGE = 1000
NEVER_MS = 2**62
TOLERANCE = 1e-9
FORGOTTEN_AFTER = 5_000
"""Bars after which a fold that began anew agrees to the tolerance, slow averages too; see `trader check-recursion`."""


class IndicatorCheck:
    """One symbol's values of one strategy, minute after minute. `skipped` counts values not compared."""

    def __init__(
        self, symbol: str, rule: StrategyRule, candles: CandleStore, indicators: IndicatorStore, real_time: bool
    ) -> None:
        self._symbol = symbol
        self._rule = rule
        self._candles = candles
        self._indicators = indicators
        self._real_time = real_time
        self._state: Observed = rule.start()
        self._is_exact = False
        self._folded = 0
        self._cursor_ms: int | None = None
        """open_ms of the newest candle folded; before the first, just before it."""
        self._part = UNBEGUN
        self._newest = NO_BAR
        """The newest bar that the strategy took, and what it saw."""
        self._seen: Mapping[str, float] = {}
        self._closed_ms = MISSING
        """open_ms of the candle with which it was over."""
        self._page: deque[Candle] = deque()
        self._kept_from_ms = self._oldest_ms()
        self.compared = 0
        self.skipped = 0

    def at(self, decision: Decision, candle: Candle) -> Iterator[Difference]:
        """What of the decision's candle, bar and snapshot does not follow from the stored candles."""
        bar = decision.bar or candle
        if self._cursor_ms is None:
            self._begin(decision, bar)
        elif self._real_time and self._cursor_ms + self._rule.step_ms < min(bar.open_ms, self._kept_from_ms):
            self._begin_anew(bar.open_ms)  # a candle in between may have come late: folded, and never decided
        if self._cursor_ms is not None and candle.open_ms <= self._cursor_ms:
            if bar.open_ms == self._newest.time_ms:  # the last of the exchange's own bars, with which it began
                yield from self._bar(decision, candle)
                yield from self._against(candle.open_ms, decision.snapshot, self._seen)
            return  # before anything was seen
        stored = self._fold_before(candle.open_ms)
        if stored is None:
            self._kept_from_ms = self._oldest_ms()  # a run that goes on drops its oldest candles meanwhile
        if candle.open_ms >= self._kept_from_ms:
            kept = _prices("candle", stored) if stored else dict.fromkeys(_prices("candle", candle))
            yield from compared(candle.open_ms, self._symbol, _prices("candle", candle), kept, "in the candle store")
        self._fold(stored or candle)
        if self._rule.has_longer_bars:
            yield from self._bar(decision, candle)
        if not self._rule.has_longer_bars or decision.bar is not None:
            yield from self._against(candle.open_ms, decision.snapshot, self._seen)

    def _bar(self, decision: Decision, candle: Candle) -> Iterator[Difference]:
        """What of the decision's longer bar is not as folded; one whose candles are gone is taken as it stands."""
        bar = decision.bar
        if bar is not None and bar.open_ms > self._newest.time_ms and bar.open_ms < self._kept_from_ms:
            self._take(bar_of(bar))
        folded = self._newest
        is_due = folded.time_ms != MISSING and self._closed_with(candle) and not decision.error
        if bar is not None:
            yield from compared(candle.open_ms, self._symbol, _prices("bar", bar), _prices_of(folded), "folded")
        elif is_due:
            yield Difference(candle.open_ms, self._symbol, "bar", None, folded.time_ms, "folded")

    def _closed_with(self, candle: Candle) -> bool:
        """Whether the newest bar is over since this candle came."""
        return self._closed_ms == candle.open_ms

    def _begin(self, decision: Decision, bar: Candle) -> None:
        """Where the live fold began, if that is known: there a fresh fold sees the same."""
        ticks = self._indicators.ticks(indicator_key(self._symbol, self._rule), None, MOST_BARS)
        own = [tick.bar for tick in ticks if tick.of_exchange and tick.bar is not None]
        if own and self._is_first(own[0], ticks[0].snapshot) and self._begin_with(own):
            return
        first = ticks[0].bar or ticks[0].candle if ticks else bar
        if ticks and self._is_first(first, ticks[0].snapshot) and first.open_ms >= self._kept_from_ms:
            self._is_exact = True
            self._cursor_ms = first.open_ms - 1
            return
        self._is_exact = self._is_first(bar, decision.snapshot)
        self._cursor_ms = bar.open_ms - 1 if self._is_exact else min(self._kept_from_ms, bar.open_ms) - 1

    def _begin_with(self, own: Sequence[Candle]) -> bool:
        """Have the strategy see the exchange's own bars as they are recorded, where the candles after them are kept."""
        end_ms = own[-1].open_ms + self._rule.interval_ms
        if self._kept_from_ms > end_ms:
            return False
        for each in own:
            self._take(bar_of(each))
        self._is_exact, self._part, self._cursor_ms = True, NO_BAR, end_ms - self._rule.step_ms
        return True

    def _is_first(self, bar: Candle, values: Mapping[str, float]) -> bool:
        """Whether a strategy sees this at the very first bar."""
        try:
            _, fresh = self._rule.observe(self._rule.start(), bar_of(bar))
        except Exception:
            return False
        named = named_values(fresh)
        return named.keys() == values.keys() and all(is_same(values[name], named[name]) for name in named)

    def _oldest_ms(self) -> int:
        oldest = self._candles.after(self._symbol, None, 1)
        return oldest[0].open_ms if oldest else NEVER_MS

    def _begin_anew(self, open_ms: int) -> None:
        self._state, self._is_exact, self._folded, self._cursor_ms = self._rule.start(), False, 0, open_ms - 1
        self._part = UNBEGUN

    def _fold_before(self, open_ms: int) -> Candle | None:
        """Fold the stored candles up to this one, which is given back unfolded where it is stored."""
        while True:
            if not self._page:
                self._page.extend(self._candles.after(self._symbol, self._cursor_ms, PAGE))
            if not self._page or self._page[0].open_ms > open_ms:
                return None
            candle = self._page.popleft()
            if candle.open_ms == open_ms:
                return candle
            if self._cursor_ms is not None and candle.open_ms > self._cursor_ms:
                self._fold(candle)

    def _fold(self, candle: Candle) -> None:
        self._cursor_ms = candle.open_ms
        ended, self._part = closings([candle], self._part, self._rule)
        for bar in (bar for closing in ended for bar in closing.bars):
            self._take(bar)
            self._closed_ms = candle.open_ms

    def _take(self, bar: Bar) -> None:
        """Have the strategy see a bar."""
        self._folded += 1
        self._newest, self._seen = bar, {}
        try:
            self._state, values = self._rule.observe(self._state, bar)
        except Exception:  # as it did then: nothing was seen, the state stays what it was
            return
        self._seen = named_values(values)

    def _against(
        self, minute_ms: int, stored: Mapping[str, float], recomputed: Mapping[str, float]
    ) -> Iterator[Difference]:
        for name in {**stored, **recomputed}:
            value, again = stored.get(name), recomputed.get(name)
            if not self._is_exact:
                if self._folded < FORGOTTEN_AFTER:
                    self.skipped += 1
                    continue
                if value is not None and again is not None and abs(value - again) <= TOLERANCE * abs(again):
                    self.compared += 1
                    continue
            self.compared += 1
            yield from compared(minute_ms, self._symbol, {name: value}, {name: again})


def _prices(name: str, candle: Candle) -> dict[str, float | None]:
    return _named(name, bar_of(candle))


def _prices_of(bar: Bar) -> dict[str, float | None]:
    return _named("bar", bar)


def _named(name: str, bar: Bar) -> dict[str, float | None]:
    parts = {"open": bar.open, "high": bar.high, "low": bar.low, "close": bar.close, "volume": bar.volume}
    return {f"{name} {part}": value for part, value in parts.items()}
