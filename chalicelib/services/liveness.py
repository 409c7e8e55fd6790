"""Whether an agent lives and keeps up: the one rule behind status, routes, metrics and the alert of missing data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from chalicelib.domain import MINUTE_MS, Portfolio
from chalicelib.services.due import next_record_ms

PATIENCE_MS = 20_000
"""How long after its close a minute may still be on its way to being decided."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """What is known of who trades for an agent, from outside what is stored."""

    running: bool | None = None
    """Whether a process has the run; None where none stands by, for a function is woken each minute."""
    lived_ms: int | None = None
    """Wall-clock time at which it last showed itself; None where it never did."""
    now_ms: int | None = None
    """The market's time; None where that stands still while nobody trades, as in simulated time."""
    interval_ms: int = MINUTE_MS
    """The length of the bars that the agent decides by."""


TakePulse = Callable[[str], Pulse]
"""Gives the pulse of the agent of this id."""


@dataclass(frozen=True, slots=True)
class Liveness:
    """Part of the body of GET /status."""

    running: bool | None = None
    lived_ms: int | None = None
    behind_minutes: int | None = None
    """Minutes since the first that has closed and should have left a record; None in simulated time, and for an agent
    that never decided."""
    no_data: Mapping[str, int] = field(default_factory=dict)
    """Symbols whose candles stay away, since the close of the newest one each."""


def liveness(portfolio: Portfolio | None, pulse: Pulse) -> Liveness:
    """What the pulse and the newest decision say together.

    >>> from chalicelib.kernel.account import open_account
    >>> decided = Portfolio("desk", 1, open_account(1.0), {}, (), 0)
    >>> liveness(decided, Pulse(True, 60_000, 60_000 + 7 * MINUTE_MS + PATIENCE_MS)).behind_minutes
    7
    """
    behind = None
    if portfolio is not None and portfolio.minute_ms is not None and pulse.now_ms is not None:
        due_ms = next_record_ms(portfolio, pulse.interval_ms)
        behind = max(0, (pulse.now_ms - due_ms - PATIENCE_MS) // MINUTE_MS)
    return Liveness(pulse.running, pulse.lived_ms, behind, {} if portfolio is None else portfolio.silent)
