"""New candles into the strategy's state; each that ends a bar is stored again with what was seen then, as a tick.

Bars longer than a candle are folded from the stored candles after the newest bar that is over: no part is ever stored.

Here a user's code runs. Whatever it does, the candle is stored, its symbol goes on, and no other symbol notices.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from math import isinf

from chalicelib import codec
from chalicelib.domain import Candle, IndicatorRecord, Tick
from chalicelib.errors import BadInput, Conflict, TraderError
from chalicelib.kernel.bar import NO_BAR, Bar
from chalicelib.kernel.fold import UNBEGUN
from chalicelib.kernel.rule import Observed
from chalicelib.ports import CandleStore, IndicatorStore
from chalicelib.services.closings import Closing, closings, cursor_after, end_of, longer_bar
from chalicelib.services.exchange_bars import ExchangeBars
from chalicelib.services.strategy_faults import TooLongError, guarded
from chalicelib.services.warm_up import Begun, bars_needed, indicator_key
from chalicelib.strategy.form import refuse_wide
from chalicelib.strategy.rule import NonsenseError, StrategyRule, named_values

PAGE = 1000
TAKEN_OVER_MS = 3_600_000
"""How much of an earlier version's ticks goes with its state: nobody is further behind and still decides."""


@dataclass(frozen=True, slots=True)
class KnownState:
    """A record, and the state in it as the strategy's own type."""

    record: IndicatorRecord
    state: Observed


