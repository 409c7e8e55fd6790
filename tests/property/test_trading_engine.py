"""The engine over drawn markets and orders: nothing is made or lost, and how often it is asked changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from decimal import Decimal
from typing import TypeAlias

from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.trading_floor import START_MS, SYMBOL, Floor, floor
from trader.sim.query import ApiError
from trader.sim.trading.amounts import total
from trader.sim.trading.order import SpotOrder

MINUTES = 6
Asked: TypeAlias = tuple[float, str, str, dict[str, object]]

ticks = st.integers(8_000, 12_000).map(lambda value: value / 100.0)
amounts = st.integers(1, 400).map(lambda value: str(Decimal(value) / 100))
levels = st.integers(9_000, 11_000).map(lambda value: str(Decimal(value) / 100))
candles = st.lists(ticks, min_size=4, max_size=4).map(
    lambda four: (four[0], max(four[0], four[1], four[2], four[3]), min(four), four[3])
)


@st.composite
def asked(draw: st.DrawFn) -> Asked:
    """When, side and kind of an order, and what else it has."""
    kind = draw(st.sampled_from(["LIMIT", "MARKET", "LIMIT_MAKER", "STOP_LOSS", "TAKE_PROFIT", "STOP_LOSS_LIMIT"]))
    given: dict[str, object] = {"quantity": draw(amounts)}
    if "LIMIT" in kind:
        given["price"] = draw(levels)
    if kind.startswith(("STOP", "TAKE")):
        given |= draw(st.sampled_from([{"stop_price": draw(levels)}, {"trailing_delta": draw(st.integers(10, 900))}]))
    return draw(st.integers(0, MINUTES * 60)) / 60.0, draw(st.sampled_from(["BUY", "SELL"])), kind, given


def traded(prices: Sequence[tuple[float, float, float, float]], wanted: Sequence[Asked], steps: int) -> Floor:
    """All orders asked for in their time, the books brought up to date so many times a minute besides."""
    market = floor(prices)
    moments = sorted({*(order[0] for order in wanted), *(step / steps for step in range(1, MINUTES * steps + 1))})
    for moment in moments:
        market.go_to(moment)
        for _, side, kind, more in (order for order in wanted if order[0] == moment):
            with suppress(ApiError):
                market.order(side, kind, **more)  # type: ignore[arg-type]
    return market


prices_drawn = st.lists(candles, min_size=MINUTES, max_size=MINUTES)
orders_drawn = st.lists(asked(), min_size=1, max_size=8)


def orders_of(market: Floor) -> list[SpotOrder]:
    return list(market.account.orders(SYMBOL))


@given(prices_drawn, orders_drawn)
def test_what_balances_say_follows_from_the_trades_alone(
    prices: list[tuple[float, float, float, float]], wanted: list[Asked]
) -> None:
    market = traded(prices, wanted, steps=1)
    expected = {"USDT": Decimal(10_000), "BTC": Decimal(10)}
    for order in orders_of(market):
        for trade in order.trades:
            sign = 1 if order.is_buy else -1
            expected["BTC"] += sign * trade.quantity
            expected["USDT"] -= sign * trade.quote
            expected[trade.commission_asset] -= trade.commission
        assert order.executed == total(trade.quantity for trade in order.trades) <= order.quantity
        assert (order.status == "FILLED") == (order.executed == order.quantity)
    held = market.balances()
    assert {asset: free + locked for asset, (free, locked) in held.items()} == expected
    assert all(free >= 0 <= locked for free, locked in held.values())
    for asset, buys in (("USDT", True), ("BTC", False)):
        assert held[asset][1] == total(order.locked for order in orders_of(market) if order.is_buy == buys)
    assert total(order.locked for order in orders_of(market) if not order.is_open) == 0


@given(prices_drawn, orders_drawn, st.integers(2, 25))
def test_orders_meet_the_same_market_however_often_it_is_looked_at(
    prices: list[tuple[float, float, float, float]], wanted: list[Asked], steps: int
) -> None:
    seldom, often = traded(prices, wanted, steps=1), traded(prices, wanted, steps)
    for one, other in zip(orders_of(seldom), orders_of(often), strict=True):
        assert (one.status, one.executed, one.quote_executed) == (other.status, other.executed, other.quote_executed)
        for trade, same in zip(one.trades, other.trades, strict=True):
            assert abs(trade.time_ms - same.time_ms) <= 60


@given(prices_drawn, orders_drawn)
def test_no_trade_lies_outside_of_its_minute_by_more_than_a_tick(
    prices: list[tuple[float, float, float, float]], wanted: list[Asked]
) -> None:
    for order in orders_of(traded(prices, wanted, steps=1)):
        for trade in order.trades:
            _, high, low, _ = prices[min((trade.time_ms - START_MS) // 60_000, MINUTES - 1)]
            assert Decimal(str(low)) <= trade.price <= Decimal(str(high)) + Decimal("0.01") or (
                trade.is_maker and order.request.price == trade.price
            )
