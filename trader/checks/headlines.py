"""A news file cut after some minutes: what was heard by then must not depend on its later rows."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from chalicelib.config import Config
from trader.backtest.news_columns import Progress
from trader.backtest.sentiment_columns import HeadlineSeries, closes_of
from trader.backtest.sentiment_source import HeadlineSentiment, sentiment_source_of
from trader.checks.columns import first_difference
from trader.checks.cuts import cuts_at
from trader.checks.lookahead import Checked, Leak, number
from trader.data.arrays import Integers

CUTS = 10
"""Each reads and matches the file anew; its scores are kept."""
TIME = "time"
NAME = "headlines of the news file"


@dataclass(frozen=True, slots=True)
class NewsFileCheck:
    """What a backtest hears of a news file, again from its first rows alone."""

    config: Config
    symbols: tuple[str, ...]
    times: Integers
    step_ms: int
    path: Path
    progress: Progress
    say: Callable[[str], None]

    def run(self, series: tuple[HeadlineSeries, ...]) -> Checked:
        """`heard` is what the whole file gave."""
        checked = Checked(NAME, columns=2 * len(series))
        cuts = cuts_at(len(self.times), CUTS, [])
        with TemporaryDirectory() as folder:
            for count in cuts.counts:
                checked.cut += 1
                close_ms = int(closes_of(self.times, self.step_ms)[count - 1])
                cut = self._series_of(self._first_rows(Path(folder), close_ms), count)
                for symbol, (full, truncated) in enumerate(zip(series, cut, strict=True)):
                    known = int(np.searchsorted(full.known_ms, close_ms, side="right"))
                    checked.values += 2 * known
                    if not checked.leaks:
                        checked.leaks += compared(symbol, full, truncated, known, int(self.times[count - 1]))
        return checked

    def _series_of(self, path: Path, count: int) -> tuple[HeadlineSeries, ...]:
        times = self.times[:count]
        sentiment_source = sentiment_source_of(
            self.config, self.symbols, times, None, path, self.progress, lambda words: None, self.step_ms
        )
        assert isinstance(sentiment_source, HeadlineSentiment)  # noqa: S101 (that of a news file is)
        return sentiment_source.series.by_symbol

    def _first_rows(self, folder: Path, close_ms: int) -> Path:
        """The file up to this moment."""
        target = folder / self.path.name
        with self.path.open(encoding="utf-8-sig", newline="") as source, target.open("w", newline="") as cut:
            rows = csv.reader(source)
            header = next(rows)
            write = csv.writer(cut).writerow
            write(header)
            for row in rows:
                if row and int(row[header.index(TIME)]) <= close_ms:
                    write(row)
        return target


def compared(symbol: int, full: HeadlineSeries, truncated: HeadlineSeries, known: int, cut_ms: int) -> list[Leak]:
    """The first headline, if any, that was heard otherwise."""
    for name in HeadlineSeries._fields:
        before, after = getattr(full, name)[:known], getattr(truncated, name)
        row = first_difference(before, after)
        if row is not None:
            values = [number(each[row]) if row < len(each) else None for each in (before, after)]
            known_ms = int(full.known_ms[min(row, known - 1)]) if known else cut_ms
            return [Leak(NAME, name, symbol, known_ms, values[0], values[1], cut_ms, "cut")]
    return []
