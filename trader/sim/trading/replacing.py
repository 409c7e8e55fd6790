"""One order in place of another: the old one is cancelled, a new one placed, and either half may fail alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from trader.sim.query import ApiError, Query
from trader.sim.trading import payloads
from trader.sim.trading.account import SpotAccount
from trader.sim.trading.floor import TradingFloor
from trader.sim.trading.order import OrderRequest
from trader.sim.trading.private import SELF_TRADE_MODE, PrivateEndpoint, cancel_request, cancelled_order, weighing
from trader.sim.trading.requests import ORDER_PARAMETERS, order_request, response_type

REPLACEMENT = "POST /api/v3/order/cancelReplace"
MODES = {"STOP_ON_FAILURE": False, "ALLOW_FAILURE": True}
"""Whether the new order is tried although the old one could not be cancelled."""
AT_THE_LIMIT = {"DO_NOTHING": False, "CANCEL_ONLY": True}
"""Whether the old order is cancelled although there may be no further one."""
PARTLY, NOT_AT_ALL = -2021, -2022
MESSAGES = {PARTLY: "Order cancel-replace partially failed.", NOT_AT_ALL: "Order cancel-replace failed."}


class ReplaceFailed(ApiError):
    """What came of both halves where at least one failed: 409 for one, 400 for both, 429 at the limit of orders."""

    def __init__(self, halves: dict[str, object], status: int | None) -> None:
        is_half = "SUCCESS" in halves.values()
        code = PARTLY if is_half else NOT_AT_ALL
        super().__init__(code, MESSAGES[code], status or (409 if is_half else 400))
        self._halves = halves

    def body(self) -> dict[str, object]:
        return {**super().body(), "data": self._halves}


class Half(NamedTuple):
    """What came of the cancel or of the placement."""

    result: str
    response: object

    @property
    def succeeded(self) -> bool:
        return self.result == "SUCCESS"


NOT_ATTEMPTED = Half("NOT_ATTEMPTED", None)


def _replace(floor: TradingFloor, account: SpotAccount, query: Query) -> object:
    tries_anyway = MODES[query.word("cancelReplaceMode", MODES, query.mandatory("cancelReplaceMode"))]
    cancels_anyway = AT_THE_LIMIT[query.word("orderRateLimitExceededMode", AT_THE_LIMIT, "DO_NOTHING")]
    asked = cancel_request(floor, query, *OLD)
    request = order_request(query, floor.exchange.listed(), SELF_TRADE_MODE)
    response = response_type(query, request.kind)
    floor.judge_alone(request)
    too_many = _too_many(floor, account)
    if too_many is not None and not cancels_anyway:
        raise too_many
    cancel = _tried(lambda: payloads.cancelled(cancelled_order(floor, account, asked)))
    placement = NOT_ATTEMPTED
    if cancel.succeeded or tries_anyway:
        placement = _tried(lambda: _placed(floor, account, request, response, too_many))
    elif too_many is None:
        floor.counts(account).book(1)  # one that was not attempted counts all the same
    halves: dict[str, object] = {
        "cancelResult": cancel.result,
        "newOrderResult": placement.result,
        "cancelResponse": cancel.response,
        "newOrderResponse": placement.response,
    }
    if cancel.succeeded and placement.succeeded:
        return halves
    raise ReplaceFailed(halves, too_many.status if too_many is not None else None)


def _placed(
    floor: TradingFloor, account: SpotAccount, request: OrderRequest, response: str, too_many: ApiError | None
) -> object:
    if too_many is not None:
        raise too_many
    floor.distortions.leave_half(REPLACEMENT)
    return payloads.placed(floor.place(account, request), response)


def _too_many(floor: TradingFloor, account: SpotAccount) -> ApiError | None:
    try:
        floor.counts(account).refuse_above(1)
    except ApiError as error:
        return error
    return None


def _tried(half: Callable[[], object]) -> Half:
    try:
        return Half("SUCCESS", half())
    except ApiError as error:
        return Half("FAILURE", error.body())


OLD = ("cancelOrderId", "cancelOrigClientOrderId", "cancelNewClientOrderId")
REPLACE_ENDPOINTS = (
    PrivateEndpoint(
        "POST",
        "/api/v3/order/cancelReplace",
        (*ORDER_PARAMETERS, "cancelReplaceMode", "cancelRestrictions", "orderRateLimitExceededMode", *OLD),
        weighing(1),
        _replace,
        is_free_when_done=True,
        counts_orders=True,
    ),
)
