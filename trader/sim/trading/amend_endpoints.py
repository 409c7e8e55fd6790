"""The REST endpoints of amendments: what they take, what they weigh and what they answer."""

from __future__ import annotations

from trader.sim.query import Query
from trader.sim.trading.account import SpotAccount
from trader.sim.trading.amending import UNKNOWN, amend, list_of
from trader.sim.trading.amounts import shown
from trader.sim.trading.floor import TradingFloor
from trader.sim.trading.list_payloads import orders_of
from trader.sim.trading.order import Amendment, SpotOrder
from trader.sim.trading.order_list import OrderList
from trader.sim.trading.payloads import amended_order
from trader.sim.trading.private import (
    DEFAULT_ROWS,
    MAX_ROWS,
    NO_ORDER,
    PrivateEndpoint,
    named_order,
    order_name,
    weighing,
)
from trader.sim.trading.requests import amount, client_id


def _amend(floor: TradingFloor, account: SpotAccount, query: Query) -> object:
    symbol, name = query.symbol(floor.exchange.listed()), order_name(query, "orderId", "origClientOrderId")
    query.mandatory("newQty")
    quantity, new_id = amount(query, "newQty"), client_id(query, "newClientOrderId")
    floor.engine.advance()
    order = named_order(account, symbol, name, UNKNOWN)
    done, found = amend(floor, account, order, quantity, new_id), list_of(floor, account, order)
    if found is not None and done.old_client_id != done.new_client_id:
        floor.user_data.list_updated(found, done.time_ms)
    head = {"transactTime": done.time_ms, "executionId": done.execution_id}
    listed = {} if found is None else {"listStatus": _list_status(found)}
    return {**head, "amendedOrder": amended_order(order, done.old_client_id), **listed}


def _amendments(floor: TradingFloor, account: SpotAccount, query: Query) -> object:
    symbol = query.symbol(floor.exchange.listed())
    query.mandatory("orderId")
    order_id = query.number("orderId")
    first, limit = query.number("fromExecutionId") or 0, query.limit(DEFAULT_ROWS, MAX_ROWS)
    floor.engine.advance()
    order = named_order(account, symbol, (order_id, None), NO_ORDER)
    return [_row(order, each) for each in order.amendments if each.execution_id >= first][:limit]


def _row(order: SpotOrder, done: Amendment) -> dict[str, object]:
    return {
        "symbol": order.request.symbol, "orderId": order.order_id, "executionId": done.execution_id,
        "origClientOrderId": done.old_client_id, "newClientOrderId": done.new_client_id,
        "origQty": shown(done.old_quantity), "newQty": shown(done.new_quantity), "time": done.time_ms,
    }  # fmt: skip


def _list_status(found: OrderList) -> dict[str, object]:
    return {
        "orderListId": found.list_id, "contingencyType": found.request.contingency, "listOrderStatus": "EXECUTING",
        "listClientOrderId": found.client_id, "symbol": found.request.symbol, "orders": orders_of(found),
    }  # fmt: skip


AMEND_ENDPOINTS = (
    PrivateEndpoint(
        "PUT",
        "/api/v3/order/amend/keepPriority",
        ("symbol", "orderId", "origClientOrderId", "newClientOrderId", "newQty"),
        weighing(4),
        _amend,
        counts_orders=True,
    ),
    PrivateEndpoint(
        "GET",
        "/api/v3/order/amendments",
        ("symbol", "orderId", "fromExecutionId", "limit"),
        weighing(4),
        _amendments,
    ),
)
