"""Series that the agents of a run read: of files, once when it starts, and in real time of the home's store besides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from chalicelib import wiring
from chalicelib.config import Config
from chalicelib.errors import BadInput
from chalicelib.ports import SeriesHistory
from chalicelib.series import SENTIMENT
from chalicelib.series_name import named
from chalicelib.strategy.chosen import strategy_of
from trader.data.series_file import SeriesFile
from trader.data.series_files import files_of, refuse_needed, series_lines
from trader.data.signal_series import age_ms, signal_series

Files = Mapping[str, SeriesFile]
READ_ONCE = "files of series are read once, now: rows that come later count from the next start on, stored values not"


class RunSeries:
    """What each agent reads, by its id."""

    def __init__(
        self,
        configs: Sequence[Config],
        given: Sequence[str] = (),
        signals: Path | None = None,
        in_real_time: bool = False,
    ) -> None:
        """`signals` is a file that every agent decides by alone; `given` are those of the command line, for whichever
        agent reads them. What no file gives comes from the store `in_real_time`, and from nowhere otherwise.

        Raises BadInput for one that none reads, for one that an agent needs and nothing gives, and for a file that
        cannot be read.
        """
        self._files: dict[str, Files] = {}
        self._given = named(given)
        self._signals = signals
        self._in_real_time = in_real_time
        self._stored: dict[str, Sequence[str]] = {}
        read = {name for config in configs for name in strategy_of(config).series}
        for name in self._given:
            if name not in read:
                raise BadInput(
                    f"--series {name}: no agent reads such a series; read are {', '.join(sorted(read)) or 'none'}"
                )
        for config in configs:
            self._files[config.agent.id] = self._files_of(config)

    def _files_of(self, config: Config) -> Files:
        if self._signals is not None:
            return signal_series(self._signals, config.strategy.interval_ms)
        strategy = strategy_of(config)
        own = [f"{name}={path}" for name, path in self._given.items() if name in strategy.series]
        files = files_of(strategy, config.inputs, own)
        if self._in_real_time:
            self._stored[config.agent.id] = [name for name in strategy.series if name not in (*files, SENTIMENT)]
        else:
            refuse_needed(strategy, [*files, SENTIMENT])
        return files

    @contextmanager
    def opened(self, path: Path) -> Iterator[wiring.SeriesOf]:
        """What each agent reads, with what stands in the store at this path, which is opened where any needs it.

        Raises BadInput or Unavailable when that cannot be used.
        """
        if not any(self._stored.values()):
            yield self.of
            return
        with wiring.home_series(path) as store:
            yield lambda config: {
                **self.of(config),
                **wiring.stored_series(config, self._stored.get(config.agent.id, ()), store),
            }

    def of(self, config: Config) -> Mapping[str, SeriesHistory]:
        """Those of an agent that files give, of the age that its settings allow."""
        files, ages_ms = self._files.get(config.agent.id, {}), config.inputs.series_max_age_ms
        if self._signals is not None:
            return {name: file.of_age(age_ms(config.strategy.interval_ms)) for name, file in files.items()}
        return {name: file.of_age(ages_ms(name)) for name, file in files.items()}

    @property
    def paths(self) -> list[Path]:
        """The files, each once."""
        return list(dict.fromkeys(file.path for files in self._files.values() for file in files.values()))

    def lines(self, configs: Sequence[Config]) -> Iterator[str]:
        """What is told of them before the first minute."""
        for config in configs:
            files = self._files.get(config.agent.id, {})
            stored = self._stored.get(config.agent.id, ())
            for line in series_lines(strategy_of(config), files, config.inputs, config.agent.symbols, stored):
                yield f"agent {config.agent.id}: {line}"
        if self.paths:
            yield READ_ONCE
