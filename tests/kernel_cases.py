"""Parameters and random markets for the kernel's tests."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from math import nan
from typing import TYPE_CHECKING, Any

from chalicelib.kernel.account import NO_FILL, Costs, Fill, Slot
from chalicelib.kernel.bar import Bar
from chalicelib.kernel.limits import Limits
from chalicelib.kernel.lots import SymbolSteps
from chalicelib.kernel.rule import Rule
from chalicelib.kernel.run import Columns
from chalicelib.kernel.series import Series
from chalicelib.kernel.step import Params, settle
from chalicelib.strategy.loader import built_in
from chalicelib.strategy.rule import StrategyRule
from chalicelib.strategy.settings import rule_with

if TYPE_CHECKING:
    from trader.backtest.engine import ParameterSet

MINUTE_MS = 60_000
DAY_MS = 86_400_000
START_MS = 19_700 * DAY_MS + 22 * 60 * MINUTE_MS
"""Two hours before midnight, so that a market of a few hundred minutes crosses a UTC day."""
CASH = 10_000.0


def rsi_rule(**settings: float) -> StrategyRule:
    """The default strategy with these settings."""
    return rule_with(built_in("rsi_sentiment"), settings)


RULE = rsi_rule()
NO_LIMITS = Limits(
    stop_loss=0.0,
    take_profit=0.0,
    trailing_stop=0.0,
    position_fraction=0.1,
    min_notional=0.0,
    max_notional=0.0,
    daily_loss_limit=0.0,
    max_drawdown=0.0,
    max_exposure=0.0,
    max_open_positions=0,
    cooldown_bars=0,
    flatten=False,
)
FREE = Costs(fee_rate=0.0, slippage=0.0)
COSTS = Costs(fee_rate=0.001, slippage=0.0005)


def parameters(
    symbols: int = 1,
    *,
    rule: StrategyRule = RULE,
    limits: Limits = NO_LIMITS,
    costs: Costs = FREE,
    lot_steps: Sequence[float] | None = None,
) -> ParameterSet:
    from trader.backtest.engine import ParameterSet  # numpy's, which not every Python here has

    return ParameterSet(rule, Params(limits, costs, (0.0,) * symbols if lot_steps is None else tuple(lot_steps)))


def settled(
    slot: Slot, bar: Bar, cash: float, lot_step: float, limits: Limits, costs: Costs
) -> tuple[Slot, float, Fill, Fill]:
    """`settle` where one protective fill is expected at most."""
    exits: list[Fill] = []
    slot, cash, order_fill = settle(slot, bar, cash, SymbolSteps(lot_step, 0.0, 0.0), limits, costs, exits)
    assert len(exits) <= 1
    return slot, cash, order_fill, exits[0] if exits else NO_FILL


def bar(minute: int, open_: float, high: float, low: float, close: float) -> Bar:
    return Bar(START_MS + minute * MINUTE_MS, open_, high, low, close, 1.0)


def random_columns(
    seed: int, minutes: int, symbols: int, *, missing: float = 0.0, volatility: float = 0.004, heard: bool = True
) -> Columns:
    """A market of lists: jumps between bars, wide bars, a rare crash, missing bars, minutes left out, sentiment.

    `heard` False: nobody knows of any sentiment.
    """
    draw = random.Random(seed)
    times = [START_MS]
    while len(times) < minutes:
        times.append(times[-1] + MINUTE_MS * (1 if draw.random() < 0.95 else draw.randrange(2, 900)))
    rows = [_random_symbol(draw, minutes, missing, volatility) for _ in range(symbols)]
    opens, highs, lows, closes, sentiments = (list(column) for column in zip(*rows, strict=True))
    if not heard:
        sentiments = [[nan] * minutes for _ in range(symbols)]
    return Columns(times, opens, highs, lows, closes, [[1.0] * minutes for _ in range(symbols)], [sentiments])


def _random_symbol(draw: random.Random, minutes: int, missing: float, volatility: float) -> tuple[list[float], ...]:
    opens, highs, lows, closes, sentiments = ([nan] * minutes for _ in range(5))
    price = draw.uniform(0.5, 500.0)
    mood = 0.0
    for minute in range(minutes):
        if draw.random() < 0.1:
            mood = draw.uniform(-1.0, 1.0)
        sentiments[minute] = mood
        if draw.random() < missing:
            continue
        open_price = price * (1.0 + draw.gauss(0.0, volatility / 3.0)) if draw.random() < 0.7 else price
        if draw.random() < 0.02:
            open_price *= 1.0 + draw.choice((-1.0, 1.0)) * draw.uniform(0.01, 0.08)
        price = open_price * (1.0 + draw.gauss(0.0, volatility)) if draw.random() < 0.95 else open_price
        opens[minute], closes[minute] = open_price, price
        highs[minute] = max(open_price, price) * (1.0 + abs(draw.gauss(0.0, volatility / 2.0)))
        lows[minute] = min(open_price, price) * (1.0 - abs(draw.gauss(0.0, volatility / 2.0)))
    return opens, highs, lows, closes, sentiments


def ragged(columns: Columns, spans: Sequence[tuple[int, int]]) -> Columns:
    """The columns with each symbol's bars in its own span of minutes only: listed late, delisted early."""
    open_, high, low, close, volume = (
        [
            [value if first <= minute < end else nan for minute, value in enumerate(row)]
            for row, (first, end) in zip(rows, spans, strict=True)
        ]
        for rows in columns[1:6]
    )
    return Columns(columns.times, open_, high, low, close, volume, columns.inputs)


def read_by(columns: Columns, rule: Rule) -> Columns:
    """The columns with as many inputs as the rule reads, all of them for one that is no strategy's."""
    if not isinstance(rule, StrategyRule):
        return columns
    return columns._replace(inputs=list(columns.inputs)[: len(rule.strategy.series)])


def one_symbol(columns: Columns, symbol: int) -> Columns:
    """The columns of one symbol by itself."""
    open_, high, low, close, volume, *inputs = ([rows[symbol]] for rows in _tables(columns))
    return Columns(columns.times, open_, high, low, close, volume, inputs)


Table = Series[Series[float]]


def first_minutes(columns: Columns, count: int) -> Columns:
    """The columns cut after that many minutes."""
    return _changed(columns, lambda row: list(row)[:count])


def later_minutes(columns: Columns, count: int) -> Columns:
    """The columns without their first minutes."""
    return _changed(columns, lambda row: list(row)[count:])


def _changed(columns: Columns, change: Callable[[Series[Any]], list[Any]]) -> Columns:
    open_, high, low, close, volume, *inputs = ([change(row) for row in rows] for rows in _tables(columns))
    return Columns(change(columns.times), open_, high, low, close, volume, inputs)


def _tables(columns: Columns) -> list[Table]:
    return [columns.open, columns.high, columns.low, columns.close, columns.volume, *columns.inputs]


def joined(before: Columns, after: Columns) -> Columns:
    """One market that turns into another."""
    both = zip(_tables(before), _tables(after), strict=True)
    open_, high, low, close, volume, *inputs = (
        [[*a, *b] for a, b in zip(left, right, strict=True)] for left, right in both
    )
    return Columns([*before.times, *after.times], open_, high, low, close, volume, inputs)
