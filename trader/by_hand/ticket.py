"""An order as a person typed it: decimals to the last digit, and the type of order that they make."""

from __future__ import annotations

import re
from decimal import Decimal

from chalicelib.domain import Side
from chalicelib.wanted_orders import OrderKind, WantedOrder

DIGITS = re.compile(r"[0-9]{1,15}(\.[0-9]{1,18})?", re.ASCII)
DIGITS_WORDS = "a number above 0 of digits and one point, such as 0.001"
OURS = "hand"
"""What the ids of orders by hand begin with."""


def ticket_of(
    symbol: str, side: Side, quantity: Decimal, limit: Decimal | None, stop: Decimal | None, client_id: str
) -> WantedOrder:
    """The order that the prices make: at the market, at a limit, or either of them once a stop is met.

    Quantity in base, prices in quote currency, all of them above 0.
    """
    if stop is None:
        kind = OrderKind.MARKET if limit is None else OrderKind.LIMIT
    else:
        kind = OrderKind.STOP_LOSS if limit is None else OrderKind.STOP_LOSS_LIMIT
    return WantedOrder(client_id, symbol, side, kind, quantity, price=limit, stop_price=stop)


def words_of(order: WantedOrder) -> str:
    """The order on one line.

    >>> words_of(ticket_of("BTCUSDT", Side.BUY, Decimal("0.0010"), Decimal("60000"), None, "hand-1"))
    'LIMIT BUY 0.0010 BTCUSDT at 60000'
    """
    quantity = "" if order.quantity is None else f" {digits(order.quantity)}"
    limit = "" if order.price is None else f" at {digits(order.price)}"
    stop = "" if order.stop_price is None else f" once {digits(order.stop_price)} is met"
    return f"{order.kind} {order.side}{quantity} {order.symbol}{limit}{stop}"


def amount_of(text: str) -> Decimal | None:
    """The number as it was typed; None for what the exchange would not take: exponents, signs, letters, nothing.

    >>> amount_of("0.10"), amount_of("1e-5"), amount_of("0"), amount_of("-1"), amount_of("1,5")
    (Decimal('0.10'), None, None, None, None)
    """
    if not DIGITS.fullmatch(text):
        return None
    return Decimal(text) or None


def digits(amount: Decimal) -> str:
    """The number without an exponent, every digit of it.

    >>> digits(Decimal("1E-8")), digits(Decimal("0.10"))
    ('0.00000001', '0.10')
    """
    return format(amount, "f")


def client_id_of(now_ms: int, draw: str) -> str:
    """The name under which the exchange knows an order of ours, whatever becomes of the answer to it.

    >>> client_id_of(1_750_000_000_000, "1f2e3d4c")
    'hand-1750000000000-1f2e3d4c'
    """
    return f"{OURS}-{now_ms}-{draw}"
