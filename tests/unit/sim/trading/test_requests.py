"""The parameters of a new order: which an order of each kind needs, may have and may not have."""

from __future__ import annotations

from decimal import Decimal

import pytest

from trader.sim.query import ApiError, Query
from trader.sim.trading.order import OrderRequest
from trader.sim.trading.requests import ORDER_PARAMETERS, order_request, response_type

COMPLETE = {
    "LIMIT": {"timeInForce": "GTC", "quantity": "1", "price": "2"},
    "MARKET": {"quantity": "1"},
    "LIMIT_MAKER": {"quantity": "1", "price": "2"},
    "STOP_LOSS": {"quantity": "1", "stopPrice": "3"},
    "STOP_LOSS_LIMIT": {"timeInForce": "GTC", "quantity": "1", "price": "2", "stopPrice": "3"},
    "TAKE_PROFIT": {"quantity": "1", "trailingDelta": "100"},
    "TAKE_PROFIT_LIMIT": {"timeInForce": "IOC", "quantity": "1", "price": "2", "trailingDelta": "100"},
}
MISSING = [(kind, name) for kind, given in COMPLETE.items() for name in given]
UNWANTED = [
    (kind, name)
    for kind, names in {
        "LIMIT": ("quoteOrderQty", "stopPrice", "trailingDelta"),
        "MARKET": ("timeInForce", "price", "stopPrice", "trailingDelta", "icebergQty"),
        "LIMIT_MAKER": ("timeInForce", "quoteOrderQty", "stopPrice", "trailingDelta"),
        "STOP_LOSS": ("timeInForce", "price", "quoteOrderQty", "icebergQty"),
        "STOP_LOSS_LIMIT": ("quoteOrderQty",),
        "TAKE_PROFIT": ("timeInForce", "price", "quoteOrderQty", "icebergQty"),
        "TAKE_PROFIT_LIMIT": ("quoteOrderQty",),
    }.items()
    for name in names
]


def asked(given: dict[str, str], **more: str) -> OrderRequest:
    pairs = {"symbol": "BTCUSDT", "side": "BUY", **given, **more}
    query = Query(list(pairs.items()), ORDER_PARAMETERS)
    return order_request(query, {"BTCUSDT": True}, "EXPIRE_MAKER")


def refused(given: dict[str, str], **more: str) -> tuple[int, str]:
    with pytest.raises(ApiError) as caught:
        asked(given, **more)
    return caught.value.code, caught.value.message


@pytest.mark.parametrize("kind", COMPLETE)
def test_an_order_with_what_its_kind_needs_is_read(kind: str) -> None:
    request = asked({"type": kind, **COMPLETE[kind]})
    assert (request.kind, request.quantity, request.side) == (kind, Decimal(1), "BUY")
    assert request.price == Decimal(COMPLETE[kind].get("price", "0"))
    assert request.stop_price == Decimal(COMPLETE[kind].get("stopPrice", "0"))
    assert request.trailing_delta == int(COMPLETE[kind].get("trailingDelta", "0"))
    assert request.time_in_force == COMPLETE[kind].get("timeInForce", "GTC")


@pytest.mark.parametrize(("kind", "name"), MISSING)
def test_what_is_missing_is_named(kind: str, name: str) -> None:
    given = {field: value for field, value in COMPLETE[kind].items() if field != name}
    code, message = refused({"type": kind, **given})
    assert code == -1102
    assert f"'{name}'" in message


@pytest.mark.parametrize(("kind", "name"), UNWANTED)
def test_what_an_order_of_a_kind_may_not_have_is_named(kind: str, name: str) -> None:
    value = "GTC" if name == "timeInForce" else "1"
    assert refused({"type": kind, **COMPLETE[kind], name: value}) == (
        -1106,
        f"Parameter '{name}' sent when not required.",
    )


def test_a_market_order_has_one_of_two_amounts() -> None:
    assert asked({"type": "MARKET", "quoteOrderQty": "50"}).quote_quantity == 50
    assert refused({"type": "MARKET", "quoteOrderQty": "50", "quantity": "1"})[0] == -1106
    assert refused({"type": "MARKET"})[1].startswith("Param 'quantity' or 'quoteOrderQty' must be sent")


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"quantity": "1e-05"}, -1100),
        ({"quantity": "-1"}, -1100),
        ({"quantity": ".5"}, -1100),
        ({"quantity": "\u0661"}, -1100),
        ({"quantity": "0.000000001"}, -1111),
        ({"quantity": "0"}, -1013),
        ({"price": "0.00"}, -1013),
        ({"quantity": ""}, -1105),
        ({"side": "buy"}, -1117),
        ({"type": "limit"}, -1116),
        ({"timeInForce": "GTX"}, -1115),
        ({"newClientOrderId": "with space"}, -1100),
        ({"newClientOrderId": "x" * 37}, -1100),
        ({"newClientOrderId": "a.b"}, -1100),
        ({"selfTradePreventionMode": "SOMETIMES"}, -1130),
        ({"strategyType": "999999"}, -1134),
        ({"icebergQty": "2"}, -2010),
        ({"icebergQty": "0.5", "timeInForce": "IOC"}, -1013),
        ({"symbol": "NOPE"}, -1121),
    ],
)
def test_what_is_no_value_is_refused_with_the_exchanges_code(more: dict[str, str], code: int) -> None:
    assert refused({"type": "LIMIT", **COMPLETE["LIMIT"], **more})[0] == code


@pytest.mark.parametrize("kind", ["STOP_LOSS", "TAKE_PROFIT_LIMIT"])
def test_an_order_that_would_trail_at_no_distance_is_refused(kind: str) -> None:
    given = {name: value for name, value in COMPLETE[kind].items() if name != "stopPrice"}
    assert refused({"type": kind, **given, "trailingDelta": "0"}) == (-1013, "Filter failure: TRAILING_DELTA")


def test_zeros_after_the_eighth_decimal_are_no_precision() -> None:
    assert asked({"type": "LIMIT", **COMPLETE["LIMIT"], "quantity": "0.1230000000000"}).quantity == Decimal("0.123")


@pytest.mark.parametrize(("kind", "default"), [("MARKET", "FULL"), ("LIMIT", "FULL"), ("STOP_LOSS", "ACK")])
def test_the_answer_is_full_for_what_may_trade_at_once(kind: str, default: str) -> None:
    assert response_type(Query([], ORDER_PARAMETERS), kind) == default
    assert response_type(Query([("newOrderRespType", "RESULT")], ORDER_PARAMETERS), kind) == "RESULT"
