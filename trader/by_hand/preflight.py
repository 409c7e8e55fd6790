"""What must be right before an agent trades on an exchange, looked at one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from chalicelib.errors import KeyRefused, TraderError, Unavailable
from trader.by_hand.account_checks import balance, key_rights, keys, permissions
from trader.by_hand.finding import Preflight, PreflightFinding, Premises
from trader.by_hand.market_checks import alerts, clock, symbols

Check = Callable[[Premises], Iterator[PreflightFinding]]

EXCHANGE, KEYS = frozenset({"exchange"}), frozenset({"exchange", "keys"})
CHECKS: tuple[tuple[str, Check, frozenset[str]], ...] = (
    ("exchange", clock, frozenset()),
    ("keys", keys, frozenset()),
    ("account", permissions, KEYS),
    ("key", key_rights, KEYS),
    ("symbols", symbols, EXCHANGE),
    ("balance", balance, KEYS),
    ("alerts", alerts, frozenset()),
)
"""Each with the name that its failure goes by, and what it needs; what is lacking is said once, not by each."""
WRONG_KEY = "look at key and secret in .env: they work on the exchange that gave them alone, from its addresses"


def preflight(premises: Premises) -> list[PreflightFinding]:
    """Everything that was found; a check that fails is something to fix, and the others go on. Never raises."""
    found: list[PreflightFinding] = []
    lacking = {} if premises.has_keys else {"keys": "not looked at without keys"}
    for name, check, needs in CHECKS:
        if why := [words for what, words in lacking.items() if what in needs]:
            found.append(PreflightFinding(name, Preflight.NOTE, why[0]))
            continue
        try:
            found += check(premises)
        except KeyRefused as error:
            found.append(PreflightFinding(name, Preflight.FIX, f"{error}: {WRONG_KEY}"))
            lacking["keys"] = "not looked at: the exchange refuses the key"
        except TraderError as error:
            found.append(PreflightFinding(name, Preflight.FIX, str(error)))
            if check is clock and isinstance(error, Unavailable):
                lacking["exchange"] = "not looked at: the exchange does not answer"
    return found


def must_be_fixed(found: list[PreflightFinding]) -> bool:
    """Whether anything of it keeps an agent from trading."""
    return any(each.state is Preflight.FIX for each in found)
