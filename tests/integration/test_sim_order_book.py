"""The order book and single trades that the simulated exchange shows: those of its model and of its candles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import requests

from tests.sim_server import START_MS, Running, generated, running
from tests.support.shapes import recorded, shape
from tests.support.signing import KEY, SECRET, Trader
from trader.sim.book_endpoints import PUBLIC_ENDPOINTS
from trader.sim.clock import SimClock
from trader.sim.query import Query
from trader.sim.trading.floor import TradingFloor
from trader.sim.trading.liquidity import LEVELS, MODELS
from trader.sim.trading.opening import member_of

SYMBOL = "BTCUSDT"
MODEL_LEVELS = {"frictionless": 1, "full": LEVELS}


@pytest.fixture(params=MODEL_LEVELS, scope="module")
def market(request: pytest.FixtureRequest) -> Iterator[tuple[Running, int]]:
    """An exchange with a model of liquidity, and how many offers that has."""
    exchange = replace(generated(speed=0.001), liquidity=MODELS[request.param]())
    member = member_of(KEY, SECRET, None, "USDT=100000000,BTC=1000")
    with running(exchange, floor=TradingFloor(exchange, [member])) as server:
        yield server, MODEL_LEVELS[request.param]


@pytest.fixture
def server(market: tuple[Running, int]) -> Running:
    return market[0]


def told(server: Running, path: str, **asked: object) -> Any:
    answer = requests.get(f"{server.url}/api/v3/{path}", params={"symbol": SYMBOL, **asked}, timeout=10)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(("side", "offered"), [("BUY", "asks"), ("SELL", "bids")])
def test_an_order_gets_what_the_depth_shows(market: tuple[Running, int], side: str, offered: str) -> None:
    server, levels = market
    rows = told(server, "depth")[offered]
    assert len(rows) == levels
    ticker, name = told(server, "ticker/bookTicker"), offered.removesuffix("s")
    assert [ticker[f"{name}Price"], ticker[f"{name}Qty"]] == rows[0]
    quantity = sum((Decimal(row[1]) for row in rows[:3]), Decimal(0)) if levels > 1 else Decimal(1)
    asked = {"symbol": SYMBOL, "side": side, "type": "MARKET", "quantity": quantity}
    fills = Trader(server.url).ask("POST", "order", **asked).json()["fills"]
    assert [fill["price"] for fill in fills] == [row[0] for row in rows[:3]]
    if levels > 1:
        assert [fill["qty"] for fill in fills] == [row[1] for row in rows[:3]]


def test_depth_has_the_recorded_shape_and_no_more_levels_than_asked_for(server: Running) -> None:
    found = told(server, "depth", limit=1)
    assert shape(found["asks"]) == shape(recorded("recorded_depth")["asks"][:1])
    assert found.keys() == recorded("recorded_depth").keys()
    assert Decimal(found["bids"][0][0]) < Decimal(found["asks"][0][0])


class Hurried(SimClock):
    """Simulated time that goes on by seven seconds whenever anybody asks."""

    asked = 0

    def now_ms(self) -> int:
        self.asked += 1
        return START_MS + 7_000 * self.asked


@pytest.mark.parametrize("path", ["depth", "ticker/bookTicker"])
def test_both_sides_of_the_book_are_of_one_moment(path: str) -> None:
    exchange = replace(generated(), clock=Hurried(START_MS, 1.0))
    endpoint = next(each for each in PUBLIC_ENDPOINTS if each.path == f"/api/v3/{path}")
    for _ in range(20):
        found: Any = endpoint.answer(exchange, Query([("symbol", SYMBOL)], endpoint.parameters))
        bid, ask = (
            (found["bids"][0][0], found["asks"][0][0]) if path == "depth" else (found["bidPrice"], found["askPrice"])
        )
        assert Decimal(ask) - Decimal(bid) == Decimal("0.01")


@pytest.mark.parametrize(
    ("path", "asked", "weight"),
    [
        ("depth", {}, 5), ("depth", {"limit": 101}, 25), ("depth", {"limit": 1000}, 50),
        ("depth", {"limit": 5000}, 250),
        ("trades", {}, 25), ("historicalTrades", {}, 25), ("aggTrades", {}, 4), ("uiKlines", {"interval": "1m"}, 2),
    ],
)  # fmt: skip
def test_weights_are_as_documented(server: Running, path: str, asked: dict[str, object], weight: int) -> None:
    def used() -> int:
        answer = requests.get(f"{server.url}/api/v3/ping", timeout=10)
        return int(answer.headers["X-MBX-USED-WEIGHT-1M"])

    before = used()
    told(server, path, **asked)
    assert used() == before + 1 + weight


@pytest.mark.parametrize("path", ["trades", "historicalTrades"])
def test_trades_have_the_recorded_shape(server: Running, path: str) -> None:
    assert shape(told(server, path, limit=2)) == shape(recorded("recorded_trades")[:2])


def test_aggregates_have_the_recorded_shape(server: Running) -> None:
    assert shape(told(server, "aggTrades", limit=2)) == shape(recorded("recorded_agg_trades")[:2])


def test_the_trades_of_a_minute_make_its_candle(server: Running) -> None:
    candle = told(server, "klines", interval="1m", limit=2)[0]
    rows = told(server, "aggTrades", startTime=candle[0], endTime=candle[6], limit=1000)
    assert len(rows) == min(1000, candle[8])
    whole = rows
    while len(whole) < candle[8]:
        whole += told(server, "aggTrades", fromId=whole[-1]["a"] + 1, limit=min(1000, candle[8] - len(whole)))
    assert sum((Decimal(row["q"]) for row in whole), Decimal(0)) == Decimal(candle[5])
    prices = [Decimal(row["p"]) for row in whole]
    assert Decimal(candle[3]) <= min(prices) <= max(prices) <= Decimal(candle[2])
    bought = sum((Decimal(row["q"]) for row in whole if not row["m"]), Decimal(0))
    assert abs(bought - Decimal(candle[9])) <= max(Decimal(row["q"]) for row in whole) * 2
    assert all(candle[0] <= row["T"] <= candle[6] for row in whole)


def test_pages_by_id_follow_each_other_and_end_with_the_newest(server: Running) -> None:
    newest = told(server, "trades", limit=1000)
    assert [row["id"] for row in newest] == sorted({row["id"] for row in newest})
    assert told(server, "historicalTrades", fromId=newest[-3]["id"])[:3] == newest[-3:]
    assert told(server, "aggTrades", limit=1000, endTime=newest[-1]["time"])[-1]["T"] == newest[-1]["time"]
    assert told(server, "historicalTrades", fromId=2**62) == []


def test_an_id_and_a_time_are_not_asked_for_together(server: Running) -> None:
    answer = requests.get(f"{server.url}/api/v3/aggTrades?symbol={SYMBOL}&fromId=1&startTime=1", timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (400, -1128)
