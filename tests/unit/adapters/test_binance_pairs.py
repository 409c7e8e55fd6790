"""Symbols and a key's rights as Binance tells of them."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.adapters.binance.key_rights import rights_of
from chalicelib.adapters.binance.pairs import listed_pair
from chalicelib.errors import BadInput, Unavailable
from chalicelib.exchange_account import KeyRights

TOLD: dict[str, Any] = {
    "exchangeFilters": [{"filterType": "EXCHANGE_MAX_NUM_ORDERS", "maxNumOrders": 1000}],
    "symbols": [
        {"symbol": "ETHUSDT"},
        {
            "symbol": "BTCUSDT",
            "status": "TRADING",
            "baseAsset": "BTC",
            "quoteAsset": "USDT",
            "orderTypes": ["LIMIT", "PEGGED"],
            "filters": [
                {"filterType": "PRICE_FILTER", "minPrice": "0.01", "maxPrice": "1000000", "tickSize": "0.01"},
                {"filterType": "T_PLUS_SELL", "endTime": 1},
            ],
        },
    ],
}


def test_a_symbol_is_read_with_its_filters_and_those_of_the_exchange() -> None:
    pair = listed_pair("BTCUSDT", TOLD)
    assert (pair.name, pair.status, pair.base, pair.quote) == ("BTCUSDT", "TRADING", "BTC", "USDT")
    assert pair.kinds == ("LIMIT", "PEGGED")
    assert pair.filters.unknown == ("T_PLUS_SELL",)
    assert pair.filters.tick() == Decimal("0.01")
    assert [rule.kind for rule in pair.filters.rules] == ["PRICE_FILTER", "EXCHANGE_MAX_NUM_ORDERS"]


def test_a_symbol_that_is_not_listed_is_said() -> None:
    with pytest.raises(BadInput, match="the exchange has no symbol 'XUSDT'"):
        listed_pair("XUSDT", TOLD)


@pytest.mark.parametrize("field", ["status", "baseAsset", "quoteAsset", "orderTypes"])
def test_what_a_symbol_lacks_is_corrupt(field: str) -> None:
    told = deepcopy(TOLD)
    del told["symbols"][1][field]
    with pytest.raises(Unavailable, match=field):
        listed_pair("BTCUSDT", told)


RIGHTS: dict[str, Any] = {
    "ipRestrict": False,
    "createTime": 1_623_840_271_000,
    "enableReading": True,
    "enableSpotAndMarginTrading": False,
    "enableWithdrawals": True,
    "enableInternalTransfer": True,
    "tradingAuthorityExpirationTime": 1_628_985_600_000,
}


def test_what_a_key_may_do_is_read() -> None:
    assert rights_of(RIGHTS) == KeyRights(
        reads=True, trades=False, withdraws=True, is_bound=False, ends_ms=1_628_985_600_000
    )
    del (told := dict(RIGHTS))["tradingAuthorityExpirationTime"]
    assert rights_of(told).ends_ms is None


@pytest.mark.parametrize("field", ["ipRestrict", "enableReading", "enableSpotAndMarginTrading", "enableWithdrawals"])
def test_a_right_that_is_not_told_is_not_guessed(field: str) -> None:
    with pytest.raises(Unavailable, match=field):
        rights_of({**RIGHTS, field: None})
