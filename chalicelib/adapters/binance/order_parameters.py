"""Wanted orders as the parameters of Binance's requests: amounts as exact digits, never with an exponent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from chalicelib.errors import BadInput
from chalicelib.foreign_text import one_line
from chalicelib.wanted_orders import OrderKind, WantedList, WantedOrder

FULL_ANSWER: Mapping[str, str] = {"newOrderRespType": "FULL"}
_CLIENT_ID = re.compile(r"[a-zA-Z0-9_-]{1,36}")
_GOOD_TILL_CANCELLED = frozenset({OrderKind.LIMIT, OrderKind.STOP_LOSS_LIMIT, OrderKind.TAKE_PROFIT_LIMIT})
"""Kinds that have to say how long they are good for."""
_MOST_DIGITS = 30
_FORMS = {(False, 2): "oco", (True, 1): "oto", (True, 2): "otoco"}
_FORMS_OF_WHAT_IS_RECEIVED = {"oto": "opo", "otoco": "opoco"}


class ListParameters(NamedTuple):
    """Which list it is (oco, oto, otoco, opo, opoco) and its parameters."""

    name: str
    parameters: dict[str, str]


def exact_text(amount: Decimal, what: str) -> str:
    """The amount as digits and one point. Raises BadInput unless it is above 0 and of a sensible length.

    >>> exact_text(Decimal("1E-7"), "quantity"), exact_text(Decimal("5E+1"), "price")
    ('0.0000001', '50')
    """
    if not amount.is_finite() or amount <= 0 or not -_MOST_DIGITS < amount.adjusted() < _MOST_DIGITS:
        raise BadInput(f"{what} = {amount}: must be a number above 0 of less than {_MOST_DIGITS} digits")
    return f"{amount:f}"


def client_id_text(client_id: str) -> str:
    """The id as it may be sent. Raises BadInput for one that the exchange would not take."""
    if _CLIENT_ID.fullmatch(client_id) is None:
        raise BadInput(f"client id '{one_line(client_id, 60)}': must be 1 to 36 letters, digits, - or _")
    return client_id


def order_parameters(order: WantedOrder) -> dict[str, str]:
    """Of POST /api/v3/order. Raises BadInput for what no exchange could take."""
    terms = _prefixed("", {"side": order.side.value} | _terms(order, "newClientOrderId"))
    return {"symbol": order.symbol, **terms, **FULL_ANSWER}


def list_form(wanted: WantedList) -> ListParameters:
    """Of POST /api/v3/orderList/…, the path's last part first. Raises BadInput for orders that make no list."""
    name = _FORMS.get((wanted.working is not None, len(wanted.legs)))
    if name is None or len({order.symbol for order in wanted.orders}) > 1:
        raise BadInput("a list has one symbol and two legs, or a working order and one or two legs")
    shared = {(leg.side, leg.quantity) for leg in wanted.legs}
    if len(shared) > 1:
        raise BadInput("the legs of a list have one side and one quantity")
    [(side, quantity)] = shared
    if quantity is None:
        name = _FORMS_OF_WHAT_IS_RECEIVED.get(name, name)
    amounts = {} if quantity is None else {"quantity": exact_text(quantity, "quantity")}
    head = {"symbol": wanted.legs[0].symbol, "listClientOrderId": client_id_text(wanted.client_id)}
    legs = _legs(wanted, {"side": side.value} | amounts)
    return ListParameters(name, {**head, **_working(wanted.working), **legs, **FULL_ANSWER})


def _working(order: WantedOrder | None) -> dict[str, str]:
    return {} if order is None else _prefixed("working", {"side": order.side.value} | _terms(order, "clientOrderId"))


def _legs(wanted: WantedList, shared: Mapping[str, str]) -> dict[str, str]:
    pending = "" if wanted.working is None else "pending"
    if len(wanted.legs) == 1:
        return _prefixed(pending, {**shared, **_terms(wanted.legs[0], "clientOrderId")})
    found = _prefixed(pending, shared)
    for place, leg in zip(("above", "below"), wanted.legs, strict=True):
        own = {name: text for name, text in _terms(leg, "clientOrderId").items() if name not in shared}
        found |= _prefixed(pending, _prefixed(place, own))
    return found


def _terms(order: WantedOrder, id_name: str) -> dict[str, str]:
    """What an order has besides its side, by the names of a single order."""
    if order.kind is OrderKind.UNKNOWN:
        raise BadInput(f"an order of {order.symbol} is of a kind that we do not know: nothing is placed by it")
    amounts = {
        "quantity": order.quantity,
        "quoteOrderQty": order.quote_quantity,
        "price": order.price,
        "stopPrice": order.stop_price,
        "icebergQty": order.iceberg_quantity,
    }
    given = {name: exact_text(amount, name) for name, amount in amounts.items() if amount is not None}
    good = order.time_in_force or ("GTC" if order.kind in _GOOD_TILL_CANCELLED else None)
    terms = {"type": order.kind.value, id_name: client_id_text(order.client_id), **given}
    terms |= {} if good is None else {"timeInForce": good}
    return terms | ({} if order.trailing_delta is None else {"trailingDelta": str(order.trailing_delta)})


def _prefixed(prefix: str, terms: Mapping[str, str]) -> dict[str, str]:
    """The terms under the names of one order among several.

    >>> _prefixed("working", {"stopPrice": "1"}), _prefixed("", {"side": "BUY"})
    ({'workingStopPrice': '1'}, {'side': 'BUY'})
    """
    return {prefix + name[0].upper() + name[1:] if prefix else name: text for name, text in terms.items()}
