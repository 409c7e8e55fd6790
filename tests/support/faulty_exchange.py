"""An exchange with somebody who trades on it and somebody who makes things go wrong, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import requests

from tests.sim_server import Running, generated, running
from tests.support.signing import KEY, SECRET, Trader
from trader.sim.trading.floor import TradingFloor
from trader.sim.trading.opening import member_of

SYMBOL = "BTCUSDT"
RESTING = {"symbol": SYMBOL, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01", "price": "60000"}
TAKING = {"symbol": SYMBOL, "side": "BUY", "type": "MARKET", "quantity": "0.01"}


@dataclass(frozen=True, slots=True)
class FaultyExchange:
    """A served exchange, its trader, and the door to its faults."""

    server: Running
    trader: Trader

    def meet(self, kind: str, endpoint: str = "", **more: object) -> None:
        """Ask for a fault of the next request."""
        self.post("faults", kind=kind, endpoint=endpoint, **more)

    def post(self, where: str, **asked: object) -> dict[str, object]:
        answer = requests.post(f"{self.server.url}/sim/{where}", json=asked, timeout=10)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert isinstance(found, dict)
        return found

    def clear(self) -> None:
        """Take back what was asked for and has not struck, what was changed, and what rests."""
        for where in ("faults", "state"):
            requests.delete(f"{self.server.url}/sim/{where}", timeout=10)
        self.trader.ask("DELETE", "openOrders", symbol=SYMBOL)

    def open_ids(self) -> list[str]:
        """Client ids of what rests."""
        return [row["clientOrderId"] for row in self.trader.ask("GET", "openOrders").json()]


@contextmanager
def faulty(faults: str = "", speed: float = 0.001, balance: str = "USDT=100000,BTC=5") -> Iterator[FaultyExchange]:
    exchange = generated(faults=faults, speed=speed)
    with running(exchange, floor=TradingFloor(exchange, [member_of(KEY, SECRET, None, balance)])) as served:
        yield FaultyExchange(served, Trader(served.url))
