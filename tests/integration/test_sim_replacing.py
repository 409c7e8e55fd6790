"""One order in place of another on the simulated exchange: both halves, either alone, neither."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.support.faulty_exchange import RESTING, SYMBOL, FaultyExchange, faulty

NEW = {**RESTING, "price": "61000", "newClientOrderId": "new"}
STOPS, GOES_ON = {"cancelReplaceMode": "STOP_ON_FAILURE"}, {"cancelReplaceMode": "ALLOW_FAILURE"}
OLD = {"cancelOrigClientOrderId": "old"}
NOBODY = {"cancelOrderId": 999_999}
UNKNOWN = {"code": -2011, "msg": "Unknown order sent."}
TOO_MUCH = {"code": -2010, "msg": "Account has insufficient balance for requested action."}


@pytest.fixture(scope="module")
def served() -> Iterator[FaultyExchange]:
    with faulty() as found:
        yield found


@pytest.fixture
def market(served: FaultyExchange) -> Iterator[FaultyExchange]:
    """An exchange on which one order rests."""
    served.trader.ask("POST", "order", **RESTING, newClientOrderId="old")
    yield served
    served.clear()


def replaced(market: FaultyExchange, **asked: object) -> tuple[int, dict[str, Any]]:
    answer = market.trader.ask("POST", "order/cancelReplace", **asked)
    found = answer.json()
    assert isinstance(found, dict)
    return answer.status_code, found


def test_the_old_order_goes_and_the_new_one_rests(market: FaultyExchange) -> None:
    status, told = replaced(market, **NEW, **STOPS, **OLD, cancelNewClientOrderId="gone")
    assert (status, told["cancelResult"], told["newOrderResult"]) == (200, "SUCCESS", "SUCCESS")
    old, new = told["cancelResponse"], told["newOrderResponse"]
    assert (old["origClientOrderId"], old["clientOrderId"], old["status"]) == ("old", "gone", "CANCELED")
    assert (new["clientOrderId"], new["status"], new["price"]) == ("new", "NEW", "61000.00000000")
    assert market.open_ids() == ["new"]


@pytest.mark.parametrize(
    ("mode", "status", "code", "result", "open_ids"),
    [(STOPS, 400, -2022, "NOT_ATTEMPTED", ["old"]), (GOES_ON, 409, -2021, "SUCCESS", ["old", "new"])],
)
def test_an_old_order_that_is_not_there(
    mode: dict[str, str], status: int, code: int, result: str, open_ids: list[str], market: FaultyExchange
) -> None:
    before = unfilled(market)
    answered, told = replaced(market, **NEW, **mode, **NOBODY)
    assert (answered, told["code"]) == (status, code)
    halves = told["data"]
    assert (halves["cancelResult"], halves["cancelResponse"]) == ("FAILURE", UNKNOWN)
    assert halves["newOrderResult"] == result
    assert (halves["newOrderResponse"] is None) == (result == "NOT_ATTEMPTED")
    assert market.open_ids() == open_ids
    assert unfilled(market) == before + 1, "one that is not attempted counts as well"


def unfilled(market: FaultyExchange) -> int:
    return int(market.trader.ask("GET", "rateLimit/order").json()[1]["count"])


@pytest.mark.parametrize("mode", [STOPS, GOES_ON])
def test_a_new_order_that_is_not_paid_for_leaves_none(mode: dict[str, str], market: FaultyExchange) -> None:
    status, told = replaced(market, **{**NEW, "quantity": "9"}, **mode, **OLD)
    assert (status, told["code"], told["msg"]) == (409, -2021, "Order cancel-replace partially failed.")
    halves = told["data"]
    assert (halves["cancelResult"], halves["newOrderResult"]) == ("SUCCESS", "FAILURE")
    assert halves["newOrderResponse"] == TOO_MUCH
    assert market.open_ids() == []


def test_neither_half(market: FaultyExchange) -> None:
    status, told = replaced(market, **{**NEW, "quantity": "9"}, **GOES_ON, **NOBODY)
    assert (status, told["code"], told["msg"]) == (400, -2022, "Order cancel-replace failed.")
    assert (told["data"]["cancelResponse"], told["data"]["newOrderResponse"]) == (UNKNOWN, TOO_MUCH)
    assert market.open_ids() == ["old"]


def test_filters_are_judged_before_anything_is_cancelled(market: FaultyExchange) -> None:
    status, told = replaced(market, **{**NEW, "price": "60000.001"}, **STOPS, **OLD)
    assert (status, told) == (400, {"code": -1013, "msg": "Filter failure: PRICE_FILTER"})
    assert market.open_ids() == ["old"]


def test_the_old_order_leaves_its_room_to_the_new_one(market: FaultyExchange) -> None:
    one = {"symbol": SYMBOL, "filters": [{"filterType": "MAX_NUM_ORDERS", "maxNumOrders": 1}]}
    requests.post(f"{market.server.url}/sim/state", json=one, timeout=10)
    refused = market.trader.told("POST", "order", **NEW)
    assert (refused["code"], refused["msg"]) == (-2010, "Filter failure: MAX_NUM_ORDERS")
    assert market.trader.ask("POST", "order/test", **NEW).json() == {}
    status, _ = replaced(market, **NEW, **STOPS, **OLD)
    assert (status, market.open_ids()) == (200, ["new"])


def test_only_what_is_as_it_was_is_replaced(market: FaultyExchange) -> None:
    status, told = replaced(market, **NEW, **STOPS, **OLD, cancelRestrictions="ONLY_PARTIALLY_FILLED")
    assert (status, told["data"]["cancelResponse"]["code"]) == (400, -2011)
    assert market.open_ids() == ["old"]


def test_a_replacement_may_be_half_done_on_demand(market: FaultyExchange) -> None:
    market.meet("half_replace")
    status, told = replaced(market, **NEW, **STOPS, **OLD)
    assert (status, told["data"]["newOrderResponse"]) == (409, TOO_MUCH)
    assert market.open_ids() == []


@pytest.mark.parametrize(("mode", "code", "open_ids"), [("DO_NOTHING", -1015, ["old"]), ("CANCEL_ONLY", -2021, [])])
def test_at_the_limit_of_orders(mode: str, code: int, open_ids: list[str]) -> None:
    with faulty() as market:
        market.trader.ask("POST", "order", **RESTING, newClientOrderId="old")
        market.meet("counts", "POST /api/v3/order/cancelReplace")
        status, told = replaced(market, **NEW, **STOPS, **OLD, orderRateLimitExceededMode=mode)
        assert (status, told["code"]) == (429, code)
        assert code == -1015 or told["data"]["newOrderResponse"]["code"] == -1015
        assert market.open_ids() == open_ids


@pytest.mark.parametrize(
    ("asked", "code", "says"),
    [
        (OLD, -1102, "cancelReplaceMode"),
        ({**OLD, "cancelReplaceMode": "MAYBE"}, -1130, "cancelReplaceMode"),
        ({**STOPS, **OLD, "orderRateLimitExceededMode": "x"}, -1130, "orderRateLimitExceededMode"),
        ({**STOPS, **OLD, "orderId": 1}, -1104, "Not all sent parameters were read"),
    ],
)
def test_what_is_asked_wrongly_changes_nothing(
    asked: dict[str, object], code: int, says: str, market: FaultyExchange
) -> None:
    told = market.trader.told("POST", "order/cancelReplace", **NEW, **asked)
    assert told["code"] == code
    assert says in str(told["msg"])
    assert market.open_ids() == ["old"]


def test_which_order_is_meant_has_to_be_said(market: FaultyExchange) -> None:
    told = market.trader.told("POST", "order/cancelReplace", **NEW, **STOPS)
    both = "Param 'cancelOrigClientOrderId' or 'cancelOrderId' must be sent, but both were empty/null!"
    assert told == {"code": -1102, "msg": both}
    assert market.open_ids() == ["old"]


def test_of_a_half_done_replacement_nobody_may_be_told(market: FaultyExchange) -> None:
    endpoint = "POST /api/v3/order/cancelReplace"
    market.meet("half_replace", endpoint)
    market.meet("error_after", endpoint)
    answer = market.trader.ask("POST", "order/cancelReplace", **NEW, **STOPS, **OLD)
    assert answer.status_code in (500, 502, 503, 504)
    assert market.open_ids() == []
