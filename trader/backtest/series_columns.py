"""Series of files over a market: what was known of each at every close, for all symbols at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import nan

import numpy as np

from chalicelib.config import InputsSettings
from trader.backtest.sentiment_columns import steps_at
from trader.data.arrays import Floats, Integers
from trader.data.series_file import SeriesFile


def series_columns(
    files: Mapping[str, SeriesFile], inputs: InputsSettings, symbols: Sequence[str], closes: Integers
) -> dict[str, Floats]:
    """The value of each at every close, (S, T): of the last row by then, NaN before the first and once too old."""
    return {
        name: np.stack(
            [steps_at(closes, *file.steps(symbol), inputs.series_max_age_ms(name), nan) for symbol in symbols]
        )
        for name, file in files.items()
    }
