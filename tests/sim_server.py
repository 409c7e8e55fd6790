"""The simulated exchange on a loopback port, within the test's own process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread

from starlette.types import ASGIApp

from chalicelib.domain import MINUTE_MS
from trader.sim.app import create_app
from trader.sim.exchange import Exchange, generated_exchange
from trader.sim.faults import Fault, parse_faults
from trader.sim.server import bind, make_server
from trader.sim.stream import ConnectionLimits
from trader.sim.trading.floor import TradingFloor

START_MS = 1_750_000_020_000
assert START_MS % MINUTE_MS == 0
NO_FAULTS: Mapping[str, Fault] = {}


@dataclass(frozen=True, slots=True)
class Running:
    """A served exchange and where it is."""

    exchange: Exchange
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def streams_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"


@contextmanager
def running(
    exchange: Exchange, limits: ConnectionLimits | None = None, port: int = 0, floor: TradingFloor | None = None
) -> Iterator[Running]:
    """Serve until the block ends, on a free port unless one is given; nobody trades without a floor."""
    with serving(create_app(exchange, limits, floor), port) as found:
        yield Running(exchange, found)


@contextmanager
def serving(app: ASGIApp, port: int = 0) -> Iterator[int]:
    """Serve an application until the block ends; the port, a free one unless it is given."""
    with bind(port) as listener:
        server = make_server(app)
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join()


def generated(
    symbols: str = "BTCUSDT,ETHUSDT", faults: str = "", speed: float = 1.0, history_minutes: int = 1440, seed: int = 1
) -> Exchange:
    """A generated market whose clock starts at START_MS."""
    plan = parse_faults(faults) if faults else NO_FAULTS
    return generated_exchange(seed, symbols.split(","), START_MS, history_minutes, speed, plan)
