"""Many parameter sets over one span of a market, all processors at work."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from chalicelib.config import Config
from trader.backtest.data import Data
from trader.backtest.engine import Engine, EngineRun, ParameterSet, run_many
from trader.data.arrays import Floats
from trader.tuning.axes import Values
from trader.tuning.figures import FIGURES, figures_of
from trader.tuning.sets import Keys
from trader.tuning.spans import Span, part_of

AT_A_TIME = 4096
"""Sets handed to the processors at once: Ctrl-C waits for one such portion at most, and their parameters are few."""

Advance = Callable[[int], None]


class DataSource(Protocol):
    """Where the data of a search come from."""

    def data(self, config: Config) -> Data:
        """The market as these settings see it; one and the same object for settings that see the same sentiment."""
        ...


@dataclass(frozen=True)
class Study:
    """What every backtest of a search has in common."""

    market: DataSource
    keys: Keys
    engine: Engine

    @property
    def cash(self) -> float:
        """What every backtest in sample starts with."""
        return self.keys.base.agent.cash

    def data(self, values: Values) -> Data:
        """The market as a set sees it."""
        return self.market.data(self.keys.settings(values))

    def sweep(self, sets: Sequence[Values], span: Span, advance: Advance) -> Floats:
        """The figures of every set over the span from a fresh start, (N, len(FIGURES)), in their order."""
        rows = np.full((len(sets), len(FIGURES)), np.nan)
        for start in range(0, len(sets), AT_A_TIME):
            portion = range(start, min(start + AT_A_TIME, len(sets)))
            settings = {index: self.keys.settings(sets[index]) for index in portion}
            for data, alike in self._by_market(settings):
                part = part_of(data, span)
                tried = [part.set_of(settings[index]) for index in alike]
                rows[alike] = self._figures(part, tried, advance)
        return rows

    def _by_market(self, settings: Mapping[int, Config]) -> list[tuple[Data, list[int]]]:
        """The sets' numbers by the data that they run over: sets may differ in the sentiment that they see."""
        found: dict[int, tuple[Data, list[int]]] = {}
        for index, config in settings.items():
            data = self.market.data(config)
            found.setdefault(id(data), (data, []))[1].append(index)
        return list(found.values())

    def _figures(self, data: Data, tried: Sequence[ParameterSet], advance: Advance) -> list[tuple[float, ...]]:
        def reduce(run: EngineRun) -> tuple[float, ...]:
            return figures_of(data.tape, run, self.cash, self.engine)

        return run_many(data.tape, tried, self.cash, reduce, data.signals, self.engine, advance)
