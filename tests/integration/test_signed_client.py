"""The signed client trades on the simulated exchange, which judges signatures over the bytes that it receives."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from chalicelib.adapters.binance.faults import TooManyOrders
from chalicelib.adapters.binance.signing import signer_of
from chalicelib.domain import Side
from chalicelib.errors import BadInput, Conflict, KeyRefused, NoSuchOrder, Rejected
from chalicelib.exchange_account import OrderState
from chalicelib.secret import Secret
from chalicelib.wanted_orders import OrderKind, WantedList
from tests.sim_server import generated, running
from tests.support.signed_client import Client, client_at, wanted
from tests.support.signing import KEY, SECRET
from trader.sim.trading.floor import TradingFloor
from trader.sim.trading.opening import member_of

SYMBOL = "BTCUSDT"


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def client(told: list[str]) -> Iterator[Client]:
    """Of somebody with an account of their own, at an exchange whose time stands nearly still."""
    exchange = generated("BTCUSDT,ETHUSDT", speed=0.001)
    floor = TradingFloor(exchange, [member_of(KEY, SECRET, None, "USDT=100000,BTC=5")])
    with running(exchange, floor=floor) as served, requests.Session() as session:
        yield client_at(served.url, session, tell=told.append)


def price(client: Client, factor: str = "1") -> Decimal:
    read = requests.get(f"{client.transport.base_url}/api/v3/ticker/price?symbol={SYMBOL}", timeout=10).json()["price"]
    return (Decimal(read) * Decimal(factor)).quantize(Decimal("0.01"))


def test_a_market_order_fills_and_all_that_is_told_of_it_agrees(client: Client, told: list[str]) -> None:
    before = client.account.state().balances
    placed = client.orders.place(wanted(quantity="0.02"))
    assert (placed.state, placed.executed, placed.client_id) == (OrderState.FILLED, Decimal("0.02"), "mine-1")
    found = client.orders.find(SYMBOL, "mine-1")
    assert (found.order_id, found.executed, found.quote_executed) == (
        placed.order_id,
        placed.executed,
        placed.quote_executed,
    )
    trades = client.account.trades(SYMBOL, order_id=placed.order_id)
    assert tuple(trade.fill for trade in trades) == placed.fills
    assert {trade.side for trade in trades} == {Side.BUY}
    after = client.account.state().balances
    assert placed.quote_executed == before["USDT"].free - after["USDT"].free
    assert told == []


def test_every_kind_of_order_is_taken_shown_and_cancelled(client: Client, told: list[str]) -> None:
    low, high = price(client, "0.9"), price(client, "1.1")
    kinds = {
        OrderKind.LIMIT: {"price": low},
        OrderKind.LIMIT_MAKER: {"price": low},
        OrderKind.STOP_LOSS: {"stop_price": high},
        OrderKind.STOP_LOSS_LIMIT: {"price": high, "stop_price": high},
        OrderKind.TAKE_PROFIT: {"stop_price": low},
        OrderKind.TAKE_PROFIT_LIMIT: {"price": low, "stop_price": low},
    }
    for kind, amounts in kinds.items():
        order = wanted(kind, f"mine-{kind}", quantity="0.01", **amounts)
        client.orders.test(order)
        assert client.orders.open_orders(SYMBOL) == []
        placed = client.orders.place(order)
        assert (placed.kind, placed.is_open, placed.is_understood) == (kind, True, True)
        assert [each.order_id for each in client.orders.open_orders()] == [placed.order_id]
        ended = client.orders.cancel(SYMBOL, f"mine-{kind}")
        assert (ended.state, ended.client_id) == (OrderState.CANCELED, f"mine-{kind}")
    assert [order.kind for order in client.orders.all_orders(SYMBOL)] == list(kinds)
    assert told == []


@pytest.mark.parametrize("form", ["oco", "oto", "opo", "otoco", "opoco"])
def test_lists_of_every_form_are_taken_found_and_ended(form: str, client: Client, told: list[str]) -> None:
    amount = None if form in ("opo", "opoco") else "0.01"
    low, high = price(client, "0.9"), price(client, "1.1")
    above = wanted(OrderKind.LIMIT_MAKER, "up", side=Side.SELL, quantity=amount, price=high)
    below = wanted(OrderKind.STOP_LOSS, "down", side=Side.SELL, quantity=amount, stop_price=price(client, "0.8"))
    working = None if form == "oco" else wanted(OrderKind.LIMIT, "in", quantity="0.01", price=low)
    legs = (below,) if form in ("oto", "opo") else (above, below)
    listed = WantedList("together", legs, working)
    placed = client.orders.place_list(listed)
    assert [order.client_id for order in placed.orders] == [order.client_id for order in listed.orders]
    assert all(order.is_open and order.is_understood and order.list_id == placed.list_id for order in placed.orders)
    found = client.orders.find_list("together")
    assert (found.list_id, found.order_ids, found.status) == (placed.list_id, placed.order_ids, "EXECUTING")
    assert client.orders.cancel_list(SYMBOL, "together").status == "ALL_DONE"
    assert client.orders.open_orders(SYMBOL) == []
    assert told == []


def test_all_open_orders_are_ended_at_once(client: Client) -> None:
    low = price(client, "0.9")
    for number in range(3):
        client.orders.place(wanted(OrderKind.LIMIT, f"mine-{number}", quantity="0.01", price=low))
    assert [order.client_id for order in client.orders.cancel_all(SYMBOL)] == ["mine-0", "mine-1", "mine-2"]
    with pytest.raises(NoSuchOrder):
        client.orders.cancel_all(SYMBOL)


def test_refusals_say_which_they_are(client: Client) -> None:
    low = price(client, "0.9")
    with pytest.raises(Rejected, match="Filter failure: LOT_SIZE"):
        client.orders.place(wanted(quantity="0.000001"))
    with pytest.raises(Rejected, match="insufficient balance"):
        client.orders.place(wanted(OrderKind.LIMIT, quantity="8", price=low, side=Side.BUY))
    client.orders.place(wanted(OrderKind.LIMIT, quantity="0.01", price=low))
    with pytest.raises(Conflict, match="an order of this client id is open already"):
        client.orders.place(wanted(OrderKind.LIMIT, quantity="0.01", price=low))
    with pytest.raises(NoSuchOrder):
        client.orders.find(SYMBOL, "nobodys")
    with pytest.raises(BadInput, match="no such symbol"):
        client.orders.open_orders("NOPEUSDT")


def test_fees_and_order_counts_are_told_and_the_ledger_learns_them(client: Client) -> None:
    fees = client.account.fees(SYMBOL)
    assert (fees.standard.maker, fees.standard.taker) == (Decimal("0.001"), Decimal("0.001"))
    client.orders.place(wanted(OrderKind.LIMIT, quantity="0.01", price=price(client, "0.9")))
    counts = {count.window: (count.count, count.limit) for count in client.account.unfilled()}
    assert counts["1D"] == (1, 200_000)
    client.ledger.learn({"1D": 1})
    with pytest.raises(TooManyOrders):
        client.orders.place(wanted(OrderKind.LIMIT, "mine-2", quantity="0.01", price=price(client, "0.9")))


@pytest.mark.parametrize("kind", ["Ed25519", "RSA"])
def test_a_private_key_is_let_in_by_its_public_half(kind: str) -> None:
    private = ed25519.Ed25519PrivateKey.generate() if kind == "Ed25519" else rsa.generate_private_key(65537, 2048)
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    exchange = generated()
    floor = TradingFloor(exchange, [member_of(KEY, "", public, "USDT=5000")])
    with running(exchange, floor=floor) as served, requests.Session() as session:
        client = client_at(served.url, session, signer=signer_of(Secret(pem)))
        assert client.account.state().balances["USDT"].free == 5000
        assert client.orders.place(wanted(quantity="0.01")).state is OrderState.FILLED


@pytest.mark.parametrize(("key", "secret"), [("nobody", SECRET), (KEY, "wrong")])
def test_who_is_not_let_in_is_told_to_halt(key: str, secret: str, client: Client) -> None:
    with requests.Session() as session:
        stranger = client_at(client.transport.base_url, session, key=key, signer=signer_of(Secret(secret)))
        with pytest.raises(KeyRefused):
            stranger.account.state()
