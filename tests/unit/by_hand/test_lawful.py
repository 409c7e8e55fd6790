"""Orders by hand beside their symbol's filters, and what an agent's least entry takes."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.adapters.binance.order_parameters import order_parameters
from chalicelib.config import Config
from chalicelib.domain import Side
from chalicelib.errors import BadInput
from chalicelib.exchange_account import AccountState, AssetBalance, OrderState
from chalicelib.filters.entries import ExitPlan, exit_refusal
from chalicelib.filters.reading import symbol_filters
from chalicelib.wanted_orders import WantedOrder
from tests.fakes.hand_venue import NOW_MS, taken
from trader.by_hand.lawful import lawful, proposed, surroundings
from trader.by_hand.least_entry import exit_plan, least_entry_cost
from trader.by_hand.ticket import ticket_of

PRICE = Decimal(100)


def filters(step: str = "0.001", least: str = "5", most_held: str = "3", most_open: int = 2) -> dict[str, object]:
    return {
        "symbol": "BTCUSDT",
        "filters": [
            {"filterType": "PRICE_FILTER", "minPrice": "0.1", "maxPrice": "1000", "tickSize": "0.1"},
            {"filterType": "LOT_SIZE", "minQty": step, "maxQty": "1000", "stepSize": step},
            {"filterType": "MIN_NOTIONAL", "minNotional": least, "applyToMarket": True, "avgPriceMins": 5},
            {"filterType": "MAX_POSITION", "maxPosition": most_held},
            {"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": most_open},
        ],
    }


RULES = symbol_filters(filters())


def order(quantity: str, limit: str | None = None, stop: str | None = None, side: Side = Side.BUY) -> WantedOrder:
    limit_price, stop_price = (None if price is None else Decimal(price) for price in (limit, stop))
    return ticket_of("BTCUSDT", side, Decimal(quantity), limit_price, stop_price, "hand-1")


def account(free: str = "0", locked: str = "0") -> AccountState:
    return AccountState(True, {"BTC": AssetBalance(Decimal(free), Decimal(locked))}, (), NOW_MS)


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        (order("0.500"), order("0.500")),
        (order("0.5009"), order("0.500")),
        (order("0.5", limit="99.99"), order("0.5", limit="99.9")),
        (order("0.5", limit="99.91", side=Side.SELL), order("0.5", limit="100", side=Side.SELL)),
        (order("0.5", stop="120.01"), order("0.5", stop="120.0")),
    ],
)
def test_amounts_go_to_steps_and_never_to_worse_terms(typed: WantedOrder, sent: WantedOrder) -> None:
    assert lawful(typed, RULES, surroundings(PRICE, "BTC", account(), [])) == sent


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        (order("0.0009"), "LOT_SIZE"),
        (order("0.049"), "MIN_NOTIONAL"),
        (order("0.06", limit="80"), "MIN_NOTIONAL"),
        (order("1", limit="1000.1"), "PRICE_FILTER"),
        (order("3.001"), "MAX_POSITION"),
    ],
)
def test_the_filter_that_refuses_is_named(typed: WantedOrder, name: str) -> None:
    with pytest.raises(BadInput, match=rf": {name}: .*; nothing was sent$"):
        lawful(typed, RULES, surroundings(PRICE, "BTC", account(), []))


def test_filters_judge_all_that_is_sent() -> None:
    around = surroundings(PRICE, "BTC", account(), [])
    parts = symbol_filters(
        {"symbol": "BTCUSDT", "filters": [filters()["filters"][1], {"filterType": "ICEBERG_PARTS", "limit": 10}]}  # type: ignore[index]
    )
    hidden = replace(order("1", limit="90"), iceberg_quantity=Decimal("0.2"))
    assert lawful(hidden, parts, around) == hidden
    with pytest.raises(BadInput, match=": ICEBERG_PARTS: "):
        lawful(replace(hidden, iceberg_quantity=Decimal("0.05")), parts, around)
    least = {f"minTrailing{way}Delta": 10 for way in ("Above", "Below")}
    most = {f"maxTrailing{way}Delta": 100 for way in ("Above", "Below")}
    trails = symbol_filters({"symbol": "BTCUSDT", "filters": [{"filterType": "TRAILING_DELTA", **least, **most}]})
    trailing = replace(order("1", stop="90"), trailing_delta=50)
    assert lawful(trailing, trails, around) == trailing
    with pytest.raises(BadInput, match=": TRAILING_DELTA: "):
        lawful(replace(trailing, trailing_delta=101), trails, around)
    with pytest.raises(BadInput, match="an order by its cost cannot be judged"):
        lawful(replace(order("1"), quantity=None, quote_quantity=Decimal(10)), RULES, around)


def test_each_amount_of_an_order_is_sent_and_judged_by_one_number() -> None:
    plain = order("1", limit="2", stop="3", side=Side.SELL)
    full = replace(plain, iceberg_quantity=Decimal(4), trailing_delta=5)
    sent = order_parameters(full)
    judged = proposed(full)
    names = {"quantity": "quantity", "price": "price", "stopPrice": "stop_price", "icebergQty": "iceberg"}
    assert {name: Decimal(sent[name]) for name in names} == {name: getattr(judged, own) for name, own in names.items()}
    assert (sent["side"], sent["type"], sent["trailingDelta"]) == (judged.side, judged.kind, str(judged.trailing_delta))


def test_what_is_held_and_what_rests_is_judged_too() -> None:
    bid = replace(taken(order("1", limit="90"), 1), executed=Decimal("0.25"), state=OrderState.PARTIALLY_FILLED)
    around = surroundings(PRICE, "BTC", account("0.5", "0.25"), [bid])
    assert lawful(order("1.5"), RULES, around).quantity == Decimal("1.5")
    with pytest.raises(BadInput, match=r"MAX_POSITION: a position of 3\.001 "):
        lawful(order("1.501"), RULES, around)
    stops = [taken(order("0.1", stop="50", side=Side.SELL), number) for number in (1, 2)]
    with pytest.raises(BadInput, match="MAX_NUM_ALGO_ORDERS"):
        lawful(order("0.1", stop="50", side=Side.SELL), RULES, surroundings(PRICE, "BTC", account("1"), stops))


RATES = st.sampled_from([0.0, 0.00075, 0.001, 0.005])
PRICES = st.decimals("0.1", "900", places=1)


@given(
    price=PRICES,
    step=st.sampled_from(["0.0001", "0.01", "1"]),
    least=st.sampled_from(["0.5", "5", "10"]),
    stop=st.sampled_from([0.0, 0.02, 0.3]),
    targets=st.sampled_from(["off", "0.02:0.5 0.05:0.5", "0.02:0.2 0.05:0.3"]),
    fee=RATES,
    slippage=RATES,
)
def test_the_least_entry_buys_what_can_be_left_again(
    price: Decimal, step: str, least: str, stop: float, targets: str, fee: float, slippage: float
) -> None:
    config = Config()
    config = replace(
        config,
        risk=replace(config.risk, stop_loss=stop, take_profits=targets),
        fees=replace(config.fees, rate=fee, slippage=slippage),
    )
    rules = symbol_filters(filters(step, least, most_held="1000000"))
    cost = least_entry_cost(config, rules, price)
    one = price * (1 + Decimal(repr(slippage))) * (1 + Decimal(repr(fee)))
    lots = (cost / one) // Decimal(step)
    assert exit_refusal(lots * Decimal(step), rules, exit_plan(config, price), price) is None


def test_exits_are_reckoned_with_the_stop_the_fee_and_the_parts_of_the_settings() -> None:
    config = Config()
    plan = exit_plan(replace(config, risk=replace(config.risk, take_profits="0.02:0.25")), PRICE)
    assert plan == ExitPlan(Decimal(98), Decimal("0.001"), (Decimal("0.25"),))
    config = replace(config, risk=replace(config.risk, stop_loss=0.0), fees=replace(config.fees, slippage=0.5))
    assert exit_plan(config, PRICE).lowest_price == 45
