"""What a backtest runs over: a market, what was known of sentiment, and signals if they stand in for the rule."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.config import Config, params
from chalicelib.kernel.lots import SymbolSteps
from chalicelib.strategy.chosen import unchecked_rule_of
from trader.backtest.engine import ParameterSet
from trader.backtest.market import MarketColumns
from trader.backtest.rule_signals import RuleSignals
from trader.data.candles import Gaps


@dataclass(frozen=True, slots=True)
class Data:
    """One market, whatever parameters are run over it."""

    symbols: tuple[str, ...]
    tape: MarketColumns
    gaps: tuple[Gaps, ...]
    """By symbol."""
    steps: tuple[SymbolSteps, ...]
    """By symbol: what its exchange asks of orders, as far as that is known."""
    signals: RuleSignals | None = None
    """In place of the strategy."""
    sentiment: str = ""
    """Where sentiment came from, in words; empty where there was none, and it is NaN throughout."""
    candles: str = ""
    """Whose candles they are, in words; empty where files were named."""

    def set_of(self, config: Config) -> ParameterSet:
        """What these settings come to over this market. Raises BadInput for a strategy that cannot be loaded."""
        return ParameterSet(unchecked_rule_of(config), params(config, self.steps))
