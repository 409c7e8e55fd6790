"""What a feed's address hides stands in no log and no table of a stage, and the feeds are left alone by all Lambdas."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from io import StringIO

import boto3
import pytest
from chalice.test import Client

import app
from chalicelib.adapters.lambda_log import LambdaLog
from chalicelib.adapters.rss import RssSource
from chalicelib.domain import MINUTE_MS, FeedState
from chalicelib.feed_key import feed_key
from chalicelib.wiring import aws
from tests.support.account import EAGER, PREFIX, STAGE, Account, account, put_agent
from tests.support.secret_feeds import SECRET, WHOLE, secret_feeds

TOKEN = "viewer" * 6


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Account, list[str]]]:
    """A stage whose agent has secret feeds."""
    with account(EAGER, monkeypatch, symbols="BTCUSDT") as (running, text), secret_feeds() as feeds:
        put_agent("default", text[: text.index("feeds = ")] + f"feeds = {json.dumps(feeds)}\n")
        name = f"/ai-trader/{STAGE}/{aws.API_SECRETS}/{aws.VIEWER_TOKEN}"
        boto3.client("ssm").put_parameter(Name=name, Value=TOKEN, Type="SecureString")
        running.new_process()
        yield running, feeds


@pytest.fixture
def told(stage: tuple[Account, list[str]], monkeypatch: pytest.MonkeyPatch) -> StringIO:
    """What every function logs."""
    stream = StringIO()

    @cache
    def log(function: str) -> LambdaLog:
        return LambdaLog(f"{function}-{id(stream)}", aws.redactor(), stream=stream)

    monkeypatch.setattr(aws, "log", log)
    return stream


def stored() -> str:
    """All tables as text."""
    tables = boto3.resource("dynamodb")
    names = boto3.client("dynamodb").list_tables()["TableNames"]
    return repr([tables.Table(name).scan()["Items"] for name in names if name.startswith(PREFIX)])


def test_lambdas_over_secret_feeds_keep_them_secret(
    stage: tuple[Account, list[str]], told: StringIO, caplog: pytest.LogCaptureFixture
) -> None:
    running, _ = stage
    for minute in range(4):
        if minute == 2:
            running.new_process()
        running.minute(running.clock.now_ms() + MINUTE_MS)
    assert "answered 429" in told.getvalue()
    assert len(aws.stores().news.latest(99)) == 2 * WHOLE
    client = Client(app.app).http
    answers = [client.get(path, headers={"Authorization": f"Bearer {TOKEN}"}) for path in ("/status", "/metrics")]
    assert [answer.status_code for answer in answers] == [200, 200]
    bodies = [answer.body.decode() for answer in answers]
    [failed, *_] = [feed for feed in answers[0].json_body["feeds"] if "/gone?" in feed["name"]]
    assert (failed["reason"], failed["answered_ms"]) == ("answered 429", None)
    assert [text for text in (told.getvalue(), caplog.text, stored(), *bodies) if SECRET in text] == []


def test_what_an_earlier_version_stored_is_found_and_loses_the_address(stage: tuple[Account, list[str]]) -> None:
    running, feeds = stage
    old = {"pk": "feed", "sk": feed_key(feeds[0]), "feed": feeds[0], "etag": '"7"', "last_modified": ""}
    boto3.resource("dynamodb").Table(f"{PREFIX}-news").put_item(Item=old)
    assert SECRET in stored()
    assert aws.stores().feeds.load(feeds[0]) == FeedState('"7"')
    running.invoke("poll_news")
    assert SECRET not in stored()


def test_a_defect_that_quotes_an_address_is_logged_without_it(
    stage: tuple[Account, list[str]], told: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, feeds = stage

    def broken(*_: object) -> None:
        raise ZeroDivisionError(f"{feeds[2]}, or /path/{SECRET}/rss")

    monkeypatch.setattr(RssSource, "fetch", broken)
    with pytest.raises(Exception, match="ZeroDivisionError"):
        running.invoke("poll_news")
    assert "ZeroDivisionError" in told.getvalue()
    assert SECRET not in told.getvalue()
