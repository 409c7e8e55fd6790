"""A market stepped through by the kernel alone: what it was asked, what it answered, which of its paths were met."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from chalicelib.kernel.account import Position
from chalicelib.kernel.bar import MISSING, Bar
from chalicelib.kernel.choice import Choice
from chalicelib.kernel.codes import HOLD, NONE
from chalicelib.kernel.fold import UNBEGUN, fold
from chalicelib.kernel.rule import Inputs, Observed, Values
from chalicelib.kernel.run import Columns, bar_at, inputs_at
from chalicelib.kernel.step import Outcome, State, fresh_state, step
from chalicelib.strategy.rule import StrategyRule
from chalicelib.words import ACTIONS, OUTCOMES, REASONS
from tests.kernel_cases import CASH
from trader.backtest.engine import ParameterSet
from trader.backtest.result import reason_word

Asked = tuple[int, int, bool, Choice]
"""Symbol and minute by their numbers, whether the symbol was held, and the strategy's own answer."""


@dataclass(frozen=True)
class Stepped:
    """What the kernel came to."""

    decisions: list[str] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    paths: Counter[str] = field(default_factory=Counter)
    """How often each was met: reasons of fills, verdicts, levels that `hold` moved, entries that left at once."""


class Watched:
    """Implements kernel.rule.Rule: a rule that keeps what it was asked."""

    def __init__(self, rule: StrategyRule) -> None:
        self._rule = rule
        self.asked: list[tuple[Values, bool, Choice]] = []
        self.interval_ms, self.step_ms, self.stale_ms = rule.interval_ms, rule.step_ms, rule.stale_ms

    def start(self) -> Observed:
        return self._rule.start()

    def observe(self, state: Observed, bar: Bar) -> tuple[Observed, Values]:
        return self._rule.observe(state, bar)

    def decide(self, values: Values, close: float, inputs: Inputs, in_position: bool) -> Choice:
        answer = self._rule.decide(values, close, inputs, in_position)
        self.asked.append((values, in_position, answer))
        return answer


@dataclass
class Closes:
    """One symbol's bars, folded beside the kernel: at which candles one is over that may still be decided."""

    rule: StrategyRule
    part: Bar = UNBEGUN

    def has_one(self, candle: Bar) -> bool:
        """Whether this candle, which comes after all before, has."""
        if candle.time_ms == MISSING:
            return False
        times = self.rule.step_ms, self.rule.interval_ms
        self.part, late, done = fold(self.part, candle, *times)
        newest = late if done.time_ms == MISSING else done
        over_ms = newest.time_ms + self.rule.interval_ms
        age_ms = candle.time_ms + self.rule.step_ms - over_ms
        return newest.time_ms != MISSING and (not self.rule.stale_ms or age_ms <= self.rule.stale_ms)


def by_steps(market: Columns, tried: ParameterSet, symbols: Sequence[str]) -> Stepped:
    """`kernel.step`, minute by minute, for what `kernel.run` does not keep."""
    watched, told = Watched(tried.rule), Stepped()
    state = fresh_state(CASH, len(symbols), watched)
    closes = [Closes(tried.rule) for _ in symbols]
    for minute, time_ms in enumerate(market.times):
        bars = [bar_at(market, symbol, minute) for symbol in range(len(symbols))]
        known = [inputs_at(market, symbol, minute) for symbol in range(len(symbols))]
        before, watched.asked = state, []
        state, outcomes = step(state, time_ms, bars, known, tried.params, watched)
        there = [symbol for symbol in range(len(symbols)) if closes[symbol].has_one(bars[symbol])]
        for symbol, (values, held, answer) in zip(there, watched.asked, strict=True):
            outcome = outcomes[symbol]
            told.decisions.append(_told(time_ms, symbols[symbol], values, held, outcome, state, tried.rule))
            told.asked.append((symbol, minute, held, answer))
        for symbol, outcome in enumerate(outcomes):
            if bars[symbol].time_ms != MISSING:
                positions = before.slots[symbol].position, state.slots[symbol].position
                told.paths.update(_met(outcome, *positions, tried.rule))
    return told


def _told(
    time_ms: int, symbol: str, values: Values, held: bool, outcome: Outcome, state: State, rule: StrategyRule
) -> str:
    choice, verdict = outcome.choice, outcome.verdict
    why = None if choice.reason == NONE else str(reason_word(rule, choice.reason))
    words = ACTIONS[choice.action], why, verdict.order.quantity, OUTCOMES[verdict.code]
    return repr((time_ms, symbol, tuple(map(float, values)), held, *words, state.account.equity))


def _met(outcome: Outcome, before: Position, after: Position, rule: StrategyRule) -> Iterator[str]:
    """The paths that one symbol met in one minute."""
    bought, exits = outcome.order_fill, outcome.exit_fills
    yield OUTCOMES[outcome.verdict.code]
    yield from (str(reason_word(rule, fill.reason)) for fill in (bought, *exits) if fill.side != NONE)
    if bought.side != NONE and exits and exits[0].price < bought.price:
        yield f"at once: {REASONS[exits[0].reason]}"
    if before.entry_ms == after.entry_ms and after.quantity > 0.0:
        if after.stop > before.stop:
            yield "stop raised"
        if after.take_profit != before.take_profit:
            yield "target moved"
    if outcome.choice.action == HOLD and outcome.choice.reason != NONE:
        yield "waited for a reason"
