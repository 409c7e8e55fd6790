"""Lengths of candles and of bars: their names, what they come to in ms, and where longer candles may be traded."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.config.values import text
from chalicelib.errors import BadInput

INTERVALS_MS: Mapping[str, int] = {
    **{f"{minutes}m": minutes * 60_000 for minutes in (1, 3, 5, 15, 30)},
    **{f"{hours}h": hours * 3_600_000 for hours in (1, 2, 4, 6, 8, 12)},
    "1d": 86_400_000,
}
"""Length by name; each divides a UTC day, so that all of them begin at midnight."""
MINUTE = "1m"
INTERVAL = text("|".join(INTERVALS_MS), f"one of {', '.join(INTERVALS_MS)}")


def interval_of(length_ms: float) -> str | None:
    """The name of the interval of this length, None where there is none.

    >>> interval_of(3_600_000), interval_of(604_800_000)
    ('1h', None)
    """
    return next((name for name, known_ms in INTERVALS_MS.items() if known_ms == length_ms), None)


def refuse_longer_candles(interval: str, where: str) -> None:
    """Raises BadInput, naming `where`, for candles longer than a minute: what is traded as it happens are minutes."""
    if interval != MINUTE:
        raise BadInput(
            f"{where}: agent.interval = {interval}: candles longer than 1m are for `trader paper backtest` and other"
            f" looks at files of them; strategy.interval = {interval} decides on such bars of minutes"
        )
