"""What may be asked of a search; apart, so that `--help` need not import what runs it."""

from __future__ import annotations

OBJECTIVES = ("total_return", "sharpe", "sortino", "calmar", "profit_factor")
"""Figures to choose by: of each, more is better."""
OBJECTIVE = "sharpe"
"""The one that is chosen by unless another is asked for."""
MOST_FOLDS = 100
