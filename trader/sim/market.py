"""The simulated exchange in process: a MarketDataSource over tapes and a clock, without HTTP in between."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.domain import MINUTE_MS, Candle, Symbol, Ticker
from chalicelib.errors import BadInput
from chalicelib.ports import Clock
from trader.sim.tape import MarketPath
from trader.sim.view import INTERVALS, MarketView, last_closed_ms


class SimulatedMarket:
    """Shows of each tape what has closed by the clock's time; the same data that `trader sim` serves."""

    def __init__(self, tapes: Mapping[str, MarketPath], clock: Clock) -> None:
        self._tapes = tapes
        self._clock = clock

    def candles(
        self, symbol: str, interval: str, *, start_ms: int | None, end_ms: int | None, limit: int
    ) -> list[Candle]:
        interval_ms = INTERVALS.get(interval)
        if interval_ms is None:
            raise BadInput(f"interval {interval!r}: the simulated exchange has {', '.join(INTERVALS)}")
        now_ms = self._clock.now_ms()
        closed_ms = last_closed_ms(now_ms, interval_ms)
        last_ms = closed_ms if end_ms is None else min(end_ms, closed_ms)
        return MarketView(self._tape(symbol), now_ms).bars(interval_ms, start_ms, last_ms, limit)

    def symbol(self, name: str) -> Symbol:
        return self._tape(name).listing.symbol

    def ticker(self, symbol: str) -> Ticker:
        now_ms = self._clock.now_ms()
        return Ticker(symbol, MarketView(self._tape(symbol), now_ms).last().close, now_ms)

    def server_time_ms(self) -> int:
        return self._clock.now_ms()

    def next_close_ms(self, after_ms: int) -> int | None:
        """close_ms of the first candle of any symbol that closes after that time, None where all data end.

        A run in lock-step sets its clock to this to meet every candle.
        """
        opens = [tape.next_open(after_ms - MINUTE_MS + 1) for tape in self._tapes.values()]
        return min((open_ms + MINUTE_MS - 1 for open_ms in opens if open_ms is not None), default=None)

    def _tape(self, symbol: str) -> MarketPath:
        tape = self._tapes.get(symbol)
        if tape is None:
            raise BadInput(f"symbol {symbol!r}: the simulated exchange lists {', '.join(self._tapes)}")
        return tape
