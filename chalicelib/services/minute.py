"""One minute of one agent: what filled, what it is worth, what is decided; as a Change, nothing written yet.

The order of events is `kernel.step`'s: settle every symbol, mark once, then decide symbol after symbol. Here the venue
answers what filled, in place of `kernel.match`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace

from chalicelib import words
from chalicelib.domain import (
    Change,
    Decision,
    EquityPoint,
    Fill,
    KnownValue,
    Order,
    Portfolio,
    Reason,
    Sentiment,
    Side,
    Tick,
    Trade,
    close_of,
)
from chalicelib.errors import BadInput
from chalicelib.kernel import codes
from chalicelib.kernel.account import EMPTY_SLOT, Account, Position, Slot, entry_fee_share, profit
from chalicelib.kernel.account import Fill as KernelFill
from chalicelib.kernel.account import Order as KernelOrder
from chalicelib.kernel.admission import Verdict
from chalicelib.kernel.bar import Bar
from chalicelib.kernel.choice import WAIT, Choice
from chalicelib.kernel.match import begin_bar, book_exit, book_order, end_bar, with_bar_over
from chalicelib.kernel.risk import drawdown, mark
from chalicelib.kernel.step import Params, Switch, View, choose, in_time, order_all
from chalicelib.ports import Executor, SentimentHistory, SeriesHistory
from chalicelib.services.closings import bar_of, is_close, is_last_of_bar
from chalicelib.services.due import is_active, is_open
from chalicelib.services.strategy_faults import guarded
from chalicelib.strategy.rule import StrategyRule, inputs_of, named_values

UNDECIDED = (words.STALE, words.MISSED, words.MISSING, words.BETWEEN)
"""Outcomes of a minute in which the strategy is not asked."""
FAILED = (words.STRATEGY_ERROR, words.NOT_DEPLOYED)
"""Outcomes of a bar that it was to decide, and could not."""


NO_SERIES: Mapping[str, SeriesHistory] = {}


@dataclass(frozen=True, slots=True)
class AgentRules:
    """What one agent trades, by which strategy and parameters; `params.lot_steps` follows the order of `symbols`."""

    agent_id: str
    symbols: tuple[str, ...]
    rule: StrategyRule
    params: Params
    config_hash: str
    reducing: tuple[str, ...] = ()
    """Those of `symbols` that are traded for what is held of them alone: they are left, never entered."""


@dataclass(frozen=True, slots=True)
class MinuteInput:
    """What is known of one minute: the ticks that came in, and why those of an old minute may not be acted on."""

    minute_ms: int
    ticks: Mapping[str, Tick]
    now_ms: int
    refused: str = ""
    """Empty: decide. Otherwise the outcome that is recorded in place of a decision (stale, missed)."""
    stale: frozenset[str] = frozenset()
    """Symbols whose longer bar is over, and too old to act on."""
    earlier: frozenset[str] = frozenset()
    """Symbols whose longer bar was over in an earlier minute, and is decided in this one."""

    def refusal(self, symbol: str) -> str:
        """What is recorded in place of a decision on a bar of the symbol, empty where it is decided."""
        return self.refused or (words.STALE if symbol in self.stale else "")


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of one symbol besides its bars."""

    sentiment: Sentiment
    inputs: tuple[KnownValue, ...] = ()


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the strategy said of one symbol."""

    choice: Choice
    snapshot: Mapping[str, float]
    signals: tuple[str, ...] = ()
    error: str = ""
    outcome: str = words.STRATEGY_ERROR
    """Where there is an error."""


@dataclass(slots=True)
class _Booked:
    """What settling collects."""

    cash: float
    slots: dict[str, Slot]
    positions: int
    numbers: dict[str, int]
    fills: list[Fill] = field(default_factory=list)
    trades: list[Trade] = field(default_factory=list)

    def number_of(self, symbol: str, is_new: bool) -> int:
        """The number of the position that a fill belongs to; one that an older version entered is counted now."""
        if is_new or symbol not in self.numbers:
            self.positions += 1
            self.numbers[symbol] = self.positions
        return self.numbers[symbol]


def trade_minute(
    rules: AgentRules,
    portfolio: Portfolio,
    given: MinuteInput,
    switch: Switch,
    executor: Executor,
    sentiment: SentimentHistory,
    series: Mapping[str, SeriesHistory] = NO_SERIES,
) -> Change:
    """The change that this minute makes of the portfolio, over what the rules name and what is held besides.

    Raises Unavailable when the venue cannot tell what filled.
    """
    rules = with_held(rules, portfolio)
    booked = _settle(rules, portfolio, given, executor)
    slots = [booked.slots[symbol] for symbol in rules.symbols]
    account = mark(portfolio.account, booked.cash, slots, given.minute_ms, rules.params.limits)
    planned, decisions = decide_minute(rules, account, slots, given, switch, sentiment, series)
    after = dict(zip(rules.symbols, planned, strict=True))
    orders = pending_orders(rules, portfolio, after, given.ticks, given.minute_ms)
    new = [order for order in orders if order not in portfolio.orders]
    return Change(
        portfolio=replace(
            portfolio,
            version=portfolio.version + 1,
            account=account,
            slots=after,
            orders=orders,
            minute_ms=given.minute_ms,
            reducing=tuple(symbol for symbol in rules.reducing if is_open(after[symbol])),
            touched=False,
            positions=booked.positions,
            numbers={
                symbol: number for symbol, number in booked.numbers.items() if after[symbol].position.quantity > 0.0
            },
            rule=rules.rule.strategy.hash,
            strategy_errors=_errors_in_a_row(portfolio, decisions),
            unfinished=_unfinished(rules, portfolio, given),
        ),
        entries=tuple(order for order in new if order.side is Side.BUY),
        exits=tuple(order for order in new if order.side is Side.SELL and order.reason != Reason.KILL_SWITCH),
        fills=tuple(booked.fills),
        trades=tuple(booked.trades),
        decisions=decisions,
        equity=EquityPoint(
            given.minute_ms,
            account.equity,
            account.cash,
            drawdown(account),
            words.SWITCHES[switch],
            portfolio if _is_of_another(portfolio, rules) else None,
        ),
    )


def _is_of_another(portfolio: Portfolio, rules: AgentRules) -> bool:
    """Whether somebody else than a minute of this strategy wrote it last: another version's may keep less than ours."""
    return portfolio.touched or (portfolio.minute_ms is not None and portfolio.rule != rules.rule.strategy.hash)


