"""The paper venue: no memory of its own, every fill follows from the bar by the rules of `kernel.match`."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.domain import Order, Side
from chalicelib.kernel import codes
from chalicelib.kernel.account import Costs, Fill, Slot
from chalicelib.kernel.account import Order as KernelOrder
from chalicelib.kernel.bar import Bar
from chalicelib.kernel.limits import Limits
from chalicelib.kernel.lots import ANY, SymbolSteps
from chalicelib.kernel.match import fill_market, protect


class PaperExecutor:
    """Fills market orders at the next bar's open and protective legs inside the bar. Never unavailable."""

    def __init__(self, limits: Limits, costs: Costs, steps: Mapping[str, SymbolSteps]) -> None:
        self._limits = limits
        self._costs = costs
        self._steps = steps

    def send(self, order: Order) -> None:
        """Nothing to do: the pending intent itself is the order."""

    def cancel(self, order: Order) -> bool:
        """Always withdrawn: what no bar has answered yet has not filled."""
        return True

    def order_fill(self, order: Order, bar: Bar, cash: float) -> Fill:
        """The order at the open of the first bar after its decision; NO_FILL where cash affords nothing."""
        side = codes.BUY if order.side is Side.BUY else codes.SELL
        pending = KernelOrder(side, order.quantity, codes.NONE)
        return fill_market(pending, bar, cash, self._steps.get(order.symbol, ANY), self._costs)

    def exit_fill(self, symbol: str, slot: Slot, bar: Bar) -> Fill:
        """Stop, take-profit or trailing stop as the bar meets them."""
        return protect(slot.position, bar, self._limits, self._costs, self._steps.get(symbol, ANY))
