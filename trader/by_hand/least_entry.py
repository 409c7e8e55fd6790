"""What an agent's entry takes at least, so that each of its exits is legal as well."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

from chalicelib.config import Config
from chalicelib.config.targets import pairs_of
from chalicelib.filters.amounts import exact, minus, plus, product
from chalicelib.filters.entries import ExitPlan, least_entry
from chalicelib.filters.symbol_filters import SymbolFilters

WITHOUT_STOP = Decimal("0.1")
"""How far a price is taken to fall before a position is left for which no stop is set, as a fraction."""
CENT = Decimal("0.01")


def exit_plan(config: Config, price: Decimal) -> ExitPlan:
    """How a position that is entered at this price may have to be left, by these settings."""
    risk = config.risk
    fall = exact(risk.stop_loss) if risk.stop_loss > 0.0 else WITHOUT_STOP
    parts = tuple(exact(part) for _, part in pairs_of(risk.take_profits))
    lowest = product(product(price, minus(Decimal(1), fall)), minus(Decimal(1), exact(config.fees.slippage)))
    return ExitPlan(lowest, exact(config.fees.rate), parts)


def least_entry_cost(config: Config, filters: SymbolFilters, price: Decimal) -> Decimal:
    """Quote currency that the least entry of these settings takes at this price, slippage and fee included.

    Rounded up to a cent, where it is more than one.
    """
    one = Decimal(1)
    cost_of_one = product(price, product(plus(one, exact(config.fees.slippage)), plus(one, exact(config.fees.rate))))
    cost = product(least_entry(filters, exit_plan(config, price)), cost_of_one)
    return cost.quantize(CENT, ROUND_CEILING) if cost > CENT else cost
