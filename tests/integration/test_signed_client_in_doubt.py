"""What the signed client makes of faults of the simulated exchange: in doubt it looks up, and never orders twice."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from time import sleep

import pytest
import requests

from chalicelib.adapters.binance.faults import TooManyOrders
from chalicelib.config.keys import ExchangeSettings
from chalicelib.config.secrets import Secrets
from chalicelib.errors import BadInput, Conflict, NoSuchOrder, Unavailable
from chalicelib.exchange_account import OrderState
from chalicelib.secret import Secret
from chalicelib.wanted_orders import OrderKind, WantedOrder
from chalicelib.wiring.exchange_client import exchange_client
from tests.fakes.web_server import Answer, serving
from tests.support.faulty_exchange import SYMBOL, FaultyExchange, faulty
from tests.support.signed_client import Client, client_at, wanted
from tests.support.signing import KEY, SECRET

PLACE = "POST /api/v3/order"


@pytest.fixture(scope="module")
def served() -> Iterator[FaultyExchange]:
    with faulty() as found:
        yield found


@pytest.fixture
def market(served: FaultyExchange) -> Iterator[FaultyExchange]:
    yield served
    served.clear()


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def client(market: FaultyExchange, told: list[str]) -> Iterator[Client]:
    with requests.Session() as session:
        yield client_at(market.server.url, session, tell=told.append, timeout_s=(2.0, 0.3))


def resting(client_id: str) -> WantedOrder:
    return wanted(OrderKind.LIMIT, client_id, quantity="0.01", price="60000")


@pytest.mark.parametrize(
    ("kind", "is_there"),
    [("timeout_before", 0), ("timeout_after", 1), ("error", 0), ("error_after", 1)],
)
def test_in_doubt_an_order_is_there_once_or_not_at_all_and_can_be_looked_up(
    kind: str, is_there: int, market: FaultyExchange, client: Client
) -> None:
    market.meet(kind, PLACE, times=1)
    with pytest.raises(Unavailable):
        client.orders.place(resting(f"in-{kind}"))
    assert market.open_ids() == [f"in-{kind}"] * is_there
    if is_there:
        assert client.orders.find(SYMBOL, f"in-{kind}").is_open
    else:
        with pytest.raises(NoSuchOrder):
            client.orders.find(SYMBOL, f"in-{kind}")


def test_what_is_not_shown_at_first_may_be_there_all_the_same(market: FaultyExchange, client: Client) -> None:
    market.meet("late", PLACE, duration="300ms")
    with pytest.raises(Unavailable, match="Timeout waiting"):
        client.orders.place(resting("late-1"))
    with pytest.raises(NoSuchOrder):
        client.orders.find(SYMBOL, "late-1")
    sleep(0.5)
    assert market.open_ids() == ["late-1"]
    assert client.orders.find(SYMBOL, "late-1").executed == Decimal(0)


def test_a_request_that_the_net_delivers_twice_is_no_refusal(market: FaultyExchange, client: Client) -> None:
    market.meet("twice", PLACE)
    with pytest.raises(Conflict):
        client.orders.place(resting("twice-1"))
    assert client.orders.find(SYMBOL, "twice-1").state is OrderState.NEW


@pytest.mark.parametrize("kind", ["skew_ahead", "skew_behind"])
def test_a_clock_that_is_wrong_costs_one_more_request(kind: str, market: FaultyExchange, client: Client) -> None:
    client.orders.open_orders(SYMBOL)
    market.meet(kind, PLACE, times=1)
    assert client.orders.place(resting(kind)).is_open
    assert market.open_ids() == [kind]


def test_a_status_that_came_overnight_is_not_understood(
    market: FaultyExchange, client: Client, told: list[str]
) -> None:
    market.meet("enum_status", PLACE)
    placed = client.orders.place(resting("enum-1"))
    assert (placed.state, placed.is_understood) == (OrderState.UNKNOWN, False)
    market.meet("enum_type", "GET /api/v3/order")
    assert not client.orders.find(SYMBOL, "enum-1").is_understood
    assert len(told) == 2


def test_what_other_keys_used_up_holds_orders_back_and_nothing_else(market: FaultyExchange, client: Client) -> None:
    market.meet("counts", PLACE)
    for _ in range(2):
        with pytest.raises(TooManyOrders):
            client.orders.place(resting("counts-1"))
    assert client.orders.open_orders(SYMBOL) == []


def test_settings_and_secrets_make_a_client() -> None:
    settings, secrets = ExchangeSettings(recv_window_ms=1234), Secrets(Secret(KEY), Secret(SECRET))
    with serving() as server, requests.Session() as session:
        server.routes["/api/v3/time"] = lambda _: Answer(body='{"serverTime":1700000000000}')
        server.otherwise = Answer(body="[]")
        at_server = ExchangeSettings(base_url=server.url, recv_window_ms=settings.recv_window_ms)
        assert exchange_client(at_server, secrets, session).orders.open_orders() == []
        assert "recvWindow=1234&" in server.received[0].target
        for lacking in (Secrets(binance_api_key=Secret(KEY)), Secrets(binance_api_secret=Secret(SECRET))):
            with pytest.raises(BadInput, match=r"BINANCE_API_(SECRET|KEY) is empty"):
                exchange_client(at_server, lacking, session)
