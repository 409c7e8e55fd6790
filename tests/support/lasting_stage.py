"""A stage over DynamoDB that trades, is halted, asked and resumed by its own doors, and what it recorded by then."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import boto3
import pytest
from chalice.test import Client

import app
from chalicelib.domain import MINUTE_MS
from chalicelib.wiring import aws
from tests.support.account import SCHEDULED, STAGE, Account, account
from tests.support.records_by_name import EQUITY_COLUMNS, TRADE_COLUMNS, Plain, by_day, listed, recorded

SYMBOLS = "BTCUSDT,ETHUSDT"
SETTINGS = """
[agent]
symbols = ["BTCUSDT", "ETHUSDT"]
[strategy]
rsi_period = 5
rsi_buy = 40
rsi_sell = 60
sentiment_buy = -0.2
sentiment_sell = -0.6
[risk]
stop_loss = 0.004
take_profit = 0.004
trailing_stop = 0.003
position_fraction = 0.3
daily_loss_limit = 0.2
cooldown_bars = 1
"""
MINUTES = 300
"""What is traded before the tables are dumped."""
CANDLES_KEPT = 10
"""Minutes of candles and indicators that the dump has, as where older ones have expired."""
TOKEN = "operator" * 5


@contextmanager
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Account, str]]:
    """A stage that nothing was stored in, and the address of its market."""
    with account(SETTINGS, monkeypatch, SYMBOLS) as (stage, settings):
        name = f"/ai-trader/{STAGE}/api/operator-token"
        boto3.client("ssm").put_parameter(Name=name, Value=TOKEN, Type="SecureString")
        yield stage, settings.split('base_url = "')[1].split('"')[0]


def trade(stage: Account, minutes: int) -> None:
    """The next minutes, each at its close; now and then every schedule fires."""
    for number in range(minutes):
        stage.minute(stage.clock.now_ms() + MINUTE_MS, SCHEDULED if number % 10 == 0 else SCHEDULED[:2])


def begun(stage: Account) -> None:
    """All that comes before the dump."""
    for _ in range(MINUTES // 50):
        trade(stage, 50)
        stage.expire(stage.clock.now_ms() - CANDLES_KEPT * MINUTE_MS)


def skip_beginning(stage: Account) -> None:
    """Make it the time of the dump."""
    stage.clock.set(stage.clock.now_ms() + MINUTES * MINUTE_MS)


def acts(stage: Account) -> dict[str, Plain]:
    """What is shown and recorded after each act of a day that has a halt in it."""
    told = {"found": shown()}
    trade(stage, 15)
    told["traded on"] = shown()
    asked("POST", "/halt", {"reason": "odd prices"})
    trade(stage, 4)
    told["halted"] = shown()
    asked("POST", "/resume", {"confirm": "*"})
    trade(stage, 15)
    told["resumed"] = shown()
    return told


def shown() -> dict[str, Plain]:
    """What the stage answers of the agent, and digests of all that it lists and recorded."""
    told = {path: asked("GET", path) for path in ("/status", "/positions")}
    columns = {"trades": TRADE_COLUMNS, "equity": EQUITY_COLUMNS}
    lists = {name: listed(asked("GET", f"/{name}")[name], columns[name]) for name in columns}
    records = {kind: by_day(rows) for kind, rows in recorded(aws.stores().journal).items()}
    return {**told, "listed": lists, "recorded": records}


def asked(method: str, path: str, given: dict[str, str] | None = None) -> Plain:
    """The body of the answer to a request of the operator. Raises AssertionError unless it is a success."""
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    body = b"" if given is None else json.dumps(given).encode()
    response = Client(app.app).http.request(method, path, headers=headers, body=body)
    assert response.status_code == 200, response.body
    return json.loads(response.body)
