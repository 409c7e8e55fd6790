"""Backtests to make pages of, and a page taken apart again."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import numpy as np

from chalicelib.config import load_config
from chalicelib.kernel.lots import ANY
from chalicelib.strategy.chosen import strategy_of
from tests.support.markets import wave
from trader.backtest.data import Data
from trader.backtest.engine import PLAIN, run_one
from trader.backtest.market import tape_of, with_inputs
from trader.backtest.metrics import metrics_of
from trader.backtest.result import result_of
from trader.backtest.seen import seen_of
from trader.data.arrays import Floats, Integers
from trader.data.candles import CandleColumns, gaps
from trader.report import Report, Trials

NEW_YEAR_MS, DAY_MS = 1_735_689_600_000, 86_400_000
MINUTES = 6_000
"""More than four UTC days."""
EAGER = ("strategy.settings.rsi_period=5", "risk.daily_loss_limit=0")
VOID = frozenset({"meta", "br", "hr"})


def candles(symbol: str = "BTCUSDT", minutes: int = MINUTES, seed: int = 1) -> CandleColumns:
    """A market that the rule trades often, priced in hundredths."""
    return wave(symbol, minutes, seed)


def without(columns: CandleColumns, first: int, last: int) -> CandleColumns:
    """The candles with a hole."""
    keep = np.r_[0:first, last : len(columns.open_ms)]
    _, times, *prices = columns
    return CandleColumns(columns.symbol, times[keep], *(column[keep] for column in prices))


def lengthened(columns: CandleColumns, times: int) -> CandleColumns:
    """The candles so many times as long, on their grid, from some day of 2025 on."""
    longer = columns.open_ms * times
    return columns._replace(open_ms=longer - (longer[0] - NEW_YEAR_MS) // DAY_MS * DAY_MS)


def report(
    *markets: CandleColumns,
    overrides: Sequence[str] = (),
    sentiment: str = "",
    trials: Trials | None = None,
    names: tuple[str, ...] | None = None,
    series: Mapping[str, Floats] | None = None,
    eager: Sequence[str] = EAGER,
) -> Report:
    """A backtest of these candles in plain Python; `names` stand in for their symbols, `series` are (S, T) by name."""
    given = markets or (candles(),)
    symbols = tuple(each.symbol for each in given)
    config = load_config(None, [*eager, f"agent.symbols={','.join(symbols)}", *overrides])
    step_ms = config.agent.step_ms
    missing = tuple(gaps(each, step_ms) for each in given)
    tape = with_inputs(tape_of(given, step_ms), strategy_of(config), series or {})
    data = Data(symbols, tape, missing, (ANY,) * len(given), sentiment=sentiment)
    run = run_one(data.tape, data.set_of(config), config.agent.cash, engine=PLAIN)
    shown = replace(data, symbols=names or symbols)
    result = result_of(shown, run, config.agent.cash, PLAIN)
    seen = seen_of(shown, config, result, PLAIN)
    return Report(shown, result, metrics_of(shown, result, 0.5), config, PLAIN.name, trials, seen)


def embedded(page: str, name: str) -> dict[str, Any]:
    """The JSON that stands in the page under this id."""
    found = re.findall(rf'<script type="application/json" id="{name}">(.*?)</script>', page, re.DOTALL)
    assert len(found) == 1
    read: dict[str, Any] = json.loads(found[0])
    return read


def unpacked(packed: dict[str, Any]) -> Integers:
    """What unpack.js makes of packed numbers."""
    numbers, value, scale = [], 0, 1
    for byte in base64.b64decode(packed["data"], validate=True):
        value += (byte & 127) * scale
        scale *= 128
        if byte < 128:
            numbers.append(-(value + 1) // 2 if value % 2 else value // 2)
            value, scale = 0, 1
    assert scale == 1
    assert len(numbers) == packed["count"]
    return np.array(numbers, dtype=np.int64)


def unpacked_halves(packed: dict[str, Any]) -> Integers:
    """What unpack.js makes of numbers in half bytes."""
    halves = [half for byte in base64.b64decode(packed["data"], validate=True) for half in (byte >> 4, byte & 15)]
    numbers, value, scale = [], 0, 1
    for half in halves:
        value += (half & 7) * scale
        scale *= 8
        if half < 8:
            numbers.append(-(value + 1) // 2 if value % 2 else value // 2)
            value, scale = 0, 1
    return np.array(numbers[: packed["count"]], dtype=np.int64)


def unpacked_line(line: dict[str, Any]) -> Floats:
    return np.asarray(np.cumsum(unpacked(line)) / 10 ** line["decimals"])


def unpacked_times(runs: Sequence[Sequence[int]], first_ms: int, bar: int = 1) -> Integers:
    minutes = [start + step * bar for start, count in runs for step in range(count)]
    return np.array(minutes, dtype=np.int64) * 60_000 + first_ms


def unpacked_candles(symbol: dict[str, Any]) -> tuple[Floats, Floats, Floats, Floats]:
    """Open, high, low and close."""
    jump, body, above, below = (unpacked(symbol[name]) for name in ("jump", "body", "above", "below"))
    closes = np.cumsum(jump + body)
    opens = closes - body
    wholes = (opens, np.maximum(opens, closes) + above, np.minimum(opens, closes) - below, closes)
    opens, highs, lows, closes = (whole / 10 ** symbol["decimals"] for whole in wholes)
    return opens, highs, lows, closes


class Taken(HTMLParser):
    """A page as elements with their attributes, and its text; refuses tags that do not match."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._texts: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert self._open == []

    @property
    def text(self) -> str:
        """What is read, spaces as one; no scripts and styles."""
        return " ".join(" ".join(self._texts).split())

    def names(self, attribute: str) -> list[str]:
        """Every value of the attribute."""
        return [str(values[attribute]) for _, values in self.elements if attribute in values]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, self.getpos()

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] not in ("script", "style"):
            self._texts.append(data)
