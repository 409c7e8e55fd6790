"""Accounts and orders that are shown late, empty or in part, clocks that differ, and other keys, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from time import sleep

import pytest
import requests

from tests.support.faulty_exchange import RESTING, SYMBOL, TAKING, FaultyExchange, faulty

NAMED = {"symbol": SYMBOL, "origClientOrderId": "mine"}


@pytest.fixture
def market() -> Iterator[FaultyExchange]:
    """At ten times real time."""
    with faulty(speed=10.0) as found:
        yield found


def usdt(market: FaultyExchange) -> dict[str, Decimal]:
    [row] = [row for row in market.trader.ask("GET", "account").json()["balances"] if row["asset"] == "USDT"]
    return {"free": Decimal(row["free"]), "locked": Decimal(row["locked"])}


def test_an_order_is_not_known_for_a_while_after_it_was_placed(market: FaultyExchange) -> None:
    market.meet("unknown", times=3, duration="4s")
    market.trader.ask("POST", "order", **RESTING, newClientOrderId="mine")
    assert market.trader.told("GET", "order", **NAMED) == {"code": -2013, "msg": "Order does not exist."}
    sleep(0.5)
    assert market.trader.ask("GET", "order", **NAMED).json()["status"] == "NEW"
    market.trader.ask("DELETE", "order", **NAMED)
    assert market.trader.ask("GET", "order", **NAMED).json()["status"] == "NEW", "as it stood before"
    assert market.trader.ask("GET", "order", **NAMED).json()["status"] == "CANCELED", "by a server that does not lag"


def test_half_an_hour_of_not_knowing() -> None:
    with faulty("unknown=1:30m", speed=6_000.0) as market:
        market.trader.ask("POST", "order", **RESTING, newClientOrderId="mine")
        assert market.trader.told("GET", "order", **NAMED)["code"] == -2013
        sleep(0.4)
        assert market.trader.ask("GET", "order", **NAMED).status_code == 200


def test_account_and_orders_lag(market: FaultyExchange) -> None:
    before = usdt(market)
    market.meet("lag", times=3, duration="30s")
    market.trader.ask("POST", "order", **RESTING)
    market.trader.ask("POST", "order", **TAKING)
    assert usdt(market) == before
    assert market.open_ids() == []
    assert market.trader.ask("GET", "myTrades", symbol=SYMBOL).json() == []
    assert usdt(market)["locked"] == Decimal("600"), "what it was all the time"
    assert len(market.trader.ask("GET", "myTrades", symbol=SYMBOL).json()) == 1


def test_account_and_orders_come_back_empty(market: FaultyExchange) -> None:
    market.trader.ask("POST", "order", **RESTING)
    market.meet("empty", times=3)
    assert usdt(market) == {"free": 0, "locked": 0}
    assert market.open_ids() == []
    assert market.trader.ask("GET", "allOrders", symbol=SYMBOL).json() == []
    assert len(market.open_ids()) == 1


def test_pages_come_short(market: FaultyExchange) -> None:
    ids = [market.trader.ask("POST", "order", **RESTING).json()["orderId"] for _ in range(3)]
    market.meet("short", times=2)
    first = market.trader.ask("GET", "allOrders", symbol=SYMBOL, orderId=1).json()
    newest = market.trader.ask("GET", "allOrders", symbol=SYMBOL).json()
    assert [row["orderId"] for row in first] == ids[:2]
    assert [row["orderId"] for row in newest] == ids[1:]
    assert len(market.open_ids()) == 3


@pytest.mark.parametrize(("kind", "says"), [("skew_ahead", "outside of the recvWindow"), ("skew_behind", "ahead of")])
def test_the_clock_of_a_request_is_wrong(kind: str, says: str, market: FaultyExchange) -> None:
    market.meet(kind, "POST /api/v3/order", duration="20s")
    told = requests.get(f"{market.server.url}/api/v3/time", timeout=10).json()["serverTime"]
    refused = market.trader.told("POST", "order", **RESTING, timestamp=told)
    assert refused["code"] == -1021
    assert says in str(refused["msg"])
    assert market.trader.ask("POST", "order", **RESTING).status_code == 200


def test_the_time_that_is_told_is_wrong_by_as_much(market: FaultyExchange) -> None:
    def told_ms() -> int:
        return int(requests.get(f"{market.server.url}/api/v3/time", timeout=10).json()["serverTime"])

    begin_ms = told_ms()
    market.meet("skew_ahead", "GET /api/v3/time", duration="10m")
    assert 600_000 <= told_ms() - begin_ms < 660_000
    market.meet("skew_behind", "GET /api/v3/time", duration="10m")
    assert -600_000 <= told_ms() - begin_ms < -540_000


def test_other_keys_use_up_the_order_counts(market: FaultyExchange) -> None:
    market.meet("counts")
    answer = market.trader.ask("POST", "order", **RESTING)
    assert (answer.status_code, answer.json()["code"]) == (429, -1015)
    assert market.open_ids() == []
