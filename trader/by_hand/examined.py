"""What a preflight asks an exchange for, beside what orders by hand need of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from chalicelib.exchange_account import AccountState, KeyRights


@dataclass(frozen=True, slots=True)
class PairState:
    """A symbol as the exchange lists it."""

    name: str
    status: str
    quote: str
    kinds: tuple[str, ...]
    """The types of order that it takes."""
    unknown_filters: tuple[str, ...]
    """Names of filters that we do not judge by."""
    least_entry: Decimal
    """Quote currency that the least entry takes of which every exit is legal; 0 where no filter asks for any."""


class ExaminedExchange(Protocol):
    """An exchange that is looked at before an agent trades on it. Every method raises as those of HandVenue."""

    def time_ms(self) -> int:
        """What its clock shows. Needs no key."""
        ...

    def pair(self, symbol: str) -> PairState:
        """A symbol and its rules. Needs no key."""
        ...

    def account(self) -> AccountState:
        """What there is."""
        ...

    def key_rights(self) -> KeyRights | None:
        """What the key may do; None where the exchange has no way to tell, as test networks have not."""
        ...
