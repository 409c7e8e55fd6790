"""New candles into the strategy's state; each candle is stored again with what the strategy saw, as a tick.

Here a user's code runs. Whatever it does, the candle is stored, its symbol goes on, and no other symbol notices.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from math import isinf

from chalicelib import codec
from chalicelib.domain import Candle, IndicatorRecord, Tick
from chalicelib.errors import BadInput, Conflict, TraderError
from chalicelib.kernel.bar import Bar
from chalicelib.kernel.rule import Observed
from chalicelib.ports import CandleStore, IndicatorStore
from chalicelib.services.strategy_faults import TooLongError, guarded
from chalicelib.strategy.form import refuse_wide
from chalicelib.strategy.rule import NonsenseError, StrategyRule, named_values

PAGE = 1000
TAKEN_OVER_MS = 3_600_000
"""How much of an earlier version's ticks goes with its state: nobody is further behind and still decides."""


def indicator_key(symbol: str, rule: StrategyRule) -> str:
    """The name of what a strategy keeps of a symbol: agents whose strategies observe alike share it."""
    return f"{symbol}/{rule.key}"


def bar_of(candle: Candle) -> Bar:
    """The candle as the kernel sees it."""
    return Bar(candle.open_ms, candle.open, candle.high, candle.low, candle.close, candle.volume)


@dataclass(frozen=True, slots=True)
class Folded:
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
    begun: dict[str, int] = field(default_factory=dict)
    """Symbols whose state began anew in the last run, by how many stored candles it was folded from."""
    _remembered: dict[str, Folded] = field(default_factory=dict)
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
            candles = self.candles.after(symbol, before.record.cursor_ms, PAGE)
            if candles:
                folded, ticks = self._fold(before, candles)
                try:
                    self.indicators.commit(folded.record, ticks)
                except Conflict:  # another run folded these candles first: what is remembered is old
                    if remembered is None:
                        if before.record.version <= lost_to:
                            raise
                        lost_to = before.record.version
                    continue
                if before.record.cursor_ms is None or symbol in self.begun:
                    self.begun[symbol] = self.begun.get(symbol, 0) + len(ticks)
                before = folded
                made += len(ticks)
            self._remembered[symbol] = before
            if len(candles) < PAGE:
                return made

    def _stored(self, symbol: str) -> Folded:
        """The stored state; one that the strategy cannot read is folded anew, from the oldest candle that is kept."""
        record = self.indicators.load(indicator_key(symbol, self.rule))
        if record.version == 0 and self.rule.former_key:
            record = self._taken_over(record, f"{symbol}/{self.rule.former_key}")
        if record.state is not None:
            with suppress(BadInput):
                return Folded(record, codec.typed(self.rule.strategy.form.state, record.state))
        return Folded(replace(record, cursor_ms=None), None)

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

    def _fold(self, before: Folded, candles: list[Candle]) -> tuple[Folded, list[Tick]]:
        state, stored = before.state, before.record.state
        ticks: list[Tick] = []
        for candle in candles:
            try:
                with guarded(self.rule.strategy, "observe"):
                    state, stored, tick = self._observed(state, candle)
            except TooLongError as error:
                ticks += [Tick(late, {}, str(error)) for late in candles[len(ticks) :]]
                break
            except BadInput as error:  # the state stays what it was before this candle
                tick = Tick(candle, {}, str(error))
            ticks.append(tick)
        record = replace(before.record, version=before.record.version + 1, state=stored, cursor_ms=candles[-1].open_ms)
        return Folded(record, state), ticks

    def _observed(self, state: Observed, candle: Candle) -> tuple[Observed, object, Tick]:
        """The state after a candle, the same as it is stored, and the tick."""
        begun = self.rule.start() if state is None else state
        after, values = self.rule.observe(begun, bar_of(candle))
        named = named_values(values)
        if any(map(isinf, named.values())):
            raise NonsenseError(f"observe returned an infinite value: {values}")
        stored = codec.plain(after)
        refuse_wide(self.rule.strategy.form.state, stored)
        return after, stored, Tick(candle, named)
