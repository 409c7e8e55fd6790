"""An agent's minutes from its first to its last: every input checked, every minute traded again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from chalicelib import wiring, words
from chalicelib.config import Mode
from chalicelib.domain import Decision, Portfolio, Reason
from chalicelib.errors import BadInput
from chalicelib.kernel import codes
from chalicelib.kernel.account import EMPTY_SLOT, Account, open_account
from chalicelib.ports import SeriesStore
from chalicelib.services.minute import AgentRules, with_held
from trader.replay.differences import Difference, Value, compared
from trader.replay.indicators import IndicatorCheck
from trader.replay.minute import incomplete, trade_again
from trader.replay.records import JournalMinutes, RecordedMinute
from trader.replay.rules import Decider, RuleBook
from trader.replay.sentiment import SentimentCheck
from trader.replay.series import SeriesCheck
from trader.runtime.runs import Run

BEGINNING_MS, END_MS = 0, 2**62
KEPT_DIFFERENCES = 1_000
TAKEN = "minutes before which somebody else had written the portfolio: taken as recorded"
OLDER = "minutes of a version that did not keep what halts by hand did: not decided again"
Advance = Callable[[int], object]


@dataclass(slots=True)
class Replayed:
    """What came of replaying one agent. `notes` says what was taken from the record instead of worked out again."""

    agent: str
    minutes: int = 0
    decisions: int = 0
    fills: int = 0
    trades: int = 0
    indicator_values: int = 0
    sentiments: int = 0
    first_ms: int | None = None
    last_ms: int | None = None
    differing: int = 0
    """How many values differ, of which `differences` keeps the first."""
    differences: list[Difference] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Replay:
    """One agent of one run. What lies before `from_ms` is traded again as well, or nothing would be known of the
    account; only differences from there to `to_ms` count.
    """

    def __init__(
        self,
        run: Run,
        stores: wiring.Stores,
        agent_id: str,
        deciders: Sequence[Decider],
        from_ms: int = BEGINNING_MS,
        to_ms: int = END_MS,
        series: SeriesStore | None = None,
    ) -> None:
        """`series` is where values were put, None where none ever were.

        Raises BadInput where the run has no minutes of the agent, or does not keep its rules."""
        self._run = run
        self._stores = stores
        self._agent_id = agent_id
        self._from_ms, self._to_ms = from_ms, to_ms
        stored = stores.portfolios.load(agent_id)
        if stored is None or stored.minute_ms is None:
            raise BadInput(f"run {run.id}: agent {agent_id} has traded no minute in it")
        self._stored = stored
        self._book = RuleBook(deciders, agent_id)
        self._records = JournalMinutes(stores.journal, agent_id, min(stored.minute_ms, to_ms))
        self._sentiment = SentimentCheck(stores.news, self._records.evidence, run.real_time)
        self._series = SeriesCheck(series)
        self._indicators: dict[tuple[str, str], IndicatorCheck] = {}
        self._portfolio = Portfolio(agent_id, 0, open_account(self._book.cash), {})
        self._decider: Decider | None = None
        self._is_lost = False
        """Whether nobody knows the portfolio, from a minute of an older version on to the next that tells it."""
        self._bars: dict[str, int] = {}
        """open_ms of the newest longer bar that was recorded, by symbol."""
        self._told: Counter[str] = Counter()
        self._result = Replayed(agent_id)

    @property
    def decisions(self) -> int:
        """How many there are to decide again."""
        return self._records.count

    def run(self, advance: Advance = lambda decisions: None) -> Replayed:
        """Trade everything again; `advance` hears of the decisions done."""
        result = self._result
        for minute in self._records.minutes():
            if self._from_ms <= minute.minute_ms <= self._to_ms:
                self._count(minute)
            for difference in self._minute(minute):
                self._add(difference)
            advance(len(minute.decisions))
        if result.last_ms is not None and result.last_ms == self._stored.minute_ms:
            for difference in self._end():
                self._add(difference)
        result.indicator_values = sum(check.compared for check in self._indicators.values())
        result.sentiments = self._sentiment.compared
        result.notes = list(self._notes())
        return result

    def _count(self, minute: RecordedMinute) -> None:
        result = self._result
        result.minutes += 1
        result.decisions += len(minute.decisions)
        result.fills += len(minute.fills)
        result.trades += len(minute.trades)
        result.first_ms = minute.minute_ms if result.first_ms is None else result.first_ms
        result.last_ms = minute.minute_ms

    def _add(self, difference: Difference) -> None:
        if not self._from_ms <= difference.minute_ms <= self._to_ms:
            self._told["values of minutes before --from differ: replay without --from"] += 1
            return
        self._result.differing += 1
        if len(self._result.differences) < KEPT_DIFFERENCES:
            self._result.differences.append(difference)

    def _minute(self, minute: RecordedMinute) -> Iterator[Difference]:
        """What differs in this minute: inputs first, then what follows from them."""
        newest_ms = self._portfolio.minute_ms
        if newest_ms is not None and minute.minute_ms <= newest_ms:
            yield Difference(minute.minute_ms, "", "decision", "recorded", None, f"after minute {newest_ms}")
            return
        if not minute.decisions:
            yield Difference(minute.minute_ms, "", "decisions", None, "of equity, fills or trades", "there are records")
            return
        decider = self._book.of(minute.decisions[0], self._decider)
        self._decider = decider
        for part in decider.otherwise:
            self._told[f"minutes were decided by another {part}: decided again by this version's"] += 1
        yield from self._take_over(minute)
        if self._is_lost:
            self._told[OLDER] += 1
            return
        portfolio = self._portfolio
        yield from incomplete(with_held(decider.rules, portfolio), minute)
        for decision in minute.decisions:
            yield from self._inputs(decision, decider.rules)
        rules = decider.rules
        paper = wiring.executor(decider.mode, rules.symbols, rules.params) if decider.mode == Mode.PAPER else None
        outcome = trade_again(rules, portfolio, minute, paper, self._run.real_time, self._seen_before(minute))
        self._portfolio = outcome.portfolio
        if outcome.differences and _may_be_by_hand(minute, portfolio):
            self._is_lost = True
            self._told[OLDER] += 1
            return
        yield from outcome.differences
        if outcome.is_refused:
            self._told["minutes recorded as stale or missed: not decided, as the record says"] += 1

    def _seen_before(self, minute: RecordedMinute) -> frozenset[str]:
        """The symbols whose longer bar was over in an earlier minute, which recorded it without deciding."""
        bars = {decision.symbol: decision.bar.open_ms for decision in minute.decisions if decision.bar is not None}
        earlier = frozenset(symbol for symbol, open_ms in bars.items() if self._bars.get(symbol) == open_ms)
        self._bars |= bars
        return earlier

    def _inputs(self, decision: Decision, rules: AgentRules) -> Iterator[Difference]:
        stored: dict[str, Value] = {"config hash": decision.config_hash}
        if decision.config_hash != rules.config_hash:
            kept: dict[str, Value] = {"config hash": self._book.hashes}
            yield from compared(decision.minute_ms, decision.symbol, stored, kept, "the rules that are kept")
        if decision.candle is not None:
            key = decision.symbol, rules.rule.key
            if key not in self._indicators:
                self._indicators[key] = IndicatorCheck(
                    decision.symbol, rules.rule, self._stores.candles, self._stores.indicators, self._run.real_time
                )
            yield from self._indicators[key].at(decision, decision.candle)
            if decision.outcome != words.BETWEEN:
                yield from self._sentiment.at(decision)
                yield from self._series.at(decision)

    def _take_over(self, minute: RecordedMinute) -> Iterator[Difference]:
        """Go on from the portfolio that the minute found; whoever wrote it in between, its money must be the same."""
        found = None if minute.equity is None else minute.equity.found
        if found is None:
            return
        if not self._is_lost and self._portfolio.minute_ms is not None:
            yield from compared(minute.minute_ms, "", _money(found), _money(self._portfolio))
            self._told[TAKEN] += 1
        self._portfolio, self._is_lost = found, False

    def _end(self) -> Iterator[Difference]:
        """The stored portfolio against the one that the minutes come to; orders may have been written since."""
        if self._is_lost:
            return
        if self._stored.touched:
            yield from compared(self._stored.minute_ms or 0, "", _money(self._stored), _money(self._portfolio))
        else:
            yield from _portfolios_differ(self._stored, self._portfolio)

    def _notes(self) -> Iterator[str]:
        yield from (f"{count} {what}" for what, count in self._told.items())
        skipped = sum(check.skipped for check in self._indicators.values())
        if skipped:
            yield f"{skipped} indicator values were not compared: the candles before them are not kept"
        if self._sentiment.from_file:
            yield f"{self._sentiment.from_file} sentiments come from a file: averaged again, not looked up in it"
        if self._sentiment.late:
            yield f"{self._sentiment.late} decisions precede a headline that was stored later with an earlier time"
        if self._series.gone:
            yield f"{self._series.gone} values of series are in no store any more: taken as recorded"
        if self._series.late:
            yield f"{self._series.late} decisions precede a value of a series that was put later with an earlier time"


def _may_be_by_hand(minute: RecordedMinute, before: Portfolio) -> bool:
    """Whether a version that did not keep the switch recorded a minute in which a halt or a resume by hand shows."""
    if minute.equity is None or minute.equity.switch:
        return False
    filled = {fill.client_id for fill in minute.fills}
    candles = {decision.symbol for decision in minute.decisions if decision.candle is not None}
    return (
        before.account.halt != codes.RUNNING
        or any(decision.outcome == words.OUTCOMES[codes.HALTED] for decision in minute.decisions)
        or any(fill.reason is Reason.KILL_SWITCH for fill in minute.fills)
        or any(order.symbol in candles and order.client_id not in filled for order in before.orders)
    )


def _money(portfolio: Portfolio) -> dict[str, Value]:
    """What no halt and no resume may change: cash, and every position."""
    held = {symbol: slot.position for symbol, slot in portfolio.slots.items() if slot.position.quantity > 0.0}
    positions = tuple(f"{each.quantity!r} {symbol} at {each.entry_price!r}" for symbol, each in sorted(held.items()))
    return {"account cash": portfolio.account.cash, "positions": positions}


def _portfolio_values(portfolio: Portfolio, symbol: str) -> dict[str, Value]:
    """What the portfolio holds of a symbol and waits for."""
    slot = portfolio.slots.get(symbol, EMPTY_SLOT)
    shown = slot.position._asdict() | {"terms": repr(tuple(slot.position.terms))}
    position: dict[str, Value] = {f"position {name}": value for name, value in shown.items()}
    return {**position, "cooldown": slot.cooldown, "pending order": repr(tuple(slot.order))}


def _account_values(portfolio: Portfolio) -> dict[str, Value]:
    return {f"account {name}": value for name, value in zip(Account._fields, portfolio.account, strict=True)}


def _portfolios_differ(stored: Portfolio, again: Portfolio) -> Iterator[Difference]:
    minute_ms = stored.minute_ms or 0
    yield from compared(minute_ms, "", _account_values(stored), _account_values(again))
    for symbol in again.slots:
        values = _portfolio_values(stored, symbol), _portfolio_values(again, symbol)
        yield from compared(minute_ms, symbol, *values)
