"""What the signed client sends, byte by byte, and that whatever happens to a placement it is never sent twice."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import pytest
import requests

from chalicelib.adapters.binance.accounts import BinanceAccount
from chalicelib.adapters.binance.faults import KeepAway, TooManyOrders
from chalicelib.adapters.binance.order_limits import UnfilledLedger
from chalicelib.adapters.binance.orders import BinanceOrders
from chalicelib.adapters.memory_texts import MemoryTexts
from chalicelib.domain import Side
from chalicelib.errors import (
    BadInput,
    Conflict,
    KeyRefused,
    NoSuchOrder,
    NothingDone,
    Rejected,
    TraderError,
    Unavailable,
)
from chalicelib.exchange_account import FeeRates, OrderState
from chalicelib.wanted_orders import OrderKind, WantedList
from tests.fakes.manual_time import ManualTime
from tests.fakes.web_server import Answer, WebServer, dead_url, serving
from tests.support.signed_client import Client, client_at, wanted
from tests.support.signing import KEY, SECRET, signature

NOW_MS = 1_700_000_000_000
ORDER = wanted(quantity="0.5")
PLACED: dict[str, object] = {
    "symbol": "BTCUSDT", "orderId": 28, "orderListId": -1, "clientOrderId": "mine-1", "transactTime": NOW_MS,
    "price": "0.00000000", "origQty": "0.50000000", "executedQty": "0.50000000", "origQuoteOrderQty": "0.00000000",
    "cummulativeQuoteQty": "2000.00000000", "status": "FILLED", "timeInForce": "GTC", "type": "MARKET", "side": "BUY",
    "workingTime": NOW_MS, "selfTradePreventionMode": "NONE",
    "fills": [
        {"price": "4000.00000000", "qty": "0.50000000", "commission": "0.00050000", "commissionAsset": "BTC",
         "tradeId": 56},
    ],
}  # fmt: skip


def answer(headers: Mapping[str, str] | None = None, **change: object) -> Answer:
    return Answer(200, json.dumps(PLACED | change), headers or {})


def refusal(code: int, message: str = "no", status: int = 400, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, json.dumps({"code": code, "msg": message}), named)


class Clocks:
    """The exchange's clock as `/api/v3/time` tells it, and how often it was asked."""

    def __init__(self, manual: ManualTime) -> None:
        self.manual = manual
        self.ahead_ms = 0
        self.asked = 0
        self.answer: Answer | None = None

    def tell(self, _: object) -> Answer:
        self.asked += 1
        return self.answer or Answer(body=json.dumps({"serverTime": self.manual.now_ms + self.ahead_ms}))


@pytest.fixture
def web() -> Iterator[WebServer]:
    with serving() as server:
        yield server


@pytest.fixture
def clocks(web: WebServer, manual: ManualTime) -> Clocks:
    found = Clocks(manual)
    web.routes["/api/v3/time"] = found.tell
    return found


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def client(web: WebServer, clocks: Clocks, told: list[str]) -> Iterator[Client]:
    with requests.Session() as session:
        timing = clocks.manual.timing()
        yield client_at(web.url, session, timing=timing, tell=told.append, timeout_s=(2.0, 0.2))


def test_an_order_is_sent_exactly_as_it_was_signed(web: WebServer, client: Client, clocks: Clocks) -> None:
    clocks.ahead_ms = -70_000
    web.otherwise = answer()
    client.orders.place(ORDER)
    [received] = web.received
    payload, _, sent = received.target.partition("?")[2].rpartition("&signature=")
    assert payload == (
        "symbol=BTCUSDT&side=BUY&type=MARKET&newClientOrderId=mine-1&quantity=0.5&newOrderRespType=FULL"
        f"&recvWindow=5000&timestamp={NOW_MS - 70_000}"
    )
    assert sent == signature(payload, SECRET)
    assert (received.method, received.body, received.headers["X-MBX-APIKEY"]) == ("POST", "", KEY)


