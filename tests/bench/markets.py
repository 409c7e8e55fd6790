"""What is run over: a real month where this machine has it, and generated minutes of any number."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.shared_data import SHARED_DATA
from trader.data.arrays import Floats, Integers
from trader.data.candle_files import read_candle_files
from trader.data.candles import CandleColumns

MONTH = SHARED_DATA / "klines" / "BTCUSDT_spot_1m_2024-07-26_2024-08-25.parquet"
YEAR_BARS = 525_600
LONG_BARS = 5_000_000
START_MS = 1_640_995_200_000
"""2022-01-01."""
SEED = 4
SYMBOL = "BTCUSDT"
"""The symbol of generated minutes."""


def month() -> CandleColumns | None:
    """BTCUSDT, 2024-07-26 to 2024-08-25; None where the file is absent."""
    return read_candle_files(str(MONTH), "BTCUSDT")[0] if MONTH.exists() else None


def generated(bars: int, seed: int = SEED) -> CandleColumns:
    """Minutes like a large coin's: volatility that clusters around 0.06 % a minute, fat tails, prices in cents.

    A year of it moves by about 45 %; every bar opens where the one before closed or a cent beside.
    """
    draw = np.random.default_rng(seed)
    volatility = 0.0006 * np.exp(clustered(draw, bars))
    returns = volatility * draw.standard_t(4.0, bars) / np.sqrt(2.0)
    close = np.round(40_000.0 * np.exp(np.cumsum(np.clip(returns, -0.05, 0.05))), 2)
    open_ = np.roll(close, 1) + 0.01 * draw.integers(-1, 2, bars)
    open_[0] = close[0]
    open_ = np.round(open_, 2)
    wick = close * volatility * 0.5
    high = np.round(np.maximum(open_, close) + wick * np.abs(draw.normal(size=bars)), 2)
    low = np.round(np.minimum(open_, close) - wick * np.abs(draw.normal(size=bars)), 2)
    times = START_MS + 60_000 * np.arange(bars, dtype=np.int64)
    return CandleColumns(SYMBOL, times, open_, high, low, close, np.round(draw.lognormal(1.0, 1.0, bars), 5))


def clustered(draw: np.random.Generator, bars: int) -> Floats:
    """The logarithm of volatility against its mean: a level of every hour that returns to 0 within a day."""
    hours = bars // 60 + 2
    level = np.zeros(hours)
    shocks = draw.normal(0.0, 0.18, hours)
    for hour in range(1, hours):
        level[hour] = 0.94 * level[hour - 1] + shocks[hour]
    return np.asarray(np.interp(np.arange(bars), 60.0 * np.arange(hours), level))


def save(path: Path, candles: CandleColumns) -> None:
    """As arrays, for the processes of the benchmark and for other backtesters."""
    np.savez(path, **{name: values for name, values in candles._asdict().items() if name != "symbol"})


def loaded(path: Path) -> CandleColumns:
    """What `save` wrote."""
    with np.load(path) as arrays:
        times: Integers = arrays["open_ms"]
        prices: list[Floats] = [arrays[name] for name in CandleColumns._fields[2:]]
        return CandleColumns(SYMBOL, times, *prices)


def write_candle_file(path: Path, candles: CandleColumns) -> None:
    """As `trader paper backtest` reads it: parquet or CSV by the name's end."""
    import pyarrow as pa
    from pyarrow import csv, parquet

    table = pa.table(dict(zip(("open_time", "open", "high", "low", "close", "volume"), candles[1:], strict=True)))
    if path.suffix == ".parquet":
        parquet.write_table(table, path)
    else:
        csv.write_csv(table, path)
