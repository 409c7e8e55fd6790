"""What the full model gives: depth that is walked through, shares of what passes."""

from __future__ import annotations

from decimal import Decimal

import pytest

from chalicelib.domain import Candle
from tests.fakes.trading_floor import START_MS, Floor, floor
from trader.sim.listing import listing
from trader.sim.trading.liquidity import LEVELS, FullLiquidity, Liquidity, SlowFills
from trader.sim.trading.path import whole_leg

FALL_AND_RISE = [(100.0, 101.0, 99.0, 100.0), (100.0, 104.0, 90.0, 103.0), (103.0, 103.0, 103.0, 103.0)]
"""The second falls from 100 to 90 within 20 s, rises to 104, ends at 103; one unit is traded in each minute."""
D = Decimal


def market(liquidity: Liquidity | None = None) -> Floor:
    found = floor(FALL_AND_RISE, liquidity or FullLiquidity())
    found.go_to(1.0)
    return found


@pytest.mark.parametrize(
    ("side", "prices"), [("BUY", ["100.01", "100.02", "100.03"]), ("SELL", ["99.99", "99.98", "99.97"])]
)
def test_an_order_walks_through_the_depth_in_several_trades(side: str, prices: list[str]) -> None:
    order = market().order(side, "MARKET", quantity="0.05")  # type: ignore[arg-type]
    found = [(trade.price, trade.quantity) for trade in order.trades]
    assert found == list(zip(map(D, prices), map(D, ("0.02", "0.02", "0.01")), strict=True))
    assert order.status == "FILLED"


def test_the_depth_ends_and_what_is_left_of_a_market_order_expires() -> None:
    order = market().order("BUY", "MARKET", quantity="1")
    assert (order.executed, len(order.trades)) == (D("0.02") * LEVELS, LEVELS)
    assert (order.status, order.expiry) == ("EXPIRED", "INSUFFICIENT_LIQUIDITY")


def test_a_limit_takes_what_lies_within_it_and_rests_with_the_rest() -> None:
    order = market().order("BUY", "LIMIT", quantity="0.05", price="100.02")
    assert (order.status, order.executed) == ("PARTIALLY_FILLED", D("0.04"))


def test_a_sum_of_quote_is_spent_through_the_depth() -> None:
    order = market().order("BUY", "MARKET", quote_quantity="5")
    assert order.executed == D("0.04")
    assert order.quote_executed == D("4.0006")


@pytest.mark.parametrize(
    ("side", "price", "parts"),
    [
        ("BUY", "95", {80: "0.01", 100: "0.01"}),  # half of a third of 1, a tenth of it; then 5/14
        ("BUY", "101", {80: "0.03", 100: "0.02"}),
        ("SELL", "103", {120: "0.03"}),  # all of the last third, cut to lots; 1/14 of the one before is less than a lot
        ("BUY", "90", {}),
        ("SELL", "104", {}),
    ],
)
def test_a_resting_order_gets_its_share_of_what_passes_beyond_its_price(
    side: str, price: str, parts: dict[int, str]
) -> None:
    found = floor(FALL_AND_RISE, FullLiquidity())
    if price == "101":
        found = floor([(102.0, 102.0, 102.0, 102.0), *FALL_AND_RISE[1:]], FullLiquidity())
    order = found.order(side, "LIMIT", quantity="2", price=price)  # type: ignore[arg-type]
    found.go_to(2.0)
    given = {round((trade.time_ms - START_MS) / 1000): trade.quantity for trade in order.trades}
    assert given == {second: D(quantity) for second, quantity in parts.items()}
    assert all(trade.is_maker and trade.price == D(price) for trade in order.trades)


def test_a_price_that_stands_at_the_order_gives_less() -> None:
    still = [(100.0, 100.0, 100.0, 100.0), (99.0, 99.0, 99.0, 99.0), (99.0, 99.0, 99.0, 99.0)]
    found = floor([(*minute,) for minute in still], FullLiquidity())
    order = found.order("BUY", "LIMIT", quantity="2", price="99")
    beyond = found.order("BUY", "LIMIT", quantity="2", price="99.5")
    found.go_to(2.9)
    assert order.trades == [], "two hundredths of a third of 1 are less than a lot"
    assert (beyond.executed, len(beyond.trades)) == (D("0.15"), 5)


def test_slow_fills_come_by_tenths() -> None:
    found = market(SlowFills())
    order = found.order("BUY", "LIMIT", quantity="2", price="95")
    found.go_to(3.0)
    assert [trade.quantity for trade in order.trades] == [D("0.2"), D("0.2")]
    assert order.status == "PARTIALLY_FILLED"


def test_a_third_of_a_minute_counts_for_those_who_rested_from_its_beginning() -> None:
    found = market()
    late = found.order("BUY", "LIMIT", quantity="2", price="99")
    found.go_to(1.4)
    assert [trade.time_ms - START_MS for trade in late.trades] == [80_000], "it was there as the minute began"
    found = market()
    found.go_to(1.01)
    late = found.order("BUY", "LIMIT", quantity="2", price="99")
    found.go_to(2.0)
    assert [trade.time_ms - START_MS for trade in late.trades] == [100_000]


def test_a_minute_has_three_thirds_and_none_ends_as_it_begins() -> None:
    candle = Candle("BTCUSDT", START_MS, 100.0, 104.0, 90.0, 103.0, 1.0)
    pair = listing("BTCUSDT", 100.0, 2)
    ends = [START_MS, START_MS + 10_000, START_MS + 20_000, START_MS + 40_000, START_MS + 59_999]
    found = [whole_leg(candle, pair, end_ms) for end_ms in ends]
    assert [leg and (leg.start, leg.end) for leg in found] == [
        None,
        None,
        (D(100), D(90)),
        (D(90), D(104)),
        (D(104), D(103)),
    ]