def test_what_has_to_be_encoded_arrives_as_it_was_signed(web: WebServer, client: Client) -> None:
    web.otherwise = Answer(body="[]")
    symbol = "\uff11\uff12 +&=%/~'\"é"
    assert client.orders.open_orders(symbol) == []
    payload, _, sent = web.received[0].target.partition("?")[2].rpartition("&signature=")
    assert sent == signature(payload, SECRET)
    assert dict(parse_qsl(payload))["symbol"] == symbol


def test_the_answer_is_read_exactly(web: WebServer, client: Client) -> None:
    web.otherwise = answer()
    placed = client.orders.place(ORDER)
    assert (placed.state, placed.executed, placed.quote_executed) == (OrderState.FILLED, Decimal("0.5"), Decimal(2000))
    [fill] = placed.fills
    assert (fill.price, fill.fee, fill.fee_asset, fill.trade_id) == (Decimal(4000), Decimal("0.0005"), "BTC", 56)
    assert (placed.is_understood, placed.is_open, placed.list_id) == (True, False, None)


UNKNOWN_OUTCOMES = {
    "silence": Answer(silent=True),
    "no byte": Answer(dropped=True),
    "cut": replace(answer(), missing_bytes=40),
    "cut in an error": replace(refusal(-2010), missing_bytes=40),
    "half": Answer(body=json.dumps(PLACED)[:-30]),
    "nothing": Answer(body=""),
    "a portal": Answer(body="<html>please log in</html>"),
    "a page that says no": Answer(404, "<html>not here</html>"),
    "led elsewhere": Answer(302, "", {"Location": "/api/v3/elsewhere"}),
    "408": Answer(408, ""),
    "500": Answer(500, "oops"),
    "502": Answer(502, "<html>bad gateway</html>"),
    "503 in its own words": refusal(-1008, "Server is overloaded", 503),
    "504": Answer(504, ""),
    "-1000": refusal(-1000),
    "-1001": refusal(-1001),
    "-1006": refusal(-1006),
    "-1007": refusal(-1007, "Timeout waiting for response from backend server."),
    "-1007 as 504": refusal(-1007, status=504),
    "-1016": refusal(-1016),
    "another's order": answer(clientOrderId="theirs"),
    "another symbol": answer(symbol="ETHUSDT"),
    "fills that do not add up": answer(executedQty="0.40000000"),
    "an amount that is a number": answer(executedQty=0.5),
    "no amount": answer(executedQty="NaN"),
    "more than was ordered": answer(executedQty="0.60000000", fills=[]),
    "no id": answer(orderId=None),
    "limit of weight": refusal(-1003, "Too much request weight used", 429, Retry_After="3"),
    "ban": refusal(-1003, "IP banned", 418, Retry_After="300"),
    "firewall": Answer(403, "<html>WAF</html>"),
}


@pytest.mark.parametrize("outcome", UNKNOWN_OUTCOMES)
def test_a_placement_of_unknown_outcome_is_told_as_such_and_never_sent_again(
    outcome: str, web: WebServer, client: Client
) -> None:
    web.script.append(UNKNOWN_OUTCOMES[outcome])
    web.otherwise = answer()
    with pytest.raises(Unavailable) as caught:
        client.orders.place(ORDER)
    assert len(web.received) == 1
    assert_shows_nothing(caught.value)


def test_a_list_of_unknown_outcome_is_never_sent_again(web: WebServer, client: Client) -> None:
    legs = (wanted(OrderKind.LIMIT_MAKER, "a", price="9", quantity="1"), wanted(OrderKind.STOP_LOSS, "b", quantity="1"))
    for outcome in UNKNOWN_OUTCOMES.values():
        web.received.clear()
        web.script.clear()
        web.script.append(outcome)
        with pytest.raises(Unavailable):
            client.orders.place_list(WantedList("both", legs))
        assert len(web.received) <= 1


def test_a_cancel_and_a_test_of_unknown_outcome_are_not_sent_again(web: WebServer, client: Client) -> None:
    for change in (lambda: client.orders.cancel("BTCUSDT", "mine-1"), lambda: client.orders.test(ORDER)):
        web.received.clear()
        web.script.append(Answer(503, ""))
        with pytest.raises(Unavailable):
            change()
        assert len(web.received) == 1


