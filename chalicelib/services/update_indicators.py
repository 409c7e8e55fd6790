"""New candles folded into the indicator state; each candle is stored again with its snapshot, as a tick."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.domain import Candle, IndicatorRecord, Tick
from chalicelib.errors import Conflict, TraderError
from chalicelib.kernel.indicators import observe
from chalicelib.ports import CandleStore, IndicatorStore, TechnicalAnalyzer

PAGE = 1000


def indicator_key(symbol: str, rsi_period: int) -> str:
    """The name of an indicator state: agents with the same RSI period share it.

    >>> indicator_key("BTCUSDT", 14)
    'BTCUSDT/14'
    """
    return f"{symbol}/{rsi_period}"


class UpdateIndicators:
    """Works from the state's own cursor under optimistic versions: a second writer changes nothing."""

    def __init__(
        self,
        candles: CandleStore,
        indicators: IndicatorStore,
        symbols: Sequence[str],
        rsi_period: int,
        analyze: TechnicalAnalyzer = observe,
    ) -> None:
        self._candles = candles
        self._indicators = indicators
        self._symbols = symbols
        self._rsi_period = rsi_period
        self._analyze = analyze
        self._remembered: dict[str, IndicatorRecord] = {}
        """What this process committed or read last; the version tells when somebody else has gone on from there."""

    def run(self) -> int:
        """Fold what is new of every symbol; how many ticks that made.

        Raises the first error, Unavailable mostly, once the other symbols are folded.
        """
        made = 0
        failed: list[TraderError] = []
        for symbol in self._symbols:
            try:
                made += self._update(symbol)
            except TraderError as error:
                failed.append(error)
        if failed:
            raise failed[0]
        return made

    def _update(self, symbol: str) -> int:
        """How many ticks were made until nothing is left to fold. Raises Conflict if one repeats without progress.

        Whoever folded first may have known fewer candles, so a conflict is no proof that all of these are folded.
        """
        made = 0
        lost_to = -1
        while True:
            remembered = self._remembered.pop(symbol, None)
            record = remembered or self._indicators.load(indicator_key(symbol, self._rsi_period))
            candles = self._candles.after(symbol, record.cursor_ms, PAGE)
            if candles:
                folded, ticks = self._fold(record, candles)
                try:
                    self._indicators.commit(folded, ticks)
                except Conflict:  # another run folded these candles first: what is remembered is old
                    if remembered is None:
                        if record.version <= lost_to:
                            raise
                        lost_to = record.version
                    continue
                record = folded
                made += len(ticks)
            self._remembered[symbol] = record
            if len(candles) < PAGE:
                return made

    def _fold(self, record: IndicatorRecord, candles: list[Candle]) -> tuple[IndicatorRecord, list[Tick]]:
        state = record.state
        ticks = []
        for candle in candles:
            state, snapshot = self._analyze(state, candle.close, self._rsi_period)
            ticks.append(Tick(candle, snapshot))
        cursor_ms = candles[-1].open_ms
        return replace(record, version=record.version + 1, state=state, cursor_ms=cursor_ms), ticks
