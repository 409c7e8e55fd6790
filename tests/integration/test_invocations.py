"""The entry points under what may come: late, odd and missing events, settings that cannot be used, several agents."""

from __future__ import annotations

import time
from collections.abc import Iterator

import boto3
import pytest

from chalicelib.adapters.lambda_log import InvocationFailed
from chalicelib.adapters.lambda_waker import wake_event
from chalicelib.domain import MINUTE_MS
from chalicelib.wiring import aws
from tests.support.account import Account, account, put_agent
from tests.support.aws import REGION

SETTINGS = "[strategy]\nrsi_period = 2\nrsi_buy = 99\nrsi_sell = 100\nsentiment_buy = -1\nsentiment_sell = -1\n"


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Account, str]]:
    with account(SETTINGS, monkeypatch, symbols="BTCUSDT,ETHUSDT") as opened:
        yield opened


def event_of_age(function: str, seconds: float) -> dict[str, object]:
    return wake_event(function, time.time_ns() // 1_000_000 - round(seconds * 1000), REGION)


def test_an_event_that_comes_too_late_is_refused_and_changes_nothing(
    stage: tuple[Account, str], capsys: pytest.CaptureFixture[str]
) -> None:
    running, _ = stage
    for function in ("fetch_klines", "update_indicators", "trade", "poll_news", "sentiment"):
        assert running.invoke(function, event_of_age(function, 92)) == {}
    assert aws.stores().candles.last("BTCUSDT", 9) == []
    assert running.woken() == []
    assert capsys.readouterr().out.count('"refused":"an event 92 s old"') == 5
    assert running.invoke("fetch_klines", event_of_age("fetch_klines", 80)) == {"BTCUSDT": 30}


@pytest.mark.parametrize("odd", ["", "yesterday", "2026-13-01T00:00:00Z"])
def test_an_event_without_a_time_fails_in_one_line(stage: tuple[Account, str], odd: str) -> None:
    running, _ = stage
    with pytest.raises(InvocationFailed, match=r"BadInput: event time: .* an ISO 8601 time allowed"):
        running.invoke("trade", {**event_of_age("trade", 0), "time": odd})


def test_settings_that_cannot_be_used_are_named_by_their_parameter(stage: tuple[Account, str]) -> None:
    running, _ = stage
    put_agent("second", "[agent]\nid = 'second'\n[risk]\nstop_loss = 2\n")
    running.new_process()
    with pytest.raises(InvocationFailed, match=r"/ai-trader/local/agents/second: risk\.stop_loss = 2: must be"):
        running.invoke("trade")
    put_agent("default", "[oops]\n")
    running.new_process()
    with pytest.raises(InvocationFailed, match=r"agents/default: oops: unknown section"):
        running.invoke("trade")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[agent]\nid = 'other'\n", r"agents/second: agent\.id = 'other': must be 'second'"),
        ("[agent]\nid = 'second'\n[exchange]\nbase_url = 'http://127.0.0.1:1'\n", r"must be that of agent default"),
    ],
)
def test_an_agent_that_cannot_join_is_told_and_stops_no_other(stage: tuple[Account, str], text: str, told: str) -> None:
    running, _ = stage
    put_agent("second", text)
    running.new_process()
    running.clock.set(running.clock.now_ms() + MINUTE_MS)
    for function in ("fetch_klines", "update_indicators", "trade"):
        with pytest.raises(InvocationFailed, match=told):
            running.invoke(function)
    assert aws.stores().portfolios.agents() == ["default"]


def test_without_an_agent_the_stage_says_how_to_get_one(stage: tuple[Account, str]) -> None:
    running, _ = stage
    boto3.client("ssm").delete_parameter(Name="/ai-trader/local/agents/default")
    running.new_process()
    with pytest.raises(InvocationFailed, match=r"/ai-trader/local/agents: no agent is configured"):
        running.invoke("fetch_klines")


def test_several_agents_share_candles_and_trade_each_for_itself(stage: tuple[Account, str]) -> None:
    running, settings = stage
    agent = '[agent]\nid = "second"\nsymbols = ["ETHUSDT", "BTCUSDT"]\ncash = 500.0\n'
    put_agent("second", agent + settings.replace("rsi_period = 2", "rsi_period = 3"))
    running.new_process()
    start_ms = running.clock.now_ms()
    for minute in range(1, 4):
        running.minute(start_ms + minute * MINUTE_MS)
    stores = aws.stores()
    assert stores.portfolios.agents() == ["default", "second"]
    points = {agent_id: stores.journal.equity(agent_id, 0, 2**60) for agent_id in ("default", "second")}
    assert [len(found) for found in points.values()] == [3, 3]
    assert points["second"][0].equity < 501 < points["default"][0].equity
    assert {d.symbol for d in stores.journal.decisions("second", 99)[0]} == {"BTCUSDT", "ETHUSDT"}
    assert {d.symbol for d in stores.journal.decisions("default", 99)[0]} == {"BTCUSDT"}


def test_an_exchange_that_is_away_is_an_error_of_the_stage(stage: tuple[Account, str]) -> None:
    running, _ = stage
    put_agent("default", SETTINGS + '[exchange]\nbase_url = "http://127.0.0.1:1"\n')
    running.new_process()
    with pytest.raises(InvocationFailed, match="Unavailable"):
        running.invoke("fetch_klines")
