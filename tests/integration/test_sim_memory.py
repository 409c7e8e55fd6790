"""A simulated exchange that is traded on for long keeps no more memory than before: under `make soak` alone."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest

from tests.sim_server import generated
from tests.support.effort import WHOLE
from trader.sim.query import Query
from trader.sim.trading.floor import TradingFloor
from trader.sim.trading.members import KeyHolder
from trader.sim.trading.opening import member_of
from trader.sim.trading.private import PRIVATE_ENDPOINTS

ENDPOINTS = {(endpoint.method, endpoint.path): endpoint for endpoint in PRIVATE_ENDPOINTS}
STATM = Path("/proc/self/statm")
SETTLED, ORDERS = 200_000, 1_000_000
"""Orders until all that is kept of an account is full, and orders in all."""
CANCELLED_ONE_IN = 5_000
"""What is cancelled counts as unfilled, and of those an account may place a hundred in ten seconds of real time."""
ALLOWED_MB = 10.0
"""An order of which nothing but an empty object stayed would be 50 MB."""


@pytest.mark.skipif(not (WHOLE and STATM.exists()), reason="a million orders are placed by make soak, under Linux")
def test_memory_is_flat_between_two_hundred_thousand_and_a_million_orders() -> None:
    member = member_of("K", "S", None, "USDT=1000000,BTC=10")
    floor = TradingFloor(generated("BTCUSDT"), [member])
    trade(floor, member, range(SETTLED))
    before_mb = resident_mb()
    trade(floor, member, range(SETTLED, ORDERS))
    assert resident_mb() - before_mb < ALLOWED_MB


def trade(floor: TradingFloor, member: KeyHolder, numbers: range) -> None:
    """Buy and sell in turn, through what REST and the WebSocket API call; cancel an order now and then."""
    for number in numbers:
        side = "SELL" if number % 2 else "BUY"
        ask(floor, member, "POST", side=side, type="MARKET", quantity="0.001", newClientOrderId=f"m{number}")
        if number % CANCELLED_ONE_IN == 0:
            limit = {"side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "price": "30000", "quantity": "0.001"}
            ask(floor, member, "POST", **limit, newClientOrderId=f"l{number}")
            ask(floor, member, "DELETE", origClientOrderId=f"l{number}")


def ask(floor: TradingFloor, member: KeyHolder, method: str, **parameters: str) -> None:
    endpoint = ENDPOINTS[method, "/api/v3/order"]
    query = Query(list({"symbol": "BTCUSDT", **parameters}.items()), endpoint.parameters)
    endpoint.task(floor, member.account, query).answer()


def resident_mb() -> float:
    """What this process holds now, in millions of bytes."""
    gc.collect()
    return int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
