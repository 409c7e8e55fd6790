"""The entry points under what may come: late, odd and missing events, settings that cannot be used, several agents."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from io import StringIO
from typing import Any

import boto3
import pytest

from chalicelib.adapters.lambda_log import InvocationFailed, LambdaLog
from chalicelib.adapters.lambda_waker import wake_event
from chalicelib.api.agents import agent_row
from chalicelib.domain import MINUTE_MS, Candle
from chalicelib.errors import Unavailable
from chalicelib.services.trade import TradeReport
from chalicelib.wiring import aws, aws_desk, invocations
from tests.support.account import Account, account, put_agent
from tests.support.aws import REGION

SETTINGS = (
    "[strategy.settings]\nrsi_period = 2\nrsi_buy = 99\nrsi_sell = 100\nsentiment_buy = -1\nsentiment_sell = -1\n"
)


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Account, str]]:
    with account(SETTINGS, monkeypatch, symbols="BTCUSDT,ETHUSDT") as opened:
        yield opened


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    """What every function logs. Powertools keeps a logger's first stream for good, so these have names of their own."""
    stream = StringIO()
    logs: dict[str, LambdaLog] = {}

    def log(function: str) -> LambdaLog:
        if function not in logs:
            logs[function] = LambdaLog(f"{function}-{id(stream)}", aws.redactor(), stream=stream)
        return logs[function]

    monkeypatch.setattr(aws, "log", log)
    return stream


