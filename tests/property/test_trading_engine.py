"""The engine over drawn markets and orders: nothing is made or lost, and how often it is asked changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from decimal import Decimal
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.trading_floor import START_MS, SYMBOL, Floor, floor, leg
from trader.sim.query import ApiError
from trader.sim.trading.amounts import total
from trader.sim.trading.liquidity import MODELS
from trader.sim.trading.order import OrderRequest, Side, SpotOrder
from trader.sim.trading.order_list import OrderListRequest
from trader.sim.trading.requests import SELF_TRADE_MODES

MINUTES = 6
LEG_MS = 20_000
D = Decimal
Asked: TypeAlias = tuple[float, str, str, dict[str, object]]
AskedList: TypeAlias = tuple[float, OrderListRequest]

ticks = st.integers(8_000, 12_000).map(lambda value: value / 100.0)
amounts = st.integers(1, 400).map(lambda value: str(Decimal(value) / 100))
sides: st.SearchStrategy[Side] = st.sampled_from(["BUY", "SELL"])
modes = st.sampled_from(SELF_TRADE_MODES)
levels = st.integers(9_000, 11_000).map(lambda value: str(Decimal(value) / 100))
candles = st.lists(ticks, min_size=4, max_size=4).map(
    lambda four: (four[0], max(four[0], four[1], four[2], four[3]), min(four), four[3])
)


@st.composite
def asked(draw: st.DrawFn) -> Asked:
    """When, side and kind of an order, and what else it has."""
    kind = draw(st.sampled_from(["LIMIT", "MARKET", "LIMIT_MAKER", "STOP_LOSS", "TAKE_PROFIT", "STOP_LOSS_LIMIT"]))
    given: dict[str, object] = {"quantity": draw(amounts), "self_trade_mode": draw(modes)}
    if "LIMIT" in kind:
        given["price"] = draw(levels)
    if kind.startswith(("STOP", "TAKE")):
        given |= draw(st.sampled_from([{"stop_price": draw(levels)}, {"trailing_delta": draw(st.integers(10, 900))}]))
    return draw(st.integers(0, MINUTES * 60)) / 60.0, draw(st.sampled_from(["BUY", "SELL"])), kind, given


@st.composite
def rivals(draw: st.DrawFn, side: Side, quantity: str | None) -> tuple[OrderRequest, OrderRequest]:
    """Two of which one cancels the other."""
    low, high = sorted((draw(levels), draw(levels)), key=Decimal)
    given: dict[str, object] = {"self_trade_mode": draw(modes)}
    given |= {} if quantity is None else {"quantity": quantity}
    stop, target = (high, low) if side == "BUY" else (low, high)
    limit = leg(side, "LIMIT_MAKER", price=target, **given)
    guard = draw(
        st.sampled_from(
            [
                leg(side, "STOP_LOSS", stop_price=stop, **given),
                leg(side, "STOP_LOSS_LIMIT", stop_price=stop, price=draw(levels), **given),
                leg(side, "STOP_LOSS", trailing_delta=300, **given),
            ]
        )
    )
    return (guard, limit) if side == "BUY" else (limit, guard)


@st.composite
def asked_lists(draw: st.DrawFn) -> AskedList:
    """When a list is asked for, and which: OCO, OTO, OTOCO, OPO, OPOCO."""
    moment = draw(st.integers(0, MINUTES * 60)) / 60.0
    if draw(st.booleans()):
        return moment, OrderListRequest("", draw(rivals(draw(sides), draw(amounts))), has_phases=False)
    receipts = draw(st.booleans())
    quantity = None if receipts else draw(amounts)
    side = "SELL" if receipts else draw(sides)
    entry = leg(
        "BUY" if receipts else draw(sides),
        "LIMIT",
        quantity=draw(amounts),
        price=draw(levels),
        self_trade_mode=draw(modes),
    )
    given: dict[str, object] = {"self_trade_mode": draw(modes)}
    given |= {} if quantity is None else {"quantity": quantity}
    alone = leg(side, "LIMIT", price=draw(levels), **given), leg(side, "MARKET", **given)
    followers = draw(st.one_of(rivals(side, quantity), st.sampled_from([(order,) for order in alone])))
    return moment, OrderListRequest("", (entry, *followers), True, receipts)


def traded(
    prices: Sequence[tuple[float, float, float, float]],
    wanted: Sequence[Asked],
    steps: int,
    lists: Sequence[AskedList] = (),
    model: str = "frictionless",
    amends: Sequence[tuple[float, int, str]] = (),
) -> Floor:
    """All orders asked for in their time, the books brought up to date so many times a minute besides."""
    market = floor(prices, MODELS[model]())
    asked_for = {*(order[0] for order in wanted), *(moment for moment, _ in lists), *(each[0] for each in amends)}
    moments = sorted({*asked_for, *(step / steps for step in range(1, MINUTES * steps + 1))})
    for moment in moments:
        market.go_to(moment)
        for _, side, kind, more in (order for order in wanted if order[0] == moment):
            with suppress(ApiError):
                market.order(side, kind, **more)  # type: ignore[arg-type]
        for _, request in (each for each in lists if each[0] == moment):
            with suppress(ApiError):
                market.lists.place(market.account, request)
        for _, number, quantity in (each for each in amends if each[0] == moment):
            with suppress(ApiError):
                market.amend(number, quantity)
    return market


prices_drawn = st.lists(candles, min_size=MINUTES, max_size=MINUTES)
orders_drawn = st.lists(asked(), min_size=1, max_size=8)
lists_drawn = st.lists(asked_lists(), max_size=4)
amends_drawn = st.lists(
    st.tuples(st.integers(0, MINUTES * 60).map(lambda second: second / 60.0), st.integers(0, 9), amounts), max_size=8
)


def orders_of(market: Floor) -> list[SpotOrder]:
    return list(market.account.orders(SYMBOL))


@pytest.mark.parametrize("model", MODELS)
@given(prices_drawn, orders_drawn, lists_drawn, amends_drawn)
def test_what_balances_say_follows_from_the_trades_alone(
    model: str,
    prices: list[tuple[float, float, float, float]],
    wanted: list[Asked],
    lists: list[AskedList],
    amends: list[tuple[float, int, str]],
) -> None:
    market = traded(prices, wanted, 1, lists, model, amends)
    expected = {"USDT": Decimal(10_000), "BTC": Decimal(10)}
    for order in orders_of(market):
        for trade in order.trades:
            sign = 1 if order.is_buy else -1
            expected["BTC"] += sign * trade.quantity
            expected["USDT"] -= sign * trade.quote
            expected[trade.commission_asset] -= trade.commission
        assert order.executed == total(trade.quantity for trade in order.trades) <= order.quantity
        is_through = order.executed + order.prevented_quantity == order.quantity > 0
        assert (order.status == "FILLED") == (is_through and order.status != "EXPIRED_IN_MATCH")
    held = market.balances()
    assert {asset: free + locked for asset, (free, locked) in held.items()} == expected
    assert all(free >= 0 <= locked for free, locked in held.values())
    for asset, buys in (("USDT", True), ("BTC", False)):
        assert held[asset][1] == total(order.locked for order in orders_of(market) if order.is_buy == buys)
    assert total(order.locked for order in orders_of(market) if not order.is_open) == 0


def rivals_of(market: Floor, order: SpotOrder) -> list[SpotOrder]:
    """Those that go when this one trades."""
    found = market.lists.find(market.account, order.list_id, None)
    return [rival for rival in (found.rivals if found else ()) if rival is not order]


@pytest.mark.parametrize("model", MODELS)
@given(prices_drawn, orders_drawn, lists_drawn)
def test_of_two_that_cancel_each_other_one_trades_and_nothing_stays_locked_once_all_is_cancelled(
    model: str, prices: list[tuple[float, float, float, float]], wanted: list[Asked], lists: list[AskedList]
) -> None:
    market = traded(prices, wanted, 1, lists, model)
    for found in market.lists.of(market.account):
        assert sum(1 for order in found.rivals if order.executed) <= 1
        waits = [order.status == "PENDING_NEW" for order in found.pending]
        assert found.working is None or any(waits) == all(waits) == found.working.is_open or not waits
        assert all(order.executed == 0 for order in found.pending if found.orders[0].status != "FILLED")
    for order in market.account.open_orders():
        alone = not any(rival.is_open for rival in rivals_of(market, order))
        assert order.is_buy or order.status == "PENDING_NEW" or not alone or order.locked == order.remaining
    for order in market.account.open_orders():
        if order.is_open:
            market.engine.cancel(market.account, order)
    assert market.lists.open_of(market.account) == []
    assert all(not locked for _, locked in market.balances().values())


@pytest.mark.parametrize("model", MODELS)
@given(prices_drawn, orders_drawn, lists_drawn, st.integers(2, 25))
def test_orders_meet_the_same_market_however_often_it_is_looked_at(
    model: str, prices: list[tuple[float, float, float, float]], wanted: list[Asked], lists: list[AskedList], steps: int
) -> None:
    seldom, often = traded(prices, wanted, 1, lists, model), traded(prices, wanted, steps, lists, model)
    for one, other in zip(orders_of(seldom), orders_of(often), strict=True):
        assert (one.status, one.executed, one.quote_executed) == (other.status, other.executed, other.quote_executed)
        for trade, same in zip(one.trades, other.trades, strict=True):
            assert abs(trade.time_ms - same.time_ms) <= max(60.0, tick_ms(prices, trade.time_ms))


def tick_ms(prices: list[tuple[float, float, float, float]], time_ms: int) -> float:
    """How long a price lasts at most, a hundredth from the next, on the ways that a minute may take."""
    open_, high, low, close = prices[min((time_ms - START_MS) // 60_000, MINUTES - 1)]
    moves = [move for move in (open_ - low, high - open_, high - low, close - low, high - close) if move]
    return LEG_MS * 0.01 / min(moves, default=1.0)


@pytest.mark.parametrize(("model", "away"), [("frictionless", (D("0"), D("0.01"))), ("full", (D("0.5"), D("0.5")))])
@given(prices_drawn, orders_drawn)
def test_no_trade_lies_outside_of_its_minute_by_more_than_the_depth(
    model: str, away: tuple[Decimal, Decimal], prices: list[tuple[float, float, float, float]], wanted: list[Asked]
) -> None:
    orders = orders_of(traded(prices, wanted, 1, (), model))
    sides = Counter(trade.trade_id for order in orders for trade in order.trades)
    for order in orders:
        for trade in (trade for trade in order.trades if sides[trade.trade_id] == 1):  # none of an owner with itself
            _, high, low, _ = prices[min((trade.time_ms - START_MS) // 60_000, MINUTES - 1)]
            assert D(str(low)) - away[0] <= trade.price <= D(str(high)) + away[1] or (
                trade.is_maker and order.request.price == trade.price
            )
