"""An entry that can be left again: sized so that every exit is legal after the stop, the fee and part exits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from chalicelib.errors import BadInput
from chalicelib.filters.amounts import ABOVE, ZERO, floored, minus, plain, plus, product, raised, total
from chalicelib.filters.legal import legal
from chalicelib.filters.proposed import MARKET, FilterRefusal, ProposedOrder, Surroundings
from chalicelib.filters.sales import least_sale, most_sale, sale_refusal
from chalicelib.filters.symbol_filters import SymbolFilters

ALL = Decimal(1)
COMMISSION_UNIT = Decimal("1e-8")
"""What a commission is rounded up to."""


@dataclass(frozen=True, slots=True)
class ExitPlan:
    """How a position may have to be left. Raises BadInput for amounts that are out of their ranges."""

    lowest_price: Decimal
    """The least that an exit may trade at, above 0: the stop, less the gap that is counted with."""
    base_fee: Decimal = ZERO
    """The rate of commission, below 1, that is taken out of what was bought; 0 where it is paid in another coin."""
    parts: tuple[Decimal, ...] = ()
    """The fractions of the position that are sold on the way, each above 0, together no more than 1."""
    kind: str = MARKET
    """Of the orders that leave it. Those with a limit have the lowest price for it."""

    def __post_init__(self) -> None:
        if self.lowest_price <= 0:
            raise BadInput(f"the lowest price of an exit is {self.lowest_price}: must be above 0")
        if not 0 <= self.base_fee < 1:
            raise BadInput(f"a commission of {self.base_fee}: must be a rate of 0 or more and below 1")
        if any(part <= 0 for part in self.parts) or total(self.parts) > ALL:
            raise BadInput(f"exits of {', '.join(map(str, self.parts))}: each part must be above 0, all no more than 1")


def sized_entry(
    entry: ProposedOrder, filters: SymbolFilters, around: Surroundings, plan: ExitPlan
) -> ProposedOrder | FilterRefusal:
    """The entry, made legal and cut to what one order can sell; refused where one of its exits would be.

    It is never made larger than was asked for, which is risk's to say. The refusal of an exit tells from which
    quantity on all of them are legal.
    """
    most = most_sale(filters, plan.kind)
    found = legal(replace(entry, quantity=min(entry.quantity, most)) if most else entry, filters, around)
    if isinstance(found, FilterRefusal):
        return found
    market = around.reference_price
    refused = exit_refusal(found.quantity, filters, plan, market)
    if refused is None:
        return found
    least = least_entry(filters, plan, entry.kind)
    helps = exit_refusal(least, filters, plan, market) is None
    advice = f"enter {plain(least)} or more" if helps else "no quantity could be left by this plan"
    return refused._replace(words=f"{refused.words}; {advice}")


def exit_refusal(bought: Decimal, filters: SymbolFilters, plan: ExitPlan, market: Decimal) -> FilterRefusal | None:
    """Why what was bought could not be left by this plan; None where each exit is legal.

    `market` is the reference price of the time at which exits with a limit are placed: they may be too far from it.
    """
    for portion in portions(bought, filters, plan):
        refused = sale_refusal(portion, filters, plan.lowest_price, plan.kind, market)
        if refused is not None:
            told = f"of {plain(bought)} bought an exit would sell {plain(portion)}"
            return refused._replace(words=f"{told}: {refused.words}")
    return None


def portions(bought: Decimal, filters: SymbolFilters, plan: ExitPlan) -> Iterator[Decimal]:
    """What exits may sell: all at once, each part, and what is left after it. What is no whole lot is dust."""
    step = filters.lot_step(plan.kind)
    whole = left = floored(after_fee(bought, plan.base_fee), step)
    sold = ZERO
    yield whole
    for part in plan.parts:
        sold = plus(sold, part)
        leaving = left if sold >= ALL else floored(product(whole, part), step)
        left = minus(left, leaving)
        yield leaving
        if sold < ALL:
            yield left


def after_fee(bought: Decimal, fee: Decimal) -> Decimal:
    """What arrives of a purchase whose commission is taken out of it, a commission that is rounded up.

    >>> after_fee(Decimal("0.5"), Decimal("0.001")), after_fee(Decimal("0.5"), Decimal("0"))
    (Decimal('0.4995'), Decimal('0.5'))
    """
    return minus(bought, raised(product(bought, fee), COMMISSION_UNIT)) if fee else bought


def least_entry(filters: SymbolFilters, plan: ExitPlan, kind: str = MARKET) -> Decimal:
    """A quantity from which on every entry of this kind can be left by this plan; of lots none is smaller."""
    smallest = min((*plan.parts, _rest(plan)))
    step = filters.lot_step(plan.kind)
    whole = raised(ABOVE.divide(least_sale(filters, plan.lowest_price, plan.kind), smallest), step)
    lot = filters.lot_step(kind)
    bought = whole if not plan.base_fee else _before_fee(whole, plan.base_fee)
    least = raised(bought, lot)
    while lot and least > lot and exit_refusal(minus(least, lot), filters, plan, plan.lowest_price) is None:
        least = minus(least, lot)
    return least


def _rest(plan: ExitPlan) -> Decimal:
    """The fraction that no part sells; where they sell all of it, all."""
    return minus(ALL, total(plan.parts)) or ALL


def _before_fee(arriving: Decimal, fee: Decimal) -> Decimal:
    """A purchase of which at least so much arrives."""
    return ABOVE.divide(plus(arriving, COMMISSION_UNIT), minus(ALL, fee))
