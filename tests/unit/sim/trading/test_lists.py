"""Orders that hang together: what one of them does to the others, and to what is locked."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.fakes.trading_floor import START_MS, Floor, floor, leg
from tests.unit.sim.trading.test_engine import FALL_AND_RISE, Thin
from trader.sim.query import ApiError
from trader.sim.trading import lists as lists_module
from trader.sim.trading.liquidity import Frictionless
from trader.sim.trading.order import OrderRequest, SpotOrder
from trader.sim.trading.order_list import OrderList, OrderListRequest

D = Decimal
TARGET = leg("SELL", "LIMIT_MAKER", quantity="2", price="103")
STOP = leg("SELL", "STOP_LOSS", quantity="2", stop_price="95")
BREAK = leg("BUY", "STOP_LOSS_LIMIT", quantity="2", stop_price="102", price="102.5")
DIP = leg("BUY", "LIMIT_MAKER", quantity="2", price="95")
ENTRY = leg("BUY", "LIMIT", quantity="2", price="95")


class Halves(Frictionless):
    """Half of what is left of a resting order is met each time."""

    def arriving(self, order: SpotOrder) -> Decimal:
        return order.remaining / 2


@pytest.fixture
def market() -> Floor:
    return floor(FALL_AND_RISE)


def outcomes(found: OrderList) -> list[tuple[str, str]]:
    return [(order.status, order.expiry) for order in found.orders]


def test_a_stop_that_goes_off_expires_the_target_beside_it(market: Floor) -> None:
    found = market.oco(TARGET, STOP)
    assert market.balances()["BTC"] == (D(8), D(2)), "what both would sell is locked once"
    assert found.is_open
    market.go_to(3)
    assert outcomes(found) == [("EXPIRED", "OCO_TRIGGER"), ("FILLED", "NONE")]
    assert market.balances()["BTC"] == (D(8), D(0))
    assert not found.is_open


def test_a_target_that_is_met_expires_the_stop_beside_it() -> None:
    market = floor([(100.0, 100.0, 100.0, 100.0), (100.0, 104.0, 90.0, 103.0), (100.0, 104.0, 90.0, 92.0)])
    found = market.oco(TARGET, leg("SELL", "STOP_LOSS", quantity="2", stop_price="89"))
    market.go_to(2)
    assert outcomes(found) == [("FILLED", "NONE"), ("EXPIRED", "OCO_TRIGGER")]
    told = [(report.execution, report.order.request.kind) for report in market.reports[2:]]
    assert told == [("EXPIRED", "STOP_LOSS"), ("TRADE", "LIMIT_MAKER")], "the other one goes before the trade"


def test_the_dearer_of_two_bids_is_locked_and_the_other_one_can_pay_all_the_same(market: Floor) -> None:
    found = market.oco(BREAK, DIP)
    assert market.balances()["USDT"] == (D(10_000) - 205, D(205))
    market.go_to(2)
    assert outcomes(found) == [("EXPIRED", "OCO_TRIGGER"), ("FILLED", "NONE")]
    assert market.balances()["USDT"] == (D(10_000) - 190, D(0))


def test_the_second_of_two_pays_what_it_needs_beyond_the_first() -> None:
    market = floor(FALL_AND_RISE)
    market.account.balances["USDT"].free = D(208)
    dip = leg("BUY", "TAKE_PROFIT_LIMIT", quantity="2", stop_price="95", price="104")
    found = market.oco(leg("BUY", "STOP_LOSS", quantity="2", stop_price="102"), dip)
    assert [order.locked for order in found.orders] == [D(204), D(4)]
    assert market.balances()["USDT"] == (D(0), D(208))
    market.go_to(1.18)
    assert (found.orders[1].status, found.orders[1].trades[0].price) == ("FILLED", D("95.01"))
    assert market.balances()["USDT"] == (D(208) - D("190.02"), D(0))


def test_a_target_met_in_part_expires_the_stop_and_rests_on_with_the_rest_locked() -> None:
    market = floor([(100.0, 100.0, 100.0, 100.0), (100.0, 104.0, 90.0, 103.5)], Halves())
    found = market.oco(TARGET, leg("SELL", "STOP_LOSS", quantity="2", stop_price="80"))
    market.go_to(1.9)
    assert outcomes(found) == [("PARTIALLY_FILLED", "NONE"), ("EXPIRED", "OCO_TRIGGER")]
    assert market.balances()["BTC"] == (D(8), found.orders[0].remaining)
    assert found.is_open


def test_a_stop_whose_limit_was_jumped_over_rests_with_what_both_had_locked() -> None:
    market = floor([(100.0, 100.0, 100.0, 100.0), (90.0, 90.0, 85.0, 90.0)])
    guard = leg("SELL", "STOP_LOSS_LIMIT", quantity="2", stop_price="95", price="94.5")
    found = market.oco(TARGET, guard)
    market.go_to(2)
    assert outcomes(found) == [("EXPIRED", "OCO_TRIGGER"), ("NEW", "NONE")]
    assert market.balances()["BTC"] == (D(8), D(2))


@pytest.mark.parametrize("which", [0, 1])
def test_cancelling_one_of_a_list_cancels_all_of_it(which: int, market: Floor) -> None:
    before = market.balances()
    followers = leg("SELL", "LIMIT_MAKER", quantity="1", price="99"), STOP
    for found in (market.oco(TARGET, STOP), market.oto(ENTRY, followers[0]), market.oto(ENTRY, *followers)):
        market.engine.cancel(market.account, found.orders[which], "gone")
        assert outcomes(found) == [("CANCELED", "NONE")] * len(found.orders)
        assert {order.cancel_id for order in found.orders} == {"gone"}
        with pytest.raises(ApiError, match="Unknown order sent"):
            market.lists.cancel(found, "")
    assert market.balances() == before
    assert market.lists.open_of(market.account) == []


@pytest.mark.parametrize(
    "legs",
    [
        (leg("SELL", "LIMIT_MAKER", quantity="2", price="100"), STOP),
        (TARGET, leg("SELL", "STOP_LOSS", quantity="2", stop_price="100")),
        (leg("BUY", "STOP_LOSS", quantity="2", stop_price="100"), DIP),
        (BREAK, leg("BUY", "TAKE_PROFIT", quantity="2", stop_price="100")),
    ],
)
def test_the_market_has_to_lie_between_the_two(legs: tuple[OrderRequest, ...], market: Floor) -> None:
    before = market.balances()
    with pytest.raises(ApiError, match="relationship of the prices"):
        market.oco(*legs)
    assert (market.balances(), market.reports, market.account.open_orders()) == (before, [], [])


@pytest.mark.parametrize(
    "second",
    [
        leg("SELL", "STOP_LOSS", quantity="2", stop_price="95", client_id="taken"),
        leg("SELL", "STOP_LOSS", quantity="11", stop_price="95"),
    ],
)
def test_a_list_of_which_one_order_is_refused_leaves_nothing_behind(second: OrderRequest, market: Floor) -> None:
    market.order("BUY", "LIMIT", quantity="1", price="50", client_id="taken")
    before, orders = market.balances(), market.account.open_orders()
    with pytest.raises(ApiError):
        market.oco(TARGET, second)
    assert (market.balances(), market.account.open_orders()) == (before, orders)
    assert market.lists.of(market.account) == []


def test_a_list_has_its_name_alone_while_it_is_open(market: Floor) -> None:
    first = market.oco(TARGET, STOP, client_id="mine")
    with pytest.raises(ApiError, match="Duplicate order sent"):
        market.oco(TARGET, STOP, client_id="mine")
    market.lists.cancel(first, "")
    again = market.oco(TARGET, STOP, client_id="mine")
    assert market.lists.find(market.account, None, "mine") is again
    assert market.lists.find(market.account, first.list_id, None) is first
    assert market.lists.find(market.account, first.list_id, "other") is None


@pytest.mark.parametrize(("sells", "kept"), [("1.5", "0.999"), ("0.5", "0.5")])
def test_what_was_bought_stays_locked_until_what_sells_it_goes_out(sells: str, kept: str) -> None:
    market = floor(FALL_AND_RISE, Halves())
    found = market.oto(ENTRY, leg("SELL", "LIMIT", quantity=sells, price="99"))
    told: list[Decimal] = []
    market.engine.listeners.append(lambda report: told.append(report.account.balance("BTC").locked))
    assert [order.status for order in found.orders] == ["NEW", "PENDING_NEW"]
    market.go_to(1.25)
    assert found.orders[0].status == "PARTIALLY_FILLED"
    assert market.balances()["BTC"] == (D("10.999") - D(kept), D(kept)), "half of it, without the commission"
    assert told == [D(kept)], "whoever hears of the trade finds it locked"
    market.lists.cancel(found, "")
    assert outcomes(found) == [("CANCELED", "NONE")] * 2
    assert market.balances()["BTC"] == (D("10.999"), D(0))


def test_of_what_was_bought_no_more_is_locked_than_will_be_sold(market: Floor) -> None:
    found = market.oto(ENTRY, leg("SELL", "LIMIT", quantity="0.5", price="130"))
    market.go_to(1.2)
    assert found.orders[1].status == "NEW"
    assert market.balances()["BTC"] == (D("11.498"), D("0.5"))


def test_an_order_that_follows_meets_what_is_left_of_the_way(market: Floor) -> None:
    found = market.oto(ENTRY, leg("SELL", "LIMIT", quantity="1.5", price="99"))
    market.go_to(2)
    assert outcomes(found) == [("FILLED", "NONE")] * 2
    entered, left = (order.trades[0] for order in found.orders)
    assert START_MS + 70_000 == entered.time_ms < left.time_ms < START_MS + 100_000
    assert left.is_maker


def test_two_that_follow_cancel_each_other(market: Floor) -> None:
    target = leg("SELL", "LIMIT_MAKER", quantity="1.5", price="99")
    found = market.oto(ENTRY, target, leg("SELL", "STOP_LOSS", quantity="1.5", stop_price="80"))
    market.go_to(1.3)
    assert [order.status for order in found.orders] == ["FILLED", "NEW", "NEW"]
    assert market.balances()["BTC"][1] == D("1.5")
    market.go_to(2)
    assert outcomes(found) == [("FILLED", "NONE"), ("FILLED", "NONE"), ("EXPIRED", "OCO_TRIGGER")]
    assert market.balances()["BTC"] == (D("10.498"), D(0))


@pytest.mark.parametrize(
    ("free", "sold"),
    [("10", "2.00"), ("0.002", "2.00"), ("0.0019", "1.99")],
)
def test_what_sells_receipts_sells_all_of_them_where_the_commission_is_free(free: str, sold: str) -> None:
    market = floor(FALL_AND_RISE)
    market.account.balances["BTC"].free = D(free)
    step = D(str(market.engine.lot_step(ENTRY)))
    found = market.oto(ENTRY, leg("SELL", "LIMIT", price="130"), sells_receipts=True)
    market.go_to(1.5)
    bought = D(2) if D(free) >= D("0.002") else D("1.998")
    assert found.orders[1].quantity == bought // step * step == found.orders[1].locked
    assert found.orders[1].quantity >= D(sold)
    assert market.balances()["BTC"] == (D(free) + D("1.998") - found.orders[1].quantity, found.orders[1].quantity)


def test_receipts_that_no_order_may_sell_are_free_again(market: Floor) -> None:
    market.unwelcome.add("STOP_LOSS")
    legs = leg("SELL", "LIMIT_MAKER", price="99"), leg("SELL", "STOP_LOSS", stop_price="80")
    found = market.oto(ENTRY, *legs, sells_receipts=True)
    market.go_to(1.5)
    assert outcomes(found) == [("FILLED", "NONE"), ("EXPIRED", "REJECTED"), ("EXPIRED", "REJECTED")]
    assert not found.is_open
    assert market.balances()["BTC"] == (D("11.998"), D(0))


@pytest.mark.parametrize(
    "follower",
    [
        leg("SELL", "STOP_LOSS", quantity="1", stop_price="95"),
        leg("SELL", "LIMIT_MAKER", quantity="1", price="95"),
        leg("SELL", "LIMIT", quantity="12", price="99"),
        leg("BUY", "LIMIT", quantity="200", price="80"),
    ],
)
def test_a_follower_that_cannot_be_taken_when_its_turn_comes_is_rejected(follower: OrderRequest, market: Floor) -> None:
    found = market.oto(ENTRY, follower)
    market.go_to(1.2)
    assert outcomes(found) == [("FILLED", "NONE"), ("EXPIRED", "REJECTED")]
    assert market.balances() == {"USDT": (D(9810), D(0)), "BTC": (D("11.998"), D(0))}


def test_those_that_wait_end_with_an_entry_that_expires() -> None:
    market = floor(FALL_AND_RISE, Thin())
    entry = leg("BUY", "LIMIT", quantity="1.5", price="100.01", time_in_force="IOC")
    found = market.oto(entry, leg("SELL", "MARKET", quantity="0.4"))
    assert outcomes(found) == [("EXPIRED", "UNFILLED_IOC_QUANTITY_EXPIRED"), ("EXPIRED", "OTO_PHASE_ONE_EXPIRED")]
    assert market.balances()["BTC"] == (D("10.4995"), D(0))


def test_an_entry_that_fills_at_once_is_answered_while_the_others_still_wait(market: Floor) -> None:
    request = OrderListRequest(
        "", (leg("BUY", "LIMIT", quantity="2", price="101"), leg("SELL", "MARKET", quantity="1")), has_phases=True
    )
    found, told = market.lists.place(market.account, request)
    assert [(order.status, len(order.trades)) for order in told] == [("FILLED", 1), ("PENDING_NEW", 0)]
    assert outcomes(found) == [("FILLED", "NONE")] * 2


def test_the_oldest_done_lists_are_forgotten_and_open_ones_never(
    market: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists_module, "KEPT_LISTS", 2)
    standing = market.oco(TARGET, STOP)
    for _ in range(4):
        market.lists.cancel(market.oco(TARGET, STOP), "")
    assert [found.list_id for found in market.lists.of(market.account)] == [standing.list_id, 4, 5]