def with_held(rules: AgentRules, portfolio: Portfolio | None) -> AgentRules:
    """The rules over every symbol that is still held or ordered, too; those that they do not name are only left.

    Nothing of those is bought any more, so that their lots need no step.
    """
    reducing = held_besides(rules.symbols, portfolio)
    if not reducing:
        return rules
    steps = rules.params.lot_steps + (0.0,) * len(reducing)
    params = rules.params._replace(lot_steps=steps)
    return replace(rules, symbols=rules.symbols + reducing, params=params, reducing=reducing)


def held_besides(named: Sequence[str], portfolio: Portfolio | None) -> tuple[str, ...]:
    """The symbols that are held or ordered and not named, by name."""
    slots = {} if portfolio is None else portfolio.slots
    return tuple(sorted(symbol for symbol, slot in slots.items() if symbol not in named and is_open(slot)))


def decide_minute(
    rules: AgentRules,
    account: Account,
    slots: list[Slot],
    given: MinuteInput,
    switch: Switch,
    sentiment: SentimentHistory,
    series: Mapping[str, SeriesHistory] = NO_SERIES,
) -> tuple[list[Slot], tuple[Decision, ...]]:
    """The slots with their new orders and one decision record per symbol, after the minute was settled and marked."""
    known = [_known(rules, symbol, given, sentiment, series) for symbol in rules.symbols]
    wanted = [
        _wanted(rules, symbol, given, slot, value)
        for symbol, slot, value in zip(rules.symbols, slots, known, strict=True)
    ]
    allowed = [
        WAIT if _is_refused(rules, symbol, each.choice) else each.choice
        for symbol, each in zip(rules.symbols, wanted, strict=True)
    ]
    planned, verdicts = order_all(account, slots, allowed, switch, rules.params)
    records = zip(rules.symbols, slots, known, wanted, verdicts, strict=True)
    return planned, tuple(_decision(rules, given, account, *record) for record in records)


def _wanted(rules: AgentRules, symbol: str, given: MinuteInput, slot: Slot, known: _Known) -> _Wanted:
    """What is wanted of a symbol; nothing by the strategy, and why, where it fails: how long it is held goes on."""
    tick = given.ticks.get(symbol)
    if tick is None:
        return _Wanted(WAIT, named_values(rules.rule.undefined))
    if not is_close(tick, rules.rule):
        return _Wanted(WAIT, {})
    failed = WAIT if given.refused else in_time(WAIT, slot, rules.params.limits)
    if rules.rule.strategy.missing:
        return _Wanted(failed, tick.snapshot, (), rules.rule.strategy.missing, words.NOT_DEPLOYED)
    if tick.error:
        return _Wanted(failed, tick.snapshot, error=tick.error)
    try:
        with guarded(rules.rule.strategy, "decide"):
            values = rules.rule.values_of(tick.snapshot)
            close = (tick.bar or tick.candle).close
            inputs = inputs_of(rules.rule.strategy, known.sentiment, known.inputs)
            choice = choose(slot, View(not given.refusal(symbol), values, inputs, close), rules.rule)
            choice = choice if given.refused else in_time(choice, slot, rules.params.limits)
            return _Wanted(choice, tick.snapshot, rules.rule.signals(values, close))
    except BadInput as error:
        return _Wanted(failed, tick.snapshot, error=str(error))


