"""Each function's policy allows what the function calls, and nothing that it never calls."""

from __future__ import annotations

import json
from collections.abc import Mapping

import boto3
import pytest
from chalice.test import Client

import app
from chalicelib.adapters.lambda_log import InvocationFailed
from chalicelib.adapters.lambda_waker import wake_event
from chalicelib.domain import MINUTE_MS
from chalicelib.services import fetch_klines
from chalicelib.services.wake_chain import PATIENCE_MS
from infra.render import Target, policies
from tests.architecture.policy_rule import granted
from tests.support.account import EAGER, STAGE, Account, account, put_agent
from tests.support.aws import REGION
from tests.support.recorded_calls import Call, CallRecorder

PLACE = Target(STAGE, "123456789012", REGION)
LAMBDAS_OWN = ("logs:", "sqs:")
"""What Lambda does in the function's name: its logs, and the events that failed."""
RARE = {"api_handler": {("dynamodb:PutItem", f"table/ai-trader-{STAGE}-minutes")}}
"""A halt moves an agent's minutes out of its item when that would outgrow a write unit: it depends on their sizes."""
MINUTES = 10
TOKENS = {"viewer-token": "v" * 40, "operator-token": "o" * 40}
SETTINGS = f"""{EAGER}[risk]
stop_loss = 0.0005
take_profit = 0.0005
error_limit = 1
"""


def _live(stage: Account, settings: str, recorder: CallRecorder) -> None:
    def minute(*, in_new_processes: bool = False) -> None:
        stage.clock.set(stage.clock.now_ms() + MINUTE_MS)
        for function in ("poll_news", "sentiment", "fetch_klines", "update_indicators", "trade"):
            with recorder.running(function):
                if in_new_processes:  # each asks for its settings itself
                    stage.new_process()
                stage.invoke(function)

    for name, token in TOKENS.items():
        boto3.client("ssm").put_parameter(Name=f"/ai-trader/{STAGE}/api/{name}", Value=token, Type="SecureString")
    minute(in_new_processes=True)
    for _ in range(MINUTES):
        minute()
    _indicators_that_stay_away(stage, recorder)
    _requests(stage, recorder)
    for _ in range(3):
        minute()
    put_agent("default", settings.replace('"BTCUSDT"', '"ETHUSDT"'))  # it still holds the other one
    minute(in_new_processes=True)
    minute()
    stage.clock.set(stage.clock.now_ms() + MINUTE_MS)
    for function in ("fetch_klines", "update_indicators"):
        stage.invoke(function)
    _damage("indicators")
    stage.new_process()
    with recorder.running("trade"), pytest.raises(InvocationFailed):
        stage.invoke("trade")
    for function in ("poll_news", "sentiment", "fetch_klines", "update_indicators"):  # each tells trade
        with recorder.running(function), pytest.raises(InvocationFailed):
            stage.invoke(function, {**wake_event(function, 0, REGION), "time": ""})
    with recorder.running("notify"):
        stage.new_process()
        stage.invoke("notify", Client(app.app).events.generate_sns_event("a message", "a subject"))


def _indicators_that_stay_away(stage: Account, recorder: CallRecorder) -> None:
    """No stop waits for them: trade reads the candles themselves."""
    stage.clock.set(stage.clock.now_ms() + MINUTE_MS)
    with recorder.running("fetch_klines"):
        stage.invoke("fetch_klines")
    stage.clock.set(stage.clock.now_ms() + PATIENCE_MS + MINUTE_MS)
    with recorder.running("trade"):
        stage.invoke("trade")


def _damage(name: str) -> None:
    table = boto3.resource("dynamodb").Table(f"ai-trader-{STAGE}-{name}")
    for item in table.scan()["Items"]:
        table.put_item(Item={**item, "body": b"{}"})


def _requests(stage: Account, recorder: CallRecorder) -> None:
    stage.new_process()
    http = Client(app.app).http
    with recorder.running("api_handler"):
        for path in ("/agents", "/status", "/positions", "/trades", "/equity", "/decisions", "/why", "/metrics"):
            headers = {"Authorization": f"Bearer {TOKENS['viewer-token']}"}
            assert http.get(path, headers=headers).status_code == 200
        headers = {"Authorization": f"Bearer {TOKENS['operator-token']}", "Content-Type": "application/json"}
        for path, given in (("/halt", {"reason": "a test", "flatten": True}), ("/resume", {"confirm": "*"})):
            assert http.post(path, headers=headers, body=json.dumps(given).encode()).status_code == 200


def differences(called: Mapping[str, set[Call]], documents: Mapping[str, str]) -> list[str]:
    """One line for every call that a policy would refuse, and for every one that it allows and nobody makes."""
    found = []
    for function, text in sorted(documents.items()):
        allowed = {call for call in granted(json.loads(text)) if not call[0].startswith(LAMBDAS_OWN)}
        made = called.get(function, set())
        found += [f"{function} is refused {' on '.join(call)}" for call in sorted(made - allowed)]
        found += [
            f"{function} never calls {' on '.join(call)}" for call in sorted(allowed - made - RARE.get(function, set()))
        ]
    return found


def test_policies_allow_what_is_called_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADER_LLAMA", "1")
    monkeypatch.setattr(fetch_klines, "WARM_UP_CANDLES", 5)
    monkeypatch.setattr(fetch_klines, "WARM_UP_BARS", 5)
    monkeypatch.setattr(fetch_klines, "PAGE", 1)  # every page is full, so that it wakes itself
    recorder = CallRecorder()
    with recorder.listening(), account(SETTINGS, monkeypatch, "BTCUSDT,ETHUSDT", 60) as (stage, settings):
        _live(stage, settings, recorder)
    documents = policies(PLACE)
    assert differences(recorder.by_function, documents) == []

    planted = {**documents, "trade": documents["trade"].replace("dynamodb:ConditionCheckItem", "dynamodb:Scan")}
    assert differences(recorder.by_function, planted) == [
        "trade is refused dynamodb:ConditionCheckItem on table/ai-trader-local-halts",
        "trade never calls dynamodb:Scan on table/ai-trader-local-halts",
    ]
