"""Orders as requests: what is asked is what the exchange's documentation and other clients ask."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.adapters.binance.order_parameters import ListParameters, exact_text, list_form, order_parameters
from chalicelib.domain import Side
from chalicelib.errors import BadInput
from chalicelib.wanted_orders import OrderKind, WantedList, WantedOrder
from tests.fakes.web_server import Answer, serving
from tests.shared_data import shared
from tests.support.signed_client import Client, client_at, wanted

FULL = {"newOrderRespType": "FULL"}
HEAD = {"symbol": "BTCUSDT", "side": "BUY", "newClientOrderId": "mine-1", **FULL}


@pytest.mark.parametrize(
    ("kind", "terms", "parameters"),
    [
        (OrderKind.MARKET, {"quantity": "0.2"}, {"quantity": "0.2"}),
        (OrderKind.MARKET, {"quote_quantity": "1E+1"}, {"quoteOrderQty": "10"}),
        (OrderKind.LIMIT, {"quantity": "1E-8", "price": "50"},
         {"quantity": "0.00000001", "price": "50", "timeInForce": "GTC"}),
        (OrderKind.LIMIT, {"quantity": "1", "price": "5", "time_in_force": "FOK"},
         {"quantity": "1", "price": "5", "timeInForce": "FOK"}),
        (OrderKind.LIMIT, {"quantity": "9", "price": "5", "iceberg_quantity": "3"},
         {"quantity": "9", "price": "5", "icebergQty": "3", "timeInForce": "GTC"}),
        (OrderKind.LIMIT_MAKER, {"quantity": "1", "price": "5"}, {"quantity": "1", "price": "5"}),
        (OrderKind.STOP_LOSS, {"quantity": "1", "stop_price": "4.50"}, {"quantity": "1", "stopPrice": "4.50"}),
        (OrderKind.STOP_LOSS, {"quantity": "1", "trailing_delta": 100}, {"quantity": "1", "trailingDelta": "100"}),
        (OrderKind.STOP_LOSS_LIMIT, {"quantity": "1", "price": "5", "stop_price": "4"},
         {"quantity": "1", "price": "5", "stopPrice": "4", "timeInForce": "GTC"}),
        (OrderKind.TAKE_PROFIT, {"quantity": "1", "stop_price": "4"}, {"quantity": "1", "stopPrice": "4"}),
        (OrderKind.TAKE_PROFIT_LIMIT, {"quantity": "1", "price": "5", "stop_price": "4"},
         {"quantity": "1", "price": "5", "stopPrice": "4", "timeInForce": "GTC"}),
    ],
)  # fmt: skip
def test_every_kind_of_order_has_its_parameters(
    kind: OrderKind, terms: dict[str, Any], parameters: dict[str, str]
) -> None:
    assert order_parameters(wanted(kind, **terms)) == HEAD | {"type": kind.value} | parameters


def leg(kind: OrderKind, name: str, quantity: str | None = "2", **terms: object) -> WantedOrder:
    return wanted(kind, name, side=Side.SELL, quantity=None if quantity is None else Decimal(quantity), **terms)


def test_one_cancels_the_other() -> None:
    above = leg(OrderKind.LIMIT_MAKER, "up", price="70")
    below = leg(OrderKind.STOP_LOSS_LIMIT, "down", price="49", stop_price="50")
    assert list_form(WantedList("both", (above, below))) == ListParameters(
        "oco",
        {
            "symbol": "BTCUSDT", "listClientOrderId": "both", "side": "SELL", "quantity": "2",
            "aboveType": "LIMIT_MAKER", "aboveClientOrderId": "up", "abovePrice": "70",
            "belowType": "STOP_LOSS_LIMIT", "belowClientOrderId": "down", "belowPrice": "49", "belowStopPrice": "50",
            "belowTimeInForce": "GTC", **FULL,
        },
    )  # fmt: skip


WORKING = wanted(OrderKind.LIMIT, "in", quantity="2", price="60")
WORKING_PARAMETERS = {
    "workingType": "LIMIT", "workingSide": "BUY", "workingClientOrderId": "in", "workingQuantity": "2",
    "workingPrice": "60", "workingTimeInForce": "GTC",
}  # fmt: skip


@pytest.mark.parametrize(("quantity", "name"), [("2", "oto"), (None, "opo")])
def test_one_lets_the_other_follow(quantity: str | None, name: str) -> None:
    follows = leg(OrderKind.STOP_LOSS, "out", quantity, stop_price="50")
    amount = {} if quantity is None else {"pendingQuantity": quantity}
    assert list_form(WantedList("both", (follows,), WORKING)) == ListParameters(
        name,
        {
            "symbol": "BTCUSDT", "listClientOrderId": "both", **WORKING_PARAMETERS, "pendingSide": "SELL", **amount,
            "pendingType": "STOP_LOSS", "pendingClientOrderId": "out", "pendingStopPrice": "50", **FULL,
        },
    )  # fmt: skip


@pytest.mark.parametrize(("quantity", "name"), [("2", "otoco"), (None, "opoco")])
def test_one_lets_two_follow_of_which_one_cancels_the_other(quantity: str | None, name: str) -> None:
    legs = (
        leg(OrderKind.LIMIT_MAKER, "up", quantity, price="70"),
        leg(OrderKind.STOP_LOSS, "down", quantity, stop_price="50"),
    )
    amount = {} if quantity is None else {"pendingQuantity": quantity}
    assert list_form(WantedList("all", legs, WORKING)) == ListParameters(
        name,
        {
            "symbol": "BTCUSDT", "listClientOrderId": "all", **WORKING_PARAMETERS, "pendingSide": "SELL", **amount,
            "pendingAboveType": "LIMIT_MAKER", "pendingAboveClientOrderId": "up", "pendingAbovePrice": "70",
            "pendingBelowType": "STOP_LOSS", "pendingBelowClientOrderId": "down", "pendingBelowStopPrice": "50",
            **FULL,
        },
    )  # fmt: skip


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=Decimal("1E-25"), max_value=Decimal("1E+25")))
def test_an_amount_is_digits_and_one_point_and_the_same_amount(amount: Decimal) -> None:
    text = exact_text(amount, "quantity")
    assert re.fullmatch(r"[0-9]+(\.[0-9]+)?", text)
    assert Decimal(text) == amount


@pytest.mark.parametrize("amount", ["0", "-1", "NaN", "Infinity", "-0", "1E+999999", "1E-999999"])
def test_what_is_no_amount_is_refused_before_anything_is_sent(amount: str) -> None:
    with pytest.raises(BadInput, match=r"^quantity = .* must be a number above 0"):
        order_parameters(wanted(quantity=amount))


@pytest.mark.parametrize("client_id", ["", "a" * 37, "a b", "ä", "a/b", "a\n"])
def test_an_id_that_the_exchange_would_refuse_is_refused(client_id: str) -> None:
    with pytest.raises(BadInput, match="must be 1 to 36 letters, digits, - or _"):
        order_parameters(wanted(client_id=client_id, quantity="1"))


def test_an_order_of_a_kind_that_nobody_knows_is_never_asked_for() -> None:
    with pytest.raises(BadInput, match="of a kind that we do not know"):
        order_parameters(wanted(OrderKind.UNKNOWN, quantity="1"))


@pytest.mark.parametrize(
    ("legs", "working", "words"),
    [
        ((), None, "two legs"),
        ((leg(OrderKind.LIMIT_MAKER, "a", price="1"),), None, "two legs"),
        ((leg(OrderKind.LIMIT_MAKER, "a", price="1"), leg(OrderKind.STOP_LOSS, "b", "3", stop_price="1")), None,
         "one side and one quantity"),
        ((WantedOrder("a", "ETHUSDT", Side.SELL, OrderKind.MARKET),), WORKING, "one symbol"),
    ],
)  # fmt: skip
def test_what_makes_no_list_is_refused(legs: tuple[WantedOrder, ...], working: WantedOrder | None, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        list_form(WantedList("both", legs, working))


def ltc(kind: OrderKind, **amounts: str) -> WantedOrder:
    return WantedOrder("x", "LTCUSDT", Side.BUY, kind, **{name: Decimal(text) for name, text in amounts.items()})  # type: ignore[arg-type]


BTC = {"quantity": "0.00078", "price": "55000"}
CALLS = {
    "Spot market buy order (ccxt turns amount*price into quoteOrderQty)": lambda client: client.orders.place(
        ltc(OrderKind.MARKET, quote_quantity="10")
    ),
    "Spot limit buy order": lambda client: client.orders.place(ltc(OrderKind.LIMIT, quantity="0.2", price="50")),
    "Spot limit buy with triggerPrice = STOP_LOSS_LIMIT": lambda client: client.orders.place(
        ltc(OrderKind.STOP_LOSS_LIMIT, quantity="0.2", price="50", stop_price="100")
    ),
    "order with weird amount is floored to stepSize": lambda client: client.orders.place(
        wanted(OrderKind.LIMIT, **BTC)
    ),
    "test endpoint": lambda client: client.orders.test(ltc(OrderKind.LIMIT, quantity="0.2", price="50")),
    "Spot market order with cost": lambda client: client.orders.place(wanted(quote_quantity="10")),
    "cancelOrder": lambda client: client.orders.cancel("LTCUSDT", 464950),
    "fetchOrder": lambda client: client.orders.find("LTCUSDT", 465138),
    "fetchOpenOrders": lambda client: client.orders.open_orders("LTCUSDT"),
    "fetchMyTrades": lambda client: client.account.trades("LTCUSDT"),
}
"""What asks the same of our client; depth and book tickers, which the file has too, are nothing that it asks for."""


def test_requests_are_those_of_another_client() -> None:
    file = json.loads(shared("binance/ccxt_requests.json").read_text("utf-8"))
    signed = {case["description"]: case for case in file["cases"] if case["signed"]}
    assert signed.keys() == CALLS.keys()
    for description, case in signed.items():
        method, path, sent = asked_by(description)
        assert set(case["also_required"]) <= sent.keys()
        assert (method, path) == (case["method"], case["path"])
        assert {name: text for name, text in sent.items() if name not in file["ignore_keys"]} == case["params"]


def asked_by(description: str) -> tuple[str, str, dict[str, str]]:
    from urllib.parse import parse_qsl

    with serving() as server, requests.Session() as session:
        server.routes["/api/v3/time"] = lambda _: Answer(body='{"serverTime":1700000000000}')
        server.otherwise = Answer(400, '{"code":-2010,"msg":"no"}')
        client: Client = client_at(server.url, session)
        with pytest.raises(Exception, match="no"):
            CALLS[description](client)
        [received] = server.received
    path, _, query = received.target.partition("?")
    return received.method, path, dict(parse_qsl(query))
