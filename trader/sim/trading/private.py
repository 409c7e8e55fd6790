"""The REST endpoints of accounts and orders: what they take, what they weigh and what they answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeAlias, TypeVar

from chalicelib.domain import DAY_MS
from trader.sim.query import ApiError, Query
from trader.sim.service import Task
from trader.sim.trading import payloads
from trader.sim.trading.account import SpotAccount
from trader.sim.trading.engine import UNKNOWN_ORDER
from trader.sim.trading.floor import TradingFloor
from trader.sim.trading.key_rights import key_rights, refuse_without_right
from trader.sim.trading.list_payloads import cancelled_list
from trader.sim.trading.order import NO_LIST, SpotOrder, SpotTrade
from trader.sim.trading.requests import ORDER_PARAMETERS, client_id, order_request, response_type

T = TypeVar("T")
OrderName: TypeAlias = tuple[int | None, str | None]
"""An order's id and client id, one of which may be missing."""
DEFAULT_ROWS, MAX_ROWS = 500, 1000
SELF_TRADE_MODE = "EXPIRE_MAKER"
NO_ORDER = ApiError(-2013, "Order does not exist.")
OTHER_CLIENT_ID = ApiError(-2039, "Client order ID is not correct for this order ID.")
RESTRICTED = ApiError(-2011, "Order was not canceled due to cancel restrictions.")
ORDER_NAMES = ("orderId", "origClientOrderId", "newClientOrderId")
"""The parameters by which an order to cancel is named, and its cancel is."""
RESTRICTIONS = {"ONLY_NEW": "NEW", "ONLY_PARTIALLY_FILLED": "PARTIALLY_FILLED"}


class PrivateEndpoint(NamedTuple):
    """An endpoint for members. `weight` and `answer` get the checked query; both may raise ApiError."""

    method: str
    path: str
    parameters: tuple[str, ...]
    weight: Callable[[Query], int]
    answer: Callable[[TradingFloor, SpotAccount, Query], object]
    is_free_when_done: bool = False
    """Whether its weight is given back where it succeeds."""
    counts_orders: bool = False
    """Whether its answer tells how many unfilled orders there are."""

    def task(self, floor: TradingFloor, account: SpotAccount, query: Query) -> Task:
        """This, asked by one account with these parameters."""
        counts = floor.counts(account) if self.counts_orders else None
        return Task(self.weight(query), lambda: self._distorted(floor, account, query), self.is_free_when_done, counts)

    def _distorted(self, floor: TradingFloor, account: SpotAccount, query: Query) -> object:
        endpoint = f"{self.method} {self.path}"
        refuse_without_right(self.method, floor.exchange.conditions, floor.exchange.clock.now_ms())
        floor.distortions.interrupt(endpoint, query)
        floor.distortions.crowd(endpoint, floor.counts(account))
        answer = self.answer(floor, floor.distortions.seen(endpoint, account), query)
        return floor.distortions.page(endpoint, query, answer)


def _order(floor: TradingFloor, account: SpotAccount, query: Query) -> object:
    request = order_request(query, floor.exchange.listed(), SELF_TRADE_MODE)
    response = response_type(query, request.kind)
    return payloads.placed(floor.place(account, request), response)


def _order_test(floor: TradingFloor, account: SpotAccount, query: Query) -> object:
    request = order_request(query, floor.exchange.listed(), SELF_TRADE_MODE)
    response_type(query, request.kind)
    floor.judge_alone(request)
    if not says(query, "computeCommissionRates"):
        return {}
    return payloads.commission_of_order(account, floor.exchange.tapes[request.symbol].listing.symbol)


class CancelRequest(NamedTuple):
    """Which open order is to end, and how it has to stand."""

    symbol: str
    named: OrderName
    only: str
    """The status that it has to have; empty for any."""
    cancel_id: str


def cancel_request(floor: TradingFloor, query: Query, by_id: str, by_client_id: str, cancel_id: str) -> CancelRequest:
    """What a query asks for, by these parameters. Raises ApiError."""
    named = order_name(query, by_id, by_client_id)
    wrong = ApiError(-1145, "`cancelRestrictions` has to be either `ONLY_NEW` or `ONLY_PARTIALLY_FILLED`.")
    restriction = query.choice("cancelRestrictions", RESTRICTIONS, "", wrong)
    symbol = query.symbol(floor.exchange.listed())
    return CancelRequest(symbol, named, RESTRICTIONS.get(restriction, ""), client_id(query, cancel_id))


