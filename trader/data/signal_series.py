"""A file of signals as the two series that the strategy `signals` reads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from chalicelib.domain import MINUTE_MS
from trader.data.series_file import SeriesFile
from trader.data.signal_file import read_signals

STRATEGY = "signals"
WORDS = {"entry": "enter", "exit": "exit"}
"""What a row must say to be one of the series."""


def age_ms(interval_ms: int) -> int:
    """How old a signal may be where it is met: a bar may be decided late, and before the next one its signal waits.

    >>> age_ms(60_000), age_ms(900_000)
    (0, 840000)
    """
    return interval_ms - MINUTE_MS


def signal_series(path: Path, interval_ms: int) -> Mapping[str, SeriesFile]:
    """The series by name; a row counts where the bar of this length that opens at its time is decided, if one does.

    Raises BadInput naming the row of the first mistake.
    """
    signals = read_signals(path)
    found = {}
    for name, word in WORDS.items():
        of_bars = [each for each in signals if each.word == word and each.time_ms % interval_ms == 0]
        rows = [(each.time_ms + interval_ms, 1.0, each.symbol) for each in of_bars]
        found[name] = SeriesFile(name, path, rows)
    return found
