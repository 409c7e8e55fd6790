"""One minute traded again by the service that traded it, and what came out otherwise than recorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import nan

from chalicelib import words
from chalicelib.domain import Change, Decision, EquityPoint, KnownValue, Portfolio, Sentiment, Tick, Trade, close_of
from chalicelib.kernel.step import UNTHROWN, Switch
from chalicelib.ports import Executor
from chalicelib.services.closings import is_close
from chalicelib.services.minute import AgentRules, MinuteInput, trade_minute
from chalicelib.services.ready_minutes import is_stale_bar
from chalicelib.strategy.rule import StrategyRule
from trader.data.trade_rows import TRADE_COLUMNS, trade_row
from trader.replay.differences import Difference, Value, compared
from trader.replay.records import RecordedMinute
from trader.replay.venue import RecordedVenue

CLOCK_SLACK_MS = 1_000


def incomplete(rules: AgentRules, minute: RecordedMinute) -> Iterator[Difference]:
    """Symbols of which the minute has no decision, or more than one, or that are not traded at all."""
    recorded = Counter(decision.symbol for decision in minute.decisions)
    for symbol in dict.fromkeys([*rules.symbols, *recorded]):
        expected = int(symbol in rules.symbols)
        if recorded[symbol] != expected:
            yield Difference(minute.minute_ms, symbol, "decisions", recorded[symbol], expected, "by its symbols")


@dataclass(frozen=True, slots=True)
class ReplayedMinute:
    """The minute as it came out: what differs, and the portfolio that the next one finds."""

    differences: tuple[Difference, ...]
    portfolio: Portfolio
    is_refused: bool
    """Whether it was recorded as too late to be decided."""


class RecordedSentiment:
    """A SentimentHistory of one minute: what its decisions say was known."""

    def __init__(self, decisions: Sequence[Decision]) -> None:
        self._known = {decision.symbol: decision.sentiment for decision in decisions}

    def at(self, symbol: str, close_ms: int) -> Sentiment:
        return self._known[symbol]


class RecordedSeries:
    """A SeriesHistory of one minute, by its decisions as well."""

    def __init__(self, name: str, decisions: Sequence[Decision]) -> None:
        self._name = name
        self._known = {decision.symbol: decision.inputs for decision in decisions}

    def at(self, symbol: str, close_ms: int) -> KnownValue:
        known = (each for each in self._known[symbol] if each.name == self._name)
        return next(known, KnownValue(self._name, nan))


def trade_again(
    rules: AgentRules,
    portfolio: Portfolio,
    minute: RecordedMinute,
    paper: Executor | None,
    real_time: bool,
    earlier: frozenset[str] = frozenset(),
) -> ReplayedMinute:
    """The minute, traded by these rules; `paper` is what its fills are held to, None where an exchange filled.

    `earlier` are symbols whose bar was recorded before.
    """
    given = _given(minute, rules.rule, real_time, earlier)
    venue = RecordedVenue(rules.agent_id, minute.minute_ms, minute.fills, paper)
    sentiment = RecordedSentiment(minute.decisions)
    names = {each.name for decision in minute.decisions for each in decision.inputs}
    series = {name: RecordedSeries(name, minute.decisions) for name in names}
    try:
        change = trade_minute(rules, portfolio, given, switch_of(minute), venue, sentiment, series)
    except ArithmeticError as error:  # prices or quantities that are none
        failed = Difference(minute.minute_ms, "", "decisions", "recorded", str(error), "failing with")
        return ReplayedMinute((*venue.differences, failed), portfolio, False)
    differences = [
        *venue.differences,
        *venue.unclaimed(),
        *_marks(minute, change.equity),
        *_trades(minute, change.trades),
        *_decisions(minute, change, real_time),
    ]
    return ReplayedMinute(tuple(differences), change.portfolio, bool(given.refused))


def switch_of(minute: RecordedMinute) -> Switch:
    """The switch that the minute was decided under; an older version's record says nothing of it: off."""
    name = "" if minute.equity is None else minute.equity.switch
    return next((Switch(*thrown) for thrown, known in words.SWITCHES.items() if known == name), UNTHROWN)


