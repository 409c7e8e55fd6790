"""What commands by hand need of an exchange."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Protocol

from chalicelib.exchange_account import AccountState, PlacedOrder
from chalicelib.wanted_orders import WantedOrder


class HandVenue(Protocol):
    """An exchange on which somebody orders by hand.

    Every method raises Unavailable where the outcome is unknown, Rejected where the exchange refuses, BadInput for
    what it cannot know. `name` is the id of an order: the exchange's, which is digits, or ours.
    """

    def legal(self, order: WantedOrder) -> WantedOrder:
        """The order as the symbol's filters let it pass. Raises BadInput naming the filter that refuses it."""
        ...

    def place(self, order: WantedOrder) -> PlacedOrder:
        """Send the order, once."""
        ...

    def find(self, symbol: str, name: str) -> PlacedOrder:
        """The order as it is now. Raises NoSuchOrder."""
        ...

    def cancel(self, symbol: str, name: str) -> PlacedOrder:
        """Take the order back, once. Raises NoSuchOrder."""
        ...

    def open_orders(self, symbol: str | None) -> Sequence[PlacedOrder]:
        """What rests, on one symbol or on all."""
        ...

    def account(self) -> AccountState:
        """What there is."""
        ...

    def dust(self, account: AccountState) -> Mapping[str, Decimal]:
        """By asset, how much no order can sell, of what the agent's symbols trade and of which there is some."""
        ...
