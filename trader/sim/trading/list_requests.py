"""The parameters of new order lists, as the exchange checks them before it looks at filters, funds and the market."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from trader.sim.query import ApiError, Query
from trader.sim.trading.leg_query import LegQuery
from trader.sim.trading.order import OrderRequest
from trader.sim.trading.order_list import OrderListRequest
from trader.sim.trading.requests import FORMS, OrderForm, client_id, order_request

Listed = Mapping[str, object]
WORKING_KINDS = ("LIMIT", "LIMIT_MAKER")
STOPS, PROFITS = ("STOP_LOSS", "STOP_LOSS_LIMIT"), ("TAKE_PROFIT", "TAKE_PROFIT_LIMIT")
OCO_KINDS = ("LIMIT_MAKER", *STOPS, *PROFITS)
NOT_OF_PENDING = ("pendingQuantity",)
"""What an order that sells receipts has not; named by the error for it."""
LEG_PARAMETERS = (
    "type", "price", "stopPrice", "trailingDelta", "icebergQty", "timeInForce", "strategyId", "strategyType",
)  # fmt: skip
FOR_ALL = ("symbol", "listClientOrderId", "newOrderRespType", "selfTradePreventionMode")
WITH_QUANTITY = {**FORMS, "MARKET": OrderForm(("quantity",))}
WITHOUT_QUANTITY = {
    kind: OrderForm(tuple(name for name in form.needs if name != "quantity"), form.may_have)
    for kind, form in {**FORMS, "MARKET": OrderForm(())}.items()
}


class LegNames(NamedTuple):
    """How an order's parameters are called in a request: after a prefix, side and quantity by names of their own."""

    prefix: str
    side: str
    quantity: str | None
    """None where it has none of its own."""

    def by_parameter(self) -> dict[str, str]:
        own = {name: f"{self.prefix}{name[0].upper()}{name[1:]}" for name in LEG_PARAMETERS}
        shared = {"symbol": "symbol", "selfTradePreventionMode": "selfTradePreventionMode", "side": self.side}
        quantity = {} if self.quantity is None else {"quantity": self.quantity}
        return own | shared | quantity | {"newClientOrderId": f"{self.prefix}ClientOrderId"}


class ListForm(NamedTuple):
    """One sort of list: its orders in turn."""

    legs: tuple[LegNames, ...]
    has_phases: bool = False
    sells_receipts: bool = False

    def parameters(self) -> tuple[str, ...]:
        names = (name for leg in self.legs for name in leg.by_parameter().values())
        return tuple(dict.fromkeys((*FOR_ALL, *names, *(NOT_OF_PENDING if self.sells_receipts else ()))))


WORKING = LegNames("working", "workingSide", "workingQuantity")
OCO = ListForm((LegNames("above", "side", "quantity"), LegNames("below", "side", "quantity")))
OTO = ListForm((WORKING, LegNames("pending", "pendingSide", "pendingQuantity")), has_phases=True)
OTOCO = ListForm(
    (
        WORKING,
        LegNames("pendingAbove", "pendingSide", "pendingQuantity"),
        LegNames("pendingBelow", "pendingSide", "pendingQuantity"),
    ),
    has_phases=True,
)
OPO = ListForm((WORKING, LegNames("pending", "pendingSide", None)), has_phases=True, sells_receipts=True)
OPOCO = ListForm(
    (WORKING, LegNames("pendingAbove", "pendingSide", None), LegNames("pendingBelow", "pendingSide", None)),
    has_phases=True,
    sells_receipts=True,
)


def reader(form: ListForm) -> Callable[[Query, Listed, str], OrderListRequest]:
    """What reads requests for lists of this form. It raises ApiError as Binance words it."""

    def read(query: Query, listed: Listed, default_self_trade_mode: str) -> OrderListRequest:
        legs = [LegQuery(query, names.by_parameter()) for names in form.legs]
        if form.sells_receipts:
            _refuse_unfit_receipts(query)
        pair = legs[1:] if form.has_phases else legs
        if len(pair) > 1:
            refuse_unfit_pair(*pair)
        if form.has_phases and legs[0].mandatory("type") not in WORKING_KINDS:
            raise ApiError(-1116, "Invalid orderType.")
        shapes = [WITH_QUANTITY, *(WITHOUT_QUANTITY if form.sells_receipts else WITH_QUANTITY for _ in legs[1:])]
        found = [
            order_request(leg, listed, default_self_trade_mode, shape) for leg, shape in zip(legs, shapes, strict=True)
        ]
        return list_request(query, found, form)

    return read


def list_request(query: Query, legs: list[OrderRequest], form: ListForm) -> OrderListRequest:
    """The list of these orders. Raises ApiError where two of them would have one id."""
    own = [leg.client_id for leg in legs if leg.client_id]
    if len(set(own)) < len(own):
        raise ApiError(-2010, "Duplicate order sent.")
    name = client_id(query, "listClientOrderId")
    return OrderListRequest(name, tuple(legs), form.has_phases, form.sells_receipts)


def refuse_unfit_pair(above: Query, below: Query) -> None:
    """Raises ApiError for two orders of which one cannot cancel the other."""
    upper, lower = above.mandatory("type"), below.mandatory("type")
    if upper not in OCO_KINDS or lower not in OCO_KINDS:
        raise ApiError(-1158, "Order type not supported in OCO.")
    if upper == lower == "LIMIT_MAKER":
        raise ApiError(-1168, "At least one OCO order must be contingent.")
    _refuse_wrong_places(above.mandatory("side"), upper, lower)
    for leg in (above, below):
        if leg.has("icebergQty") and leg.has("timeInForce") and leg.mandatory("timeInForce") != "GTC":
            unfit = f"Parameter '{leg.name_of('icebergQty')}' is not supported if"
            raise ApiError(-1160, f"{unfit} `aboveTimeInForce`/`belowTimeInForce` is not GTC.")


def _refuse_wrong_places(side: str, upper: str, lower: str) -> None:
    """A bid buys the dip below or the break above; an ask the other way round."""
    wrong = {
        "BUY": (
            (upper == "LIMIT_MAKER", ApiError(-1165, "A limit order in a buy OCO must be below.")),
            (lower in STOPS, ApiError(-1196, "A stop loss order in a buy OCO must be above.")),
            (upper in PROFITS, ApiError(-1198, "A take profit order in a buy OCO must be below.")),
        ),
        "SELL": (
            (lower == "LIMIT_MAKER", ApiError(-1166, "A limit order in a sell OCO must be above.")),
            (upper in STOPS, ApiError(-1197, "A stop loss order in a sell OCO must be below.")),
            (lower in PROFITS, ApiError(-1199, "A take profit order in a sell OCO must be above.")),
        ),
    }
    for is_wrong, error in wrong.get(side, ()):
        if is_wrong:
            raise error


def _refuse_unfit_receipts(query: Query) -> None:
    if query.mandatory("workingSide") == "SELL":
        raise ApiError(-1222, "Working order in an OPO list must be a bid.")
    if query.mandatory("pendingSide") == "BUY":
        raise ApiError(-1223, "Pending orders in an OPO list must be asks.")
    for name in NOT_OF_PENDING:
        if query.has(name):
            raise ApiError(-1225, f"Pending orders should not include the '{name}' tag.")
