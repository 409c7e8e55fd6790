"""`python -m trader.cloud_backtest.warm`: have numba compile everything that a run calls, while an image is built."""

from __future__ import annotations

import numpy as np

from chalicelib.config import Config
from trader.backtest.data import Data
from trader.backtest.engine import BATCH, fastest
from trader.backtest.market import tape_of
from trader.cloud_backtest.market import StoredMarket
from trader.data.candles import CandleColumns, gaps
from trader.tuning.axes import Choices
from trader.tuning.figures import figures_of
from trader.tuning.sets import full_grid, keys_of
from trader.tuning.spans import Span, part_of, run_part
from trader.tuning.sweep import Study

MINUTES = 240


def warm() -> str:
    """Run some sets over a generated market of one and of two symbols; the name of the engine that did."""
    engine = fastest()
    for count in (1, 2):
        candles = [_wave(f"WARM{number}", number) for number in range(count)]
        symbols = tuple(each.symbol for each in candles)
        data = Data(symbols, tape_of(candles), tuple(map(gaps, candles)), (0.0,) * count)
        market = StoredMarket(data)
        before, after = Span(0, MINUTES // 2), Span(MINUTES // 2, MINUTES)
        axes = (Choices("strategy.rsi_buy", tuple(float(value) for value in range(30, 31 + BATCH))),)
        keys = keys_of(Config(), axes)
        sets, _ = full_grid(keys, axes)
        study = Study(market, keys, engine)
        study.sweep(sets, before, lambda sets: None)
        params, cash = data.params(keys.base), keys.base.agent.cash
        run = run_part(data, after, params, cash, engine)
        figures_of(part_of(data, after).tape, run, cash, engine)
    return engine.name


def _wave(symbol: str, phase: int) -> CandleColumns:
    """Up and down, so that the rule enters and leaves."""
    times = np.arange(MINUTES, dtype=np.int64) * 60_000
    close = 100.0 + 10.0 * np.sin(np.arange(MINUTES) / 7.0 + phase)
    open_ = np.concatenate(([close[0]], close[:-1]))
    high, low = np.maximum(open_, close), np.minimum(open_, close)
    return CandleColumns(symbol, times, open_, high, low, close, np.ones(MINUTES))


if __name__ == "__main__":
    print(f"compiled for {warm()}")  # noqa: T201
