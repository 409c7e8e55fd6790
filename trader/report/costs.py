"""Fees and slippage of a backtest, and what it would have come to without them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chalicelib.addition import added
from chalicelib.kernel import codes
from chalicelib.kernel.account import Costs
from trader.backtest.result import BacktestResult
from trader.backtest.walk import PRICE, QUANTITY, REASON, SIDE
from trader.report.markup import Markup, element, section, table
from trader.report.wording import amount, percent

UNSLIPPED = (codes.TAKE_PROFIT, codes.END)
"""Exits at the very price: an order that rested, and the sale that ends a backtest."""


@dataclass(frozen=True, slots=True)
class Paid:
    """What trading cost, in quote currency."""

    start_cash: float
    final_equity: float
    fees: float
    slippage: float
    """How much worse fills were than the prices they met."""
    turnover: float
    """Everything bought and sold."""

    @property
    def total(self) -> float:
        """Fees and slippage."""
        return self.fees + self.slippage

    @property
    def return_without(self) -> float:
        """Total return of the same fills, quantities unchanged, at no cost."""
        return (self.final_equity + self.total) / self.start_cash - 1.0


def paid(result: BacktestResult, costs: Costs) -> Paid:
    """From every fill, the sale that ends the backtest included."""
    amounts, words = result.fill_amounts, result.fill_words
    traded = amounts[:, QUANTITY] * amounts[:, PRICE]
    bought = words[:, SIDE] == codes.BUY
    slipped = np.where(bought, costs.slippage / (1.0 + costs.slippage), costs.slippage / (1.0 - costs.slippage))
    slipped[~bought & np.isin(words[:, REASON], UNSLIPPED)] = 0.0
    final = float(result.equity[-1])
    return Paid(result.start_cash, final, result.fees, added((traded * slipped).tolist()), added(traded.tolist()))


def costs_section(costs: Costs, spent: Paid, quote: str) -> Markup:
    """Rates, totals, and the result before them."""

    def row(name: str, paid: float, words: str) -> tuple[str, str, str, str]:
        return name, amount(paid, spent.start_cash), percent(paid / spent.start_cash), words

    slipping = "worse than the price, on market and stop fills; none on take-profits and on the sale at the end"
    unslipped = "none is assumed: real market and stop fills are worse than these"
    without, with_ = spent.return_without, spent.final_equity / spent.start_cash - 1.0
    rows = [
        row("Fees", spent.fees, f"{percent(costs.fee_rate, 3)} of the amount, on every fill"),
        row("Slippage", spent.slippage, f"{percent(costs.slippage, 3)} {slipping}" if costs.slippage else unslipped),
        row("Both", spent.total, f"of {amount(spent.turnover, spent.start_cash)} bought and sold"),
        row("Earned before costs", spent.final_equity + spent.total - spent.start_cash, "the same fills at no cost"),
        row("Earned after costs", spent.final_equity - spent.start_cash, "what every other figure here is about"),
    ]
    head = ("", quote or "amount", "of starting cash", "")
    note = element(
        "p",
        f"Total return {percent(with_, signed=True)} after costs, {percent(without, signed=True)} before.",
        class_="lead",
    )
    return section("Costs", "costs", note, table("What trading cost", head, rows, class_="wordy"))
