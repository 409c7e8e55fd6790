"""What must be right before an agent trades on an exchange, looked at one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from chalicelib.errors import TraderError
from trader.by_hand.account_checks import balance, key_rights, keys, permissions
from trader.by_hand.finding import Preflight, PreflightFinding, Premises
from trader.by_hand.market_checks import alerts, clock, symbols

Check = Callable[[Premises], Iterator[PreflightFinding]]

CHECKS: tuple[tuple[str, Check, bool], ...] = (
    ("exchange", clock, False),
    ("keys", keys, False),
    ("account", permissions, True),
    ("key", key_rights, True),
    ("symbols", symbols, False),
    ("balance", balance, True),
    ("alerts", alerts, False),
)
"""Each with the name that its failure goes by, and whether it needs keys. Only the first two say that they lack."""


def preflight(premises: Premises) -> list[PreflightFinding]:
    """Everything that was found; a check that fails is something to fix, and the others go on. Never raises."""
    found: list[PreflightFinding] = []
    for name, check, needs_keys in CHECKS:
        if needs_keys and not premises.has_keys:
            found.append(PreflightFinding(name, Preflight.NOTE, "not looked at without keys"))
            continue
        try:
            found += check(premises)
        except TraderError as error:
            found.append(PreflightFinding(name, Preflight.FIX, str(error)))
    return found


def must_be_fixed(found: list[PreflightFinding]) -> bool:
    """Whether anything of it keeps an agent from trading."""
    return any(each.state is Preflight.FIX for each in found)
