"""Symbols and a key's rights as Binance tells of them."""

from __future__ import annotations

import json
from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest
import requests

from chalicelib.adapters.binance.key_rights import rights_of
from chalicelib.adapters.binance.pairs import BinancePairs, ListedPair, listed_pair
from chalicelib.adapters.binance.transport import Transport
from chalicelib.adapters.binance.unheard import Unheard
from chalicelib.errors import BadInput, Unavailable
from chalicelib.exchange_account import KeyRights
from chalicelib.wanted_orders import OrderKind
from tests.fakes.web_server import Answer, serving

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


def listed(**change: object) -> ListedPair:
    """BTCUSDT with nothing about it that is not known, but for the change."""
    [_, pair] = deepcopy(TOLD)["symbols"]
    pair |= {"orderTypes": ["MARKET", "PEGGED"], "filters": pair["filters"][:1]} | change
    return listed_pair("BTCUSDT", {"symbols": [pair]})


def test_a_symbol_takes_orders_of_its_types_whatever_other_types_there_are() -> None:
    assert listed().refusal(OrderKind.MARKET) == ""
    assert listed().refusal(OrderKind.STOP_LOSS) == "it takes no orders of type STOP_LOSS"


@pytest.mark.parametrize("status", ["HALT", "BREAK", "CANCEL_ONLY", "ASLEEP\x1b[2J"])
def test_a_symbol_that_does_not_trade_takes_no_order(status: str) -> None:
    words = listed(status=status).refusal(OrderKind.MARKET)
    assert words.startswith(f"its status is {status[:6]}")
    assert words.isprintable()


def test_a_filter_that_nobody_knows_forbids_orders_by_its_name() -> None:
    words = listed(filters=TOLD["symbols"][1]["filters"]).refusal(OrderKind.MARKET)
    assert words == "T_PLUS_SELL: a filter that is not known, so that no order can be judged by it"


def test_what_a_symbol_has_that_nobody_knows_is_told_once() -> None:
    told: list[str] = []
    unknown = deepcopy(TOLD)
    unknown["symbols"][1]["status"] = "ASLEEP"
    with serving() as server, requests.Session() as session:
        server.otherwise = Answer(body=json.dumps(unknown))
        pairs = BinancePairs(Transport(session, server.url), Unheard(told.append))
        for _ in range(2):
            pairs.listed("BTCUSDT")
    assert [line.partition("that we")[0] + line.rpartition(": ")[2] for line in told] == [
        "the exchange tells of a filter 'T_PLUS_SELL'",
        "the exchange tells of a type of order 'PEGGED'",
        "the exchange tells of a status of a symbol 'ASLEEP'",
    ]


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
