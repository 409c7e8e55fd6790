"""What whoever runs the exchange has changed: status and filters of its pairs, what keys and accounts may do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

TRADING, DELISTED = "TRADING", "DELISTED"
FOREVER_MS = 2**62
WHOLE_EXCHANGE = ""
"""In place of a symbol: filters of the exchange itself."""
STATUSES = (TRADING, "HALT", "BREAK", "CANCEL_ONLY", DELISTED)


class Standstill(NamedTuple):
    """A pair does not trade until then."""

    status: str
    until_ms: int


NOT_STILL = Standstill(TRADING, 0)


@dataclass(slots=True)
class Conditions:
    """Changes by symbol; a pair of which none is known is as its market has it."""

    standstills: dict[str, Standstill] = field(default_factory=dict)
    filters: dict[str, dict[str, dict[str, object]]] = field(default_factory=dict)
    """Fields of filters by symbol and type."""

    price_ranges: dict[str, dict[str, str]] = field(default_factory=dict)
    """Multipliers of the price-range rule by symbol, as GET /api/v3/executionRules tells them."""
    key: dict[str, object] = field(default_factory=dict)
    """What keys may do otherwise than usual, as GET /sapi/v1/account/apiRestrictions tells it."""
    can_trade: bool = True
    """Whether accounts may."""

    def status(self, symbol: str, now_ms: int) -> str:
        """TRADING where nothing has been changed."""
        found = self.standstills.get(symbol, NOT_STILL)
        return found.status if now_ms < found.until_ms else TRADING

    def still_until_ms(self, symbol: str) -> int:
        """Until when a pair does not trade, in simulated milliseconds; 0 where it does."""
        return self.standstills.get(symbol, NOT_STILL).until_ms

    def filters_of(self, symbol: str, usual: Iterable[Mapping[str, object]]) -> list[Mapping[str, object]]:
        """The pair's filters with what has been changed; a type that it had not comes last."""
        changes = self.filters.get(symbol, {})
        kept = [{**each, **changes.get(str(each["filterType"]), {})} for each in usual]
        known = {each["filterType"] for each in kept}
        return [*kept, *(each for name, each in changes.items() if name not in known)]
