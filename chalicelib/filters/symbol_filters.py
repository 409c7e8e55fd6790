"""All rules of a pair, and the first of them that an order breaks."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from typing import Protocol

from chalicelib.filters.amounts import ZERO, common_step
from chalicelib.filters.counts import AmendsRule, OpenOrdersRule
from chalicelib.filters.grids import AmountGrid, AssetUnitRule, LotRule, MarketLotRule, PriceRule
from chalicelib.filters.proposed import MARKET, FilterRefusal, ProposedOrder, Surroundings
from chalicelib.foreign_text import printable


class FilterRule(Protocol):
    """One filter as it judges an order."""

    @property
    def kind(self) -> str:
        """Its filterType."""

    def complaint(self, order: ProposedOrder, around: Surroundings) -> str:
        """What is wrong with an order, in words with its numbers; empty where it passes. Never raises."""


@dataclass(frozen=True, slots=True)
class SymbolFilters:
    """What holds for the orders of a pair."""

    symbol: str
    rules: tuple[FilterRule, ...]
    """In the order in which the exchange judges."""
    unknown: tuple[str, ...] = ()
    """Names of filters that are not judged, since nobody here knows them."""

    def refusal(self, order: ProposedOrder, around: Surroundings) -> FilterRefusal | None:
        """The first filter that this order, as it is, breaks; None where it may be sent."""
        found = ((rule.kind, rule.complaint(order, around)) for rule in self.rules)
        return next((FilterRefusal(kind, words) for kind, words in found if words), None)

    def list_refusal(self, around: Surroundings) -> FilterRefusal | None:
        """Why no order list may be begun, by the number of those that are open; its orders are judged one by one."""
        for rule in self.rules:
            if isinstance(rule, OpenOrdersRule) and rule.sort == "lists" and rule.full(around):
                return FilterRefusal(rule.kind, rule.full(around))
        return None

    def amend_refusal(self, amends: int) -> FilterRefusal | None:
        """Why an order that was amended so often may not be again."""
        for rule in self.rules:
            if isinstance(rule, AmendsRule) and amends >= rule.most:
                return FilterRefusal(rule.kind, f"it was amended {amends} times, {rule.most} may be")
        return None

    def lot_step(self, kind: str) -> Decimal:
        """What the quantity of an order of this kind is a multiple of; 0 for anything."""
        units = [rule.quantity_unit for rule in self.rules if isinstance(rule, AssetUnitRule)]
        return reduce(common_step, [*units, *(grid.step for grid in self.lot_grids(kind))], ZERO)

    def lot_grids(self, kind: str) -> list[AmountGrid]:
        """What the quantity of an order of this kind has to lie on, each of them."""
        judged = (LotRule, MarketLotRule) if kind == MARKET else (LotRule,)
        return [rule.grid for rule in self.rules if isinstance(rule, judged)]

    def tick(self) -> Decimal:
        """What prices are multiples of; 0 for anything."""
        units = [rule.price_unit for rule in self.rules if isinstance(rule, AssetUnitRule)]
        ticks = [rule.grid.step for rule in self.rules if isinstance(rule, PriceRule)]
        return reduce(common_step, [*units, *ticks], ZERO)

    def unknown_line(self) -> str:
        """What a user is told of filters that nobody judges, empty where there are none."""
        names = ", ".join(printable(name, 60) for name in self.unknown)
        return f"{self.symbol}: filters that are not known and not judged: {names}" if names else ""
