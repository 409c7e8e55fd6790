"""Faults that leave a trader in doubt, as they come over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from time import monotonic, sleep

import pytest
import requests
from starlette.requests import Request
from starlette.responses import Response

from tests.support.faulty_exchange import RESTING, SYMBOL, TAKING, FaultyExchange, faulty
from tests.support.signing import signed
from trader.sim.admin import guarded

PLACE = "POST /api/v3/order"


@pytest.fixture(scope="module")
def served() -> Iterator[FaultyExchange]:
    with faulty() as found:
        yield found


@pytest.fixture
def market(served: FaultyExchange) -> Iterator[FaultyExchange]:
    yield served
    served.clear()


@pytest.mark.parametrize(("kind", "is_done"), [("timeout_before", False), ("timeout_after", True)])
def test_an_answer_that_never_comes_leaves_an_order_or_none(kind: str, is_done: bool, market: FaultyExchange) -> None:
    market.meet(kind)
    with pytest.raises(requests.ReadTimeout):
        requests.post(
            f"{market.trader.url}/api/v3/order",
            data=signed({**RESTING, "newClientOrderId": kind}),
            headers={"X-MBX-APIKEY": market.trader.key, "Content-Type": "application/x-www-form-urlencoded"},
            timeout=0.3,
        )
    assert (kind in market.open_ids()) == is_done
    assert market.trader.ask("POST", "order", **RESTING).status_code == 200, "only the next one is struck"


def test_a_silence_ends_with_a_gateway_timeout(market: FaultyExchange) -> None:
    market.meet("timeout_after", duration="200ms")
    begun = monotonic()
    answer = market.trader.ask("POST", "order", **RESTING)
    assert (answer.status_code, answer.json()["code"]) == (504, -1007)
    assert monotonic() - begun >= 0.2


@pytest.mark.parametrize(("kind", "is_done"), [("error", False), ("error_after", True)])
def test_a_server_error_leaves_an_order_or_none(kind: str, is_done: bool, market: FaultyExchange) -> None:
    market.meet(kind, PLACE)
    assert market.trader.ask("POST", "order", **RESTING, newClientOrderId=kind).status_code >= 500
    assert (kind in market.open_ids()) == is_done


def test_an_order_of_unknown_fate_is_there_a_moment_later(market: FaultyExchange) -> None:
    market.meet("late", duration="300ms")
    answer = market.trader.ask("POST", "order", **RESTING, newClientOrderId="late-1")
    assert (answer.status_code, answer.json()["code"]) == (504, -1007)
    assert market.open_ids() == []
    assert market.trader.told("GET", "order", symbol=SYMBOL, origClientOrderId="late-1")["code"] == -2013
    sleep(0.5)
    assert market.open_ids() == ["late-1"]


def test_a_request_that_comes_twice_is_done_twice_unless_its_id_is_open(market: FaultyExchange) -> None:
    market.meet("twice")
    assert market.trader.told("POST", "order", **RESTING, newClientOrderId="once")["msg"] == "Duplicate order sent."
    assert market.open_ids() == ["once"]
    market.meet("twice")
    assert market.trader.ask("POST", "order", **TAKING, newClientOrderId="filled").json()["status"] == "FILLED"
    rows = market.trader.ask("GET", "allOrders", symbol=SYMBOL).json()
    assert [row["status"] for row in rows if row["clientOrderId"] == "filled"] == ["FILLED", "FILLED"]


def test_a_ban_holds_for_every_request_and_ends(market: FaultyExchange) -> None:
    market.meet("ban", "GET /api/v3/ping", duration="400ms")
    ping = f"{market.server.url}/api/v3/ping"
    banned = [requests.get(ping, timeout=10), market.trader.ask("GET", "account")]
    assert [(answer.status_code, answer.headers["Retry-After"]) for answer in banned] == [(418, "1")] * 2
    sleep(0.5)
    assert requests.get(ping, timeout=10).status_code == 200


def test_limits_are_hit_on_request(market: FaultyExchange) -> None:
    market.meet("429", PLACE, duration="7s")
    answer = market.trader.ask("POST", "order", **RESTING)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert market.open_ids() == []


def test_a_word_changes_overnight(market: FaultyExchange) -> None:
    market.meet("enum_status")
    placed = market.trader.ask("POST", "order", **RESTING).json()
    assert (placed["status"], placed["type"]) == ("UNHEARD_OF", "LIMIT")
    market.meet("enum_type")
    [row] = market.trader.ask("GET", "openOrders").json()
    assert (row["status"], row["type"]) == ("NEW", "UNHEARD_OF")
    market.meet("enum_filter")
    market.meet("enum_type", "GET /api/v3/exchangeInfo")
    [first, second] = (requests.get(f"{market.server.url}/api/v3/exchangeInfo", timeout=10).json() for _ in range(2))
    assert "UNHEARD_OF" in first["symbols"][0]["orderTypes"] or "UNHEARD_OF" in second["symbols"][0]["orderTypes"]
    kinds = [each["symbols"][0]["filters"][0]["filterType"] for each in (first, second)]
    assert "UNHEARD_OF" in kinds


def test_faults_of_orders_come_from_the_command_line_by_a_seed() -> None:
    def fates() -> list[int]:
        with faulty("error_after=0.4,twice=0.3") as found:
            codes = [found.trader.ask("POST", "order", **RESTING, newClientOrderId="a").status_code for _ in range(12)]
            return [*codes, len(found.open_ids())]

    first = fates()
    assert first == fates()
    assert len(set(first)) > 2, "some fail, and one was placed"


def test_what_waits_is_listed_and_taken_back(market: FaultyExchange) -> None:
    market.meet("late", PLACE, times=3, duration="2s")
    waiting = [{"kind": "late", "endpoint": PLACE, "times": 3, "duration_s": 2.0}]
    url = f"{market.server.url}/sim/faults"
    listed = requests.get(url, timeout=10).json()
    assert listed["waiting"] == waiting
    assert "-1007" in listed["kinds"]["late"]
    assert requests.delete(url, timeout=10).json()["waiting"] == []
    assert market.trader.ask("POST", "order", **RESTING).status_code == 200


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"kind": "flood"}, "kind 'flood': give one of delay, "),
        ({"kind": "late", "times": 0}, "times 0: give a whole number"),
        ({"kind": "late", "endpoint": "order"}, "give METHOD /path"),
        ({"kind": "late", "duration": "soon"}, "duration 'soon'"),
        ({"kind": "twice", "duration": "2s"}, "twice takes no duration"),
        ({"kind": "late", "time": 2}, "'time' is no field here"),
        ([1], "no JSON object"),
    ],
)
def test_what_is_asked_wrongly_gets_one_line(asked: object, says: str, served: FaultyExchange) -> None:
    answer = requests.post(f"{served.server.url}/sim/faults", json=asked, timeout=10)
    assert answer.status_code == 400
    assert says in answer.json()["error"]


def test_faults_are_for_this_machine_alone() -> None:
    scope = {"type": "http", "method": "GET", "path": "/sim/faults", "headers": [], "client": ("192.0.2.1", 4711)}

    async def ask() -> Response:
        return await guarded(lambda asked: asked)(Request(scope))

    answer = asyncio.run(ask())
    assert (answer.status_code, b"this machine alone" in answer.body) == (403, True)


def test_an_order_may_meet_one_of_its_owners_from_another_account(market: FaultyExchange) -> None:
    market.meet("self_trade")
    told = market.trader.ask("POST", "order", **TAKING).json()
    assert (told["status"], told["executedQty"], told["preventedQuantity"]) == (
        "EXPIRED_IN_MATCH", "0.00000000", "0.01000000",
    )  # fmt: skip
    [row] = market.trader.ask("GET", "myPreventedMatches", symbol=SYMBOL, orderId=told["orderId"]).json()
    assert (row["preventedMatchId"], row["makerOrderId"]) == (told["preventedMatchId"], told["orderId"])
    by_id = {"symbol": SYMBOL, "preventedMatchId": row["preventedMatchId"]}
    assert market.trader.ask("GET", "myPreventedMatches", **by_id).json() == [row]
    assert market.trader.told("GET", "myPreventedMatches", **by_id, orderId=1)["code"] == -1128
