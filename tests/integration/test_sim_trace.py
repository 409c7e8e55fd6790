"""The trace of `trader sim --record`: what a person reads of what happened, and what no trace holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest
import requests
from websockets.sync.client import connect

from chalicelib.errors import BadInput
from tests.sim_server import generated, serving
from tests.support.signing import KEY, SECRET, Trader, signature, signed, signed_by_name
from trader.sim.app import create_app
from trader.sim.trace import recorded
from trader.sim.trading.floor import TradingFloor
from trader.sim.trading.opening import member_of

BUY = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01", "newClientOrderId": "mine"}
RESTS = {**BUY, "type": "LIMIT", "timeInForce": "GTC", "price": "60000", "newClientOrderId": "rests"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "trace.txt"


@pytest.fixture
def url(path: Path) -> Iterator[str]:
    exchange = generated("BTCUSDT", speed=0.001)
    floor = TradingFloor(exchange, [member_of(KEY, SECRET, None, "USDT=10000")])
    with recorded(create_app(exchange, floor=floor), floor, path) as app, serving(app) as port:
        yield f"http://127.0.0.1:{port}"


def lines(path: Path, last: str) -> list[str]:
    """What the trace has once a line with this text is there, without times."""
    until_s = monotonic() + 5.0
    while last not in (text := path.read_text("utf-8")) and monotonic() < until_s:
        sleep(0.01)
    assert last in text
    return [line[39:].strip() for line in text.splitlines()]


def test_a_request_its_answer_and_the_order_are_read_one_below_the_other(url: str, path: Path) -> None:
    Trader(url).ask("POST", "order", **BUY)
    first, asked, new, trade, answer = lines(path, "< 200")
    assert first == "simulated exchange of BTCUSDT"
    assert asked.startswith("1 > [simu…] POST /api/v3/order symbol=BTCUSDT side=BUY type=MARKET quantity=0.01")
    assert new == "* order 1 mine: BTCUSDT BUY MARKET 0.01000000: NEW"
    assert trade.startswith("* order 1 mine: BTCUSDT BUY MARKET 0.01000000: TRADE FILLED 0.01000000 at ")
    assert trade.endswith("fee 0.00001000 BTC, 0.01000000 in all")
    assert answer.startswith('1 < 200 {"symbol":"BTCUSDT","orderId":1,')


def test_neither_keys_nor_signatures_are_in_it(url: str, path: Path) -> None:
    trader = Trader(url)
    sent = signed(RESTS)
    trader.send("POST", "order", "", body=sent, **{"Content-Type": "application/x-www-form-urlencoded"})
    with connect(f"{url.replace('http', 'ws')}/ws-api/v3") as wire:
        asked = signed_by_name({**BUY, "newClientOrderId": "over-ws"})
        wire.send(json.dumps({"id": 1, "method": "order.place", "params": asked}))
        wire.recv(timeout=5)
        wire.send(json.dumps({"id": 2, "method": "session.status", "params": {"apiKey": KEY}}))
        wire.recv(timeout=5)
        wire.send("not JSON, with a secret in it")
        wire.recv(timeout=5)
    text = "\n".join(lines(path, "gone"))
    assert "order 2 over-ws" in text
    assert "newClientOrderId=rests" in text
    assert "a message that is no request, of 29 characters" in text
    for private in (
        f"={KEY}",
        f'"{KEY}"',
        sent.rsplit("=", 1)[1],
        str(asked["signature"]),
        signature(sent),
        "secret in it",
    ):
        assert private not in text


def test_faults_and_broken_answers_are_told(url: str, path: Path) -> None:
    for kind in ("error", "cut"):
        requests.post(f"{url}/sim/faults", json={"kind": kind, "endpoint": "GET /api/v3/time"}, timeout=5)
        try:
            requests.get(f"{url}/api/v3/time", timeout=5)
        except requests.RequestException:
            continue
    told = lines(path, "broken off")
    assert told.count("! error strikes GET /api/v3/time") == 1
    assert told.count("! cut strikes GET /api/v3/time") == 1
    assert any(line.endswith("< 200, broken off") for line in told)


def test_long_answers_are_cut_and_a_trace_goes_on_where_it_was(url: str, path: Path) -> None:
    requests.get(f"{url}/api/v3/klines?symbol=BTCUSDT&interval=1m", timeout=5)
    told = lines(path, "…")
    assert max(len(line) for line in told) < 500
    floor = TradingFloor(generated("BTCUSDT", speed=0.001), ())
    with recorded(create_app(floor.exchange, floor=floor), floor, path):
        pass
    assert path.read_text("utf-8").count("simulated exchange of BTCUSDT") == 2


def test_a_file_that_cannot_be_written_gets_one_line(tmp_path: Path) -> None:
    floor = TradingFloor(generated(speed=0.001), ())
    opening = recorded(create_app(floor.exchange, floor=floor), floor, tmp_path / "none" / "trace.txt")
    with pytest.raises(BadInput, match=r"--record \S+: cannot be written"), opening:
        pass