def test_a_connection_that_ended_meanwhile_does_not_send_an_order_twice(web: WebServer, client: Client) -> None:
    web.script.extend([Answer(body="[]"), Answer(dropped=True)])
    web.otherwise = answer()
    client.orders.open_orders()
    with pytest.raises(Unavailable):
        client.orders.place(ORDER)
    assert [received.method for received in web.received] == ["GET", "POST"]


class Interrupted(BaseException):
    """As Ctrl-C or a signal would end it."""


class InterruptedSession(requests.Session):
    """Ends before an order is sent, or after it was answered."""

    def __init__(self, moment: str) -> None:
        super().__init__()
        self._moment = moment

    def request(self, method: str, *arguments: Any, **named: Any) -> requests.Response:  # type: ignore[override]
        if method == "POST" and self._moment == "before":
            raise Interrupted
        response = super().request(method, *arguments, **named)
        if method == "POST" and self._moment == "after":
            raise Interrupted
        return response


@pytest.mark.parametrize(("moment", "sent"), [("before", 0), ("after", 1)])
def test_who_is_interrupted_while_placing_has_sent_it_once_at_most(
    moment: str, sent: int, web: WebServer, clocks: Clocks
) -> None:
    web.otherwise = answer()
    with InterruptedSession(moment) as session, pytest.raises(Interrupted):
        client_at(web.url, session, timing=clocks.manual.timing()).orders.place(ORDER)
    assert len(web.received) == sent


def nobody_there(web: WebServer, client: Client, clocks: Clocks) -> None:
    client.transport.base_url = dead_url()


def no_clock(web: WebServer, client: Client, clocks: Clocks) -> None:
    clocks.answer = Answer(503, "")


def a_ban_before(web: WebServer, client: Client, clocks: Clocks) -> None:
    client.transport.ledger.close(900.0, clocks.manual.monotonic())


def too_many_unfilled(web: WebServer, client: Client, clocks: Clocks) -> None:
    client.ledger.record({"10S": 100}, NOW_MS)


@pytest.mark.parametrize("trouble", [nobody_there, no_clock, a_ban_before, too_many_unfilled])
def test_trouble_before_sending_sends_nothing(
    trouble: Callable[[WebServer, Client, Clocks], None], web: WebServer, client: Client, clocks: Clocks
) -> None:
    web.otherwise = answer()
    trouble(web, client, clocks)
    with pytest.raises(NothingDone) as caught:
        client.orders.place(ORDER)
    assert web.received == []
    assert_shows_nothing(caught.value)


def test_without_a_connection_nothing_was_placed(web: WebServer, client: Client, clocks: Clocks) -> None:
    web.otherwise = Answer(body="[]")
    client.orders.open_orders()
    nobody_there(web, client, clocks)
    with pytest.raises(NothingDone):
        client.orders.place(ORDER)
    assert clocks.asked == 1


@pytest.mark.parametrize("what", ["place", "cancel"])
def test_a_late_request_whose_clock_cannot_be_asked_changed_nothing(
    what: str, web: WebServer, client: Client, clocks: Clocks
) -> None:
    web.script.append(Answer(body="[]"))
    client.orders.open_orders()
    web.script.append(refusal(-1021, "Timestamp for this request is outside of the recvWindow."))
    clocks.answer = Answer(503, "")
    with pytest.raises(NothingDone):
        client.orders.place(ORDER) if what == "place" else client.orders.cancel("BTCUSDT", 28)
    assert len(web.received) == 2


@pytest.mark.parametrize(
    ("refused", "kind"),
    [
        (refusal(-2010, "Account has insufficient balance for requested action."), Rejected),
        (refusal(-1013, "Filter failure: LOT_SIZE"), Rejected),
        (refusal(-1102, "Mandatory parameter 'price' was not sent"), BadInput),
        (refusal(-1121, "Invalid symbol."), BadInput),
        (refusal(-2010, "Duplicate order sent."), Conflict),
        (refusal(-1022, "Signature for this request is not valid."), KeyRefused),
        (refusal(-2014, "API-key format invalid.", 401), KeyRefused),
        (refusal(-2015, "Invalid API-key, IP, or permissions for action.", 401), KeyRefused),
        (refusal(-1002, "You are not authorized", 401), KeyRefused),
        (Answer(451, "{}"), BadInput),
    ],
    ids=lambda value: value.body[:40] if isinstance(value, Answer) else "",
)
def test_a_refusal_is_final(refused: Answer, kind: type[TraderError], web: WebServer, client: Client) -> None:
    web.script.append(refused)
    web.otherwise = answer()
    with pytest.raises(kind) as caught:
        client.orders.place(ORDER)
    assert len(web.received) == 1
    assert_shows_nothing(caught.value)


