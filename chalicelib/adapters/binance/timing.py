"""Time and chance as the adapter uses them, in one value so that a test can hold both still."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass


def wall_ms() -> int:
    """This machine's clock."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Timing:
    """The machine's own by default."""

    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic
    """Seconds."""
    wall_ms: Callable[[], int] = wall_ms
    chance: Callable[[], float] = random.random
    """0 <= chance < 1."""


def backoff_s(failures: int, base_s: float, cap_s: float, chance: float) -> float:
    """Exponential backoff with full jitter after so many failures in a row (1, 2, ...).

    Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/

    >>> backoff_s(3, base_s=0.5, cap_s=30.0, chance=0.5)
    1.0
    """
    ceiling = base_s * 2.0 ** min(failures - 1, 30)
    return chance * min(cap_s, ceiling)
