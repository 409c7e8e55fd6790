"""Self-trade prevention: an order that takes meets its owner's resting one, in every mode."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.fakes.trading_floor import Floor, floor, leg
from trader.sim.trading.amounts import total
from trader.sim.trading.order import SpotOrder, Status

D = Decimal
ASK = "100.01"
"""A tick above the last price, where the market sells as well."""


@pytest.fixture
def market() -> Floor:
    """A price that stands still."""
    return floor([(100.0, 100.0, 100.0, 100.0)] * 3)


def crossed(market: Floor, mode: str, taken: str = "3", resting: str = "1") -> tuple[SpotOrder, SpotOrder]:
    """An order to sell at the ask, and one to buy that comes to it."""
    maker = market.order("SELL", "LIMIT", quantity=resting, price=ASK)
    taker = market.order("BUY", "LIMIT", quantity=taken, price=ASK, self_trade_mode=mode)
    return maker, taker


@pytest.mark.parametrize(
    ("mode", "maker_status", "taker_status", "bought", "prevented"),
    [
        ("EXPIRE_MAKER", "EXPIRED_IN_MATCH", "FILLED", "3", ("1", "0")),
        ("EXPIRE_TAKER", "NEW", "EXPIRED_IN_MATCH", "0", ("0", "1")),
        ("EXPIRE_BOTH", "EXPIRED_IN_MATCH", "EXPIRED_IN_MATCH", "0", ("1", "1")),
        ("DECREMENT", "EXPIRED_IN_MATCH", "FILLED", "2", ("1", "1")),
        ("TRANSFER", "EXPIRED_IN_MATCH", "FILLED", "2", ("1", "1")),
    ],
)
def test_the_mode_of_the_order_that_takes_decides(
    mode: str, maker_status: Status, taker_status: Status, bought: str, prevented: tuple[str, str], market: Floor
) -> None:
    maker, taker = crossed(market, mode)
    assert (maker.status, taker.status, taker.executed) == (maker_status, taker_status, D(bought))
    assert (maker.prevented_quantity, taker.prevented_quantity) == tuple(D(each) for each in prevented)
    assert maker.executed == 0
    assert market.account.balance("BTC").locked == (0 if maker_status == "EXPIRED_IN_MATCH" else 1)
    assert market.account.balance("USDT").locked == 0
    [match] = market.engine.self_trades.of(market.account, "BTCUSDT")
    assert (match.maker_order_id, match.taker_order_id, match.quantity) == (maker.order_id, taker.order_id, D(1))


def test_the_smaller_order_goes_and_the_larger_one_rests_on(market: Floor) -> None:
    maker, taker = crossed(market, "DECREMENT", taken="1", resting="3")
    assert (maker.status, maker.remaining, taker.status) == ("NEW", D(2), "EXPIRED_IN_MATCH")
    assert market.account.balance("BTC").locked == 2
    assert market.told()[-2:] == [("TRADE_PREVENTION", maker.order_id), ("TRADE_PREVENTION", taker.order_id)]


def test_without_prevention_both_sides_have_one_trade(market: Floor) -> None:
    before = market.account.held("USDT")
    maker, taker = crossed(market, "NONE")
    assert (maker.status, taker.status) == ("FILLED", "FILLED")
    assert maker.trades[0].trade_id == taker.trades[0].trade_id != taker.trades[1].trade_id
    assert (maker.trades[0].is_maker, taker.trades[0].is_maker) == (True, False)
    fee = maker.trades[0].commission
    assert market.account.held("USDT") == before - D("200.02") - fee
    assert market.account.held("BTC") == 12 - taker.trades[0].commission - taker.trades[1].commission
    assert market.engine.self_trades.of(market.account, "BTCUSDT") == []


def test_the_best_of_its_owners_orders_is_met_first_and_none_beyond_what_it_takes(market: Floor) -> None:
    far = market.order("SELL", "LIMIT", quantity="1", price="100.02")
    near = market.order("SELL", "LIMIT", quantity="1", price=ASK)
    market.order("BUY", "MARKET", quantity="1")
    assert (far.status, near.status) == ("NEW", "EXPIRED_IN_MATCH")


def test_a_sale_meets_its_owners_bids(market: Floor) -> None:
    bid = market.order("BUY", "LIMIT", quantity="1", price="100")
    sold = market.order("SELL", "MARKET", quantity="1", self_trade_mode="EXPIRE_TAKER")
    assert (bid.status, sold.status, sold.prevented_quantity) == ("NEW", "EXPIRED_IN_MATCH", D(1))


def test_one_of_a_list_takes_the_other_along(market: Floor) -> None:
    target = leg("SELL", "LIMIT_MAKER", quantity="1", price=ASK)
    found = market.oco(target, leg("SELL", "STOP_LOSS", quantity="1", stop_price="90"))
    market.order("BUY", "MARKET", quantity="1")
    assert [order.status for order in found.orders] == ["EXPIRED_IN_MATCH", "EXPIRED"]
    assert not found.is_open
    assert market.account.balance("BTC").locked == 0


def test_an_order_that_follows_a_trade_with_its_owner_meets_neither_side_of_it_again(market: Floor) -> None:
    before = market.account.held("BTC")
    maker = market.order("SELL", "LIMIT", quantity="1", price=ASK)
    entry = leg("BUY", "LIMIT", quantity="1", price=ASK, self_trade_mode="NONE")
    found = market.oto(entry, entry)
    assert [order.status for order in found.orders] == ["FILLED", "FILLED"]
    assert (maker.status, maker.executed) == ("FILLED", D(1))
    fees = total(trade.commission for order in found.orders for trade in order.trades)
    assert market.account.held("BTC") == before + 1 - fees
    assert market.account.balance("BTC").locked == 0


def test_one_of_a_list_that_loses_a_part_leaves_all_that_the_other_one_needs_locked() -> None:
    market = floor([(100.0, 100.0, 100.0, 100.0), (100.0, 100.0, 80.0, 80.0), (80.0, 80.0, 80.0, 80.0)])
    target = leg("SELL", "LIMIT_MAKER", quantity="10", price=ASK)
    found = market.oco(target, leg("SELL", "STOP_LOSS", quantity="10", stop_price="90"))
    market.order("BUY", "LIMIT", quantity="4", price=ASK, self_trade_mode="DECREMENT")
    assert (found.orders[0].remaining, market.account.balance("BTC").locked) == (D(6), D(10))
    market.go_to(2)
    assert [(order.status, order.executed) for order in found.orders] == [("EXPIRED", D(0)), ("FILLED", D(10))]
    assert market.account.balance("BTC").free == market.account.balance("BTC").locked == 0


def test_one_of_a_list_that_lost_a_part_and_is_made_smaller_leaves_what_the_other_one_needs_locked() -> None:
    market = floor([(100.0, 100.0, 100.0, 100.0), (100.0, 100.0, 80.0, 80.0), (80.0, 80.0, 80.0, 80.0)])
    target = leg("SELL", "LIMIT_MAKER", quantity="10", price=ASK)
    found = market.oco(target, leg("SELL", "STOP_LOSS", quantity="10", stop_price="90"))
    market.order("BUY", "LIMIT", quantity="4", price=ASK, self_trade_mode="DECREMENT")
    market.amend(0, "8")
    assert market.balances()["BTC"] == (D(2), D(8))
    market.go_to(2)
    assert [(order.status, order.executed) for order in found.orders] == [("EXPIRED", D(0)), ("FILLED", D(8))]
