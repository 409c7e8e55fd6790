"""What a strategy saw, folded anew from the stored candles by its own `observe`.

The candle store is a ring buffer. Where it no longer has a close, the decision of that minute has it; what it lacks is
then only what was folded and never decided: the history before the first minute, and candles that came too late for
theirs. Where such a hole may be, the fold begins anew and is compared once its beginning is forgotten.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping

from chalicelib.domain import MINUTE_MS, Candle, Decision
from chalicelib.kernel.rule import Observed
from chalicelib.ports import CandleStore, IndicatorStore
from chalicelib.services.update_indicators import bar_of, indicator_key
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
        self._page: deque[Candle] = deque()
        self._kept_from_ms = self._oldest_ms()
        self.compared = 0
        self.skipped = 0

    def at(self, decision: Decision, candle: Candle) -> Iterator[Difference]:
        """What of the decision's candle and snapshot does not follow from the stored candles."""
        if self._cursor_ms is None:
            self._begin(decision, candle)
        elif self._real_time and self._cursor_ms + MINUTE_MS < min(candle.open_ms, self._kept_from_ms):
            self._begin_anew(candle.open_ms)  # a candle in between may have come late: folded, and never decided
        stored = self._fold_before(candle.open_ms)
        if stored is None:
            self._kept_from_ms = self._oldest_ms()  # a run that goes on drops its oldest candles meanwhile
        if candle.open_ms >= self._kept_from_ms:
            kept = _prices(stored) if stored else dict.fromkeys(PRICES)
            yield from compared(candle.open_ms, self._symbol, _prices(candle), kept, "in the candle store")
        yield from self._against(candle.open_ms, decision.snapshot, self._fold(stored or candle))

    def _begin(self, decision: Decision, candle: Candle) -> None:
        """Where the live fold began, if that is known: there a fresh fold sees the same."""
        ticks = self._indicators.ticks(indicator_key(self._symbol, self._rule), None, 1)
        if (
            ticks
            and self._is_first(ticks[0].candle, ticks[0].snapshot)
            and ticks[0].candle.open_ms >= self._kept_from_ms
        ):
            self._is_exact = True
            self._cursor_ms = ticks[0].candle.open_ms - 1
            return
        self._is_exact = self._is_first(candle, decision.snapshot)
        self._cursor_ms = decision.minute_ms - 1 if self._is_exact else min(self._kept_from_ms, decision.minute_ms) - 1

    def _is_first(self, candle: Candle, values: Mapping[str, float]) -> bool:
        """Whether a strategy sees this at the very first candle."""
        try:
            _, fresh = self._rule.observe(self._rule.start(), bar_of(candle))
        except Exception:
            return False
        named = named_values(fresh)
        return named.keys() == values.keys() and all(is_same(values[name], named[name]) for name in named)

    def _oldest_ms(self) -> int:
        oldest = self._candles.after(self._symbol, None, 1)
        return oldest[0].open_ms if oldest else NEVER_MS

    def _begin_anew(self, open_ms: int) -> None:
        self._state, self._is_exact, self._folded, self._cursor_ms = self._rule.start(), False, 0, open_ms - 1

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

    def _fold(self, candle: Candle) -> Mapping[str, float]:
        self._folded += 1
        self._cursor_ms = candle.open_ms
        try:
            self._state, values = self._rule.observe(self._state, bar_of(candle))
        except Exception:  # as it did then: nothing was seen, the state stays what it was
            return {}
        return named_values(values)

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


PRICES = ("candle open", "candle high", "candle low", "candle close", "candle volume")


def _prices(candle: Candle) -> dict[str, float | None]:
    values = (candle.open, candle.high, candle.low, candle.close, candle.volume)
    return dict(zip(PRICES, values, strict=True))
