"""An order as it would be sent, what it is judged beside, and the refusal of a filter."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from chalicelib.domain import Side
from chalicelib.filters.amounts import ZERO

MARKET = "MARKET"
ALGO_KINDS = frozenset({"STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"})
"""Kinds that wait for a price first; filters call them algo orders."""


@dataclass(frozen=True, slots=True)
class ProposedOrder:
    """An order in the exchange's own kinds; amounts that it does not have are 0."""

    side: Side
    kind: str
    quantity: Decimal
    price: Decimal = ZERO
    """Its limit."""
    stop_price: Decimal = ZERO
    iceberg: Decimal = ZERO
    """How much of it is shown at a time."""
    trailing_delta: int = 0
    """In units of 0.01 %."""

    @property
    def is_buy(self) -> bool:
        return self.side == Side.BUY

    @property
    def is_algo(self) -> bool:
        return self.kind in ALGO_KINDS

    @property
    def rests(self) -> bool:
        """Whether it may be open for a while, and so counts among open orders."""
        return self.kind != MARKET


class OpenOrderCounts(NamedTuple):
    """How many orders of an account are open, whoever placed them."""

    orders: int = 0
    """All of them, those of the two following sorts among them."""
    algo: int = 0
    iceberg: int = 0
    lists: int = 0


NONE_OPEN = OpenOrderCounts()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an order is judged beside. What is unknown is 0: a filter that needs it refuses."""

    reference_price: Decimal = ZERO
    """The exchange's reference price, else the mean of the filter's last minutes: stands in for a price."""
    holding: Decimal = ZERO
    """The account's base asset, locked or not."""
    bidden: Decimal = ZERO
    """What its open orders on this pair may yet buy of it."""
    here: OpenOrderCounts = NONE_OPEN
    """On this pair."""
    anywhere: OpenOrderCounts = NONE_OPEN
    """On all pairs, this one among them."""


class FilterRefusal(NamedTuple):
    """Why an order may not be sent: the filter's name as the exchange has it, and its numbers in words."""

    filter: str
    words: str

    def line(self) -> str:
        """Both, as a user is told.

        >>> FilterRefusal("LOT_SIZE", "quantity 0.001 is below 0.01").line()
        'LOT_SIZE: quantity 0.001 is below 0.01'
        """
        return f"{self.filter}: {self.words}"
