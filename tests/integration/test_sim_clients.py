"""Clients of Binance that are not ours, and a bot's exchange layer, trade on the simulated exchange.

Nothing of them is changed but addresses. One of them is among the packages of tests; the others are installed for
`make soak` alone, where SIM_CLIENTS=PATH is a Python that has them all already.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.sim_server import generated, running
from tests.support.effort import WHOLE
from tests.support.signing import KEY, SECRET
from trader.sim.trading.floor import TradingFloor
from trader.sim.trading.opening import member_of

CLIENTS = {
    "python-binance": "1.0.37",
    "binance-connector": "3.13.0",
    "binance-sdk-spot": "13.3.0",
    "ccxt": "4.5.90",
    "freqtrade": "2026.9",
}
PROGRAMS = Path(__file__).resolve().parents[1] / "clients"
SPEED = 600.0
"""So that what rests is met within seconds."""
PYTHON = os.environ.get("SIM_CLIENTS", "")
PINNED = "python-binance"
needs_clients = pytest.mark.skipif(not (WHOLE or PYTHON), reason="the clients are installed for make soak alone")


def test_the_client_at_hand_trades_over_rest_and_over_the_websocket_api() -> None:
    assert version(PINNED) == CLIENTS[PINNED]
    trade(PINNED, sys.executable)


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A Python that has the clients, in these versions."""
    if PYTHON:
        return PYTHON
    place = tmp_path_factory.mktemp("clients")
    subprocess.run([sys.executable, "-m", "venv", place], check=True)
    made = str(place / "bin" / "python")
    pins = [f"{name}=={version}" for name, version in CLIENTS.items()]
    subprocess.run([made, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *pins], check=True)
    return made


@needs_clients
@pytest.mark.parametrize("client", sorted(CLIENTS.keys() - {PINNED}))
def test_a_client_trades_over_rest_and_over_the_websocket_api(client: str, python: str) -> None:
    trade(client, python)


def trade(client: str, python: str) -> None:
    """Let a client's program run to its end on an exchange of its own."""
    exchange = generated("BTCUSDT,ETHUSDT", speed=SPEED)
    floor = TradingFloor(exchange, [member_of(KEY, SECRET, None, "USDT=100000,BTC=1")])
    with running(exchange, floor=floor) as server:
        program = PROGRAMS / f"{client.replace('-', '_')}_trades.py"
        command = [python, "-W", "ignore", str(program), server.url, server.streams_url]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr


def test_every_client_has_its_program() -> None:
    assert {path.stem for path in PROGRAMS.glob("*_trades.py")} == {
        f"{name.replace('-', '_')}_trades" for name in CLIENTS
    }
