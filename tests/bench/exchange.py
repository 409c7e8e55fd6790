"""Orders on the simulated exchange beside its pings: what trading costs on top of a request."""

from __future__ import annotations

import http.client
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from tests.bench.outcome import Limit, Outcome
from tests.bench.timing import in_turn, ratios
from tests.support.signing import signed

KEY = SECRET = "simulated"
AGAINST_PING = 3.0
ORDERS = 200


def measure(quick: bool) -> list[Outcome]:
    """Signed market orders over one connection, in turn with pings of the same server."""
    with served() as connection:
        taken = in_turn(3 if quick else 9, partial(pings, connection), partial(orders, connection))
    ping, order = taken
    against = ratios(order, ping)
    rate = {name: ORDERS / min(times.wall_s) for name, times in (("pings", ping), ("orders", order))}
    rows = [
        ("pings of the simulated exchange", f"{rate['pings']:,.0f}/s"),
        ("signed market orders on it", f"{rate['orders']:,.0f}/s {against['ratio_of_minima']:.2f} x a ping"),
    ]
    figures: dict[str, object] = {"per_second": rate, "order_against_ping": against}
    limit = Limit("a signed order against a ping", against["ratio_of_minima"], AGAINST_PING, "x")
    return [Outcome("exchange", figures, rows, [limit])]


@contextmanager
def served() -> Iterator[http.client.HTTPConnection]:
    """A connection to an exchange in a process of its own, in a folder without settings."""
    trader = str(Path(sys.executable).with_name("trader"))
    command = [trader, "sim", "--port", "0", "--balance", "USDT=100000000,BTC=1000"]
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder)
        try:
            assert process.stdout is not None
            address = next(word for word in process.stdout.readline().split() if word.startswith("http"))
            yield http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


def pings(connection: http.client.HTTPConnection) -> None:
    for _ in range(ORDERS):
        answered(connection, "GET", "/api/v3/ping")


def orders(connection: http.client.HTTPConnection) -> None:
    """Bought and sold again, so that neither side runs out."""
    for number in range(ORDERS):
        side = "SELL" if number % 2 else "BUY"
        asked = {"symbol": "BTCUSDT", "side": side, "type": "MARKET", "quantity": "0.001", "recvWindow": 60_000}
        query = signed({**asked, "timestamp": time.time_ns() // 1_000_000}, SECRET)
        answered(connection, "POST", f"/api/v3/order?{query}", {"X-MBX-APIKEY": KEY})


def answered(
    connection: http.client.HTTPConnection, method: str, path: str, headers: dict[str, str] | None = None
) -> None:
    connection.request(method, path, headers=headers or {})
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{method} {path.split('?')[0]}: {answer.status} {body[:200]!r}")
