"""Binance's answers about orders, trades and accounts. What we do not know is told once; what is odd is Unavailable."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from chalicelib.adapters.binance.payloads import as_list, as_object, as_text, as_time_ms, unexpected
from chalicelib.adapters.binance.unheard import Unheard
from chalicelib.domain import Side
from chalicelib.exchange_account import OrderFill, OrderState, OwnTrade, PlacedList, PlacedOrder
from chalicelib.wanted_orders import OrderKind

Word = TypeVar("Word", bound=StrEnum)
Row = Mapping[str, object]

_AMOUNT = re.compile(r"[0-9]{1,20}(\.[0-9]{1,20})?", re.ASCII)
_ZERO = Decimal(0)
_NO_LIST = -1
_TRADED = (OrderState.PARTIALLY_FILLED, OrderState.FILLED)
_ORDER_FIELDS = frozenset({
    "symbol", "orderId", "orderListId", "clientOrderId", "origClientOrderId", "transactTime", "price", "origQty",
    "executedQty", "origQuoteOrderQty", "cummulativeQuoteQty", "status", "timeInForce", "type", "side", "stopPrice",
    "icebergQty", "time", "updateTime", "isWorking", "workingTime", "selfTradePreventionMode", "fills", "expiryReason",
    "trailingDelta", "trailingTime", "strategyId", "strategyType", "preventedMatchId", "preventedQuantity",
    "tradeGroupId", "counterSymbol", "counterOrderId", "preventedExecutionQuantity", "preventedExecutionQuoteQty",
    "usedSor", "workingFloor", "pegPriceType", "pegOffsetType", "pegOffsetValue", "peggedPrice",
})  # fmt: skip
_LIST_FIELDS = frozenset({
    "orderListId", "contingencyType", "listStatusType", "listOrderStatus", "listClientOrderId", "transactionTime",
    "symbol", "orders", "orderReports",
})  # fmt: skip
_TRADE_FIELDS = frozenset({
    "symbol", "id", "orderId", "orderListId", "price", "qty", "quoteQty", "commission", "commissionAsset", "time",
    "isBuyer", "isMaker", "isBestMatch", "allocId",
})  # fmt: skip


def placed_order(answer: object, unheard: Unheard) -> PlacedOrder:
    """An order of any answer that tells of one."""
    row = as_object(answer, "order")
    unheard.fields("an order", row, _ORDER_FIELDS)
    placed = PlacedOrder(
        symbol=as_text(row.get("symbol"), "symbol of an order"),
        order_id=as_number(row.get("orderId"), "orderId"),
        client_id=as_text(row.get("origClientOrderId", row.get("clientOrderId")), "clientOrderId"),
        list_id=_list_id(row),
        side=_side(row, unheard),
        kind=_word(OrderKind, row.get("type"), "type of order", unheard),
        state=_word(OrderState, row.get("status"), "status of an order", unheard),
        quantity=_quantity(row),
        executed=as_decimal(row.get("executedQty"), "executedQty"),
        quote_executed=_quote(row),
        price=as_decimal(row.get("price"), "price of an order"),
        stop_price=as_decimal(row.get("stopPrice", "0"), "stopPrice"),
        time_in_force=_text(row, "timeInForce"),
        time_ms=as_time_ms(row.get("time", row.get("transactTime")), "time of an order"),
        updated_ms=as_time_ms(row.get("updateTime", row.get("transactTime")), "updateTime of an order"),
        expiry_reason=_text(row, "expiryReason"),
        fills=tuple(_fill(fill, "tradeId") for fill in as_list(row.get("fills", []), "fills")),
    )
    _refuse_odd(placed)
    return placed


def placed_list(answer: object, unheard: Unheard) -> PlacedList:
    """A list of orders."""
    row = as_object(answer, "order list")
    unheard.fields("an order list", row, _LIST_FIELDS)
    named = [as_object(each, "order of a list") for each in as_list(row.get("orders"), "orders of a list")]
    reports = as_list(row.get("orderReports", []), "orderReports")
    return PlacedList(
        list_id=as_number(row.get("orderListId"), "orderListId"),
        client_id=as_text(row.get("listClientOrderId"), "listClientOrderId"),
        symbol=as_text(row.get("symbol"), "symbol of an order list"),
        status=as_text(row.get("listOrderStatus"), "listOrderStatus"),
        order_ids=tuple(as_number(each.get("orderId"), "orderId") for each in named),
        orders=tuple(placed_order(report, unheard) for report in reports),
    )


def own_trade(answer: object, unheard: Unheard) -> OwnTrade:
    """One row of myTrades."""
    row = as_object(answer, "trade")
    unheard.fields("a trade", row, _TRADE_FIELDS)
    return OwnTrade(
        symbol=as_text(row.get("symbol"), "symbol of a trade"),
        order_id=as_number(row.get("orderId"), "orderId"),
        fill=_fill(row, "id"),
        quote=as_decimal(row.get("quoteQty"), "quoteQty"),
        side=Side.BUY if as_truth(row.get("isBuyer"), "isBuyer") else Side.SELL,
        is_maker=as_truth(row.get("isMaker"), "isMaker"),
        time_ms=as_time_ms(row.get("time"), "time of a trade"),
    )


def as_decimal(value: object, what: str) -> Decimal:
    """An amount as Binance writes one: a text of digits and a point."""
    if not isinstance(value, str) or _AMOUNT.fullmatch(value) is None:
        raise unexpected(what, "a text of digits", value)
    return Decimal(value)


def as_number(value: object, what: str) -> int:
    """An id or count."""
    if type(value) is not int or not 0 <= value < 2**63:
        raise unexpected(what, "a whole number", value)
    return value


def as_truth(value: object, what: str) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise unexpected(what, "true or false", value)
    return value


def _quantity(row: Row) -> Decimal:
    """0 where an order of a list has none: it would have taken what the working order receives."""
    has_none = "origQty" not in row and _list_id(row) is not None and row.get("status") not in _TRADED
    return _ZERO if has_none else as_decimal(row.get("origQty"), "origQty")


def _list_id(row: Row) -> int | None:
    told = row.get("orderListId", _NO_LIST)
    return None if told == _NO_LIST else as_number(told, "orderListId")


def _side(row: Row, unheard: Unheard) -> Side | None:
    told = str(row.get("side"))
    try:
        return Side(told)
    except ValueError:
        unheard.word("side of an order", told)
        return None


def _word(words: type[Word], told: object, what: str, unheard: Unheard) -> Word:
    try:
        return words(str(told))
    except ValueError:
        unheard.word(what, str(told))
        return words("UNKNOWN")


def _quote(row: Row) -> Decimal | None:
    told = row.get("cummulativeQuoteQty")
    is_unknown = isinstance(told, str) and told.startswith("-")  # of some very old orders
    return None if is_unknown else as_decimal(told, "cummulativeQuoteQty")


def _text(row: Row, name: str) -> str:
    told = row.get(name, "")
    return told if isinstance(told, str) else ""


def _fill(answer: object, id_name: str) -> OrderFill:
    row = as_object(answer, "fill")
    return OrderFill(
        trade_id=as_number(row.get(id_name), id_name),
        price=as_decimal(row.get("price"), "price of a fill"),
        quantity=as_decimal(row.get("qty"), "qty of a fill"),
        fee=as_decimal(row.get("commission"), "commission"),
        fee_asset=as_text(row.get("commissionAsset"), "commissionAsset"),
    )


def _refuse_odd(order: PlacedOrder) -> None:
    """Raises Unavailable for figures that contradict each other."""
    filled = _ZERO
    for fill in order.fills:
        filled += fill.quantity
    if order.fills and filled != order.executed:
        raise unexpected(f"fills of order {order.order_id}", f"{order.executed} in all", filled)
    if order.executed > order.quantity > 0:
        raise unexpected(f"executedQty of order {order.order_id}", f"{order.quantity} at most", order.executed)
