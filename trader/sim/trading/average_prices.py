"""The mean price of the last minutes, by which orders without a price of their own are judged."""

from __future__ import annotations

from decimal import Decimal

from trader.sim.exchange import Exchange
from trader.sim.exchange_info import AVERAGE_MINUTES
from trader.sim.payloads import average_price
from trader.sim.view import MarketView

SECOND_MS = 1_000


class AveragePrices:
    """As GET /api/v3/avgPrice tells it, found anew once a simulated second."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._found: dict[str, tuple[int, Decimal]] = {}

    def at(self, symbol: str, time_ms: int) -> Decimal:
        """As it was told at a time."""
        view = MarketView(self._exchange.tapes[symbol], time_ms)
        return Decimal(str(average_price(view, AVERAGE_MINUTES)["price"]))

    def of(self, symbol: str) -> Decimal:
        view = self._exchange.view(symbol)
        second = view.now_ms // SECOND_MS
        found = self._found.get(symbol)
        if found is None or found[0] != second:
            found = second, Decimal(str(average_price(view, AVERAGE_MINUTES)["price"]))
            self._found[symbol] = found
        return found[1]
