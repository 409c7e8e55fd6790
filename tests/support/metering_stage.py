"""A stage whose functions each run in a process of their own, minute by minute, with everything counted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import boto3
from moto import mock_aws

from chalicelib.adapters.dynamodb import connect, create_tables
from chalicelib.adapters.lambda_waker import wake_event
from chalicelib.wiring.aws import ALERT_SECRETS, API_SECRETS, OPERATOR_TOKEN, VIEWER_TOKEN
from tests.sim_server import START_MS, generated, running
from tests.support.metering_cloud import EXCHANGE, FEEDS, WEBHOOK, Cloud, Meter, serving
from tests.support.metering_units import UnitMeter
from trader.sim.clock import SimClock

ROOT = Path(__file__).resolve().parents[2]
CHALICE = json.loads((ROOT / ".chalice" / "config.json").read_text("utf-8"))
PREFIX = "ai-trader-local"
REGION = "us-east-1"
IDENTITY = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": REGION}
SCHEDULED = ("fetch_klines", "update_indicators", "trade", "poll_news")
"""In the order in which a minute goes through them."""
DELAY_MS = 3_000
"""How long after a close everything happens."""
NAMES = ("BTC", "ETH", "BNB", "SOL", "XRP", "ADA", "DOGE", "TRX", "LINK", "LTC")
TOKEN = "viewer-token-of-the-metering"


@dataclass(frozen=True)
class Reading:
    """One invocation."""

    function: str
    cpu_ms: float
    log_bytes: int
    meter: Meter
    writes: Mapping[str, float] = field(default_factory=dict)
    reads: Mapping[str, float] = field(default_factory=dict)
    answer: object = None
    used_mb: float = 0.0
    """The most memory that its process ever had."""


class HandClock(SimClock):
    """The exchange's time: it stands where it is put."""

    def __init__(self, now_ms: int) -> None:
        super().__init__(now_ms, 1.0)
        self.shown_ms = now_ms

    def now_ms(self) -> int:
        return self.shown_ms


class Process:
    """One function's warm process."""

    def __init__(self, environment: Mapping[str, str], now_ms: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.metering_worker", str(now_ms)],
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.init_ms = float(self._answer()["init_ms"])

    def ask(self, function: str, event: Mapping[str, Any], now_ms: int) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"function": function, "event": event, "now_ms": now_ms}) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def end(self) -> None:
        self._process.communicate(timeout=10)

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the function's process ended"
        found: dict[str, Any] = json.loads(line)
        return found


class Stage:
    """`minute` plays the next minute; `invoke` one call. Both tell what was counted."""

    def __init__(self, cloud: Cloud, clock: HandClock, environment: Mapping[str, str]) -> None:
        self.cloud = cloud
        self._clock = clock
        self._environment = environment
        self._processes: dict[str, Process] = {}

    @property
    def now_ms(self) -> int:
        return self._clock.shown_ms

    def minute(self) -> list[Reading]:
        """Every schedule fires once, and what wakes what is delivered at once."""
        self._clock.shown_ms += 60_000
        readings: list[Reading] = []
        for function in SCHEDULED:
            waiting = [(function, schedule_event(function, self.now_ms))]
            while waiting:
                name, event = waiting.pop(0)
                reading = self.invoke(name, event)
                readings.append(reading)
                waiting += reading.meter.woken
        return readings

    def invoke(self, function: str, event: Mapping[str, Any]) -> Reading:
        """One invocation, of a cold process at first."""
        process = self._processes.get(function)
        if process is None:
            environment = {**self._environment, "AWS_LAMBDA_FUNCTION_NAME": f"{PREFIX}-{function}"}
            process = self._processes[function] = Process(environment, self.now_ms)
        self.cloud.meter = Meter()
        self.cloud.units.taken()
        told = process.ask(function, event, self.now_ms)
        writes, reads = self.cloud.units.taken()
        meter, answer, used_mb = self.cloud.meter, told["answer"], told["used_mb"]
        return Reading(function, told["cpu_ms"], told["log_bytes"], meter, writes, reads, answer, used_mb)

    def cold(self, function: str, event: Mapping[str, Any]) -> tuple[float, Reading]:
        """INIT in milliseconds of CPU, and the first invocation of a new process."""
        if function in self._processes:
            self._processes.pop(function).end()
        reading = self.invoke(function, event)
        return self._processes[function].init_ms, reading

    def count(self, table: str, beginning: str) -> int:
        """How many items of this table have a range key that begins so."""
        return self.cloud.units.count(table, beginning)

    def end(self) -> None:
        for process in self._processes.values():
            process.end()


@contextmanager
def stage(symbols: int, settings: str, history_minutes: int = 30) -> Iterator[Stage]:
    """A stage whose one agent has so many symbols and these settings (TOML tables), and has not run yet."""
    names = [f"{name}USDT" for name in NAMES[:symbols]]
    exchange = generated(",".join(names), history_minutes=history_minutes)
    clock = HandClock(START_MS + DELAY_MS)
    with ExitStack() as until_the_end:
        market = until_the_end.enter_context(running(replace(exchange, clock=clock)))
        until_the_end.enter_context(mock_aws())  # from here on, credentials are moto's
        create_tables(connect(REGION), PREFIX)
        _put_parameters(names, settings)
        topic = boto3.client("sns", region_name=REGION).create_topic(Name=f"{PREFIX}-alerts")["TopicArn"]
        cloud = Cloud(market.url, UnitMeter(boto3.client("dynamodb", region_name=REGION), PREFIX))
        until_the_end.enter_context(serving(cloud))
        made = Stage(cloud, clock, _environment(cloud.port, topic))
        until_the_end.callback(made.end)
        yield made


def schedule_event(name: str, now_ms: int) -> dict[str, Any]:
    """What EventBridge sends."""
    return wake_event(name, now_ms, REGION)


def _put_parameters(symbols: list[str], settings: str) -> None:
    ssm = boto3.client("ssm", region_name=REGION)
    feeds = ", ".join(f'"http://{host}/rss"' for host in FEEDS)
    pairs = ", ".join(f'"{symbol}"' for symbol in symbols)
    agent = f"[agent]\nsymbols = [{pairs}]\n{settings}\n"
    text = f'{agent}[exchange]\nbase_url = "http://{EXCHANGE}"\n[news]\nfeeds = [{feeds}]'
    ssm.put_parameter(Name="/ai-trader/local/agents/default", Value=text, Type="String")
    secrets = {
        f"{API_SECRETS}/{VIEWER_TOKEN}": TOKEN,
        f"{API_SECRETS}/{OPERATOR_TOKEN}": "operator-token-of-the-metering",
        f"{ALERT_SECRETS}/webhook": f"http://{WEBHOOK}/x",
    }
    for name, value in secrets.items():
        ssm.put_parameter(Name=f"/ai-trader/local/{name}", Value=value, Type="SecureString")


def _environment(port: int, topic_arn: str) -> dict[str, str]:
    url = f"http://127.0.0.1:{port}"
    return {
        **{name: value for name, value in CHALICE["environment_variables"].items() if "$" not in value},
        **IDENTITY,
        "PATH": os.defpath,
        "AWS_ENDPOINT_URL": url,
        "HTTP_PROXY": url,
        "http_proxy": url,
        "no_proxy": "127.0.0.1",
        "TRADER_STAGE": "local",
        "TRADER_TOPIC_ARN": topic_arn,
    }
