"""How many unfilled orders an account is told to have."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.sim_server import generated
from trader.sim.query import ApiError
from trader.sim.trading.floor import TradingFloor
from trader.sim.trading.opening import member_of
from trader.sim.trading.order import OrderRequest

ORDER = OrderRequest("BTCUSDT", "BUY", "MARKET", quantity=Decimal("0.005"))


@pytest.mark.parametrize("resting", [0, 2])
def test_an_order_that_is_filled_at_once_does_not_count_and_one_that_is_refused_neither(resting: int) -> None:
    member = member_of("K", "S", None, "USDT=10000")
    floor = TradingFloor(generated(speed=0.001), [member])
    limit = OrderRequest("BTCUSDT", "BUY", "LIMIT", quantity=Decimal("0.005"), price=Decimal(50_000))
    for _ in range(resting):
        floor.place(member.account, limit)
    floor.place(member.account, ORDER)
    with pytest.raises(ApiError, match="insufficient balance"):
        floor.place(member.account, OrderRequest("BTCUSDT", "BUY", "MARKET", quantity=Decimal(1)))
    assert [row["count"] for row in floor.counts(member.account).rows()] == [resting, resting]
