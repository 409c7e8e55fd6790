"""Sentiment from a file in place of headlines: a step function, known from each row's time on."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path

from chalicelib.domain import Sentiment
from trader.data.csv_rows import Ascending, read_rows, time_ms

COLUMNS = ("time", "score")


class SentimentFile:
    """A SentimentHistory; every symbol has the same sentiment, 0.0 before the first row."""

    def __init__(self, path: Path) -> None:
        """Raises BadInput naming the row of the first mistake."""
        ascending = Ascending()
        rows = read_rows(path, COLUMNS, lambda row: (ascending.check(time_ms(row["time"])), _score(row["score"])))
        self._times = [row[0] for row in rows]
        self._scores = [row[1] for row in rows]
        self._model = f"file {path.name}"

    @property
    def steps(self) -> tuple[Sequence[int], Sequence[float]]:
        """The time and the score of every row, oldest first."""
        return self._times, self._scores

    def at(self, symbol: str, close_ms: int) -> Sentiment:
        """The score of the last row with time <= close_ms."""
        index = bisect_right(self._times, close_ms) - 1
        if index < 0:
            return Sentiment(0.0, model=self._model)
        score = self._scores[index]
        return Sentiment(score, ((str(self._times[index]), score),), self._model)


def _score(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not -1.0 <= value <= 1.0:
        raise ValueError(f"score {text[:40]!r} must be a number from -1 to 1")
    return value