def _is_refused(rules: AgentRules, symbol: str, choice: Choice) -> bool:
    """Whether the choice is an entry into a symbol that is only left any more."""
    return symbol in rules.reducing and choice.action == codes.ENTER


def leaves_no_record(rules: AgentRules, portfolio: Portfolio, given: MinuteInput) -> bool:
    """Whether the minute changes nothing that the next one does not: nothing is held, ordered, or decided in it."""
    return not is_active(portfolio) and not any(is_close(tick, rules.rule) for tick in given.ticks.values())


def client_id(agent_id: str, symbol: str, decided_ms: int, leg: str) -> str:
    """The id under which an order is known everywhere: the same intent always gets the same one.

    At most 36 characters, as exchanges allow.

    >>> client_id("default", "BTCUSDT", 0, "entry")
    'ait-671dfc7f72c08035466d31b69db8'
    """
    digest = hashlib.sha256(f"{agent_id}|{symbol}|{decided_ms}|{leg}".encode()).hexdigest()
    return f"ait-{digest[:28]}"


def protective_id(agent_id: str, symbol: str, position: Position) -> str:
    """The id of the next protective fill of a position: each that leaves some of it is followed by another."""
    leg = f"protection {position.parts + 1}" if position.parts else "protection"
    return client_id(agent_id, symbol, position.entry_ms, leg)


def _settle(rules: AgentRules, portfolio: Portfolio, given: MinuteInput, executor: Executor) -> _Booked:
    slots = {symbol: portfolio.slots.get(symbol, EMPTY_SLOT) for symbol in rules.symbols}
    booked = _Booked(portfolio.account.cash, slots, portfolio.positions, dict(portfolio.numbers))
    waiting = {order.symbol: order for order in portfolio.orders}
    limits = rules.params.limits
    for symbol in rules.symbols:
        tick = given.ticks.get(symbol)
        if tick is None:
            continue
        bar = bar_of(tick.candle)
        slot = begin_bar(booked.slots[symbol])
        order = waiting.get(symbol)
        if order is not None:
            fill = executor.order_fill(order, bar, booked.cash)
            _record(booked, order.client_id, symbol, slot.position, fill, order.reason)
            slot, booked.cash = book_order(slot, booked.cash, fill, limits)
        slot = _protected(booked, rules, symbol, slot, bar, executor)
        over = is_close(tick, rules.rule) and symbol not in given.earlier
        booked.slots[symbol] = with_bar_over(end_bar(slot, bar), over, limits)
    return booked


def _protected(booked: _Booked, rules: AgentRules, symbol: str, slot: Slot, bar: Bar, executor: Executor) -> Slot:
    """The slot after the protective fills of this bar: the next is asked for until there is none."""
    while slot.position.quantity > 0.0:
        fill = executor.exit_fill(symbol, slot, bar)
        if fill.side == codes.NONE:
            break
        leg = protective_id(rules.agent_id, symbol, slot.position)
        _record(booked, leg, symbol, slot.position, fill, None)
        slot, booked.cash = book_exit(slot, booked.cash, fill, rules.params.limits)
    return slot


def _record(
    booked: _Booked, order_id: str, symbol: str, position: Position, fill: KernelFill, intended: str | None
) -> None:
    """Append the fill and, where it ends a position, the trade. An order's fill has the reason of its intent."""
    if fill.side == codes.NONE:
        return
    reason = intended or words.REASONS[fill.reason]
    side = words.SIDES[fill.side]
    booked.fills.append(Fill(order_id, symbol, side, fill.quantity, fill.price, fill.fee, fill.time_ms, reason))
    number = booked.number_of(symbol, is_new=position.quantity == 0.0)
    if side is Side.SELL:
        booked.trades.append(_trade(symbol, position, fill, reason, number))


def _trade(symbol: str, position: Position, fill: KernelFill, reason: str, number: int) -> Trade:
    pnl = profit(position, fill)
    return Trade(
        symbol=symbol,
        quantity=fill.quantity,
        entry_ms=position.entry_ms,
        entry_price=position.entry_price,
        exit_ms=fill.time_ms,
        exit_price=fill.price,
        entry_fee=entry_fee_share(position, fill.quantity),
        exit_fee=fill.fee,
        pnl=pnl,
        return_fraction=pnl / (fill.quantity * position.entry_price),
        reason=reason,
        position=number,
    )


