"""Each filter at its very edge: what passes, and the next value that does not."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from trader.sim.query import ApiError
from trader.sim.trading.order import OrderRequest, SpotOrder
from trader.sim.trading.rules import Placement, refuse

D = Decimal
PRICES = {"filterType": "PRICE_FILTER", "minPrice": "0.10", "maxPrice": "1000.00", "tickSize": "0.10"}
LOTS = {"filterType": "LOT_SIZE", "minQty": "0.01", "maxQty": "9.00", "stepSize": "0.01"}
NOTIONAL = {
    "filterType": "NOTIONAL", "minNotional": "5.0", "applyMinToMarket": True, "maxNotional": "50.0",
    "applyMaxToMarket": False, "avgPriceMins": 5,
}  # fmt: skip
BANDS = {
    "filterType": "PERCENT_PRICE_BY_SIDE", "bidMultiplierUp": "1.2", "bidMultiplierDown": "0.5",
    "askMultiplierUp": "5", "askMultiplierDown": "0.8", "avgPriceMins": 5,
}  # fmt: skip
TRAILING = {
    "filterType": "TRAILING_DELTA", "minTrailingAboveDelta": 10, "maxTrailingAboveDelta": 2000,
    "minTrailingBelowDelta": 20, "maxTrailingBelowDelta": 1000,
}  # fmt: skip


def placement(request: OrderRequest, open_here: int = 0, holding: str = "0", average: str = "10") -> Placement:
    resting = OrderRequest("BTCUSDT", "BUY", "STOP_LOSS_LIMIT", quantity=D(1), price=D(9), iceberg=D("0.5"))
    orders = [SpotOrder(number, "", resting, D(1), 0, 0) for number in range(open_here)]
    return Placement(request, request.quantity, D(average), orders, orders, D(holding))


def limit(price: str = "10", quantity: str = "1", **more: Any) -> OrderRequest:
    return OrderRequest(
        "BTCUSDT", more.pop("side", "BUY"), more.pop("kind", "LIMIT"), price=D(price), quantity=D(quantity), **more
    )


def passes(rule: dict[str, object], request: OrderRequest, **beside: Any) -> bool:
    try:
        refuse(placement(request, **beside), [rule], [])
    except ApiError as error:
        assert error.message == f"Filter failure: {str(rule['filterType']).removesuffix('_BY_SIDE')}"  # noqa: PT017
        return False
    return True


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        (PRICES, limit("0.10"), limit("0.05")),
        (PRICES, limit("1000.00"), limit("1000.10")),
        (PRICES, limit("10.10"), limit("10.11")),
        (PRICES, limit(stop_price=D("9.9")), limit(stop_price=D("9.99"))),
        (PRICES | {"tickSize": "0"}, limit("10.11"), limit("0.09")),
        (PRICES | {"minPrice": "0.15"}, limit("0.20"), limit("0.25")),
        (PRICES | {"maxPrice": "0"}, limit("99999.9"), limit("99999.99")),
        (LOTS, limit(quantity="0.01"), limit(quantity="0.009")),
        (LOTS, limit(quantity="9"), limit(quantity="9.01")),
        (LOTS, limit(quantity="0.3"), limit(quantity="0.305")),
        (LOTS, limit(iceberg=D("0.5")), limit(iceberg=D("0.505"))),
        (LOTS | {"filterType": "MARKET_LOT_SIZE"}, limit(quantity="99"), limit("0", "99", kind="MARKET")),
        (NOTIONAL, limit("5", "1"), limit("4.99", "1")),
        (NOTIONAL, limit("10", "5"), limit("10", "5.01")),
        (NOTIONAL, limit("0", "99", kind="MARKET"), limit("0", "0.49", kind="MARKET")),
        (NOTIONAL | {"applyMinToMarket": False}, limit("0", "0.1", kind="MARKET"), limit("1", "0.1")),
        (NOTIONAL | {"applyMaxToMarket": True}, limit("0", "5", kind="MARKET"), limit("0", "5.1", kind="MARKET")),
        (
            {"filterType": "MIN_NOTIONAL", "minNotional": "5", "applyToMarket": False},
            limit("0", "0.1", kind="MARKET"),
            limit("1", "4.9"),
        ),
        (BANDS, limit("12"), limit("12.1")),
        (BANDS, limit("5"), limit("4.9")),
        (BANDS, limit("50", side="SELL"), limit("50.1", side="SELL")),
        (BANDS, limit("8", side="SELL"), limit("7.9", side="SELL")),
        (
            {"filterType": "PERCENT_PRICE", "multiplierUp": "1.1", "multiplierDown": "0.9", "avgPriceMins": 5},
            limit("11"),
            limit("11.1"),
        ),
        ({"filterType": "ICEBERG_PARTS", "limit": 10}, limit(iceberg=D("0.1")), limit(iceberg=D("0.09"))),
        (TRAILING, limit(kind="STOP_LOSS", trailing_delta=10), limit(kind="STOP_LOSS", trailing_delta=9)),
        (TRAILING, limit(kind="STOP_LOSS", trailing_delta=2000), limit(kind="STOP_LOSS", trailing_delta=2001)),
        (
            TRAILING,
            limit(kind="STOP_LOSS", side="SELL", trailing_delta=1000),
            limit(kind="STOP_LOSS", side="SELL", trailing_delta=1001),
        ),
        (TRAILING, limit(kind="TAKE_PROFIT", trailing_delta=20), limit(kind="TAKE_PROFIT", trailing_delta=19)),
    ],
)
def test_a_filter_passes_its_edge_and_nothing_beyond(
    rule: dict[str, object], good: OrderRequest, bad: OrderRequest
) -> None:
    assert passes(rule, good)
    assert not passes(rule, bad)


@pytest.mark.parametrize(
    ("rule", "request_", "room"),
    [
        ({"filterType": "MAX_NUM_ORDERS", "maxNumOrders": 3}, limit(), 2),
        ({"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": 3}, limit(kind="STOP_LOSS_LIMIT"), 2),
        ({"filterType": "MAX_NUM_ICEBERG_ORDERS", "maxNumIcebergOrders": 3}, limit(iceberg=D("0.5")), 2),
        ({"filterType": "EXCHANGE_MAX_NUM_ORDERS", "maxNumOrders": 3}, limit(), 2),
        ({"filterType": "EXCHANGE_MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": 3}, limit(kind="TAKE_PROFIT_LIMIT"), 2),
        ({"filterType": "MAX_POSITION", "maxPosition": "4"}, limit(), 3),
    ],
)
def test_a_filter_of_the_account_counts_what_is_open_and_has_the_engines_code(
    rule: dict[str, object], request_: OrderRequest, room: int
) -> None:
    assert passes(rule, request_, open_here=room)
    with pytest.raises(ApiError) as caught:
        refuse(placement(request_, open_here=room + 1), [], [rule])
    assert caught.value.code == -2010


def test_a_filter_of_the_account_leaves_other_orders_alone() -> None:
    assert passes({"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": 1}, limit(), open_here=5)
    assert passes({"filterType": "MAX_NUM_ORDERS", "maxNumOrders": 1}, limit("0", "1", kind="MARKET"), open_here=5)
    assert passes({"filterType": "MAX_POSITION", "maxPosition": "1"}, limit(side="SELL"), holding="9")
    assert not passes({"filterType": "MAX_POSITION", "maxPosition": "4"}, limit(), holding="3.5")


def test_a_filter_that_is_not_known_stops_nobody() -> None:
    assert passes({"filterType": "T_PLUS_SELL", "endTime": 1}, limit())
