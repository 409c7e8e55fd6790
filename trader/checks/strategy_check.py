"""All that can be said of a strategy before it trades, in one report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from chalicelib.config import Config
from chalicelib.errors import BadInput
from chalicelib.strategy.chosen import rule_of, strategy_of
from trader.checks.strategy_engines import compile_finding, engine_finding, speed_finding
from trader.checks.strategy_file import CheckFinding, file_findings, form_finding
from trader.checks.strategy_history import Progress, look_ahead_finding, warm_up_finding
from trader.checks.strategy_market import Ground, checked_market


@dataclass(frozen=True, slots=True)
class StrategyCheck:
    """Looks at the strategy that the settings name."""

    config: Config
    ground: Callable[[], Ground]
    most: int | None
    """Bars at which history is cut, None: all."""
    progress: Progress
    say: Callable[[str], None]

    def findings(self) -> Iterator[CheckFinding]:
        """One after the other; where it is no strategy, or fails over the market, there is nothing more to look at."""
        read = list(self._read())
        yield from read
        if any(finding.holds is False for finding in read):
            return
        rule, ground = rule_of(self.config), self.ground()
        compiles = compile_finding(rule.strategy, self.say)
        yield compiles
        market, is_compiled = checked_market(ground, rule, self.config), compiles.holds is True
        same = engine_finding(market, ground, is_compiled)
        yield same
        if same.holds is not False:
            yield warm_up_finding(market, ground.symbols, self.progress)
            yield look_ahead_finding(market, ground.symbols, self.most, is_compiled, self.progress)
            yield speed_finding(market, is_compiled)

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
