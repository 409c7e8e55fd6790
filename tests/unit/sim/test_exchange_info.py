"""The filters that the simulated exchange shows of a pair."""

from __future__ import annotations

from typing import Any

import pytest

from trader.sim.exchange_info import filters
from trader.sim.listing import listing

PRICES = {
    "BTCUSDT": 95_000.0,
    "DOGEUSDT": 0.19,
    "PEPEUSDT": 0.0000123,
    "SHIBUSDT": 8e-8,
    "ETHBTC": 0.0345,
    "BNBETH": 0.2,
}


@pytest.mark.parametrize("name", PRICES)
def test_orders_may_be_small_and_large_whatever_a_coin_costs(name: str) -> None:
    price = PRICES[name]
    shown: dict[object, Any] = {each["filterType"]: each for each in filters(listing(name, price, 8))}
    least = float(shown["NOTIONAL"]["minNotional"])
    lot = float(shown["LOT_SIZE"]["stepSize"])
    assert lot * price < least / 2
    assert lot == 1.0 or lot * price > least / 50
    for filter_name in ("LOT_SIZE", "MARKET_LOT_SIZE"):
        assert float(shown[filter_name]["maxQty"]) * price > 100_000 * least
