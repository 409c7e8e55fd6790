"""Sentiment from a file in place of headlines: a step function, known from each row's time on."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from copy import copy
from pathlib import Path

from chalicelib.domain import Sentiment
from trader.data.csv_rows import Ascending, is_among_columns, read_rows, time_ms

TIME, SCORE, VALUE = "time", "score", "value"


class SentimentFile:
    """A SentimentHistory; every symbol has the same sentiment, 0.0 before the first row and where it is too old."""

    def __init__(self, path: Path) -> None:
        """Raises BadInput naming the row of the first mistake."""
        ascending = Ascending()
        column = VALUE if is_among_columns(path, VALUE) else SCORE
        rows = read_rows(path, (TIME, column), lambda row: (ascending.check(time_ms(row[TIME])), _score(row[column])))
        self._times = [row[0] for row in rows]
        self._scores = [row[1] for row in rows]
        self._model = f"file {path.name}"
        self._max_age_ms: int | None = None

    def of_age(self, max_age_ms: int | None) -> SentimentFile:
        """The same file, of which a row counts until it is older than this; None: until the next one."""
        limited = copy(self)
        limited._max_age_ms = max_age_ms
        return limited

    @property
    def steps(self) -> tuple[Sequence[int], Sequence[float]]:
        """The time and the score of every row, oldest first."""
        return self._times, self._scores

    def at(self, symbol: str, close_ms: int) -> Sentiment:
        """The score of the last row with time <= close_ms."""
        index = bisect_right(self._times, close_ms) - 1
        if index < 0 or self._is_old(self._times[index], close_ms):
            return Sentiment(0.0, model=self._model, max_age_ms=self._max_age_ms)
        score = self._scores[index]
        return Sentiment(score, ((str(self._times[index]), score),), self._model, self._max_age_ms)

    def _is_old(self, time_ms: int, close_ms: int) -> bool:
        return self._max_age_ms is not None and close_ms - time_ms > self._max_age_ms


def _score(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not -1.0 <= value <= 1.0:
        raise ValueError(f"score {text[:40]!r} must be a number from -1 to 1")
    return value
