"""Entries whose exits are legal after stop, fee and parts, and what is dust."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain import Side
from chalicelib.errors import BadInput
from chalicelib.filters.dust import Remains, remains
from chalicelib.filters.entries import ExitPlan, after_fee, exit_refusal, least_entry, portions, sized_entry
from chalicelib.filters.proposed import FilterRefusal, ProposedOrder, Surroundings
from chalicelib.filters.reading import symbol_filters
from chalicelib.filters.symbol_filters import SymbolFilters
from tests.support.effort import examples

D = Decimal
FEE = D("0.001")
AROUND = Surroundings(reference_price=D(100))


def pair(
    step: str = "0.01", least: str = "0.01", worth: str = "5", most: str = "50", largest: str = "9000"
) -> SymbolFilters:
    filters = [
        {"filterType": "PRICE_FILTER", "minPrice": "0.01", "maxPrice": "0", "tickSize": "0.01"},
        {"filterType": "LOT_SIZE", "minQty": least, "maxQty": largest, "stepSize": step},
        {"filterType": "MARKET_LOT_SIZE", "minQty": "0", "maxQty": most, "stepSize": "0"},
        {"filterType": "MIN_NOTIONAL", "minNotional": worth, "applyToMarket": True, "avgPriceMins": 5},
    ]
    return symbol_filters({"symbol": "BTCUSDT", "baseAssetPrecision": 8, "filters": filters})


def entered(quantity: str, plan: ExitPlan, filters: SymbolFilters) -> ProposedOrder | FilterRefusal:
    return sized_entry(ProposedOrder(Side.BUY, "MARKET", D(quantity)), filters, AROUND, plan)


def test_an_entry_that_is_legal_may_have_an_exit_that_is_not() -> None:
    at_stop = ExitPlan(lowest_price=D(90))
    assert entered("0.06", at_stop, pair()) == ProposedOrder(Side.BUY, "MARKET", D("0.06"))
    assert entered("0.05", at_stop, pair()) == FilterRefusal(
        "MIN_NOTIONAL",
        "of 0.05 bought an exit would sell 0.05: 0.05 at 90 is worth 4.5, below 5; enter 0.06 or more",
    )


def test_the_fee_takes_a_lot_of_the_exit() -> None:
    at_stop = ExitPlan(lowest_price=D(90), base_fee=FEE)
    assert list(portions(D("0.06"), pair(), at_stop)) == [D("0.05")]
    assert isinstance(entered("0.06", at_stop, pair()), FilterRefusal)
    assert entered("0.07", at_stop, pair()) == ProposedOrder(Side.BUY, "MARKET", D("0.07"))


def test_parts_and_what_they_leave_have_to_be_legal_too() -> None:
    thirds = ExitPlan(D(90), parts=(D("0.3"), D("0.3")))
    assert list(portions(D(1), pair(), thirds)) == [D(1), D("0.3"), D("0.7"), D("0.3"), D("0.4")]
    halves = ExitPlan(D(90), parts=(D("0.5"), D("0.5")))
    assert list(portions(D("0.13"), pair(), halves)) == [D("0.13"), D("0.06"), D("0.07"), D("0.07")]
    refused = entered("0.17", thirds, pair())
    assert isinstance(refused, FilterRefusal)
    assert refused.words.endswith("enter 0.2 or more")
    assert entered("0.20", thirds, pair()) == ProposedOrder(Side.BUY, "MARKET", D("0.20"))


def test_an_entry_is_cut_to_what_one_order_can_sell() -> None:
    found = entered("60", ExitPlan(D(90)), pair(most="50"))
    assert isinstance(found, ProposedOrder)
    assert found.quantity == D(50)
    assert entered("60", ExitPlan(D(90)), pair(most="0", largest="7")) == replace(found, quantity=D(7))


def test_a_commission_is_rounded_up() -> None:
    assert after_fee(D("0.00000001"), FEE) == 0
    assert after_fee(D("0.00001001"), FEE) == D("0.00000999")


def test_a_pair_without_steps_has_a_least_entry_too() -> None:
    worth = {"filterType": "MIN_NOTIONAL", "minNotional": "5", "applyToMarket": True, "avgPriceMins": 5}
    filters = symbol_filters({"symbol": "BTCUSDT", "filters": [worth]})
    for plan in (ExitPlan(D("1.5")), ExitPlan(D("1.5"), FEE, (D("0.3"),))):
        assert exit_refusal(least_entry(filters, plan), filters, plan, D(100)) is None


def test_what_to_enter_is_told_in_the_lots_of_the_entry() -> None:
    lots = {"filterType": "LOT_SIZE", "minQty": "0", "maxQty": "0", "stepSize": "0.01"}
    at_market = {"filterType": "MARKET_LOT_SIZE", "minQty": "0", "maxQty": "0", "stepSize": "0.04"}
    worth = {"filterType": "MIN_NOTIONAL", "minNotional": "5", "applyToMarket": False, "avgPriceMins": 5}
    filters = symbol_filters({"symbol": "BTCUSDT", "filters": [lots, at_market, worth]})
    entry = ProposedOrder(Side.BUY, "LIMIT", D("0.05"), D(100))
    found = sized_entry(entry, filters, AROUND, ExitPlan(D(90), kind="STOP_LOSS_LIMIT"))
    assert isinstance(found, FilterRefusal)
    assert found.words.endswith("enter 0.06 or more")
    assert sized_entry(entry, filters, AROUND, ExitPlan(D(90))) == entry


def test_a_stop_may_be_too_far_from_the_market_to_be_placed() -> None:
    band = {"filterType": "PERCENT_PRICE", "multiplierUp": "5", "multiplierDown": "0.8", "avgPriceMins": 5}
    filters = symbol_filters({"symbol": "BTCUSDT", "filters": [band]})
    assert isinstance(entered("1", ExitPlan(D(80), kind="STOP_LOSS_LIMIT"), filters), ProposedOrder)
    assert isinstance(entered("1", ExitPlan(D(79)), filters), ProposedOrder)
    assert entered("1", ExitPlan(D(79), kind="STOP_LOSS_LIMIT"), filters) == FilterRefusal(
        "PERCENT_PRICE",
        "of 1 bought an exit would sell 1: price 79 is below 80; no quantity could be left by this plan",
    )


def test_a_plan_that_no_quantity_can_be_left_by_is_told() -> None:
    found = entered("50", ExitPlan(D("0.02")), pair(most="200"))
    assert isinstance(found, FilterRefusal)
    assert found.words.endswith("50 at 0.02 is worth 1, below 5; no quantity could be left by this plan")


def test_exits_with_a_limit_go_by_their_own_lots_and_the_lowest_price() -> None:
    plan = ExitPlan(D("89.999"), kind="STOP_LOSS_LIMIT")
    assert exit_refusal(D(60), pair(), plan, D(100)) is None
    refused = exit_refusal(D("0.05"), pair(), plan, D(100))
    assert refused is not None
    assert refused.words.endswith("0.05 at 89.99 is worth 4.4995, below 5")


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"lowest_price": D(0)}, "the lowest price of an exit is 0: must be above 0"),
        ({"base_fee": D(1)}, "a commission of 1: must be a rate of 0 or more and below 1"),
        ({"parts": (D("0.6"), D("0.5"))}, "exits of 0.6, 0.5: each part must be above 0, all no more than 1"),
    ],
)
def test_a_plan_out_of_range_is_told_by_one_line(given: dict[str, Decimal], line: str) -> None:
    with pytest.raises(BadInput) as caught:
        ExitPlan(**({"lowest_price": D(1)} | given))  # type: ignore[arg-type]
    assert str(caught.value) == line


steps = st.sampled_from(["1", "0.1", "0.01", "0.00001", "0.00000001", "0"])
parts = st.lists(st.sampled_from([D("0.1"), D("0.25"), D("0.3"), D(1) / 8]), max_size=3).map(tuple)
plans = st.builds(
    ExitPlan,
    st.integers(1, 20_000).map(lambda cents: D(cents) / 100),
    st.sampled_from([D(0), FEE, D("0.00075")]),
    parts,
    st.sampled_from(["MARKET", "STOP_LOSS_LIMIT"]),
)


@settings(max_examples=examples(200), deadline=None)
@given(plans, steps, st.sampled_from(["0", "0.05", "7"]), st.sampled_from(["0", "5", "10"]), st.integers(0, 400))
def test_from_the_least_entry_on_every_exit_is_legal(
    plan: ExitPlan, step: str, smallest: str, worth: str, more: int
) -> None:
    filters = pair(step, smallest, worth, most="0", largest="0")
    lot = filters.lot_step("MARKET")
    least = least_entry(filters, plan)
    assert exit_refusal(least + more * lot, filters, plan, D(100)) is None
    assert least <= lot or exit_refusal(least - lot, filters, plan, D(100)) is not None
    for portion in portions(least, filters, plan):
        assert portion * plan.lowest_price >= D(worth)
        assert 0 < portion <= after_fee(least, plan.base_fee)
        assert portion % lot == 0


@settings(max_examples=examples(100), deadline=None)
@given(plans, steps, st.integers(1, 10**6))
def test_what_can_be_entered_can_be_left(plan: ExitPlan, step: str, count: int) -> None:
    filters = pair(step)
    wanted = D(count) / 1_000
    found = entered(str(wanted), plan, filters)
    if isinstance(found, ProposedOrder):
        assert found.quantity <= min(wanted, D(50))
        assert exit_refusal(found.quantity, filters, plan, D(100)) is None


def test_dust_is_what_no_order_can_sell() -> None:
    assert remains(D("1.239"), pair(), D(100)) == Remains(D("1.23"), D("0.009"), None)
    assert remains(D("0.05"), pair(), D(100)) == Remains(D("0.05"), D(0), None)
    small = remains(D("0.049"), pair(), D(100))
    assert small[:2] == (D(0), D("0.049"))
    assert small.refusal == FilterRefusal("MIN_NOTIONAL", "0.04 at 100 is worth 4, below 5")
    assert remains(D("0.004"), pair(), D(100)).refusal == FilterRefusal("LOT_SIZE", "it is less than 0.01")
    assert remains(D(0), pair(), D(100)) == Remains(D(0), D(0), None)


def test_dust_of_orders_with_a_limit_goes_by_the_tick_below() -> None:
    assert remains(D(300), pair(), D("0.019"), "STOP_LOSS_LIMIT")[:2] == (D(0), D(300))
    assert remains(D(300), pair(), D("0.019"))[:2] == (D(300), D(0))


def test_more_than_one_order_may_sell_is_no_dust() -> None:
    assert remains(D(80), pair(most="50"), D(100)) == Remains(D(80), D(0), None)


def test_dust_is_not_told_without_a_price() -> None:
    with pytest.raises(BadInput, match="BTCUSDT: what can be sold at a price of 0 is not known"):
        remains(D(1), pair(), D(0))