LEGS = (wanted(OrderKind.LIMIT_MAKER, "a", price="9", quantity="1"), wanted(OrderKind.STOP_LOSS, "b", quantity="1"))
REQUESTS: dict[str, Callable[[Client], object]] = {
    "place": lambda client: client.orders.place(ORDER),
    "test": lambda client: client.orders.test(ORDER),
    "place_list": lambda client: client.orders.place_list(WantedList("both", LEGS)),
    "cancel": lambda client: client.orders.cancel("BTCUSDT", 28),
    "cancel_list": lambda client: client.orders.cancel_list("BTCUSDT", 28),
    "cancel_all": lambda client: client.orders.cancel_all("BTCUSDT"),
    "find": lambda client: client.orders.find("BTCUSDT", 28),
    "find_list": lambda client: client.orders.find_list(28),
    "open_orders": lambda client: client.orders.open_orders(),
    "all_orders": lambda client: client.orders.all_orders("BTCUSDT"),
    "state": lambda client: client.account.state(),
    "fees": lambda client: client.account.fees("BTCUSDT"),
    "trades": lambda client: client.account.trades("BTCUSDT"),
    "unfilled": lambda client: client.account.unfilled(),
}
"""All that a key's owner can ask for here."""


def test_no_request_is_left_out() -> None:
    methods = {name for part in (BinanceOrders, BinanceAccount) for name in vars(part) if not name.startswith("_")}
    assert methods == REQUESTS.keys()


@pytest.mark.parametrize("request_of", REQUESTS)
@pytest.mark.parametrize(("code", "status"), [(-2015, 401), (-2014, 401), (-1022, 400), (-1002, 401)])
def test_a_key_that_is_refused_is_never_shown_again(
    request_of: str, code: int, status: int, web: WebServer, client: Client
) -> None:
    web.otherwise = refusal(code, "Invalid API-key, IP, or permissions for action.", status)
    with pytest.raises(KeyRefused, match=rf"permissions for action\. \({code}\)$"):
        REQUESTS[request_of](client)
    assert len(web.received) == 1


def test_a_late_order_is_sent_once_more_by_the_clock_measured_anew(
    web: WebServer, client: Client, clocks: Clocks
) -> None:
    web.otherwise = Answer(body="[]")
    client.orders.open_orders()
    clocks.ahead_ms = 9_000
    web.script.append(refusal(-1021, "Timestamp for this request is outside of the recvWindow."))
    web.otherwise = answer()
    client.orders.place(ORDER)
    stamps = [dict(parse_qsl(received.target.partition("?")[2]))["timestamp"] for received in web.received]
    assert stamps == [str(NOW_MS), str(NOW_MS), str(NOW_MS + 9_000)]
    assert clocks.asked == 2


