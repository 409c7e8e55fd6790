"""What a subject is given, and the same market cut after some minute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from trader.backtest.engine import ParameterSet
from trader.backtest.market import MarketColumns, prepared
from trader.backtest.rule_signals import RuleSignals, mapped
from trader.backtest.sentiment_columns import HeadlineSeries
from trader.data.arrays import Floats, Integers
from trader.data.series_file import Steps

PRICES = ("open", "high", "low", "close", "volume")


@dataclass(frozen=True)
class CheckedMarket:
    """A tape and everything else that decides. `heard` is what was said of each symbol, empty where nothing was."""

    tape: MarketColumns
    tried: ParameterSet
    cash: float
    window: int
    """How many headlines are averaged over."""
    max_age_ms: int | None = None
    """How old they may be, None: as old as they are."""
    signals: RuleSignals | None = None
    series: tuple[HeadlineSeries, ...] = ()
    is_stepwise: bool = False
    """Whether `heard` are the rows of a sentiment file, of which the last one counts."""
    rows: Mapping[str, tuple[Steps, ...]] = field(default_factory=dict)
    """Of every other series from a file, by symbol. Never cut: whoever reads them goes by their times."""
    ages_ms: Mapping[str, int | None] = field(default_factory=dict)
    """How old a value of each may be."""

    def __len__(self) -> int:
        return len(self.tape.times)

    def first(self, count: int) -> CheckedMarket:
        """The market as it was after so many minutes; nothing later is in its memory."""
        return self.between(0, count)

    def between(self, start: int, end: int) -> CheckedMarket:
        """The minutes from `start` up to but not including `end`, with what became known in them."""
        prices = [getattr(self.tape, name)[:, start:end].copy() for name in PRICES]
        signals = self.signals and mapped(self.signals, lambda rows: rows[:, start:end].copy())
        return replace(
            self,
            tape=with_tape(
                self.tape.times[start:end].copy(), prices, self.tape.inputs[:, :, start:end].copy(), self.tape.step_ms
            ),
            signals=signals,
            series=tuple(_between(each, self._close_ms(start), self._close_ms(end)) for each in self.series),
        )

    def _close_ms(self, count: int) -> int:
        """When the last of the first `count` minutes closes; before everything for none."""
        return -1 if count == 0 else int(self.tape.times[count - 1]) + self.tape.step_ms

    def with_last_bar(self, symbol: int, high: float, low: float, close: float) -> CheckedMarket:
        """The market with another end to the last bar of this symbol; its open stays."""
        tape = self.tape
        prices = {name: getattr(tape, name).copy() for name in PRICES}
        for name, value in (("high", high), ("low", low), ("close", close)):
            prices[name][symbol, -1] = value
        return replace(self, tape=with_tape(tape.times, list(prices.values()), tape.inputs, tape.step_ms))


def joined(parts: Sequence[CheckedMarket]) -> CheckedMarket:
    """One market of consecutive parts."""
    tapes = [part.tape for part in parts]
    prices = [np.concatenate([getattr(tape, name) for tape in tapes], axis=1) for name in PRICES]
    times = np.concatenate([tape.times for tape in tapes])
    inputs = np.concatenate([tape.inputs for tape in tapes], axis=2)
    signals = [part.signals for part in parts if part.signals is not None]
    rule_signals = (
        RuleSignals(*(np.concatenate(rows, axis=1) for rows in zip(*signals, strict=True))) if signals else None
    )
    series = [HeadlineSeries(*(np.concatenate(rows) for rows in zip(*each, strict=True))) for each in _by_symbol(parts)]
    return replace(
        parts[0], tape=with_tape(times, prices, inputs, tapes[0].step_ms), signals=rule_signals, series=tuple(series)
    )


def with_tape(times: Integers, prices: Sequence[Floats], inputs: Floats, step_ms: int) -> MarketColumns:
    """The tape with inputs of its own."""
    return prepared(times, prices, step_ms)._replace(inputs=inputs)


def _by_symbol(parts: Sequence[CheckedMarket]) -> list[tuple[HeadlineSeries, ...]]:
    return list(zip(*(part.series for part in parts), strict=True))


def _between(series: HeadlineSeries, after_ms: int, until_ms: int) -> HeadlineSeries:
    first, last = np.searchsorted(series.known_ms, [after_ms, until_ms], side="right")
    known_ms, scores, dated_ms = series
    return HeadlineSeries(known_ms[first:last].copy(), scores[first:last].copy(), dated_ms[first:last].copy())
