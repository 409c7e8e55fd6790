"""All that can be said of a strategy before it trades, in one report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from chalicelib.config import Config
from chalicelib.errors import BadInput
from chalicelib.series import SENTIMENT
from chalicelib.series_name import named
from chalicelib.strategy.chosen import rule_of, strategy_of
from trader.checks.strategy_engines import compile_finding, engine_finding, speed_finding
from trader.checks.strategy_file import CheckFinding, file_findings, form_finding
from trader.checks.strategy_history import Progress, look_ahead_finding, warm_up_finding
from trader.checks.strategy_market import Ground, checked_market
from trader.data.series_file import SeriesFile
from trader.data.series_files import files_of


@dataclass(frozen=True, slots=True)
class StrategyCheck:
    """Looks at the strategy that the settings name."""

    config: Config
    ground: Callable[[], Ground]
    most: int | None
    """Bars at which history is cut, None: all."""
    progress: Progress
    say: Callable[[str], None]
    series: tuple[str, ...] = ()
    """NAME=FILE of series that it reads; all others are made up."""

    def findings(self) -> Iterator[CheckFinding]:
        """One after the other; where it is no strategy, or fails over the market, there is nothing more to look at."""
        read = list(self._read())
        yield from read
        if any(finding.holds is False for finding in read):
            return
        rule, ground = rule_of(self.config), self.ground()
        files = files_of(rule.strategy, self.config.inputs, self.series)
        for line in self._told(rule.strategy.series, files):
            self.say(line)
        compiles = compile_finding(rule.strategy, self.say)
        yield compiles
        market, is_compiled = checked_market(ground, rule, self.config, files), compiles.holds is True
        same = engine_finding(market, ground, is_compiled)
        yield same
        if same.holds is not False:
            yield warm_up_finding(market, ground.symbols, self.progress)
            yield look_ahead_finding(market, ground.symbols, self.most, is_compiled, self.progress)
            yield speed_finding(market, is_compiled)

    def _told(self, names: Sequence[str], files: Mapping[str, SeriesFile]) -> Iterator[str]:
        """Where each series but sentiment comes from. Raises BadInput where a file is to give sentiment."""
        if SENTIMENT in named(self.series):
            raise BadInput("--series sentiment: a check makes sentiment up: leave it out, or give it to a backtest")
        for name in names:
            if name in files:
                yield f"{name}: {files[name].words}, {len(files[name]):,} rows"
            elif name != SENTIMENT:
                yield f"{name}: made up, as no --series {name}=FILE gives it"

    def _read(self) -> Iterator[CheckFinding]:
        file = self.config.strategy.file
        found = list(file_findings(Path(file))) if file else [form_finding(strategy_of(self.config))]
        yield from found
        if all(finding.holds is not False for finding in found):
            yield self._settings()

    def _settings(self) -> CheckFinding:
        try:
            settings = rule_of(self.config).settings._asdict()
        except BadInput as error:
            return CheckFinding("settings", False, str(error))
        words = ", ".join(f"{name} {value!r}" for name, value in settings.items())
        return CheckFinding("settings", True, words or "none", settings)
