"""A store of series that is gone with the test."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.domain import SeriesValue
from chalicelib.series import is_new


class MemorySeriesStore:
    """`SeriesStore` in a dict."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, str], list[SeriesValue]] = {}

    def put(self, values: Sequence[SeriesValue]) -> int:
        count = 0
        for value in values:
            kept = self._values.setdefault((value.name, value.symbol), [])
            stored = next((each for each in kept if each.known_ms == value.known_ms), None)
            if is_new(value, kept[-1].known_ms if kept else None, stored):
                kept.append(value)
                count += 1
        return count

    def known(self, name: str, symbol: str, at_ms: int) -> SeriesValue | None:
        both = [each for of in (symbol, "") for each in self.latest(name, of, 10**9)]
        return max((each for each in both if each.known_ms <= at_ms), key=lambda each: each.known_ms, default=None)

    def latest(self, name: str, symbol: str, count: int) -> list[SeriesValue]:
        return self._values.get((name, symbol), [])[::-1][: max(count, 0)]
