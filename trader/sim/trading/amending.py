"""Open orders made smaller: they keep their place, and what they no longer need is unlocked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from trader.sim.query import ApiError
from trader.sim.trading.account import SpotAccount
from trader.sim.trading.amounts import ZERO, total
from trader.sim.trading.fills import needed
from trader.sim.trading.floor import TradingFloor
from trader.sim.trading.order import NO_LIST, Amendment, SpotOrder
from trader.sim.trading.order_list import OrderList

REJECTED = -2038
UNKNOWN = ApiError(REJECTED, "Unknown order sent.")
LARGER = ApiError(REJECTED, "Order amend (quantity increase) is not supported.")
UNCHANGED = ApiError(REJECTED, "The requested action would change no state; rejecting")
USED_UP = ApiError(REJECTED, "Price * QTY is zero or less.")
TOO_OFTEN = ApiError(REJECTED, "Filter failure: MAX_NUM_ORDER_AMENDS")


def amend(floor: TradingFloor, account: SpotAccount, order: SpotOrder, quantity: Decimal, new_id: str) -> Amendment:
    """Make an open order smaller, and the one that it cancels with it. Raises ApiError, with nothing changed."""
    now_ms = floor.engine.advance()
    if not order.is_open:
        raise UNKNOWN
    together = _together(order, list_of(floor, account, order))
    for each in together:
        _refuse(floor, each, quantity, now_ms)
    before = {each.order_id: (each.client_id, each.quantity) for each in together}
    try:
        account.rename(order, new_id or f"sim-{order.order_id}-{len(order.amendments) + 1}")
    except ApiError as error:
        raise ApiError(REJECTED, error.message) from error
    _shrink(floor, account, together, quantity, now_ms)
    for each in together:
        _tell(floor, account, each, *before[each.order_id])
    return order.amendments[-1]


def list_of(floor: TradingFloor, account: SpotAccount, order: SpotOrder) -> OrderList | None:
    """The list that an order hangs in, None for one alone."""
    return None if order.list_id == NO_LIST else floor.lists.find(account, order.list_id, None)


def _together(order: SpotOrder, found: OrderList | None) -> Sequence[SpotOrder]:
    """The order, or the open ones of two that cancel each other, which are of one size."""
    rivals = found.rivals if found is not None else ()
    return [each for each in rivals if each.is_open] if any(order is each for each in rivals) else [order]


def _refuse(floor: TradingFloor, order: SpotOrder, quantity: Decimal, now_ms: int) -> None:
    """Raises ApiError for a size that it may not have, or one change too many."""
    if quantity == order.quantity:
        raise UNCHANGED
    if quantity > order.quantity:
        raise LARGER
    if quantity <= order.quantity - order.remaining:
        raise USED_UP
    for each in floor.filters_of(order.request.symbol):
        if each["filterType"] == "MAX_NUM_ORDER_AMENDS" and len(order.amendments) >= each["maxNumOrderAmends"]:
            raise TOO_OFTEN
    floor.judge_by_itself(order.request, quantity, now_ms)


def _shrink(
    floor: TradingFloor, account: SpotAccount, together: Sequence[SpotOrder], quantity: Decimal, now_ms: int
) -> None:
    """Their new size, and no more locked than it takes: of two the dearer one is paid for."""
    shared, price = ZERO, floor.engine.price_reached(together[0].request.symbol)
    held = total(order.locked for order in together)
    for order in together:
        order.quantity, order.updated_ms = quantity, now_ms
        order.request = replace(order.request, iceberg=min(order.request.iceberg, quantity))
        need = max(ZERO, needed(order, price) - shared)
        account.lock(order, floor.engine.given_by(order), min(held - shared, need))
        shared += order.locked
    account.updated_ms = now_ms


def _tell(floor: TradingFloor, account: SpotAccount, order: SpotOrder, old_id: str, old_quantity: Decimal) -> None:
    order.replaced_id = old_id
    report = floor.engine.tell(account, order, "REPLACED", order.updated_ms)
    amendment = Amendment(report.execution_id, old_id, order.client_id, old_quantity, order.quantity, order.updated_ms)
    order.amendments = (*order.amendments, amendment)
