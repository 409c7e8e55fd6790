"""The parameters of a new order, as the exchange checks them before it looks at filters and funds."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple, cast

from trader.sim.query import ApiError, Query
from trader.sim.trading.amounts import ASSET_DECIMALS, ZERO, amount_of, decimals_of
from trader.sim.trading.order import Kind, OrderRequest, Side, TimeInForce

CLIENT_ID_RANGE = "^[a-zA-Z0-9-_]{1,36}$"
SIDES = {"BUY": True, "SELL": True}
TIMES_IN_FORCE = {"GTC": True, "IOC": True, "FOK": True}
RESPONSES = {"ACK": True, "RESULT": True, "FULL": True}
SELF_TRADE_MODES = ("NONE", "EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH", "DECREMENT", "TRANSFER")
LEAST_STRATEGY_TYPE = 1_000_000
ORDER_PARAMETERS = (
    "symbol", "side", "type", "timeInForce", "quantity", "quoteOrderQty", "price", "newClientOrderId", "strategyId",
    "strategyType", "stopPrice", "trailingDelta", "icebergQty", "newOrderRespType", "selfTradePreventionMode",
)  # fmt: skip


class OrderForm(NamedTuple):
    """What an order of some kind has to have and may have, beyond what every order may."""

    needs: tuple[str, ...]
    may_have: tuple[str, ...] = ()


FORMS: Mapping[str, OrderForm] = {
    "LIMIT": OrderForm(("timeInForce", "quantity", "price"), ("icebergQty",)),
    "MARKET": OrderForm((), ("quantity", "quoteOrderQty")),
    "LIMIT_MAKER": OrderForm(("quantity", "price"), ("icebergQty",)),
    "STOP_LOSS": OrderForm(("quantity",), ("stopPrice", "trailingDelta")),
    "STOP_LOSS_LIMIT": OrderForm(("timeInForce", "quantity", "price"), ("stopPrice", "trailingDelta", "icebergQty")),
    "TAKE_PROFIT": OrderForm(("quantity",), ("stopPrice", "trailingDelta")),
    "TAKE_PROFIT_LIMIT": OrderForm(("timeInForce", "quantity", "price"), ("stopPrice", "trailingDelta", "icebergQty")),
}
SHAPED = ("timeInForce", "quantity", "quoteOrderQty", "price", "stopPrice", "trailingDelta", "icebergQty")
"""Parameters that only some kinds of orders have."""


def order_request(
    query: Query,
    listed: Mapping[str, object],
    default_self_trade_mode: str,
    forms: Mapping[str, OrderForm] = FORMS,
) -> OrderRequest:
    """The order that a query asks for, of one of these forms by kind. Raises ApiError as Binance words it."""
    symbol = query.symbol(listed)
    side = cast(Side, query.choice("side", SIDES, query.mandatory("side"), ApiError(-1117, "Invalid side.")))
    kind = cast(Kind, _kind(query))
    _refuse_ill_formed(query, forms[kind])
    return OrderRequest(
        symbol,
        side,
        kind,
        client_id=client_id(query, "newClientOrderId"),
        quantity=amount(query, "quantity"),
        quote_quantity=amount(query, "quoteOrderQty"),
        price=amount(query, "price"),
        stop_price=amount(query, "stopPrice"),
        trailing_delta=_trailing_delta(query),
        iceberg=_iceberg(query),
        time_in_force=_time_in_force(query),
        self_trade_mode=self_trade_mode(query, default_self_trade_mode),
        strategy_id=query.number("strategyId"),
        strategy_type=_strategy_type(query),
    )


def amount(query: Query, name: str) -> Decimal:
    """A quantity or price in units, above 0; 0 where it was not sent."""
    if not query.has(name):
        return ZERO
    sent_as = query.name_of(name)
    found = amount_of(sent_as, query.mandatory(name))
    if decimals_of(found) > ASSET_DECIMALS:
        raise ApiError(-1111, f"Parameter '{sent_as}' has too much precision.")
    if not found:
        raise ApiError(-1013, "Invalid price." if name.lower().endswith("price") else "Invalid quantity.")
    return found


def client_id(query: Query, name: str) -> str:
    """An id that the client gives, empty where it gives none."""
    return query.matching(name, CLIENT_ID_RANGE) if query.has(name) else ""


def self_trade_mode(query: Query, default: str) -> str:
    """What is to happen where both sides of a trade would be one owner's."""
    return query.word("selfTradePreventionMode", SELF_TRADE_MODES, default)


def response_type(query: Query, kind: str) -> str:
    """Which answer was asked for; market and limit orders are answered in full unless another one was."""
    return chosen_response(query, "FULL" if kind in ("MARKET", "LIMIT") else "ACK")


def chosen_response(query: Query, default: str) -> str:
    return query.word("newOrderRespType", RESPONSES, default)


def _kind(query: Query) -> str:
    kind = query.mandatory("type")
    if kind not in FORMS:
        raise ApiError(-1116, "Invalid orderType.")
    return kind


def _refuse_ill_formed(query: Query, form: OrderForm) -> None:
    for name in form.needs:
        query.mandatory(name)
    for name in SHAPED:
        if query.has(name) and name not in form.needs + form.may_have:
            raise ApiError(-1106, f"Parameter '{query.name_of(name)}' sent when not required.")
    for one, other in (("quantity", "quoteOrderQty"), ("stopPrice", "trailingDelta")):
        if one in form.may_have and not (query.has(one) or query.has(other)):
            both = f"'{query.name_of(one)}' or '{query.name_of(other)}'"
            raise ApiError(-1102, f"Param {both} must be sent, but both were empty/null!")
    if "quoteOrderQty" in form.may_have and query.has("quantity") and query.has("quoteOrderQty"):
        raise ApiError(-1106, "Parameter 'quoteOrderQty' sent when not required.")


def _time_in_force(query: Query) -> TimeInForce:
    return cast(
        TimeInForce, query.choice("timeInForce", TIMES_IN_FORCE, "GTC", ApiError(-1115, "Invalid timeInForce."))
    )


def _iceberg(query: Query) -> Decimal:
    found = amount(query, "icebergQty")
    if found and _time_in_force(query) != "GTC":
        raise ApiError(-1013, "timeInForce must be GTC for iceberg orders.")
    if query.has("quantity") and found > amount(query, "quantity"):
        raise ApiError(-2010, "IcebergQty exceeds QTY.")
    return found


def _trailing_delta(query: Query) -> int:
    found = query.number("trailingDelta")
    if found == 0:  # else the order would have no level at all
        raise ApiError(-1013, "Filter failure: TRAILING_DELTA")
    return found or 0


def _strategy_type(query: Query) -> int | None:
    found = query.number("strategyType")
    if found is not None and found < LEAST_STRATEGY_TYPE:
        raise ApiError(-1134, "`strategyType` was less than 1000000.")
    return found