def _given(minute: RecordedMinute, rule: StrategyRule, real_time: bool, earlier: frozenset[str]) -> MinuteInput:
    """What was known of the minute. That it came too late is an input of its own: in simulated time nothing does.

    How old a longer bar is follows from the record.
    """
    ticks = {d.symbol: Tick(d.candle, d.snapshot, d.error, d.bar) for d in minute.decisions if d.candle is not None}
    now_ms = minute.decisions[0].decided_ms
    late_ms = now_ms - close_of(minute.minute_ms) + CLOCK_SLACK_MS
    least_ms = {words.STALE: 0, words.MISSED: 60_000} if real_time else {}
    outcomes = [d.outcome for d in minute.decisions if d.candle is not None]
    refused = next((outcome for outcome in outcomes if late_ms >= least_ms.get(outcome, late_ms + 1)), "")
    if not rule.has_longer_bars:
        return MinuteInput(minute.minute_ms, ticks, now_ms, refused)
    closes = {symbol: tick for symbol, tick in ticks.items() if is_close(tick, rule)}
    stale = frozenset(symbol for symbol, tick in closes.items() if is_stale_bar(tick, rule, now_ms))
    missed = refused if refused == words.MISSED else ""
    return MinuteInput(minute.minute_ms, ticks, now_ms, missed, stale, earlier)


def _marks(minute: RecordedMinute, again: EquityPoint | None) -> Iterator[Difference]:
    if minute.equity is None or again is None:
        value = None if again is None else again.equity
        yield Difference(minute.minute_ms, "", "equity", None, value)
        return
    yield from compared(minute.minute_ms, "", _mark(minute.equity), _mark(again))


def _mark(point: EquityPoint) -> dict[str, Value]:
    return {"cash": point.cash, "equity": point.equity, "drawdown": point.drawdown}


def _trades(minute: RecordedMinute, again: Sequence[Trade]) -> Iterator[Difference]:
    for index in range(max(len(minute.trades), len(again))):
        stored = minute.trades[index] if index < len(minute.trades) else None
        made = again[index] if index < len(again) else None
        if stored is None or made is None:
            symbol = (stored or made or again[0]).symbol
            values = [None if each is None else f"{each.quantity!r} for {each.pnl!r}" for each in (stored, made)]
            yield Difference(minute.minute_ms, symbol, "trade", values[0], values[1])
        else:
            numbered = stored.position > 0
            yield from compared(minute.minute_ms, stored.symbol, _trade(stored, numbered), _trade(made, numbered))


def _trade(trade: Trade, numbered: bool) -> dict[str, Value]:
    values = dict(zip(TRADE_COLUMNS, trade_row(trade), strict=True))
    if not numbered:  # as an older version recorded it
        del values["position"]
    return {f"trade {name.replace('_', ' ')}": value for name, value in values.items()}


def _decisions(minute: RecordedMinute, change: Change, real_time: bool) -> Iterator[Difference]:
    stored = {decision.symbol: decision for decision in minute.decisions}
    again = {decision.symbol: decision for decision in change.decisions}
    for symbol in (symbol for symbol in again if symbol in stored):
        yield from compared(minute.minute_ms, symbol, _decision(stored[symbol]), _decision(again[symbol]))
        if not real_time:
            times: tuple[dict[str, Value], dict[str, Value]] = (
                {"decided at": stored[symbol].decided_ms},
                {"decided at": close_of(minute.minute_ms)},
            )
            yield from compared(minute.minute_ms, symbol, *times)


def _decision(decision: Decision) -> dict[str, Value]:
    """What a decision came to, its inputs left out."""
    return {
        "position": decision.in_position,
        "signals": decision.signals,
        "action": decision.action,
        "reason": decision.reason,
        "outcome": decision.outcome,
        "error": decision.error,
        "quantity": decision.quantity,
        "equity of the decision": decision.equity,
    }