def event_of_age(function: str, seconds: float) -> dict[str, object]:
    return wake_event(function, time.time_ns() // 1_000_000 - round(seconds * 1000), REGION)


def test_an_event_that_comes_too_late_is_refused_and_changes_nothing(
    stage: tuple[Account, str], told: StringIO
) -> None:
    running, _ = stage
    for function in ("fetch_klines", "update_indicators", "trade", "poll_news", "sentiment"):
        assert running.invoke(function, event_of_age(function, 92)) == {}
    assert aws.stores().candles.last("BTCUSDT", 9) == []
    assert running.woken() == []
    assert told.getvalue().count('"refused":"an event 9') == 5
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
        (
            "[agent]\nid = 'second'\n[exchange]\nbase_url = 'http://127.0.0.1:1'\n",
            r"agents share market data",
        ),
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
    with pytest.raises(InvocationFailed, match=r"^NothingDone: http://127.0.0.1:1 does not answer"):
        running.invoke("fetch_klines")


@pytest.mark.parametrize("function", ["fetch_klines", "update_indicators", "poll_news", "sentiment"])
def test_what_a_stage_fails_on_is_told_to_trade_which_fails_of_it(stage: tuple[Account, str], function: str) -> None:
    """The one alarm is on the errors of trade."""
    running, _ = stage
    running.woken()
    with pytest.raises(InvocationFailed, match=r"^BadInput: event time: 'never' given"):
        running.invoke(function, {**event_of_age(function, 0), "time": "never"})
    [(told, event)] = running.woken()
    assert told == "trade"
    with pytest.raises(InvocationFailed, match=rf"^Unavailable: told of a failure: {function}: BadInput: event time: "):
        running.invoke(told, event)
    assert running.woken() == []


def test_a_failure_of_trade_is_told_to_nobody(stage: tuple[Account, str]) -> None:
    running, _ = stage
    with pytest.raises(InvocationFailed):
        running.invoke("trade", {**event_of_age("trade", 0), "time": "never"})
    assert running.woken() == []


def test_whoever_is_told_of_a_failure_trades_nothing_and_counts_none_of_its_own(stage: tuple[Account, str]) -> None:
    """Failures of trading halt an agent: what others failed on is none of them."""
    running, text = stage
    put_agent("default", f"{text}[risk]\nerror_limit = 1\n")
    running.new_process()
    running.minute(running.clock.now_ms() + MINUTE_MS)
    running.clock.set(running.clock.now_ms() + MINUTE_MS)
    running.invoke("fetch_klines")
    running.invoke("update_indicators")
    before = aws.stores().portfolios.load("default")
    for _ in range(3):
        with pytest.raises(InvocationFailed):
            running.invoke("trade", {**event_of_age("trade", 0), "detail": {"failed": "fetch_klines: silent"}})
    assert aws.stores().portfolios.load("default") == before
    assert not aws.stores().halts.flags("default")
    running.invoke("trade")
    assert aws.stores().portfolios.load("default") != before


def as_operator(method: str, path: str, body: bytes = b"", query: dict[str, str] | None = None) -> int:
    """The status of a request with the operator's token."""
    token = "operator-token-of-this-test"
    name = aws.this_stage().path(f"{aws.API_SECRETS}/{aws.OPERATOR_TOKEN}")
    boto3.client("ssm").put_parameter(Name=name, Value=token, Type="SecureString", Overwrite=True)
    return invocations.answer(method, path, query or {}, {"authorization": f"Bearer {token}"}, body).status


@pytest.mark.parametrize("new_id", ["aaa", "second"])
@pytest.mark.parametrize("settings", ["mode = 'testnet'", "symbols = ['NOSUCHUSDT']", "mood = 'bad'"])
def test_an_agent_that_cannot_trade_keeps_no_other_from_it_nor_from_being_halted(
    stage: tuple[Account, str], new_id: str, settings: str
) -> None:
    running, text = stage
    put_agent(new_id, f"[agent]\nid = '{new_id}'\n{settings}\n{text}")
    running.new_process()
    start_ms = running.clock.now_ms()
    for minute in (1, 2):
        running.clock.set(start_ms + minute * MINUTE_MS)
        for function in ("fetch_klines", "update_indicators", "trade"):
            with suppress(InvocationFailed):
                running.invoke(function)
    assert len(aws.stores().journal.equity("default", 0, 2**60)) == 2
    assert as_operator("POST", "/halt", b"{}", {"agent": new_id}) == 200
    assert [flag.scope for flag in aws.stores().halts.flags(new_id)] == [new_id]
    assert as_operator("POST", "/halt", b"{}") == 200
    assert aws.stores().halts.flags("default") != []


def test_settings_that_break_keep_nobody_from_a_halt(stage: tuple[Account, str]) -> None:
    running, _ = stage
    running.minute(running.clock.now_ms() + MINUTE_MS)
    put_agent("default", "[oops]\n")
    running.new_process()
    assert as_operator("POST", "/halt", b"{}") == 200
    assert aws.stores().halts.flags("default") != []
    assert as_operator("GET", "/status") == 200
    with aws_desk.desk() as opened:
        assert [agent_row(member)["health"] for member in opened.members] == ["settings refused"]


def test_a_halt_asks_no_exchange(stage: tuple[Account, str]) -> None:
    running, _ = stage
    put_agent("default", SETTINGS + '[exchange]\nbase_url = "http://127.0.0.1:1"\n')
    running.new_process()
    assert as_operator("POST", "/halt", b"{}") == 200


def test_to_confirm_one_agent_resumes_no_other_whose_settings_broke(stage: tuple[Account, str]) -> None:
    running, text = stage
    put_agent("second", f'[agent]\nid = "second"\n{text}')
    running.new_process()
    running.minute(running.clock.now_ms() + MINUTE_MS)
    assert as_operator("POST", "/halt", b"{}", {"agent": "second"}) == 200
    put_agent("second", '[agent]\nid = "second"\n[oops]\n')
    running.new_process()
    assert as_operator("POST", "/resume", b'{"confirm": "default"}') == 200
    assert aws.stores().halts.flags("second") != []


@pytest.mark.parametrize("offset_s", [5, 35])
def test_a_minute_is_not_traded_without_candles_that_are_on_their_way(
    monkeypatch: pytest.MonkeyPatch, offset_s: int
) -> None:
    """Every schedule fires in one second: indicators and trade run while candles are stored, symbol after symbol."""
    both = '[agent]\nsymbols = ["BTCUSDT", "ETHUSDT"]\n'
    with account(both + SETTINGS, monkeypatch) as (running, _):
        start_ms = running.clock.now_ms() // MINUTE_MS * MINUTE_MS
        for minute in range(1, 5):
            running.clock.set(start_ms + minute * MINUTE_MS + offset_s * 1000)
            candles = aws.stores().candles
            append = candles.append

            def append_and_be_overtaken(page: Sequence[Candle], kept: int, append: Any = append) -> int:
                new: int = append(page, kept)
                if page[0].symbol == "BTCUSDT":
                    running.invoke("update_indicators")
                    running.invoke("trade")
                return new

            monkeypatch.setattr(candles, "append", append_and_be_overtaken)
            running.invoke("fetch_klines")
            running.deliver()
            monkeypatch.setattr(candles, "append", append)
        decisions, _ = aws.stores().journal.decisions("default", 99)
    assert len(decisions) == 8
    assert [decision.symbol for decision in decisions if decision.candle is None] == []


def test_a_small_failure_hides_no_defect_of_another_agent(
    stage: tuple[Account, str], monkeypatch: pytest.MonkeyPatch, told: StringIO
) -> None:
    running, text = stage
    put_agent("second", f'[agent]\nid = "second"\n{text}')
    running.new_process()
    running.minute(running.clock.now_ms() + MINUTE_MS)
    small, defect = aws.fleet().trade.trade.agents
    monkeypatch.setattr(small.trade, "run", _raising(Unavailable("a passing trouble")))
    monkeypatch.setattr(defect.trade, "run", _raising(ZeroDivisionError("a defect")))
    with pytest.raises(InvocationFailed, match="ZeroDivisionError"):
        running.invoke("trade")
    assert "a passing trouble" in told.getvalue()
    assert "Traceback" in told.getvalue()


def _raising(error: Exception) -> Callable[..., TradeReport]:
    def run(*_: object) -> TradeReport:
        raise error

    return run