def cancelled_order(floor: TradingFloor, account: SpotAccount, asked: CancelRequest) -> SpotOrder:
    """The order, ended. Raises ApiError."""
    floor.engine.advance()
    order = named_order(account, asked.symbol, asked.named, UNKNOWN_ORDER)
    if asked.only and order.is_open and order.status != asked.only:
        raise RESTRICTED
    floor.engine.cancel(account, order, asked.cancel_id)
    return order


def _cancel(floor: TradingFloor, account: SpotAccount, query: Query) -> object:
    asked = cancel_request(floor, query, *ORDER_NAMES)
    return payloads.cancelled(cancelled_order(floor, account, asked))


def _cancel_all(floor: TradingFloor, account: SpotAccount, query: Query) -> object:
    symbol = query.symbol(floor.exchange.listed())
    floor.engine.advance()
    orders, lists = account.open_orders(symbol), floor.lists.open_of(account)
    if not orders:
        raise UNKNOWN_ORDER
    for order in orders:
        if order.is_open:  # one of a list goes with the first of it
            floor.engine.cancel(account, order)
    alone = [payloads.cancelled(order) for order in orders if order.list_id == NO_LIST]
    return alone + [cancelled_list(found) for found in lists if found.request.symbol == symbol]


def _query(floor: TradingFloor, account: SpotAccount, query: Query) -> object:
    symbol = query.symbol(floor.exchange.listed())
    floor.engine.advance()
    named = order_name(query, "orderId", "origClientOrderId")
    return payloads.order_row(named_order(account, symbol, named, NO_ORDER))


def _open_orders(floor: TradingFloor, account: SpotAccount, query: Query) -> object:
    symbol = query.symbol(floor.exchange.listed()) if query.has("symbol") else None
    floor.engine.advance()
    return [payloads.order_row(order) for order in account.open_orders(symbol)]


def _all_orders(floor: TradingFloor, account: SpotAccount, query: Query) -> object:
    symbol = query.symbol(floor.exchange.listed())
    floor.engine.advance()
    first_id = query.number("orderId")
    orders = (order for order in account.orders(symbol) if order.order_id >= (first_id or 0))
    found = within(orders, query, lambda order: order.time_ms, from_the_first=first_id is not None)
    return [payloads.order_row(order) for order in found]


def _my_trades(floor: TradingFloor, account: SpotAccount, query: Query) -> object:
    symbol = query.symbol(floor.exchange.listed())
    floor.engine.advance()
    first_id, order_id = query.number("fromId"), query.number("orderId")
    if (query.has("fromId") or query.has("orderId")) and (query.has("startTime") or query.has("endTime")):
        raise ApiError(-1128, "Combination of optional parameters invalid.")
    trades = (
        (order, trade)
        for order, trade in _trades(account, symbol)
        if order_id in (None, order.order_id) and trade.trade_id >= (first_id or 0)
    )
    found = within(trades, query, lambda pair: pair[1].time_ms, from_the_first=first_id is not None)
    return [payloads.trade_row(order, trade) for order, trade in found]


def _account(floor: TradingFloor, account: SpotAccount, query: Query) -> object:
    floor.engine.advance()
    row = payloads.account_row(account, floor.assets(), says(query, "omitZeroBalances"))
    return {**row, "canTrade": floor.exchange.conditions.can_trade}


def _key_rights(floor: TradingFloor, account: SpotAccount, query: Query) -> object:
    return key_rights(floor.exchange.conditions)


def _commission(floor: TradingFloor, account: SpotAccount, query: Query) -> object:
    symbol = query.symbol(floor.exchange.listed())
    return payloads.commission_row(account, floor.exchange.tapes[symbol].listing.symbol)


def _order_counts(floor: TradingFloor, account: SpotAccount, query: Query) -> object:
    return floor.counts(account).rows()


def _prevented_matches(floor: TradingFloor, account: SpotAccount, query: Query) -> object:
    symbol = query.symbol(floor.exchange.listed())
    match_id, order_id = query.number("preventedMatchId"), query.number("orderId")
    first_id, limit = query.number("fromPreventedMatchId"), query.limit(DEFAULT_ROWS, MAX_ROWS)
    if match_id is None and order_id is None:
        raise ApiError(-1102, "Param 'preventedMatchId' or 'orderId' must be sent, but both were empty/null!")
    if match_id is not None and (order_id is not None or first_id is not None):
        raise ApiError(-1128, "Combination of optional parameters invalid.")
    floor.engine.advance()
    found = [
        match
        for match in floor.engine.self_trades.of(account, symbol)
        if match_id in (None, match.match_id)
        and order_id in (None, match.taker_order_id, match.maker_order_id)
        and match.match_id >= (first_id or 0)
    ]
    return [payloads.prevented_row(match) for match in found[:limit]]