def test_an_order_that_is_late_again_is_given_up(web: WebServer, client: Client) -> None:
    web.otherwise = refusal(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
    with pytest.raises(Rejected, match="1000ms ahead"):
        client.orders.place(ORDER)
    assert len(web.received) == 2
    with pytest.raises(Rejected, match="1000ms ahead"):
        client.orders.open_orders()
    assert len(web.received) == 4


def test_an_unknown_outcome_after_a_late_one_is_not_sent_a_third_time(web: WebServer, client: Client) -> None:
    web.script.extend([refusal(-1021), Answer(503, "")])
    web.otherwise = answer()
    with pytest.raises(Unavailable):
        client.orders.place(ORDER)
    assert len(web.received) == 2


def test_the_clock_is_asked_once_in_a_while(web: WebServer, client: Client, clocks: Clocks) -> None:
    web.otherwise = Answer(body="[]")
    for _ in range(3):
        client.orders.open_orders()
    assert clocks.asked == 1
    clocks.manual.sleep(601)
    client.orders.open_orders()
    assert clocks.asked == 2


def test_the_clock_is_asked_again_where_the_machines_was_set_meanwhile(web: WebServer, clocks: Clocks) -> None:
    web.otherwise = Answer(body="[]")
    set_by_ms = [0]
    timing = replace(clocks.manual.timing(), wall_ms=lambda: clocks.manual.now_ms + set_by_ms[0])
    with requests.Session() as session:
        client = client_at(web.url, session, timing=timing)
        for by_ms in (0, 400, 3_600_000):
            set_by_ms[0] = by_ms
            client.orders.open_orders()
    assert clocks.asked == 2
    assert f"timestamp={NOW_MS}&" in web.received[-1].target


def test_reading_is_repeated(web: WebServer, client: Client) -> None:
    web.script.append(Answer(503, ""))
    web.otherwise = answer(time=NOW_MS, updateTime=NOW_MS)
    assert client.orders.find("BTCUSDT", "mine-1").order_id == 28
    assert len(web.received) == 2


@pytest.mark.parametrize("code", [-2013, -2026])
def test_an_order_that_is_not_shown_is_an_error_of_its_own(code: int, web: WebServer, client: Client) -> None:
    web.otherwise = refusal(code, "Order does not exist.")
    with pytest.raises(NoSuchOrder, match="Order does not exist"):
        client.orders.find("BTCUSDT", 28)
    assert len(web.received) == 1


def test_the_answer_to_a_cancel_has_the_name_that_the_order_was_placed_under(web: WebServer, client: Client) -> None:
    web.otherwise = answer(origClientOrderId="mine-1", clientOrderId="of-the-cancel", status="CANCELED", fills=[])
    ended = client.orders.cancel("BTCUSDT", 28)
    assert (ended.client_id, ended.state) == ("mine-1", OrderState.CANCELED)
    assert web.received[0].method == "DELETE"


def test_a_cancel_that_is_answered_with_the_whole_list_tells_of_the_order(web: WebServer, client: Client) -> None:
    rows = [
        {**json.loads(answer(fills=[], status="CANCELED").body), "orderListId": 7, "orderId": order_id}
        for order_id in (27, 28)
    ]
    named = [{"symbol": "BTCUSDT", "orderId": row["orderId"], "clientOrderId": "x"} for row in rows]
    head = {"orderListId": 7, "listClientOrderId": "both", "symbol": "BTCUSDT", "listOrderStatus": "ALL_DONE"}
    web.otherwise = Answer(body=json.dumps({**head, "orders": named, "orderReports": rows}))
    assert client.orders.cancel("BTCUSDT", 28).order_id == 28
    with pytest.raises(Unavailable, match="order 29 of BTCUSDT"):
        client.orders.cancel("BTCUSDT", 29)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"status": "PARKED"}, "status of an order"),
        ({"status": None}, "status of an order"),
        ({"type": "STOP_CLEVER"}, "type of order"),
        ({"side": "BORROW"}, "side of an order"),
    ],
)
def test_a_word_that_nobody_knows_is_told_once_and_never_understood(
    change: dict[str, Any], word: str, web: WebServer, client: Client, told: list[str]
) -> None:
    web.otherwise = answer(**change)
    found = [client.orders.place(ORDER), client.orders.find("BTCUSDT", 28)]
    assert not any(order.is_understood or order.is_open for order in found if order.state is OrderState.UNKNOWN)
    assert not any(order.is_understood for order in found)
    [line] = told
    assert f"a {word} that we do not know, nothing is decided by it" in line


def test_a_field_that_nobody_knows_is_told_once_and_ignored(web: WebServer, client: Client, told: list[str]) -> None:
    web.otherwise = answer(mood="\x1b[2Jbright")
    assert client.orders.place(ORDER).is_understood
    client.orders.find("BTCUSDT", 28)
    assert told == ["the exchange tells of a field of an order that we do not know, ignored: 'mood'"]


