"""Lines of what each minute of a run came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from chalicelib import words
from chalicelib.config import Config
from chalicelib.domain import Change, Decision
from chalicelib.kernel import codes
from chalicelib.services.trade import TradeReport
from chalicelib.strategy.chosen import rule_of
from chalicelib.strategy.condition_words import conditions_in_words
from trader.cli import output
from trader.cli.explaining import values_line, would
from trader.data.money import money_text, price_text

Say = Callable[[str], None]


class MinuteLines:
    """Hears what came of each minute, and says it: a line an agent and a symbol.

    `counts_candles` is for runs in simulated time: there an agent's first minute is the first that its strategy sees.
    """

    def __init__(self, configs: Sequence[Config], say: Say, counts_candles: bool) -> None:
        self._rules = {config.agent.id: rule_of(config) for config in configs}
        self._say = say
        self._counts_candles = counts_candles
        self._seen: Counter[tuple[str, str]] = Counter()
        self._halted: dict[str, bool] = {}

    def __call__(self, reports: Mapping[str, TradeReport]) -> None:
        for agent_id, report in reports.items():
            who = f"{agent_id}: " if len(reports) > 1 else ""
            for change in report.changes:
                self._tell_switch(change, agent_id, who)
                self._tell(change, agent_id, who)

    def _tell_switch(self, change: Change, agent_id: str, who: str) -> None:
        """That a switch was thrown or taken back between two minutes, by whatever process."""
        now = is_halted(change)
        before = self._halted.get(agent_id, now)
        self._halted[agent_id] = now
        if now and not before:
            self._say(f"{who}halted: the rule orders nothing until `trader resume`; `trader status` says why")
        elif before and not now:
            self._say(f"{who}resumed: the rule orders again")

    def _tell(self, change: Change, agent_id: str, who: str) -> None:
        self._counts_candles = self._counts_candles and (change.portfolio.version == 1 or bool(self._seen))
        for decision in change.decisions:
            counted = agent_id, decision.symbol
            self._seen[counted] += decision.candle is not None
            seen = self._seen[counted] if self._counts_candles else None
            conditions = conditions_in_words(self._rules[agent_id], decision, seen)
            self._say(f"{who}{minute_line(change, decision, conditions)}")


def is_halted(change: Change) -> bool:
    """Whether this minute was decided under a halt, by hand or by a guard."""
    thrown = change.equity is not None and change.equity.switch not in ("", words.SWITCHES[False, False])
    return thrown or change.portfolio.account.halt != codes.RUNNING


def minute_line(change: Change, decision: Decision, conditions: Sequence[str]) -> str:
    """The line of what one minute came to for a symbol: time, equity, price, what was wanted and why, and the fills."""
    equity = change.portfolio.account.equity
    name = decision.symbol + (" (reducing)" if decision.symbol in change.portfolio.reducing else "")
    fills = [
        f"{fill.side} {fill.quantity:.6g} {fill.symbol} at {price_text(fill.price)} ({fill.reason})"
        for fill in change.fills
        if fill.symbol == decision.symbol
    ]
    halted = "  halted" if is_halted(change) else ""
    begins = f"{output.utc(change.portfolio.minute_ms)}  equity {money_text(equity, equity)}{halted}"
    return "  |  ".join([begins, f"{name} {_judged(decision, conditions)}", *fills])


def _judged(decision: Decision, conditions: Sequence[str]) -> str:
    price = "-" if decision.candle is None else price_text(decision.candle.close)
    if conditions:
        return f"{price} {would(decision, conditions)}"
    known = f"{values_line(decision.snapshot)} sentiment {decision.sentiment.value:+.2f}"
    return f"{price} {known} {would(decision, ())}"
