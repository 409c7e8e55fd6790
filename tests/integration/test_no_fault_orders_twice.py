"""A placement that is disturbed at any step, over real HTTP, is there once or not at all, which can be found out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import sleep
from typing import Any

import pytest
import requests

from chalicelib.adapters.binance.orders import BinanceOrders
from chalicelib.domain import Side
from chalicelib.errors import NoSuchOrder, Rejected, TraderError, Unavailable
from chalicelib.wanted_orders import OrderKind, WantedList
from tests.support.faulty_exchange import SYMBOL, FaultyExchange, faulty
from tests.support.signed_client import Client, client_at, wanted

FAULTS = {
    "none": 1,
    "timeout_before": 0,
    "timeout_after": 1,
    "error": 0,
    "error_after": 1,
    "cut": 1,
    "garbage": 1,
    "late": 1,
    "twice": 2,
    "maintenance": 0,
    "ban": 0,
    "skew_ahead": 1,
    "enum_status": 1,
}
"""Kinds, and how often a market order is there after one: what the net delivers twice nobody can help."""
SHORT = {"late": "200ms", "maintenance": "100ms", "ban": "100ms"}
Place = Callable[[BinanceOrders, str], object]


class CountingSession(requests.Session):
    """Knows how many placements it sent."""

    def __init__(self) -> None:
        super().__init__()
        self.placements = 0

    def request(self, method: str | bytes, url: str | bytes, *others: Any, **named: Any) -> requests.Response:
        self.placements += method == "POST"
        return super().request(method, url, *others, **named)


def at_market(orders: BinanceOrders, name: str) -> object:
    return orders.place(wanted(client_id=name, quantity="0.01"))


def oco(orders: BinanceOrders, name: str) -> object:
    upper = wanted(OrderKind.LIMIT_MAKER, f"{name}-a", side=Side.SELL, price="200000", quantity="0.01")
    lower = wanted(OrderKind.STOP_LOSS, f"{name}-b", side=Side.SELL, stop_price="1000", quantity="0.01")
    return orders.place_list(WantedList(name, (upper, lower)))


def again_where_in_doubt(place: Place) -> Place:
    """Planted defect: an unknown outcome is taken for a failure."""

    def placing(orders: BinanceOrders, name: str) -> object:
        try:
            return place(orders, name)
        except Unavailable:
            return place(orders, name)

    return placing


@pytest.fixture(scope="module")
def served() -> Iterator[FaultyExchange]:
    with faulty() as found:
        yield found


@pytest.fixture
def market(served: FaultyExchange) -> Iterator[FaultyExchange]:
    yield served
    served.clear()


def disturbed(market: FaultyExchange, kind: str, place: Place, name: str) -> tuple[int, int, object]:
    """How often it was sent, how often it is there, and what is known of it: an outcome, or an error that tells."""
    endpoint = "POST /api/v3/order" if "market" in name else "POST /api/v3/orderList/oco"
    with CountingSession() as session:
        client = client_at(market.server.url, session, tell=lambda _: None, timeout_s=(2.0, 0.3))
        client.orders.open_orders(SYMBOL)
        if kind != "none":
            market.meet(kind, endpoint, times=1, **({"duration": SHORT[kind]} if kind in SHORT else {}))
        try:
            known: object = place(client.orders, name)
        except Unavailable:
            known = looked_up(client, name if "market" in name else f"{name}-a")
        except TraderError as error:
            known = error
        sleep(0.3 if kind in SHORT else 0.0)
        rows = market.trader.ask("GET", "allOrders", symbol=SYMBOL).json()
    ids = [row["clientOrderId"] for row in rows]
    return session.placements, ids.count(name) if "market" in name else ids.count(f"{name}-a"), known


def looked_up(client: Client, name: str) -> object:
    """What the exchange knows of it at last."""
    known: object = None
    for _ in range(4):
        sleep(0.1)
        try:
            return client.orders.find(SYMBOL, name)
        except (NoSuchOrder, Unavailable) as error:
            known = error
    return known


@pytest.mark.parametrize("kind", FAULTS)
def test_a_market_order_is_sent_once_whatever_disturbs_it(kind: str, market: FaultyExchange) -> None:
    sent, there, known = disturbed(market, kind, at_market, f"market-{kind}")
    assert sent == (2 if kind == "skew_ahead" else 1)
    assert there == FAULTS[kind]
    assert isinstance(known, (NoSuchOrder, Unavailable)) is (there == 0)


@pytest.mark.parametrize("kind", FAULTS)
def test_an_order_list_is_sent_once_whatever_disturbs_it(kind: str, market: FaultyExchange) -> None:
    sent, there, known = disturbed(market, kind, oco, f"oco-{kind}")
    assert sent == (2 if kind == "skew_ahead" else 1)
    assert there == min(FAULTS[kind], 1)
    assert isinstance(known, (NoSuchOrder, Unavailable)) is (there == 0)


@pytest.mark.parametrize("kind", ["timeout_after", "error_after", "cut", "garbage", "late"])
def test_who_sends_again_where_in_doubt_is_noticed(kind: str, market: FaultyExchange) -> None:
    sent, there, _ = disturbed(market, kind, again_where_in_doubt(at_market), f"market-again-{kind}")
    assert (sent, there) == (2, 2)
    sent, there, known = disturbed(market, kind, again_where_in_doubt(oco), f"oco-again-{kind}")
    assert sent == 2
    assert there == 1 or isinstance(known, Rejected)