@dataclass(slots=True)
class UpdateIndicators:
    """Works from the state's own cursor under optimistic versions: a second writer changes nothing."""

    candles: CandleStore
    indicators: IndicatorStore
    symbols: Sequence[str]
    rule: StrategyRule
    history: ExchangeBars | None = None
    """Of bars so long that their candles are not fetched; None where a strategy begins with what is stored."""
    begun: dict[str, Begun] = field(default_factory=dict)
    """Symbols whose state began anew in the last run, or went on there and has not seen as many bars as it needs."""
    _warming: dict[str, int] = field(default_factory=dict)
    """Bars seen so far of those that began in this process, until they are enough."""
    _remembered: dict[str, KnownState] = field(default_factory=dict)
    """What this process committed or read last; the version tells when somebody else has gone on from there."""

    def run(self) -> int:
        """Fold what is new of every symbol; how many ticks that made.

        Raises the first error, Unavailable mostly, once the other symbols are folded.
        """
        made = 0
        failed: list[TraderError] = []
        self.begun.clear()
        for symbol in self.symbols:
            try:
                made += self._update(symbol)
            except TraderError as error:
                failed.append(error)
        if failed:
            raise failed[0]
        return made

    def _update(self, symbol: str) -> int:
        """How many ticks were made until nothing is left to fold. Raises Conflict if one repeats without progress.

        Whoever folded first may have known fewer candles, so a conflict is no proof that all of these are folded.
        """
        made = 0
        lost_to = -1
        while True:
            remembered = self._remembered.pop(symbol, None)
            before = remembered or self._stored(symbol)
            candles = self._candles_after(symbol, before.record.cursor_ms)
            history = self._history(symbol, before)
            folded, ticks = self._begin(before, history) if history else self._fold(symbol, before, candles)
            if folded is not before:
                try:
                    self.indicators.commit(folded.record, ticks)
                except Conflict:  # another run folded these candles first: what is remembered is old
                    if remembered is None:
                        if before.record.version <= lost_to:
                            raise
                        lost_to = before.record.version
                    continue
                self._count(symbol, len(ticks), before.record.cursor_ms is None, bool(history))
                before = folded
                made += len(ticks)
            self._remembered[symbol] = before
            if not history and len(candles) < self._page:
                return made

    def _count(self, symbol: str, bars: int, is_first: bool, of_exchange: bool) -> None:
        """Remember how far a symbol has come that began, until it has come far enough."""
        if not is_first and symbol not in self._warming and symbol not in self.begun:
            return
        told = self.begun.get(symbol, Begun(0, is_first, of_exchange))
        seen = bars + (0 if is_first else self._warming.get(symbol, told.bars))
        self.begun[symbol] = replace(told, bars=seen)
        self._warming.pop(symbol, None)
        if self.rule.has_longer_bars and seen < bars_needed(self.rule):
            self._warming[symbol] = seen

    def _history(self, symbol: str, before: KnownState) -> list[Closing]:
        """Bars of the exchange's own for a state that is yet to begin; empty where it begins with candles."""
        if self.history is None or before.record.cursor_ms is not None:
            return []
        return self.history.history(symbol, self.rule)

    def _begin(self, before: KnownState, history: Sequence[Closing]) -> tuple[KnownState, list[Tick]]:
        """What the exchange's own bars come to; candles after them go on from there."""
        after, ticks = self._all_seen(before, history)
        cursor_ms = end_of(history[-1].bars[-1], self.rule)
        record = replace(after.record, version=before.record.version + 1, cursor_ms=cursor_ms)
        return replace(after, record=record), [replace(tick, of_exchange=True) for tick in ticks]

    @property
    def _page(self) -> int:
        """How many candles are read at a time: two bars at least, so that one of them is whole."""
        return max(PAGE, 2 * self.rule.interval_ms // self.rule.step_ms)

    def _candles_after(self, symbol: str, cursor_ms: int | None) -> list[Candle]:
        """The oldest candles that are not folded; none while none of them can end a bar, which one reading tells."""
        if self.rule.has_longer_bars and cursor_ms is not None:
            newest = self.candles.last(symbol, 1)
            if not newest or newest[0].open_ms - cursor_ms < self.rule.interval_ms:
                return []
        return self.candles.after(symbol, cursor_ms, self._page)

    def _stored(self, symbol: str) -> KnownState:
        """The stored state; one that the strategy cannot read is folded anew, from the oldest candle that is kept."""
        record = self.indicators.load(indicator_key(symbol, self.rule))
        if record.version == 0 and self.rule.former_key:
            record = self._taken_over(record, f"{symbol}/{self.rule.former_key}")
        if record.state is not None:
            with suppress(BadInput):
                return KnownState(record, codec.typed(self.rule.strategy.form.state, record.state))
        return KnownState(replace(record, cursor_ms=None), None)

    def _taken_over(self, record: IndicatorRecord, former_key: str) -> IndicatorRecord:
        """What an earlier version kept of the symbol, under the key of now; the record itself where it kept nothing.

        With the ticks that an agent may not have traded yet.
        """
        former = self.indicators.load(former_key)
        if former.cursor_ms is None:
            return record
        taken = replace(former, key=record.key, version=1)
        ticks = self.indicators.ticks(former_key, former.cursor_ms - TAKEN_OVER_MS, PAGE)
        with suppress(Conflict):
            self.indicators.commit(taken, ticks)
        return self.indicators.load(record.key)

    def _fold(self, symbol: str, before: KnownState, candles: Sequence[Candle]) -> tuple[KnownState, list[Tick]]:
        """What the candles come to; `before` itself where they end no bar."""
        ended, part = closings(candles, self._part(symbol, before.record.cursor_ms, candles), self.rule)
        cursor_ms = cursor_after(ended, part, self.rule)
        if not ended and (before.record.cursor_ms is None or cursor_ms in (None, before.record.cursor_ms)):
            return before, []
        after, ticks = self._all_seen(before, ended)
        record = replace(after.record, version=before.record.version + 1, cursor_ms=cursor_ms)
        return replace(after, record=record), ticks

    def _all_seen(self, before: KnownState, ended: Sequence[Closing]) -> tuple[KnownState, list[Tick]]:
        """The state after all of these bars, and a tick of each candle that ends one."""
        after = before
        ticks: list[Tick] = []
        for closing in ended:
            try:
                after, tick = self._seen(after, closing)
            except TooLongError as error:
                ticks += [self._tick(late, {}, str(error)) for late in ended[len(ticks) :]]
                break
            ticks.append(tick)
        return after, ticks

    def _part(self, symbol: str, cursor_ms: int | None, candles: Sequence[Candle]) -> Bar:
        """What is begun before these candles: where some may be gone from the store, nobody knows how a bar opened."""
        if cursor_ms is None:
            return UNBEGUN
        if not self.rule.has_longer_bars or not candles or candles[0].open_ms == cursor_ms + self.rule.step_ms:
            return NO_BAR
        oldest = self.candles.after(symbol, None, 1)
        return NO_BAR if oldest and oldest[0].open_ms <= cursor_ms else UNBEGUN

    def _seen(self, before: KnownState, closing: Closing) -> tuple[KnownState, Tick]:
        """The state after the bars, and the tick of the newest; a bar that the strategy fails at leaves the state."""
        after, error = before, ""
        named: Mapping[str, float] = {}
        for bar in closing.bars:
            try:
                with guarded(self.rule.strategy, "observe"):
                    after, named = self._observed(after, bar)
                error = ""
            except TooLongError:
                raise
            except BadInput as failed:
                named, error = {}, str(failed)
        return after, self._tick(closing, named, error)

    def _tick(self, closing: Closing, named: Mapping[str, float], error: str) -> Tick:
        candle = closing.candle
        return Tick(candle, named, error, longer_bar(candle.symbol, closing.bars[-1], self.rule))

    def _observed(self, before: KnownState, bar: Bar) -> tuple[KnownState, Mapping[str, float]]:
        """The state after a bar, with its record, and what was seen."""
        begun = self.rule.start() if before.state is None else before.state
        state, values = self.rule.observe(begun, bar)
        named = named_values(values)
        if any(map(isinf, named.values())):
            raise NonsenseError(f"observe returned an infinite value: {values}")
        stored = codec.plain(state)
        refuse_wide(self.rule.strategy.form.state, stored)
        return KnownState(replace(before.record, state=stored), state), named
