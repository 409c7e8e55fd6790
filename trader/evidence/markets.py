"""Candle files as markets, each of one symbol and without a long gap: nobody holds a position over a missing month."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from chalicelib.config import load_config
from chalicelib.domain import DAY_MS
from trader.backtest.inputs import BacktestInputs, Source
from trader.backtest.market import tape_of
from trader.backtest.steps import step_of
from trader.data.candle_files import read_candle_files
from trader.data.candles import CandleColumns, between, gaps

LONGEST_GAP_MS = DAY_MS


@dataclass(frozen=True, slots=True)
class Asked:
    """Candle files as `--candles` names them, and settings as other commands take them."""

    candles: str
    config: Path | None
    overrides: tuple[str, ...]


def markets(asked: Asked, say: Callable[[str], None]) -> Iterator[BacktestInputs]:
    """Every market in the files, symbol after symbol. Raises BadInput for what cannot be read."""
    stepping = load_config(asked.config, asked.overrides, say)
    for columns in read_candle_files(asked.candles, say=say, step=step_of(stepping)):
        for piece in unbroken(columns):
            yield _market(asked, piece)


def unbroken(columns: CandleColumns) -> Iterator[CandleColumns]:
    """The candles in parts, cut where a day or more is missing."""
    times = columns.open_ms
    ends = np.flatnonzero(np.diff(times) > LONGEST_GAP_MS)
    firsts: Sequence[int] = [0, *(ends + 1).tolist()]
    for first, last in zip(firsts, [*ends.tolist(), len(times) - 1], strict=True):
        yield between(columns, int(times[first]), int(times[last]))


def _market(asked: Asked, candles: CandleColumns) -> BacktestInputs:
    config = load_config(asked.config, [*asked.overrides, f"agent.symbols={candles.symbol}"])
    step_ms = config.agent.step_ms
    source = Source(asked.candles, candles.symbol, config=asked.config, overrides=asked.overrides)
    found, tape = (gaps(candles, step_ms),), tape_of([candles], step_ms)
    return BacktestInputs(config, source, (candles.symbol,), found, tape, None, None)
