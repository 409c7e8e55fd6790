"""The REST endpoints of order lists: what they take, what they weigh and what they answer."""

from __future__ import annotations

from collections.abc import Callable

from trader.sim.query import ApiError, Query
from trader.sim.trading import list_requests
from trader.sim.trading.account import SpotAccount
from trader.sim.trading.engine import UNKNOWN_ORDER
from trader.sim.trading.floor import TradingFloor
from trader.sim.trading.list_payloads import cancelled_list, list_row, placed_list
from trader.sim.trading.list_requests import Listed, ListForm, reader
from trader.sim.trading.old_oco import OLD_OCO_PARAMETERS, old_oco_request
from trader.sim.trading.order_list import OrderList, OrderListRequest
from trader.sim.trading.payloads import cancelled
from trader.sim.trading.private import (
    CANCEL,
    NO_ORDER,
    ORDER_NAMES,
    PAGED,
    SELF_TRADE_MODE,
    PrivateEndpoint,
    cancel_request,
    cancelled_order,
    weighing,
    within,
)
from trader.sim.trading.requests import chosen_response, client_id

Read = Callable[[Query, Listed, str], OrderListRequest]


def _placing(read: Read) -> Callable[[TradingFloor, SpotAccount, Query], object]:
    def place(floor: TradingFloor, account: SpotAccount, query: Query) -> object:
        request = read(query, floor.exchange.listed(), SELF_TRADE_MODE)
        response = chosen_response(query, "RESULT")
        found, orders = floor.place_list(account, request)
        return placed_list(found, orders, response)

    return place


def _cancel(floor: TradingFloor, account: SpotAccount, query: Query) -> object:
    symbol = query.symbol(floor.exchange.listed())
    found = _named(floor, account, query, "listClientOrderId")
    if found is None or found.request.symbol != symbol:
        raise UNKNOWN_ORDER
    floor.lists.cancel(found, client_id(query, "newClientOrderId"))
    return cancelled_list(found)


def _cancel_with_its_list(floor: TradingFloor, account: SpotAccount, query: Query) -> object:
    """As over the WebSocket API, where the answer to the cancel of one order of a list is the list."""
    order = cancelled_order(floor, account, cancel_request(floor, query, *ORDER_NAMES))
    found = floor.lists.find(account, order.list_id, None)
    return cancelled(order) if found is None else cancelled_list(found)


def _query(floor: TradingFloor, account: SpotAccount, query: Query) -> object:
    floor.engine.advance()
    found = _named(floor, account, query, "origClientOrderId")
    if found is None or not _shows(account, found):
        raise NO_ORDER
    return list_row(found)


def _open_lists(floor: TradingFloor, account: SpotAccount, query: Query) -> object:
    floor.engine.advance()
    return [list_row(found) for found in floor.lists.open_of(account) if _shows(account, found)]


def _all_lists(floor: TradingFloor, account: SpotAccount, query: Query) -> object:
    floor.engine.advance()
    first_id = query.number("fromId")
    if first_id is not None and (query.has("startTime") or query.has("endTime")):
        raise ApiError(-1128, "Combination of optional parameters invalid.")
    lists = (found for found in floor.lists.of(account) if found.list_id >= (first_id or 0) and _shows(account, found))
    found = within(lists, query, lambda each: each.time_ms, from_the_first=first_id is not None)
    return [list_row(each) for each in found]


def _shows(account: SpotAccount, found: OrderList) -> bool:
    """Whether an account, as it is shown now, has the list's orders."""
    return account.find(found.request.symbol, found.orders[0].order_id, None) is not None


def _named(floor: TradingFloor, account: SpotAccount, query: Query, name: str) -> OrderList | None:
    list_id = query.number("orderListId")
    own_name = query.mandatory(name) if query.has(name) else None
    if list_id is None and own_name is None:
        raise ApiError(-1102, f"Param '{name}' or 'orderListId' must be sent, but both were empty/null!")
    return floor.lists.find(account, list_id, own_name)


def _new(path: str, parameters: tuple[str, ...], read: Read) -> PrivateEndpoint:
    return PrivateEndpoint(
        "POST", f"/api/v3/{path}", parameters, weighing(1), _placing(read), is_free_when_done=True, counts_orders=True
    )


def _new_list(name: str, form: ListForm) -> PrivateEndpoint:
    return _new(f"orderList/{name}", form.parameters(), reader(form))


CANCEL_WITH_ITS_LIST = CANCEL._replace(answer=_cancel_with_its_list)
LIST_ENDPOINTS = (
    _new("order/oco", OLD_OCO_PARAMETERS, old_oco_request),
    _new_list("oco", list_requests.OCO),
    _new_list("oto", list_requests.OTO),
    _new_list("otoco", list_requests.OTOCO),
    _new_list("opo", list_requests.OPO),
    _new_list("opoco", list_requests.OPOCO),
    PrivateEndpoint("GET", "/api/v3/orderList", ("orderListId", "origClientOrderId"), weighing(4), _query),
    PrivateEndpoint(
        "DELETE",
        "/api/v3/orderList",
        ("symbol", "orderListId", "listClientOrderId", "newClientOrderId"),
        weighing(1),
        _cancel,
        is_free_when_done=True,
    ),
    PrivateEndpoint("GET", "/api/v3/allOrderList", ("fromId", *PAGED), weighing(20), _all_lists),
    PrivateEndpoint("GET", "/api/v3/openOrderList", (), weighing(6), _open_lists),
)
