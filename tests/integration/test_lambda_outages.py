"""A topic, a feed or the scoring of headlines that fails stops no halt and no trade."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import boto3
import pytest
from chalice.test import Client

import app
from chalicelib import wiring
from chalicelib.adapters.aws_clients import ATTEMPTS, CONNECT_S, READ_S, AwsClients
from chalicelib.domain import MINUTE_MS, Alert, Decision, Score
from chalicelib.errors import Unavailable
from chalicelib.ports import Notifier
from chalicelib.services import halt as halt_service
from chalicelib.wiring import aws
from tests.fakes.web_server import Answer, dead_url
from tests.fakes.web_server import serving as serving_web
from tests.support.account import EAGER, STAGE, Account, account, put_agent
from tests.support.world import AGENT

CHALICE = json.loads((Path(__file__).resolve().parents[2] / ".chalice" / "config.json").read_text("utf-8"))
TOKEN = "operator" * 5
HEADERS = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
HALT = b'{"reason": "fire"}'
READ_HERE_S = 0.2
PAUSE_S = 1.0
"""What botocore waits between two attempts at most."""
SETTINGS = f"""{EAGER}[risk]
position_fraction = 0.5
daily_loss_limit = 0.00001
"""


class Speechless:
    """An analyzer that never answers."""

    model = "speechless"

    def score(self, titles: object) -> list[Score]:
        raise Unavailable("speechless: no answer")


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Account, str]]:
    with account(SETTINGS, monkeypatch, symbols="BTCUSDT") as given:
        name = f"/ai-trader/{STAGE}/{aws.API_SECRETS}/{aws.OPERATOR_TOKEN}"
        boto3.client("ssm").put_parameter(Name=name, Value=TOKEN, Type="SecureString")
        yield given


@contextmanager
def topic(kind: str) -> Iterator[str]:
    """Where a topic is that is dead, silent or in trouble."""
    if kind == "dead":
        yield dead_url()
        return
    with serving_web() as web:
        web.otherwise = Answer(silent=True) if kind == "silent" else Answer(500, "<html>")
        yield web.url


@pytest.fixture(params=["dead", "silent", "in trouble"])
def no_topic(
    request: pytest.FixtureRequest, stage: tuple[Account, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """A topic that takes no alert, and a patience that a test can afford."""
    with topic(request.param) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SNS", url)

        @cache
        def impatient() -> AwsClients:
            return AwsClients(read_s=READ_HERE_S)

        monkeypatch.setattr(aws, "clients", impatient)
        stage[0].new_process()
        yield


def minutes(stage: Account, count: int) -> list[Decision]:
    """What is decided in so many minutes, whose every invocation must succeed."""
    for _ in range(count):
        stage.minute(stage.clock.now_ms() + MINUTE_MS)
    return aws.stores().journal.decisions(AGENT, 100)[0]


@pytest.mark.usefixtures("no_topic")
def test_a_halt_is_answered_and_holds_without_the_topic(stage: tuple[Account, str]) -> None:
    minutes(stage[0], 1)
    started_s = time.monotonic()
    response = Client(app.app).http.request("POST", "/halt", headers=HEADERS, body=HALT)
    assert response.status_code == 200
    assert time.monotonic() - started_s < 10.0
    assert [decision.outcome for decision in minutes(stage[0], 2)[:2]] == ["halted", "halted"]


@pytest.mark.usefixtures("no_topic")
def test_trading_goes_on_and_halts_itself_without_the_topic(stage: tuple[Account, str]) -> None:
    decisions = minutes(stage[0], 6)
    assert len(decisions) == 6
    portfolio = aws.stores().portfolios.load(AGENT)
    assert portfolio is not None
    assert portfolio.account.halt  # the loss of the day, which was to be told


def test_a_silent_topic_leaves_every_function_time_to_answer() -> None:
    silent_s = (CONNECT_S + READ_S) * ATTEMPTS + PAUSE_S
    alerting = [CHALICE["lambda_functions"][name]["lambda_timeout"] for name in ("trade", "api_handler")]
    assert silent_s < min(alerting) / 2


def test_trading_goes_on_without_feeds(stage: tuple[Account, str]) -> None:
    account, text = stage
    feeds = [line for line in text.splitlines() if line.startswith("feeds")]
    put_agent("default", text.replace(feeds[0], f'feeds = ["{dead_url()}/news.rss"]'))
    account.new_process()
    assert_enters(minutes(account, 3))


def test_trading_goes_on_without_scores(stage: tuple[Account, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wiring, "analyzer", lambda domain="crypto": Speechless())
    decisions = minutes(stage[0], 3)
    assert aws.stores().news.unscored(10)
    assert_enters(decisions)
    assert {decision.sentiment.value for decision in decisions} == {0.0}


def test_trading_goes_on_without_wake_ups(stage: tuple[Account, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", dead_url())
    stage[0].new_process()
    assert_enters(minutes(stage[0], 3))


def assert_enters(decisions: list[Decision]) -> None:
    assert len(decisions) == 3
    assert any(decision.action == "enter" and decision.outcome == "ordered" for decision in decisions)


def tell_or_die(notifier: Notifier, alert: Alert) -> None:
    """Planted defect: who cannot tell does not go on."""
    notifier.notify(alert)


@pytest.mark.usefixtures("no_topic")
def test_a_halt_that_waits_for_the_topic_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(halt_service, "tell", tell_or_die)
    assert Client(app.app).http.request("POST", "/halt", headers=HEADERS, body=HALT).status_code == 503
