"""Small studies: a market that trades often, and settings over it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from chalicelib.config import Config, load_config
from chalicelib.kernel.lots import ANY
from chalicelib.strategy.loader import built_in
from tests.support.markets import wave
from trader.backtest.data import Data
from trader.backtest.engine import fastest
from trader.backtest.market import tape_of
from trader.data.arrays import Floats
from trader.data.candles import CandleColumns, gaps
from trader.tuning.axes import Axis, read_axes
from trader.tuning.sets import keys_of
from trader.tuning.sweep import Advance, Study

GRID = ("strategy.settings.rsi_period=3,7", "strategy.settings.rsi_buy=20,30,40", "strategy.settings.rsi_sell=60,70")


def axes_of(grid: Sequence[str]) -> tuple[Axis, ...]:
    """The axes of the default strategy."""
    return read_axes(grid, built_in("rsi_sentiment"))


AXES = axes_of(GRID)
MINUTES = 9_000
"""More than six UTC days."""


class Given:
    """A market with sentiment by the window it is averaged over: a miniature of the inputs of a command."""

    def __init__(self, whole: Data, sentiment: dict[int, Floats] | None = None) -> None:
        self._whole = whole
        self._seen: dict[int, Data] = {}
        for window, rows in (sentiment or {}).items():
            self._seen[window] = replace(whole, tape=whole.tape._replace(inputs=rows[np.newaxis]), sentiment="given")

    def data(self, config: Config) -> Data:
        return self._seen.get(config.inputs.sentiment_window, self._whole)


def market(*candles: CandleColumns) -> Data:
    given = candles or (wave("BTCUSDT", MINUTES, 1),)
    symbols = tuple(each.symbol for each in given)
    return Data(symbols, tape_of(given), tuple(gaps(each) for each in given), (ANY,) * len(given))


def settings(*overrides: str) -> Config:
    """The defaults with fees that a wave affords."""
    return load_config(None, ["fees.rate=0.0001", *overrides])


def study(axes: Sequence[Axis] = AXES, base: Config | None = None, data: Data | None = None) -> Study:
    return Study(Given(data or market()), keys_of(base or settings(), axes), fastest())


def nothing(steps: int) -> None:
    """Progress that nobody looks at."""


@contextmanager
def silent(length: int | None, label: str) -> Iterator[Advance]:
    yield nothing


def with_prices_after(data: Data, minute: int, factor: float, seed: int = 5) -> Data:
    """The same market up to a minute; from it on prices are drawn anew around it times the factor."""
    tape = data.tape
    size = tape.close.shape[1] - minute
    closes = tape.close[:, minute - 1, None] * np.exp(
        np.random.default_rng(seed).normal(0.0, 0.004, (len(tape.close), size)).cumsum(axis=1) * factor
    )
    opens = np.concatenate([tape.close[:, minute - 1, None], closes[:, :-1]], axis=1)
    changed = {
        "open": opens,
        "close": closes,
        "high": np.maximum(opens, closes) * 1.001,
        "low": np.minimum(opens, closes) * 0.999,
    }
    rows: dict[str, Any] = {
        name: np.concatenate([getattr(tape, name)[:, :minute], part], axis=1) for name, part in changed.items()
    }
    marked = {"lowest": rows["low"], "highest": rows["high"], "marks": rows["close"]}
    return replace(data, tape=tape._replace(**rows, **marked))
