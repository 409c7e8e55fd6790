"""How an order at an exchange is shown: amounts exact, means of prices to some digits."""

from __future__ import annotations

from decimal import Context, Decimal
from typing import TYPE_CHECKING

from trader.cli import output

if TYPE_CHECKING:
    from chalicelib.exchange_account import PlacedOrder

COLUMNS = ("symbol", "order id", "client id", "side", "type", "status", "quantity", "executed", "price", "stop")
AVERAGE_DIGITS = 12
"""A mean of several prices may have no end of them."""


def order_object(order: PlacedOrder) -> dict[str, object]:
    """An order as the JSON object that scripts read; amounts are texts, exact."""
    from trader.by_hand.ticket import digits

    def text(amount: Decimal | None) -> str | None:
        return digits(amount) if amount else None

    return {
        "symbol": order.symbol,
        "order_id": order.order_id,
        "client_id": order.client_id,
        "side": order.side,
        "type": order.kind,
        "status": order.state,
        "expiry_reason": order.expiry_reason or None,
        "quantity": digits(order.quantity),
        "executed": digits(order.executed),
        "price": text(order.price),
        "stop": text(order.stop_price),
        "average_price": text(average_of(order)),
        "paid": None if order.quote_executed is None else digits(order.quote_executed),
        "fees": {asset: digits(fee) for asset, fee in fees_of(order).items()} if order.fills else None,
    }


def average_of(order: PlacedOrder) -> Decimal | None:
    """What was paid for one, to AVERAGE_DIGITS; None where nothing was executed, or it is not told."""
    if not order.executed or order.quote_executed is None:
        return None
    return Context(prec=AVERAGE_DIGITS).divide(order.quote_executed, order.executed).normalize()


def fees_of(order: PlacedOrder) -> dict[str, Decimal]:
    """What its trades cost, by asset."""
    from chalicelib.filters.amounts import plus

    fees: dict[str, Decimal] = {}
    for fill in order.fills:
        fees[fill.fee_asset] = plus(fees.get(fill.fee_asset, Decimal(0)), fill.fee)
    return fees


def order_row(order: PlacedOrder) -> list[output.Cell]:
    """The values of COLUMNS."""
    known = order_object(order)
    return [None if (value := known[column.replace(" ", "_")]) is None else str(value) for column in COLUMNS]


def show_order(order: PlacedOrder, as_json: bool) -> None:
    """All that is known of one order."""
    known = order_object(order)
    if as_json:
        output.print_json(known)
        return
    fees = ", ".join(f"{fee:f} {asset}" for asset, fee in fees_of(order).items())
    told = {name.replace("_", " "): str(value) for name, value in known.items() if value is not None}
    output.print_facts(f"Order {order.order_id}", {**told, **({"fees": fees} if fees else {})})
