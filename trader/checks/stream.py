"""The kernel fed bar by bar: what a run cut after any minute comes to, for every minute.

`kernel.step` is handed one bar and the state that the bars before it left: after minute k it cannot but be what a run
over the first k minutes comes to, so one pass holds every possible cut. The sentiment that it is fed is worked out
here from what had been heard by then, one headline after the other.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from math import nan

import numpy as np

from chalicelib.kernel.account import Fill
from chalicelib.kernel.bar import NO_BAR, Bar
from chalicelib.kernel.choice import WAIT, Choice
from chalicelib.kernel.codes import ENTER, EXIT, HOLD
from chalicelib.kernel.fold import UNBEGUN
from chalicelib.kernel.rule import Inputs, Observed
from chalicelib.kernel.step import State, fresh_state, observe, step
from chalicelib.series import SENTIMENT
from chalicelib.strategy.rule import named_values
from trader.backtest.engine import adds
from trader.backtest.market import prices_of
from trader.backtest.rule_signals import said_by, wanted
from trader.checks.columns import Column, Columns, Known
from trader.checks.market import CheckedMarket
from trader.checks.subjects import FILL, values_of
from trader.data.series_file import Steps

Row = dict[str, float]


Headline = tuple[int, float, int]
"""When it was heard, its score, and what its age goes by."""


class Stream:
    """Takes minute after minute and gives the values of each under the names that subjects give their columns."""

    def __init__(self, market: CheckedMarket) -> None:
        """`market` tells the parameters; of its minutes nothing is read here."""
        self._rule, self._params = market.tried
        self._window, self._max_age_ms = market.window, market.max_age_ms
        symbols = len(market.tape.open)
        self._state: State = fresh_state(market.cash, symbols, self._rule)
        self._seen: list[Observed] = [self._rule.start() for _ in range(symbols)]
        self._adding = adds([market.tried])
        self._parts = [UNBEGUN] * symbols
        self._said = said_by(self._rule.strategy, self._adding)
        self._ages_ms = market.ages_ms
        self._read: Counter[tuple[str, int]] = Counter()
        """Rows read so far, by series and symbol."""
        self._heard: list[list[Headline]] = [[] for _ in range(symbols)]

    def take(self, market: CheckedMarket) -> Columns:
        """The minutes that come next, one after the other."""
        rows = list(map(self._minute(market), range(len(market))))
        if not rows:
            return {}
        return {name: Column(np.array([row[name] for row in rows], dtype=np.float64), *place(name)) for name in rows[0]}

    def _minute(self, market: CheckedMarket) -> Callable[[int], Row]:
        tape = market.tape
        symbols = range(len(tape.open))
        times = tape.times.tolist()
        prices = [rows.tolist() for rows in prices_of(tape)]
        given = tape.inputs.tolist()
        waiting = [deque(zip(*(column.tolist() for column in series), strict=True)) for series in market.series]

        def one(minute: int) -> Row:
            time_ms = times[minute]
            bars = [bar_of(time_ms, [rows[symbol][minute] for rows in prices]) for symbol in symbols]
            known = [tuple(rows[symbol][minute] for rows in given) for symbol in symbols]
            if waiting:
                at = self._rule.strategy.series.index(SENTIMENT)
                for symbol in symbols:
                    mood = self._sentiment(symbol, waiting[symbol], time_ms + tape.step_ms)
                    known[symbol] = (*known[symbol][:at], mood, *known[symbol][at + 1 :])
            for at, name in enumerate(self._rule.strategy.series):
                for symbol, rows in enumerate(market.rows.get(name, ())):
                    value = self._newest(name, symbol, rows, time_ms + tape.step_ms)
                    known[symbol] = (*known[symbol][:at], value, *known[symbol][at + 1 :])
            return self._step(time_ms, bars, known)

        return one

    def _newest(self, name: str, symbol: int, rows: Steps, close_ms: int) -> float:
        """The value of the last row that is known at this close, NaN for none and one that is too old."""
        after = self._read[name, symbol]
        while after < len(rows.times) and rows.times[after] <= close_ms:
            after += 1
        self._read[name, symbol] = after
        age_ms = self._ages_ms.get(name)
        if after == 0 or (age_ms is not None and close_ms - rows.times[after - 1] > age_ms):
            return nan
        return rows.values[after - 1]

    def _sentiment(self, symbol: int, waiting: deque[Headline], close_ms: int) -> float:
        """The mean of the last headlines heard by this close and not too old at it, newest first as live."""
        heard = self._heard[symbol]
        while waiting and waiting[0][0] <= close_ms:
            heard.append(waiting.popleft())
        if self._max_age_ms is None:
            del heard[: -self._window]
        else:
            heard[:] = [each for each in heard if close_ms - each[2] <= self._max_age_ms]
        last = heard[-self._window :]
        total = 0.0
        for _, score, _ in reversed(last):
            total += score
        return total / len(last) if last else 0.0

    def _step(self, time_ms: int, bars: list[Bar], known: list[Inputs]) -> Row:
        self._state, outcomes = step(self._state, time_ms, bars, known, self._params, self._rule)
        account = self._state.account
        series = self._rule.strategy.series
        row: Row = {"equity": account.equity, "cash": account.cash}
        for symbol, (bar, outcome) in enumerate(zip(bars, outcomes, strict=True)):
            row |= {f"input {name} {symbol}": value for name, value in zip(series, known[symbol], strict=True)}
            row |= fill_row("order fill", symbol, [outcome.order_fill])
            row |= fill_row("protective fill", symbol, outcome.exit_fills)
            order = self._state.slots[symbol].order
            row[f"action {symbol}"] = outcome.choice.action
            row[f"reason {symbol}"] = outcome.choice.reason
            row[f"verdict {symbol}"] = outcome.verdict.code
            row[f"order side {symbol}"] = order.side
            row[f"order quantity {symbol}"] = order.quantity
            row |= self._look(symbol, bar, known[symbol])
        return row

    def _look(self, symbol: int, bar: Bar, known: Inputs) -> Row:
        """Values after the bar that is over, and what the strategy wants of it; nothing where none is."""
        values, choices = self._rule.undefined, (WAIT, WAIT)
        if bar is not NO_BAR:
            self._seen[symbol], self._parts[symbol], view, is_over = observe(
                self._seen[symbol], self._parts[symbol], bar, known, self._rule
            )
            values = view.values if is_over else values
            if view.decidable:
                choices = (
                    self._rule.decide(values, view.close, known, False),
                    self._rule.decide(values, view.close, known, True),
                )
        found: Row = {f"{name} {symbol}": value for name, value in named_values(values).items()}
        return {**found, **self._wanted_row(symbol, *choices)}

    def _wanted_row(self, symbol: int, entry: Choice, kept: Choice) -> Row:
        """Choices as the walk has them, with those levels that the strategy ever gives."""
        row: Row = {
            f"wanted if flat {symbol}": wanted(entry, ENTER, False),
            f"wanted if held {symbol}": wanted(kept, EXIT, self._adding),
        }
        for name in self._said:
            of_held = name == "keep" or name.startswith("held")
            choice = kept if of_held else entry
            given = (
                name == "keep"
                or choice.action == (HOLD if of_held else ENTER)
                or (self._adding and choice.action == ENTER)
            )
            row[f"{name} {symbol}"] = getattr(choice, name.removeprefix("held_")) if given else nan
        return row


def stepped(market: CheckedMarket) -> Columns:
    """The same over a whole market, in a process that has all of it: indicators, decisions, orders, fills, marks."""
    return Stream(market).take(market)


def bar_of(time_ms: int, prices: Sequence[float]) -> Bar:
    """The bar, NO_BAR where its open is undefined."""
    return Bar(time_ms, *prices) if prices[0] == prices[0] else NO_BAR


def fill_row(kind: str, symbol: int, fills: Sequence[Fill]) -> Row:
    """Fills as the values of one minute, 0 for none."""
    return {f"{kind} {name} {symbol}": value for name, value in zip(FILL, values_of(fills), strict=True)}


def place(name: str) -> tuple[Known, int]:
    """When a value of this name may be known, and the symbol it belongs to.

    >>> place("order fill price 1"), place("equity")
    ((<Known.OPEN: 'open'>, 1), (<Known.CLOSE: 'close'>, -1))
    """
    first, _, last = name.rpartition(" ")
    known = {"order fill": Known.OPEN, "protective fill": Known.RANGE}.get(first.rpartition(" ")[0], Known.CLOSE)
    return known, int(last) if last.isdecimal() else -1
