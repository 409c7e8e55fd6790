"""The engine of the simulated exchange: what an order meets on the market's way, and what that does to balances."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from tests.fakes.trading_floor import START_MS, SYMBOL, Floor, floor
from trader.sim.query import ApiError
from trader.sim.tape import MarketPath
from trader.sim.trading import account as account_module
from trader.sim.trading.liquidity import Frictionless, Offer
from trader.sim.trading.order import Side

FALL_AND_RISE = [(100.0, 101.0, 99.0, 100.5), (100.0, 104.0, 90.0, 103.0), (103.0, 103.0, 103.0, 103.0)]
"""The second opens at 100 after a close at 100.5, falls to 90 within 20 s, rises to 104, ends at 103."""
D = Decimal


class Thin(Frictionless):
    """Two lots of 0.5 at the ask and a tick above it, or at the bid and below."""

    def offers(self, side: Side, last: Decimal, tape: MarketPath, now_ms: int) -> Iterator[Offer]:
        worse = D("0.01") if side == "BUY" else D("-0.01")
        best = last + D("0.01") if side == "BUY" else last
        yield Offer(best, D("0.5"))
        yield Offer(best + worse, D("0.5"))


@pytest.fixture
def market() -> Floor:
    return floor(FALL_AND_RISE)


def test_a_market_order_takes_the_ask_and_pays_a_thousandth_of_what_it_gets(market: Floor) -> None:
    bought = market.order("BUY", "MARKET", quantity="2")
    assert (bought.status, bought.executed, bought.quote_executed) == ("FILLED", D(2), D("200.02"))
    assert market.balances() == {"USDT": (D("9799.98"), D(0)), "BTC": (D("11.998"), D(0))}
    sold = market.order("SELL", "MARKET", quantity="2")
    assert (sold.trades[0].price, sold.trades[0].commission, sold.trades[0].commission_asset) == (
        D(100),
        D("0.2"),
        "USDT",
    )
    assert market.balances() == {"USDT": (D("9999.78"), D(0)), "BTC": (D("9.998"), D(0))}
    assert market.told() == [("NEW", 1), ("TRADE", 1), ("NEW", 2), ("TRADE", 2)]


def test_a_sum_of_quote_buys_the_most_lots_that_it_pays(market: Floor) -> None:
    bought = market.order("BUY", "MARKET", quote_quantity="150")
    step = D(1).scaleb(-2)
    assert bought.executed % step == 0
    assert bought.quote_executed <= 150 < bought.quote_executed + step * D("100.01")


def test_a_sum_that_is_not_there_is_refused_though_fewer_lots_would_cost_less(market: Floor) -> None:
    before = market.balances()
    with pytest.raises(ApiError, match="insufficient balance"):
        market.order("BUY", "MARKET", quote_quantity="10000.01")
    assert market.balances() == before
    bought = market.order("BUY", "MARKET", quote_quantity="10000")
    assert (bought.status, market.balances()["USDT"]) == ("FILLED", (10_000 - bought.quote_executed, D(0)))


@pytest.mark.parametrize(("side", "spent"), [("BUY", "100.015"), ("SELL", "99.995")])
def test_a_sum_for_which_too_little_is_offered_is_spent_in_part(side: Side, spent: str) -> None:
    market = floor(FALL_AND_RISE, liquidity=Thin())
    order = market.order(side, "MARKET", quote_quantity="150")
    assert (order.status, order.expiry, order.executed) == ("EXPIRED", "INSUFFICIENT_LIQUIDITY", D(1))
    assert (order.quote_executed, order.quantity >= D("1.49")) == (D(spent), True)
    assert all(locked == 0 for _, locked in market.balances().values())


def test_a_limit_order_rests_with_its_funds_locked_until_its_price_is_touched(market: Floor) -> None:
    order = market.order("BUY", "LIMIT", quantity="2", price="95")
    assert market.balances()["USDT"] == (D(9810), D(190))
    market.go_to(1.16)
    assert order.status == "NEW"
    market.go_to(1.17)
    assert (order.status, order.trades[0].price, order.trades[0].is_maker) == ("FILLED", D(95), True)
    assert order.trades[0].time_ms == START_MS + 70_000, "half of the way down, which takes twenty seconds"
    assert market.balances() == {"USDT": (D(9810), D(0)), "BTC": (D("11.998"), D(0))}


def test_a_limit_above_the_market_takes_at_once_at_the_better_price(market: Floor) -> None:
    order = market.order("BUY", "LIMIT", quantity="1", price="105")
    assert (order.status, order.trades[0].price, order.trades[0].is_maker) == ("FILLED", D("100.01"), False)
    assert market.balances()["USDT"] == (D("9899.99"), D(0))


def test_orders_are_met_in_the_order_of_the_way_down_not_in_which_they_were_placed(market: Floor) -> None:
    market.order("BUY", "LIMIT", quantity="1", price="92")
    market.order("SELL", "STOP_LOSS", quantity="1", stop_price="97")
    market.order("BUY", "LIMIT", quantity="1", price="96")
    market.go_to(2)
    assert [number for told, number in market.told() if told == "TRADE"] == [2, 3, 1]


def test_a_stop_sells_at_its_price_on_the_way_and_beyond_it_after_a_jump() -> None:
    market = floor([(100.0, 100.0, 100.0, 100.0), (90.0, 96.0, 85.0, 95.0)])
    jumped = market.order("SELL", "STOP_LOSS", quantity="1", stop_price="97")
    reached = market.order("SELL", "STOP_LOSS", quantity="1", stop_price="88")
    market.go_to(2)
    assert [order.trades[0].price for order in (jumped, reached)] == [90, 88]


def test_a_stop_with_a_limit_that_was_jumped_over_rests_until_the_price_comes_back() -> None:
    market = floor([(100.0, 100.0, 100.0, 100.0), (90.0, 96.5, 85.0, 96.5), (96.5, 97.5, 96.5, 97.5)])
    order = market.order("SELL", "STOP_LOSS_LIMIT", quantity="1", stop_price="97", price="96.8")
    market.go_to(1.999)
    assert (order.status, order.is_working) == ("NEW", True)
    market.go_to(3)
    assert (order.status, order.trades[0].price, order.trades[0].is_maker) == ("FILLED", D("96.8"), True)


@pytest.mark.parametrize(
    ("side", "stop", "delta", "price"),
    [("SELL", None, 200, "98"), ("SELL", "95", 200, "93.1"), ("BUY", None, 500, "94.5")],
)
def test_a_trailing_stop_follows_the_market_and_not_back(side: Side, stop: str | None, delta: int, price: str) -> None:
    prices = [(100.0, 100.0, 100.0, 100.0), (100.0, 100.0, 90.0, 100.0)]
    market = floor(prices)
    given = {} if stop is None else {"stop_price": stop}
    order = market.order(side, "STOP_LOSS", quantity="1", trailing_delta=delta, **given)
    market.go_to(2)
    ask = D("0.01") if side == "BUY" else D(0)
    assert (order.status, order.trades[0].price) == ("FILLED", D(price) + ask)


@pytest.mark.parametrize(
    ("side", "stop", "delta", "price"),
    [("SELL", None, 200, "98"), ("SELL", "105", 200, "107.8"), ("BUY", None, 500, "94.5"), ("BUY", "95", 500, "94.5")],
)
def test_a_trailing_profit_is_taken_at_the_turn_after_the_best_price(
    side: Side, stop: str | None, delta: int, price: str
) -> None:
    market = floor([(100.0, 100.0, 100.0, 100.0), (100.0, 110.0, 90.0, 100.0)])
    given = {} if stop is None else {"stop_price": stop}
    order = market.order(side, "TAKE_PROFIT", quantity="1", trailing_delta=delta, **given)
    market.go_to(2)
    ask = D("0.01") if side == "BUY" else D(0)
    assert (order.status, order.trades[0].price) == ("FILLED", D(price) + ask)


@pytest.mark.parametrize(
    ("kind", "side", "stop"),
    [
        ("STOP_LOSS", "SELL", "100"),
        ("STOP_LOSS", "BUY", "99"),
        ("TAKE_PROFIT", "SELL", "99"),
        ("TAKE_PROFIT", "BUY", "101"),
    ],
)
def test_a_stop_on_the_wrong_side_would_trigger_immediately(kind: str, side: Side, stop: str, market: Floor) -> None:
    before = market.balances()
    with pytest.raises(ApiError, match="would trigger immediately"):
        market.order(side, kind, quantity="1", stop_price=stop)  # type: ignore[arg-type]
    assert market.balances() == before
    assert market.reports == []


def test_a_maker_that_would_take_is_refused(market: Floor) -> None:
    with pytest.raises(ApiError, match="would immediately match and take"):
        market.order("BUY", "LIMIT_MAKER", quantity="1", price="100.01")
    assert market.order("BUY", "LIMIT_MAKER", quantity="1", price="100").status == "NEW"


def test_what_cannot_be_paid_is_refused_with_nothing_changed(market: Floor) -> None:
    for side, kind, more in (("BUY", "MARKET", {}), ("BUY", "LIMIT", {"price": "100"}), ("SELL", "MARKET", {})):
        before = market.balances()
        with pytest.raises(ApiError, match="insufficient balance"):
            market.order(side, kind, quantity="101", **more)  # type: ignore[arg-type]
        assert market.balances() == before


def test_an_id_is_taken_by_one_open_order_and_free_again_after(market: Floor) -> None:
    first = market.order("BUY", "LIMIT", quantity="1", price="95", client_id="mine")
    before = market.balances()
    with pytest.raises(ApiError, match="Duplicate order sent"):
        market.order("BUY", "LIMIT", quantity="1", price="95", client_id="mine")
    assert market.balances() == before
    market.engine.cancel(market.account, first)
    again = market.order("BUY", "LIMIT", quantity="1", price="95", client_id="mine")
    assert market.account.find(SYMBOL, None, "mine") is again
    assert market.account.find(SYMBOL, first.order_id, None) is first


def test_a_cancelled_order_gives_its_funds_back_and_cannot_be_cancelled_again(market: Floor) -> None:
    before = market.balances()
    order = market.order("SELL", "LIMIT", quantity="1", price="110")
    market.engine.cancel(market.account, order)
    assert market.balances() == before
    with pytest.raises(ApiError, match="Unknown order sent") as caught:
        market.engine.cancel(market.account, order)
    assert caught.value.code == -2011


def test_an_order_that_fills_before_its_cancel_comes_is_filled(market: Floor) -> None:
    order = market.order("BUY", "LIMIT", quantity="1", price="95")
    market.clock.time_ms += 90_000
    with pytest.raises(ApiError, match="Unknown order sent"):
        market.engine.cancel(market.account, order)
    assert order.status == "FILLED"


@pytest.mark.parametrize(
    ("kind", "more", "status", "executed", "expiry"),
    [
        ("MARKET", {}, "EXPIRED", "1.0", "INSUFFICIENT_LIQUIDITY"),
        ("LIMIT", {"price": "101", "time_in_force": "IOC"}, "EXPIRED", "1.0", "UNFILLED_IOC_QUANTITY_EXPIRED"),
        ("LIMIT", {"price": "100.01", "time_in_force": "IOC"}, "EXPIRED", "0.5", "UNFILLED_IOC_QUANTITY_EXPIRED"),
        ("LIMIT", {"price": "101", "time_in_force": "FOK"}, "EXPIRED", "0", "UNFILLED_FOK_ORDER_EXPIRED"),
        ("LIMIT", {"price": "101"}, "PARTIALLY_FILLED", "1.0", "NONE"),
    ],
)
def test_what_is_left_of_an_order_rests_or_expires(
    kind: str, more: dict[str, str], status: str, executed: str, expiry: str
) -> None:
    market = floor(FALL_AND_RISE, Thin())
    order = market.order("BUY", kind, quantity="1.5", **more)  # type: ignore[arg-type]
    assert (order.status, order.executed, order.expiry) == (status, D(executed), expiry)
    locked = order.remaining * D(101) if order.is_open else D(0)
    assert market.balances()["USDT"][1] == locked
    assert market.balances()["USDT"][0] == 10_000 - order.quote_executed - locked


def test_the_oldest_done_orders_are_forgotten(market: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account_module, "KEPT", 3)
    resting = market.order("BUY", "LIMIT", quantity="1", price="50")
    done = [market.order("BUY", "MARKET", quantity="0.1") for _ in range(5)]
    assert [order.order_id for order in market.account.orders(SYMBOL)] == [
        resting.order_id,
        *(each.order_id for each in done[2:]),
    ]