def order_name(query: Query, by_id: str, by_client_id: str) -> OrderName:
    """What a query calls an order. Raises ApiError where it gives no name."""
    order_id = query.number(by_id)
    original = query.mandatory(by_client_id) if query.has(by_client_id) else None
    if order_id is None and original is None:
        raise ApiError(-1102, f"Param '{by_client_id}' or '{by_id}' must be sent, but both were empty/null!")
    return order_id, original


def named_order(account: SpotAccount, symbol: str, named: OrderName, unknown: ApiError) -> SpotOrder:
    """The order of this name. Raises `unknown` where there is none, OTHER_CLIENT_ID where the two are not one's."""
    found = account.find(symbol, *named)
    if found is None:
        raise unknown
    if named[1] not in (None, found.client_id):
        raise OTHER_CLIENT_ID
    return found


def _trades(account: SpotAccount, symbol: str) -> Iterator[tuple[SpotOrder, SpotTrade]]:
    """The oldest first."""
    pairs = [(order, trade) for order in account.orders(symbol) for trade in order.trades]
    return iter(sorted(pairs, key=lambda pair: pair[1].trade_id))


def within(rows: Iterable[T], query: Query, time_ms: Callable[[T], int], *, from_the_first: bool) -> list[T]:
    """As many rows as asked for: from `startTime` or an id on the first of them, else the last ones."""
    start_ms, end_ms = query.number("startTime"), query.number("endTime")
    limit = query.limit(DEFAULT_ROWS, MAX_ROWS)
    if start_ms is not None and end_ms is not None and end_ms - start_ms > DAY_MS:
        raise ApiError(-1127, "More than 24 hours between startTime and endTime.")
    found = [
        row
        for row in rows
        if (start_ms is None or time_ms(row) >= start_ms) and (end_ms is None or time_ms(row) <= end_ms)
    ]
    return found[:limit] if from_the_first or start_ms is not None else found[-limit:]


def says(query: Query, name: str) -> bool:
    return query.word(name, ("true", "false"), "false") == "true"


def weighing(weight: int) -> Callable[[Query], int]:
    return lambda query: weight


NAMED = ("symbol", "orderId", "origClientOrderId")
PAGED = ("startTime", "endTime", "limit")
CANCEL = PrivateEndpoint(
    "DELETE",
    "/api/v3/order",
    ("symbol", *ORDER_NAMES, "cancelRestrictions"),
    weighing(1),
    _cancel,
    is_free_when_done=True,
)
PRIVATE_ENDPOINTS = (
    PrivateEndpoint("POST", "/api/v3/order", ORDER_PARAMETERS, weighing(1), _order, True, True),
    PrivateEndpoint(
        "POST",
        "/api/v3/order/test",
        (*ORDER_PARAMETERS, "computeCommissionRates"),
        lambda query: 20 if says(query, "computeCommissionRates") else 1,
        _order_test,
    ),
    PrivateEndpoint("GET", "/api/v3/order", NAMED, weighing(4), _query),
    CANCEL,
    PrivateEndpoint(
        "GET", "/api/v3/openOrders", ("symbol",), lambda query: 6 if query.has("symbol") else 80, _open_orders
    ),
    PrivateEndpoint("DELETE", "/api/v3/openOrders", ("symbol",), weighing(1), _cancel_all, is_free_when_done=True),
    PrivateEndpoint("GET", "/api/v3/allOrders", ("symbol", "orderId", *PAGED), weighing(20), _all_orders),
    PrivateEndpoint(
        "GET",
        "/api/v3/myTrades",
        ("symbol", "orderId", "fromId", *PAGED),
        lambda query: 5 if query.has("orderId") else 20,
        _my_trades,
    ),
    PrivateEndpoint("GET", "/api/v3/account", ("omitZeroBalances",), weighing(20), _account),
    PrivateEndpoint("GET", "/sapi/v1/account/apiRestrictions", (), weighing(1), _key_rights),
    PrivateEndpoint("GET", "/api/v3/account/commission", ("symbol",), weighing(20), _commission),
    PrivateEndpoint("GET", "/api/v3/rateLimit/order", (), weighing(40), _order_counts),
    PrivateEndpoint(
        "GET",
        "/api/v3/myPreventedMatches",
        ("symbol", "preventedMatchId", "orderId", "fromPreventedMatchId", "limit"),
        lambda query: 2 if query.has("preventedMatchId") else 20,
        _prevented_matches,
    ),
)