def test_the_headers_of_every_answer_fill_the_ledger_of_unfilled_orders(
    web: WebServer, client: Client, manual: ManualTime
) -> None:
    web.otherwise = answer(headers={"X-MBX-ORDER-COUNT-10S": "100", "X-MBX-ORDER-COUNT-1D": "7"})
    client.orders.place(ORDER)
    with pytest.raises(TooManyOrders, match=r"no other may be placed for 10\.0 s") as caught:
        client.orders.place(ORDER)
    assert caught.value.retry_after_s == 10.0
    assert len(web.received) == 1
    manual.sleep(10)
    client.orders.place(ORDER)
    assert len(web.received) == 2


class LostTexts(MemoryTexts):
    """Cannot be reached from a moment on."""

    is_lost = False

    def change(self, name: str, make: Callable[[str], str]) -> str:
        if self.is_lost:
            raise Unavailable("the store is locked")
        return super().change(name, make)


def test_without_its_ledger_no_order_goes_out_and_no_answer_is_lost(web: WebServer, manual: ManualTime) -> None:
    web.routes["/api/v3/time"] = lambda _: Answer(body=json.dumps({"serverTime": manual.now_ms}))
    web.otherwise = answer(headers={"X-MBX-ORDER-COUNT-10S": "7"})
    texts = LostTexts()
    with requests.Session() as session:
        client = client_at(web.url, session, timing=manual.timing(), texts=texts)
        web.script.append(answer(headers={"X-MBX-ORDER-COUNT-10S": "7"}))
        client.orders.place(ORDER)
        texts.is_lost = True
        assert client.orders.find("BTCUSDT", 28).order_id == 28
        with pytest.raises(NothingDone, match="the store is locked; nothing was sent"):
            client.orders.place(ORDER)
    assert [received.method for received in web.received] == ["POST", "GET"]


def test_an_order_is_counted_before_it_is_sent(web: WebServer, client: Client) -> None:
    client.ledger.learn({"10S": 1})
    web.script.append(Answer(503, ""))
    with pytest.raises(Unavailable):
        client.orders.place(ORDER)
    with pytest.raises(TooManyOrders):
        client.orders.place(ORDER)
    assert len(web.received) == 1


@pytest.mark.parametrize("status", [400, 429])
def test_too_many_orders_are_no_reason_not_to_look_orders_up(status: int, web: WebServer, client: Client) -> None:
    words = "Too many new orders; current limit is 100 orders per 10 SECOND."
    web.script.append(refusal(-1015, words, status, Retry_After="9"))
    web.otherwise = Answer(body="[]")
    with pytest.raises(TooManyOrders):
        client.orders.place(ORDER)
    with pytest.raises(TooManyOrders):
        client.orders.place(ORDER)
    assert client.orders.open_orders() == []
    assert [received.method for received in web.received] == ["POST", "GET"]


def test_a_ban_holds_back_everything(web: WebServer, client: Client) -> None:
    web.script.append(refusal(-1003, "IP banned", 418, Retry_After="300"))
    with pytest.raises(KeepAway):
        client.orders.open_orders()
    with pytest.raises(KeepAway):
        client.orders.place(ORDER)
    assert len(web.received) == 1


def test_weight_that_others_used_up_is_waited_for_and_the_order_is_stamped_after(
    web: WebServer, client: Client, manual: ManualTime
) -> None:
    manual.now_ms = NOW_MS + 39_500
    web.script.append(Answer(body="[]", headers={"X-MBX-USED-WEIGHT-1M": "5990"}))
    web.otherwise = answer()
    client.orders.open_orders()
    client.orders.place(ORDER)
    assert manual.pauses == [0.5]
    assert f"timestamp={NOW_MS + 40_000}" in web.received[1].target