def _known(
    rules: AgentRules,
    symbol: str,
    given: MinuteInput,
    sentiment: SentimentHistory,
    series: Mapping[str, SeriesHistory],
) -> _Known:
    """What was known at the close of the minute, where the strategy is asked in it."""
    tick = given.ticks.get(symbol)
    if tick is None or not is_close(tick, rules.rule):
        return _Known(Sentiment(0.0))
    close_ms = close_of(given.minute_ms)
    read = [series[name] for name in rules.rule.strategy.series if name in series]
    return _Known(sentiment.at(symbol, close_ms), tuple(each.at(symbol, close_ms) for each in read))


def _unfinished(rules: AgentRules, portfolio: Portfolio, given: MinuteInput) -> tuple[str, ...]:
    """The symbols without a candle since the bar that should be over by now; a bar that is a candle is none."""
    rule = rules.rule
    if not rule.has_longer_bars:
        return ()
    due = is_last_of_bar(given.minute_ms, rule)
    return tuple(
        symbol for symbol in rules.symbols if symbol not in given.ticks and (due or symbol in portfolio.unfinished)
    )


def _errors_in_a_row(portfolio: Portfolio, decisions: Sequence[Decision]) -> int:
    """Minutes in a row that the strategy could not decide; one in which nothing was to be decided changes nothing."""
    if any(decision.outcome in FAILED for decision in decisions):
        return portfolio.strategy_errors + 1
    return 0 if any(decision.outcome not in UNDECIDED for decision in decisions) else portfolio.strategy_errors


def pending_orders(
    rules: AgentRules, portfolio: Portfolio, after: Mapping[str, Slot], answered: Container[str], decided_ms: int
) -> tuple[Order, ...]:
    """The intents that mirror the slots' orders: those still unanswered keep their id, the others are new."""
    waiting = {order.symbol: order for order in portfolio.orders}
    orders = []
    for symbol in rules.symbols:
        pending = after[symbol].order
        if pending.side == codes.NONE:
            continue
        if symbol in waiting and symbol not in answered and pending == portfolio.slots[symbol].order:
            orders.append(waiting[symbol])
        else:
            reason = _reason(rules, pending.reason) or Reason.SIGNAL
            orders.append(new_order(rules.agent_id, symbol, pending, decided_ms, reason))
    return tuple(orders)


def _reason(rules: AgentRules, code: int) -> str | None:
    """A reason code as its word: ours, or the strategy's own."""
    return words.REASONS.get(code) or rules.rule.reason_word(code)


def new_order(agent_id: str, symbol: str, pending: KernelOrder, decided_ms: int, reason: str) -> Order:
    """The intent of a kernel order decided at the close of the bar that opened at `decided_ms`."""
    leg = "entry" if pending.side == codes.BUY else "exit"
    return Order(
        client_id(agent_id, symbol, decided_ms, leg),
        agent_id,
        symbol,
        words.SIDES[pending.side],
        pending.quantity,
        reason,
        decided_ms,
    )


def _decision(
    rules: AgentRules,
    given: MinuteInput,
    account: Account,
    symbol: str,
    slot: Slot,
    known: _Known,
    wanted: _Wanted,
    verdict: Verdict,
) -> Decision:
    tick, choice = given.ticks.get(symbol), wanted.choice
    judged = words.REDUCING if _is_refused(rules, symbol, choice) else words.OUTCOMES[verdict.code]
    failed = wanted.outcome if wanted.error else judged
    refused = given.refusal(symbol) if tick is None or is_close(tick, rules.rule) else words.BETWEEN
    outcome = words.MISSING if tick is None else refused or failed
    return Decision(
        agent_id=rules.agent_id,
        symbol=symbol,
        minute_ms=given.minute_ms,
        candle=None if tick is None else tick.candle,
        snapshot=wanted.snapshot,
        sentiment=known.sentiment,
        inputs=known.inputs,
        signals=wanted.signals,
        in_position=slot.position.quantity > 0.0,
        action=words.ACTIONS[choice.action],
        outcome=outcome,
        reason=_reason(rules, choice.reason),
        quantity=verdict.order.quantity,
        equity=account.equity,
        config_hash=rules.config_hash,
        decided_ms=given.now_ms,
        rule=rules.rule.strategy.hash,
        error=wanted.error,
        bar=None if tick is None else tick.bar,
    )
