"""What trades cost on the simulated exchange, in what is received or in BNB."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.errors import BadInput
from tests.sim_server import generated, running
from tests.support.signing import KEY, SECRET, Trader
from trader.sim.trading.floor import TradingFloor
from trader.sim.trading.opening import member_of, rates_of

BUY = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"}
ALL_BNB = {"symbol": "BNBUSDT", "side": "SELL", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1", "price": "2000"}
D = Decimal


@contextmanager
def opened(balance: str, fees: str = "0.001,0.001", *, in_bnb: bool = True) -> Iterator[Trader]:
    """Somebody at an exchange whose time stands nearly still."""
    member = member_of(KEY, SECRET, None, balance)
    member.account.rates, member.account.pays_in_bnb = rates_of(fees), in_bnb
    exchange = generated("BTCUSDT,BNBUSDT", speed=0.001)
    with running(exchange, floor=TradingFloor(exchange, [member])) as served:
        yield Trader(served.url)


def filled(trader: Trader, **asked: object) -> dict[str, Any]:
    told = trader.ask("POST", "order", **asked).json()
    assert told["status"] == "FILLED", told
    [fill] = told["fills"]
    assert isinstance(fill, dict)
    return fill


def free(trader: Trader, asset: str) -> Decimal:
    rows = trader.ask("GET", "account").json()["balances"]
    return next((D(row["free"]) for row in rows if row["asset"] == asset), D(0))


def test_bnb_pays_a_quarter_less_and_what_is_received_stays_whole() -> None:
    with opened("USDT=10000,BNB=1") as trader:
        fill = filled(trader, **BUY)
        price = D(filled(trader, symbol="BNBUSDT", side="SELL", type="MARKET", quantity="0.1")["price"])
        worth = D(fill["price"]) * D(fill["qty"]) * D("0.00075")
        assert fill["commissionAsset"] == "BNB"
        assert abs(D(fill["commission"]) - worth / price) < D("1e-8") * 2
        assert free(trader, "BTC") == D("0.01")
        discount = trader.ask("GET", "account/commission", symbol="BTCUSDT").json()["discount"]
        assert (discount["enabledForAccount"], discount["discount"]) == (True, "0.25000000")
        row = trader.ask("GET", "myTrades", symbol="BTCUSDT").json()[0]
        assert (row["commission"], row["commissionAsset"]) == (fill["commission"], "BNB")


def test_without_enough_free_bnb_what_is_received_pays_in_full() -> None:
    with opened("USDT=10000,BNB=1.00000001") as trader:
        assert trader.ask("POST", "order", **ALL_BNB).status_code == 200
        fill = filled(trader, **BUY)
        assert (fill["commission"], fill["commissionAsset"]) == ("0.00001000", "BTC")
        assert free(trader, "BNB") == D("0.00000001")


def test_what_rests_in_bnb_pays_for_nothing_else() -> None:
    with opened("USDT=10000,BNB=1") as trader:
        ladder = {**ALL_BNB, "quantity": "0.5"}
        assert trader.ask("POST", "order", **ladder).status_code == 200
        fill = filled(trader, symbol="BNBUSDT", side="SELL", type="MARKET", quantity="0.5")
        assert fill["commissionAsset"] == "USDT", "the other half is locked"
        assert free(trader, "BNB") == 0


def test_what_is_received_in_bnb_pays_at_once() -> None:
    with opened("USDT=10000") as trader:
        fill = filled(trader, symbol="BNBUSDT", side="BUY", type="MARKET", quantity="1")
        assert fill["commissionAsset"] == "BNB"
        assert free(trader, "BNB") == 1 - D(fill["commission"])
        assert D(fill["commission"]) < D("0.001")


def test_rates_are_what_the_account_was_opened_with() -> None:
    with opened("USDT=10000", "0,0.0002", in_bnb=False) as trader:
        assert filled(trader, **BUY)["commission"] == "0.00000200"
        told = trader.ask("GET", "account/commission", symbol="BTCUSDT").json()["standardCommission"]
        assert (told["maker"], told["taker"]) == ("0.00000000", "0.00020000")


def test_what_bnb_costs_has_to_be_known() -> None:
    member = member_of(KEY, SECRET, None, "USDT=1")
    member.account.pays_in_bnb = True
    with pytest.raises(BadInput, match="let BNBUSDT be a symbol too"):
        TradingFloor(generated("BTCUSDT", speed=0.001), [member])


@pytest.mark.parametrize("text", ["0.001", "1,0.1", "0.001,-0.001", "0.0000000001,0", "a,b"])
def test_rates_that_are_none_get_one_line(text: str) -> None:
    with pytest.raises(BadInput, match="give MAKER,TAKER"):
        rates_of(text)
