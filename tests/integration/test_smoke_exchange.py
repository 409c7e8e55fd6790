"""After a deploy: whether the exchange answers the region. The real function asks it, over loopback."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from chalice.test import Client

import app
from chalicelib.adapters.lambda_log import InvocationFailed
from chalicelib.config import Deployment
from chalicelib.errors import Rejected
from infra import smoke
from infra.account import AwsAccount
from tests.fakes.web_server import Answer, Received, WebServer, serving
from tests.support.account import STAGE, account, put_agent
from tests.support.aws import REGION

NAMES = Deployment(STAGE)
HERE = AwsAccount("123456789012", REGION)
INVOCATIONS = f"/2015-03-31/functions/{NAMES.name('fetch_klines')}/invocations"
SETTINGS = '[agent]\nsymbols = ["BTCUSDT"]\n'
DATA_ADDRESS = 'exchange.base_url = "https://data-api.binance.vision"'


def region(received: Received) -> Answer:
    """Lambda: it runs the function and answers with what that returned or raised."""
    try:
        return Answer(200, json.dumps(Client(app.app).lambda_.invoke("fetch_klines", received.json()).payload))
    except InvocationFailed as error:
        failed = {"errorMessage": str(error), "errorType": "InvocationFailed"}
        return Answer(200, json.dumps(failed), {"X-Amz-Function-Error": "Unhandled"})


@pytest.fixture(autouse=True)
def _stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with account(SETTINGS, monkeypatch, symbols="BTCUSDT") as (stage, _):
        stage.lambdas.routes[INVOCATIONS] = region
        yield


@contextmanager
def exchange_answering(answer: Answer) -> Iterator[WebServer]:
    """An exchange of the agent's that knows the time, and answers everything else so."""
    with serving() as exchange:
        exchange.otherwise = answer
        now_ms = time.time_ns() // 1_000_000
        exchange.routes["/api/v3/time"] = lambda _: Answer(200, json.dumps({"serverTime": now_ms}))
        put_agent("default", f'{SETTINGS}[exchange]\nbase_url = "{exchange.url}"\n')
        yield exchange


def told() -> str:
    lines: list[str] = []
    smoke.check_exchange(HERE, NAMES, lines.append)
    (line,) = lines
    return line


def test_candles_that_come_are_told() -> None:
    assert told() == "smoke check: candles come"


@pytest.mark.parametrize(
    ("status", "words"),
    [(451, "not served in this region (HTTP 451)"), (403, "refused by the exchange's firewall (HTTP 403)")],
)
def test_an_exchange_that_keeps_the_region_out_comes_with_ways_out(status: int, words: str) -> None:
    with exchange_answering(Answer(status, "{}")) as exchange:
        with pytest.raises(Rejected) as refused:
            told()
        assert {each.target.partition("?")[0] for each in exchange.received} == {"/api/v3/klines"}
    said = str(refused.value)
    assert "\n" not in said
    assert said.startswith("smoke check: ")
    assert f"{exchange.url}/api/v3/klines (symbol=BTCUSDT, interval=1m): {words}: nothing trades there" in said
    assert DATA_ADDRESS in said
    assert f"another region than {REGION}" in said


def test_no_way_out_is_named_that_leads_nowhere() -> None:
    of_prices, of_orders = (
        "https://data-api.binance.vision/api/v3/klines: …",
        "https://api.binance.com/api/v3/klines: …",
    )
    assert DATA_ADDRESS not in smoke._ways_out(HERE, of_prices)
    assert "another region" in smoke._ways_out(HERE, of_prices)
    assert "another region" not in smoke._ways_out(replace(HERE, endpoint="http://127.0.0.1:1"), of_orders)


def test_an_exchange_in_trouble_is_told_and_is_no_reason_to_fail() -> None:
    with exchange_answering(Answer(500, "down")) as exchange:
        line = told()
    assert line.startswith(f"smoke check: candles: Unavailable: {exchange.url}/api/v3/klines")
    assert line.endswith("asked again every minute")
