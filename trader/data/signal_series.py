"""A file of signals as the two series that the strategy `signals` reads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from trader.data.series_file import SeriesFile
from trader.data.signal_file import read_signals

STRATEGY = "signals"
WORDS = {"entry": "enter", "exit": "exit"}
"""What a row must say to be one of the series."""
OWN_CLOSE_ALONE_MS = 0
"""A signal waits for nothing: how old it may be at a close."""


def signal_series(path: Path, interval_ms: int) -> Mapping[str, SeriesFile]:
    """The series by name; a row counts at the close of the bar of this length that opens at its time.

    Raises BadInput naming the row of the first mistake.
    """
    signals = read_signals(path)
    found = {}
    for name, word in WORDS.items():
        rows = [(each.time_ms + interval_ms, 1.0, each.symbol) for each in signals if each.word == word]
        found[name] = SeriesFile(name, path, rows)
    return found