def test_a_list_is_read_with_its_orders(web: WebServer, client: Client) -> None:
    listed = {
        "orderListId": 3, "contingencyType": "OCO", "listStatusType": "EXEC_STARTED", "listOrderStatus": "EXECUTING",
        "listClientOrderId": "both", "transactionTime": NOW_MS, "symbol": "BTCUSDT",
        "orders": [{"symbol": "BTCUSDT", "orderId": 28, "clientOrderId": "mine-1"}],
        "orderReports": [PLACED | {"orderListId": 3}],
    }  # fmt: skip
    web.otherwise = Answer(body=json.dumps(listed))
    legs = (
        wanted(OrderKind.LIMIT_MAKER, "a", side=Side.SELL, price="9", quantity="1"),
        wanted(OrderKind.STOP_LOSS, "b", side=Side.SELL, quantity="1", stop_price="4"),
    )
    placed = client.orders.place_list(WantedList("both", legs))
    assert (placed.list_id, placed.order_ids, placed.orders[0].list_id) == (3, (28,), 3)
    assert client.orders.find_list("both") == client.orders.cancel_list("BTCUSDT", 3) == placed
    web.otherwise = Answer(body=json.dumps([PLACED, listed]))
    assert [order.order_id for order in client.orders.cancel_all("BTCUSDT")] == [28, 28]
    asked = [(received.method, received.target.partition("&recvWindow")[0]) for received in web.received[1:]]
    assert asked == [
        ("GET", "/api/v3/orderList?origClientOrderId=both"),
        ("DELETE", "/api/v3/orderList?symbol=BTCUSDT&orderListId=3"),
        ("DELETE", "/api/v3/openOrders?symbol=BTCUSDT"),
    ]


@pytest.mark.parametrize(
    ("account", "symbol", "asset", "factor"), [(True, True, "BNB", "0.75"), (False, True, "", "1")]
)
def test_fees_tell_of_a_discount_where_there_is_one(
    account: bool, symbol: bool, asset: str, factor: str, web: WebServer, client: Client
) -> None:
    rates = {"maker": "0.001", "taker": "0.002", "buyer": "0.003", "seller": "0.004"}
    discount = {
        "enabledForAccount": account, "enabledForSymbol": symbol, "discountAsset": "BNB", "discount": "0.75000000",
    }  # fmt: skip
    kinds = dict.fromkeys(("standardCommission", "specialCommission", "taxCommission"), rates)
    web.otherwise = Answer(body=json.dumps({"symbol": "BTCUSDT", **kinds, "discount": discount}))
    fees = client.account.fees("BTCUSDT")
    assert (fees.discount_asset, fees.discount) == (asset, Decimal(factor))
    assert fees.tax == FeeRates(Decimal("0.001"), Decimal("0.002"), Decimal("0.003"), Decimal("0.004"))


def test_a_ledger_counts_by_the_windows_that_it_knows() -> None:
    ledger = UnfilledLedger(MemoryTexts())
    ledger.learn({"10S": 3, "1D": 5})
    ledger.record({"10S": 1, "1D": 4, "1H": 999}, 86_395_000)
    assert [ledger.reserve(orders, 86_395_000) for orders in (3, 2, 1, 1)] == [5.0, 5.0, 0.0, 5.0]
    assert ledger.reserve(3, 86_400_000) == 0.0
    ledger.learn({"1H": 999, "1W": 0, "0S": 0})
    assert ledger.reserve(1, 86_400_000) == 10.0
    ledger.record({"1H": 999, "1W": 5, "0S": 5}, 86_400_000)
    assert ledger.reserve(1, 86_400_000) == 3_600.0
    ledger.close(3_617.5, 86_400_000)
    assert ledger.reserve(1, 86_400_000) == 3_617.5


def test_nothing_that_is_logged_or_told_shows_a_secret(
    web: WebServer, client: Client, caplog: pytest.LogCaptureFixture, told: list[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    web.script.extend([Answer(503, ""), refusal(-2010), answer(mood="x")])
    for _ in range(3):
        try:
            client.orders.place(ORDER)
        except TraderError as error:
            assert_shows_nothing(error)
    shown = caplog.text + "".join(told) + repr(client)
    assert SECRET not in shown
    assert KEY not in shown


def assert_shows_nothing(error: BaseException) -> None:
    """Neither in its line nor in its traceback."""
    assert "signature" not in str(error)
    assert str(error).isprintable()
    shown = "".join(traceback.format_exception(error))
    assert f"{SECRET}\n" not in shown
    assert f"'{SECRET}'" not in shown
    assert f"'{KEY}'" not in shown
