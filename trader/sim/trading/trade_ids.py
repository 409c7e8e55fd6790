"""Ids of trades: unique for a symbol, and rising with time, among those that candles tell of."""

from __future__ import annotations

from chalicelib.domain import MINUTE_MS
from trader.sim.payloads import TRADES_PER_MINUTE_IDS


class TradeIds:
    """Gives the next id of a symbol's trades, of the minute where there is room."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}

    def next(self, symbol: str, time_ms: int) -> int:
        found = max(self._last.get(symbol, 0) + 1, time_ms // MINUTE_MS * TRADES_PER_MINUTE_IDS)
        self._last[symbol] = found
        return found
