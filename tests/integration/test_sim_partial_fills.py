"""Partial fills over HTTP: of the full model, and of slow orders."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from time import sleep

import requests

from tests.sim_server import generated, running
from tests.support.faulty_exchange import RESTING, SYMBOL, TAKING, faulty
from tests.support.signing import KEY, SECRET, Trader
from trader.sim.trading.floor import TradingFloor
from trader.sim.trading.liquidity import FullLiquidity
from trader.sim.trading.opening import member_of


def test_a_large_market_order_is_answered_with_several_fills_at_rising_prices() -> None:
    exchange = replace(generated(speed=0.001), liquidity=FullLiquidity())
    member = member_of(KEY, SECRET, None, "USDT=100000000")
    with running(exchange, floor=TradingFloor(exchange, [member])) as served:
        trader = Trader(served.url)
        answer = trader.ask("POST", "order", **{**TAKING, "quantity": "20"}).json()
        prices = [Decimal(fill["price"]) for fill in answer["fills"]]
        assert len(prices) > 1
        assert prices == sorted(set(prices))
        rows = trader.ask("GET", "myTrades", symbol=SYMBOL).json()
        assert [row["qty"] for row in rows] == [fill["qty"] for fill in answer["fills"]]


def test_a_slow_order_is_filled_bit_by_bit() -> None:
    with faulty("slow=1", speed=600.0) as market:
        url = f"{market.server.url}/api/v3/ticker/price?symbol={SYMBOL}"
        last = Decimal(requests.get(url, timeout=10).json()["price"])
        sides = (("BUY", last - 20), ("SELL", last + 20))
        asked = [{**RESTING, "side": side, "price": price, "quantity": "0.1"} for side, price in sides]
        ids = [market.trader.ask("POST", "order", **each).json()["orderId"] for each in asked]
        executed: set[Decimal] = set()
        while len(executed) < 3:
            rows = [market.trader.ask("GET", "order", symbol=SYMBOL, orderId=each).json() for each in ids]
            executed |= {Decimal(row["executedQty"]) for row in rows if row["status"] == "PARTIALLY_FILLED"}
            sleep(0.02)
        assert all(each % Decimal("0.01") == 0 for each in executed)
