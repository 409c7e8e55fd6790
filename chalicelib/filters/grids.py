"""Rules of one amount: bounds and a step."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from chalicelib.filters.amounts import ZERO, is_multiple, plain
from chalicelib.filters.proposed import MARKET, ProposedOrder, Surroundings


class AmountGrid(NamedTuple):
    """From the least to the most in steps that are counted from 0; each of the three is off where it is 0."""

    least: Decimal
    most: Decimal
    step: Decimal

    def complaint(self, what: str, amount: Decimal) -> str:
        """What is wrong with an amount, in words; empty where nothing is."""
        if self.least and amount < self.least:
            return f"{what} {plain(amount)} is below {plain(self.least)}"
        if self.most and amount > self.most:
            return f"{what} {plain(amount)} is above {plain(self.most)}"
        if not is_multiple(amount, self.step):
            return f"{what} {plain(amount)} is no multiple of {plain(self.step)}"
        return ""


class PriceRule(NamedTuple):
    """PRICE_FILTER: of the limit and of the stop price."""

    kind: str
    grid: AmountGrid

    def complaint(self, order: ProposedOrder, around: Surroundings) -> str:
        return _first(
            self.grid.complaint("price", order.price) if order.price else "",
            self.grid.complaint("stop price", order.stop_price) if order.stop_price else "",
        )


class LotRule(NamedTuple):
    """LOT_SIZE: of the quantity, and of what an iceberg order shows."""

    kind: str
    grid: AmountGrid

    def complaint(self, order: ProposedOrder, around: Surroundings) -> str:
        return _first(
            self.grid.complaint("quantity", order.quantity),
            self.grid.complaint("iceberg quantity", order.iceberg) if order.iceberg else "",
        )


class MarketLotRule(NamedTuple):
    """MARKET_LOT_SIZE: of the quantity of a market order."""

    kind: str
    grid: AmountGrid

    def complaint(self, order: ProposedOrder, around: Surroundings) -> str:
        return self.grid.complaint("quantity", order.quantity) if order.kind == MARKET else ""


class AssetUnitRule(NamedTuple):
    """The precisions of the pair's assets, which the exchange checks before any filter (-1111); 0 for none told."""

    kind: str
    quantity_unit: Decimal
    price_unit: Decimal

    def complaint(self, order: ProposedOrder, around: Surroundings) -> str:
        quantities = AmountGrid(ZERO, ZERO, self.quantity_unit)
        prices = AmountGrid(ZERO, ZERO, self.price_unit)
        return _first(
            quantities.complaint("quantity", order.quantity),
            quantities.complaint("iceberg quantity", order.iceberg),
            prices.complaint("price", order.price),
            prices.complaint("stop price", order.stop_price),
        )


def _first(*complaints: str) -> str:
    return next(filter(None, complaints), "")
