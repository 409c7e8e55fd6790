"""What one backtest came to: every trade, the curve, and nothing left open at the end."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from chalicelib import words as kernel_words
from chalicelib.addition import added
from chalicelib.domain import Reason, Trade
from chalicelib.kernel.account import Costs
from chalicelib.strategy.rule import StrategyRule
from trader.backtest.data import Data
from trader.backtest.engine import Engine, EngineRun
from trader.backtest.ledger import (
    ENTRY_FEE,
    ENTRY_MS,
    ENTRY_PRICE,
    EXIT_FEE,
    EXIT_MS,
    EXIT_PRICE,
    PNL,
    POSITION,
    RETURN,
    WHY,
    by_position,
    cash_after,
    cash_at_the_end,
    closed_at_the_end,
)
from trader.backtest.statistics import falls
from trader.backtest.walk import FEE, QUANTITY, SYMBOL, TIME_MS
from trader.data.arrays import Floats, Integers


@dataclass(frozen=True)
class BacktestResult:
    """T minutes, N fills, M trades. Quote currency; fractions where named so."""

    rule: StrategyRule
    symbols: tuple[str, ...]
    start_cash: float
    times: Integers
    """open_ms of every minute, (T,)."""
    equity: Floats
    """(T,), the last one after what was still open was sold."""
    fill_words: Integers
    fill_amounts: Floats
    exit_words: Integers
    """A row an exit, (E, 5): SYMBOL, ENTRY_MS, EXIT_MS, WHY, POSITION of `ledger`."""
    exit_amounts: Floats
    """(E, 7): QUANTITY, ENTRY_PRICE, EXIT_PRICE, ENTRY_FEE, EXIT_FEE, PNL, RETURN of `ledger`."""

    @cached_property
    def _by_position(self) -> tuple[Integers, Floats]:
        return by_position(self.exit_words, self.exit_amounts)

    @property
    def trade_words(self) -> Integers:
        """A row a position, (M, 5), as `exit_words`."""
        return self._by_position[0]

    @property
    def trade_amounts(self) -> Floats:
        """(M, 7), as `exit_amounts`."""
        return self._by_position[1]

    @cached_property
    def trades(self) -> list[Trade]:
        """A row an exit, in their order."""
        rows = zip(self.exit_words.tolist(), self.exit_amounts.tolist(), strict=True)
        return [_trade(self.rule, self.symbols, word, amount) for word, amount in rows]

    @cached_property
    def cash(self) -> Floats:
        """The cash after every minute, (T,)."""
        steps = cash_after(self.start_cash, self.fill_words, self.fill_amounts)
        return np.asarray(steps[np.searchsorted(self.fill_words[:, TIME_MS], self.times, side="right")])

    @cached_property
    def drawdown(self) -> Floats:
        """Fraction below the highest mark, (T,)."""
        return falls(self.start_cash, self.equity)

    @property
    def fees(self) -> float:
        """Everything paid in fees."""
        return added(self.fill_amounts[:, FEE].tolist())


def result_of(data: Data, run: EngineRun, cash: float, engine: Engine) -> BacktestResult:
    """The run with every open position sold in the last minute, at its last close, for the fee alone: reason `end`."""
    costs: Costs = run.set.params.costs
    words, amounts = closed_at_the_end(run.walked, data.tape, costs)
    equity = run.equity.copy()
    if len(words) > len(run.walked.words):
        equity[-1] = cash_at_the_end(run.walked, words, amounts)
    exit_words, exit_amounts = engine.trades_of(len(data.symbols), words, amounts)
    rule, times = run.set.rule, data.tape.times
    return BacktestResult(rule, data.symbols, cash, times, equity, words, amounts, exit_words, exit_amounts)


def reason_word(rule: StrategyRule, code: int) -> str:
    """A reason code as its word: ours, or the strategy's own."""
    return kernel_words.REASONS.get(code) or rule.reason_word(code) or Reason.SIGNAL


def _trade(rule: StrategyRule, symbols: tuple[str, ...], word: list[int], amount: list[float]) -> Trade:
    return Trade(
        symbol=symbols[word[SYMBOL]],
        quantity=amount[QUANTITY],
        entry_ms=word[ENTRY_MS],
        entry_price=amount[ENTRY_PRICE],
        exit_ms=word[EXIT_MS],
        exit_price=amount[EXIT_PRICE],
        entry_fee=amount[ENTRY_FEE],
        exit_fee=amount[EXIT_FEE],
        pnl=amount[PNL],
        return_fraction=amount[RETURN],
        reason=reason_word(rule, word[WHY]),
        position=word[POSITION],
    )
