"""A named series as somebody puts its values into a store while an agent runs."""

from __future__ import annotations

from math import nan

from chalicelib.domain import KnownValue
from chalicelib.ports import SeriesStore
from chalicelib.series import counting

STORE = "store"
"""What the evidence of a value from a store begins with."""


class StoredSeries:
    """A SeriesHistory over a store, which is read anew at each close; a value counts until it is too old."""

    def __init__(self, name: str, store: SeriesStore, max_age_ms: int | None) -> None:
        self._name = name
        self._store = store
        self._max_age_ms = max_age_ms

    def at(self, symbol: str, close_ms: int) -> KnownValue:
        """NaN while nothing is known, once it is too old, and where the value says so. Raises Unavailable."""
        found = self._store.known(self._name, symbol, close_ms)
        if found is None:
            return KnownValue(self._name, nan, None, STORE)
        words = f"{STORE}: {found.evidence}" if found.evidence else STORE
        return counting(KnownValue(self._name, found.value, found.known_ms, words), close_ms, self._max_age_ms)
