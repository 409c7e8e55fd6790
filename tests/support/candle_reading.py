"""One candle file, read as `--candles` reads it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from trader.data.candle_files import read_candle_files
from trader.data.candles import CandleColumns

log = logging.getLogger(__name__)


def read_candles(path: Path, symbol: str | None = None, say: Callable[[str], None] = log.warning) -> CandleColumns:
    """All candles of the file. Raises BadInput."""
    [columns] = read_candle_files(str(path), symbol, say=say)
    return columns
