"""An order made legal, or refused by name with the numbers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain import Side
from chalicelib.errors import BadInput
from chalicelib.filters.amounts import exact, floored, whole_lots
from chalicelib.filters.legal import legal
from chalicelib.filters.proposed import FilterRefusal, OpenOrderCounts, ProposedOrder, Surroundings
from chalicelib.filters.reading import READERS, filters_by_symbol, symbol_filters
from chalicelib.filters.symbol_filters import SymbolFilters

D = Decimal
FILTERS: list[dict[str, Any]] = [
    {"filterType": "PRICE_FILTER", "minPrice": "0.10", "maxPrice": "1000.00", "tickSize": "0.10"},
    {"filterType": "LOT_SIZE", "minQty": "0.010", "maxQty": "9.000", "stepSize": "0.010"},
    {"filterType": "MARKET_LOT_SIZE", "minQty": "0", "maxQty": "5", "stepSize": "0.04"},
    {
        "filterType": "NOTIONAL", "minNotional": "5.0", "applyMinToMarket": True, "maxNotional": "5000",
        "applyMaxToMarket": False, "avgPriceMins": 5,
    },
    {"filterType": "MAX_NUM_ORDER_LISTS", "maxNumOrderLists": 2},
    {"filterType": "MAX_NUM_ORDER_AMENDS", "maxNumOrderAmends": 10},
]  # fmt: skip
AROUND = Surroundings(reference_price=D(100))


def pair(filters: list[dict[str, Any]] = FILTERS, **more: object) -> dict[str, object]:
    return {"symbol": "BTCUSDT", "baseAssetPrecision": 8, "quoteAssetPrecision": 8, "filters": filters, **more}


BTC = symbol_filters(pair())


def made(
    side: Side = Side.BUY, kind: str = "LIMIT", quantity: str = "1", filters: SymbolFilters = BTC, **more: str
) -> Any:
    amounts = {name: D(value) for name, value in more.items()}
    return legal(ProposedOrder(side, kind, D(quantity), **amounts), filters, AROUND)  # type: ignore[arg-type]


def test_a_quantity_goes_down_to_the_lot_and_a_price_to_the_tick_that_costs_nothing() -> None:
    bought, sold = (made(side, quantity="0.129", price="100.06") for side in (Side.BUY, Side.SELL))
    assert (bought.quantity, bought.price) == (D("0.12"), D("100.0"))
    assert (sold.quantity, sold.price) == (D("0.12"), D("100.1"))
    stop = made(Side.SELL, "STOP_LOSS_LIMIT", price="99.91", stop_price="99.99")
    assert (stop.price, stop.stop_price) == (D("100.0"), D("100.0"))
    shown = made(quantity="1", price="100", iceberg="0.101")
    assert shown.iceberg == D("0.11")
    assert made(quantity="0.999", price="100", iceberg="0.995").iceberg == D("0.99")


def test_market_orders_go_by_both_lot_sizes() -> None:
    assert made(kind="MARKET", quantity="0.119").quantity == D("0.08")
    assert made(kind="LIMIT", quantity="0.119", price="100").quantity == D("0.11")


def test_a_legal_order_comes_back_to_the_last_digit() -> None:
    order = ProposedOrder(Side.SELL, "LIMIT", D("0.5700"), D("100.10"))
    assert legal(order, BTC, AROUND) is order


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"quantity": "0.009", "price": "100"}, "LOT_SIZE: a quantity of 0.009 is less than one lot"),
        ({"quantity": "9.01", "price": "100"}, "LOT_SIZE: quantity 9.01 is above 9"),
        ({"quantity": "5.04", "kind": "MARKET"}, "MARKET_LOT_SIZE: quantity 5.04 is above 5"),
        ({"price": "0.04"}, "PRICE_FILTER: a price of 0.04 is less than one tick"),
        ({"price": "1000.17"}, "PRICE_FILTER: price 1000.1 is above 1000"),
        ({"quantity": "0.04", "price": "100"}, "NOTIONAL: 0.04 at 100 is worth 4, below 5"),
        ({"kind": "STOP_LOSS", "stop_price": "0.04"}, "PRICE_FILTER: a price of 0.04 is less than one tick"),
        ({"quantity": "0", "price": "100"}, "LOT_SIZE: a quantity of 0 is less than one lot"),
        ({"quantity": "9", "price": "600"}, "NOTIONAL: 9 at 600 is worth 5400, above 5000"),
        ({"quantity": "0.04", "kind": "MARKET"}, "NOTIONAL: 0.04 at 100 is worth 4, below 5"),
    ],
)
def test_a_refusal_names_the_filter_and_its_numbers(given: dict[str, str], line: str) -> None:
    found = made(**given)  # type: ignore[arg-type]
    assert isinstance(found, FilterRefusal)
    assert found.line() == line


def test_without_a_price_to_judge_by_nothing_that_needs_one_passes() -> None:
    found = legal(ProposedOrder(Side.BUY, "MARKET", D(1)), BTC, Surroundings())
    assert found == FilterRefusal("NOTIONAL", "there is no price to judge by")
    most_only = FILTERS[3] | {"minNotional": "0", "applyMaxToMarket": True}
    found = legal(ProposedOrder(Side.BUY, "MARKET", D(1)), symbol_filters(pair([most_only])), Surroundings())
    assert found == FilterRefusal("NOTIONAL", "there is no price to judge by")
    bands = {"filterType": "PERCENT_PRICE", "multiplierUp": "5", "multiplierDown": "0.2", "avgPriceMins": 5}
    found = legal(ProposedOrder(Side.BUY, "LIMIT", D(1), D(1)), symbol_filters(pair([bands])), Surroundings())
    assert found == FilterRefusal("PERCENT_PRICE", "there is no price to judge by")


def test_lists_and_amends_are_counted_by_themselves() -> None:
    assert BTC.list_refusal(Surroundings(here=OpenOrderCounts(lists=1))) is None
    refusal = BTC.list_refusal(Surroundings(here=OpenOrderCounts(lists=2)))
    assert refusal == FilterRefusal("MAX_NUM_ORDER_LISTS", "2 are open, 2 may be")
    assert BTC.amend_refusal(9) is None
    assert BTC.amend_refusal(10) == FilterRefusal("MAX_NUM_ORDER_AMENDS", "it was amended 10 times, 10 may be")


def test_a_filter_that_is_not_known_is_told_and_judges_nothing() -> None:
    found = symbol_filters(pair([{"filterType": "T_PLUS_SELL", "endTime": 1}, *FILTERS]), [{"filterType": "NEW"}])
    assert found.unknown == ("T_PLUS_SELL", "NEW")
    assert found.unknown_line() == "BTCUSDT: filters that are not known and not judged: T_PLUS_SELL, NEW"
    assert found.rules == BTC.rules
    assert BTC.unknown_line() == ""


def test_all_filters_of_today_are_known() -> None:
    listed = (
        "PRICE_FILTER PERCENT_PRICE PERCENT_PRICE_BY_SIDE LOT_SIZE MIN_NOTIONAL NOTIONAL ICEBERG_PARTS MARKET_LOT_SIZE "
        "MAX_NUM_ORDERS MAX_NUM_ALGO_ORDERS MAX_NUM_ICEBERG_ORDERS MAX_POSITION TRAILING_DELTA MAX_NUM_ORDER_AMENDS "
        "MAX_NUM_ORDER_LISTS EXCHANGE_MAX_NUM_ORDERS EXCHANGE_MAX_NUM_ALGO_ORDERS EXCHANGE_MAX_NUM_ICEBERG_ORDERS "
        "EXCHANGE_MAX_NUM_ORDER_LISTS"
    )
    assert set(READERS) == set(listed.split())


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        ({}, "exchangeInfo: must have a list of symbols, and exchangeFilters must be one"),
        ({"symbols": [1]}, "exchangeInfo: each of symbols must be an object with a symbol and a list of filters"),
        ({"symbols": [pair([1])]}, "filters of BTCUSDT: each must be an object with a filterType, found 1"),  # type: ignore[list-item]
        (
            {"symbols": [pair([FILTERS[0] | {"tickSize": "-1"}])]},
            "BTCUSDT: PRICE_FILTER.tickSize: must be an amount of 0 or more, found '-1'",
        ),
        (
            {"symbols": [pair([{"filterType": "LOT_SIZE"}])]},
            "BTCUSDT: LOT_SIZE.minQty: must be an amount of 0 or more, found None",
        ),
        (
            {"symbols": [pair([FILTERS[3] | {"applyMinToMarket": "yes"}])]},
            "BTCUSDT: NOTIONAL.applyMinToMarket: must be true or false, found 'yes'",
        ),
        (
            {"symbols": [pair([{"filterType": "MAX_NUM_ORDERS", "maxNumOrders": 1.5}])]},
            "BTCUSDT: MAX_NUM_ORDERS.maxNumOrders: must be a whole number, found 1.5",
        ),
        ({"symbols": [pair(baseAssetPrecision=-1)]}, "BTCUSDT: baseAssetPrecision: must be 0 to 30, found -1"),
    ],
)
def test_what_is_no_exchange_info_is_told_by_one_line(answer: dict[str, object], line: str) -> None:
    with pytest.raises(BadInput) as caught:
        filters_by_symbol(answer)
    assert str(caught.value) == line


def test_pairs_are_found_by_name() -> None:
    assert filters_by_symbol({"symbols": [pair()], "exchangeFilters": []}) == {"BTCUSDT": BTC}


def test_precisions_hold_where_a_pair_has_no_steps() -> None:
    bare = symbol_filters(pair([], baseAssetPrecision=3, quoteAssetPrecision=2))
    found = made(filters=bare, quantity="0.12345", price="1.239")
    assert (found.quantity, found.price) == (D("0.123"), D("1.23"))
    order = ProposedOrder(Side.BUY, "LIMIT", D("0.1234"), D(1))
    assert bare.refusal(order, AROUND) == FilterRefusal("PRECISION", "quantity 0.1234 is no multiple of 0.001")


def test_floats_come_in_as_they_are_written() -> None:
    steps = [10.0**-places for places in range(9)]
    for step in map(exact, steps):
        for count in range(1, 2_000):
            written = float(count * step)
            assert floored(exact(written), step) == count * step
    with pytest.raises(BadInput, match="an amount of nan"):
        exact(float("nan"))
    with pytest.raises(BadInput, match="an amount of -1"):
        exact(-1.0)


@pytest.mark.parametrize("step", ["0.1", "0.01", "0.00001", "0.000001", "0.00000001"])
def test_what_floats_reckoned_loses_no_lot_and_wins_none(step: str) -> None:
    for count in range(1, 2_000):
        assert whole_lots(count * float(step), D(step)) == count * D(step)
        assert whole_lots((count + 0.999999) * float(step), D(step)) == count * D(step)
