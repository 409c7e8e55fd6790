"""RSI as Wilder defined it, for backtesters whose own is another or that have none."""

from __future__ import annotations

from typing import Any


def wilder(closes: Any, period: int) -> Any:
    """RSI of a pandas series."""
    change = closes.diff()
    gain = change.clip(lower=0.0).ewm(alpha=1.0 / period, adjust=False).mean()
    loss = (-change.clip(upper=0.0)).ewm(alpha=1.0 / period, adjust=False).mean()
    return 100.0 * gain / (gain + loss)
