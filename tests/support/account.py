"""A stage as AWS runs it, in this process: the real entry points, over moto, against a simulated exchange by HTTP.

Schedules fire when a test says so; what wakes what goes over the wire and is delivered by `Account.deliver`, in the
order, as often and as concurrently as a test wants.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import boto3
import pytest
from chalice.test import Client
from moto import mock_aws

import app
from chalicelib.adapters.dynamodb import connect, create_tables
from chalicelib.adapters.lambda_waker import wake_event
from chalicelib.wiring import aws, invocations
from tests.fakes.web_server import Answer, WebServer
from tests.fakes.web_server import serving as serving_web
from tests.sim_server import generated
from tests.sim_server import running as running_exchange
from tests.support import moto_dynamodb
from tests.support.aws import REGION
from trader.sim.clock import SimClock
from trader.sim.exchange import Exchange

STAGE = "local"
PREFIX = f"ai-trader-{STAGE}"
SCHEDULED = ("poll_news", "fetch_klines", "update_indicators", "trade")
"""Every function with a schedule; the first two alone, and what they wake, make a whole minute."""
EAGER = """
[agent]
symbols = ["BTCUSDT"]
[strategy.settings]
rsi_period = 2
rsi_buy = 99
rsi_sell = 100
sentiment_buy = -1
sentiment_sell = -1
"""
"""Settings of an agent that enters whenever it holds nothing."""


class HandClock(SimClock):
    """The exchange's time: it stands where it is put."""

    def __init__(self, now_ms: int) -> None:
        super().__init__(now_ms, 1.0)
        self._hand_ms = now_ms

    def now_ms(self) -> int:
        return self._hand_ms

    def set(self, now_ms: int) -> None:
        self._hand_ms = now_ms


class Account:
    """One stage with one agent or more."""

    def __init__(self, clock: HandClock, lambdas: WebServer) -> None:
        self.clock = clock
        self.lambdas = lambdas
        self._client = Client(app.app)

    def invoke(self, function: str, event: dict[str, Any] | None = None) -> Any:
        """Run the function as Lambda would; by default for an event of its schedule, right now."""
        given = wake_event(function, time.time_ns() // 1_000_000, REGION) if event is None else event
        return self._client.lambda_.invoke(function, given).payload

    def woken(self) -> list[tuple[str, dict[str, Any]]]:
        """Takes the wake-ups that were sent since: function and event, in order."""
        received = self.lambdas.received
        requests = [received.pop(0) for _ in range(len(received))]  # others may be sending right now
        return [(_function_of(request.target), request.json()) for request in requests]

    def deliver(self) -> None:
        """Run what was woken, and what that wakes, until nobody wakes anybody."""
        while waiting := self.woken():
            for function, event in waiting:
                self.invoke(function, event)

    def minute(self, close_ms: int, schedules: Sequence[str] = SCHEDULED) -> None:
        """A minute that nothing delays: at its close the schedules fire, and wake-ups arrive at once."""
        self.clock.set(close_ms)
        for function in schedules:
            self.invoke(function)
            self.deliver()

    @staticmethod
    def expire(before_ms: int) -> None:
        """What the tables' time to live does to old candles and indicators: moto reads all there is in each query."""
        tables = boto3.resource("dynamodb")
        for name, attribute in (("candles", "open_ms"), ("indicators", "cursor_ms")):
            table = tables.Table(f"{PREFIX}-{name}")
            keys = [key["AttributeName"] for key in table.key_schema]
            with table.batch_writer() as batch:
                for item in table.scan()["Items"]:
                    if int(str(item[attribute])) < before_ms:
                        batch.delete_item(Key={key: item[key] for key in keys})

    @staticmethod
    def new_process() -> None:
        """Forget whatever a warm process keeps."""
        for module in (aws, invocations):
            for kept in vars(module).values():
                if hasattr(kept, "cache_clear"):
                    kept.cache_clear()


@contextmanager
def account(
    settings: str,
    monkeypatch: pytest.MonkeyPatch,
    symbols: str = "BTCUSDT,ETHUSDT",
    history_minutes: int = 30,
    exchange: Exchange | None = None,
) -> Iterator[tuple[Account, str]]:
    """A stage whose one agent has these settings (TOML), and the settings with the addresses that it was given.

    Its market is a generated one of these symbols where no `exchange` is given.
    """
    exchange = exchange or generated(symbols, history_minutes=history_minutes)
    clock = HandClock(exchange.clock.now_ms())
    with (
        running_exchange(replace(exchange, clock=clock)) as market,
        serving_web() as lambdas,
        mock_aws(),
    ):
        lambdas.otherwise = Answer(202)
        for name, value in {
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL_LAMBDA": lambdas.url,
            "TRADER_STAGE": STAGE,
        }.items():
            monkeypatch.setenv(name, value)
        moto_dynamodb.drop(PREFIX)  # what another test of this process left
        create_tables(connect(), PREFIX)
        topic = boto3.client("sns").create_topic(Name=f"{PREFIX}-alerts")["TopicArn"]
        monkeypatch.setenv("TRADER_TOPIC_ARN", topic)
        sources = f'[exchange]\nbase_url = "{market.url}"\n[news]\nfeeds = ["{market.url}/news.rss"]\n'
        text = f"{settings}\n{sources}"
        put_agent("default", text)
        Account.new_process()
        yield Account(clock, lambdas), text
        Account.new_process()


def put_agent(agent_id: str, text: str) -> None:
    """Store the settings of an agent, as deploying does."""
    name = f"/ai-trader/{STAGE}/agents/{agent_id}"
    boto3.client("ssm").put_parameter(Name=name, Value=text, Type="String", Overwrite=True)


def _function_of(target: str) -> str:
    """The function that an Invoke request names."""
    return target.split("/")[3].removeprefix(f"{PREFIX}-")
