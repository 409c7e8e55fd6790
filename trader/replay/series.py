"""Values of series taken anew from the store that they were put into, against what decisions say was known."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.domain import Decision, KnownValue, SeriesValue, close_of
from chalicelib.ports import SeriesStore
from chalicelib.services.stored_series import STORE
from trader.replay.differences import Difference, compared


class SeriesCheck:
    """`compared` counts values that the store still has, `gone` those that it has no more, `late` those behind which
    another one was put afterwards.
    """

    def __init__(self, store: SeriesStore | None) -> None:
        """Without a store every value is taken as recorded."""
        self._store = store
        self.compared = 0
        self.gone = 0
        self.late = 0

    def at(self, decision: Decision) -> Iterator[Difference]:
        """What of the values that came from the store is not what it holds."""
        for known in decision.inputs:
            if known.known_ms is not None and known.evidence.startswith(STORE):
                yield from self._against_store(decision, known, known.known_ms)

    def _against_store(self, decision: Decision, known: KnownValue, known_ms: int) -> Iterator[Difference]:
        stored = self._stored(known.name, decision.symbol, known_ms)
        if stored is None or stored.known_ms != known_ms:
            self.gone += 1
            return
        self.compared += 1
        yield from compared(decision.minute_ms, decision.symbol, {known.name: known.value}, {known.name: stored.value})
        newest = self._stored(known.name, decision.symbol, close_of(decision.minute_ms))
        self.late += int(newest is not None and newest.known_ms > known_ms)

    def _stored(self, name: str, symbol: str, at_ms: int) -> SeriesValue | None:
        return None if self._store is None else self._store.known(name, symbol, at_ms)
