"""What a backtest runs over: a market, what was known of sentiment, and signals if they stand in for the rule."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.config import Config, params
from chalicelib.kernel.step import Params
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
    lot_steps: tuple[float, ...]
    """By symbol, 0.0 where none is known."""
    signals: RuleSignals | None = None
    """In place of the rule."""
    sentiment: str = ""
    """Where sentiment came from, in words; empty where there was none, and the rule's sentiment terms are left out."""

    def params(self, config: Config) -> Params:
        """The kernel's parameters of these settings over this market."""
        return params(config, self.lot_steps, use_sentiment=bool(self.sentiment))
