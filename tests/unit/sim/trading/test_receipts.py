"""What a working order received, and how much of it stays locked for those that follow."""

from __future__ import annotations

from decimal import Decimal

import pytest

from trader.sim.trading.order import OrderRequest, Side, SpotOrder, SpotTrade
from trader.sim.trading.receipts import receipt

ONE = Decimal(1)
TRADE = SpotTrade(1, Decimal(100), ONE, Decimal(100), Decimal("0.001"), "BTC", 0, is_maker=False)


def order(side: Side) -> SpotOrder:
    return SpotOrder(1, "", OrderRequest("BTCUSDT", side, "LIMIT"), ONE, 0, 0)


@pytest.mark.parametrize(
    ("working", "waiting", "asset", "kept"),
    [
        ("BUY", "SELL", "BTC", "0.999"),
        ("SELL", "BUY", "USDT", "100"),
        ("BUY", "BUY", "USDT", "0"),
        ("SELL", "SELL", "BTC", "0"),
    ],
)
def test_what_is_kept_is_what_the_next_one_gives_away(working: Side, waiting: Side, asset: str, kept: str) -> None:
    found = receipt(order(working), order(waiting), TRADE, asset, Decimal(0), sells_receipts=False)
    assert found == Decimal(kept)


@pytest.mark.parametrize(("free", "kept"), [("1", "1"), ("0.9999", "0.999")])
def test_just_what_was_received_is_sold_where_the_commission_is_free_besides(free: str, kept: str) -> None:
    assert receipt(order("BUY"), order("SELL"), TRADE, "BTC", Decimal(free), sells_receipts=True) == Decimal(kept)
