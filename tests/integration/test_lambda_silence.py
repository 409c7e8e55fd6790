"""Candles that stay away from a stage: the topic hears of it once, whoever trades, and once when they are back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress

import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sns.models import sns_backends

from chalicelib.adapters.lambda_log import InvocationFailed
from chalicelib.domain import MINUTE_MS
from chalicelib.wiring import aws
from chalicelib.wiring.aws_desk import desk
from tests.support.account import EAGER, Account, account
from tests.support.aws import REGION
from tests.support.world import AGENT


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    with account(EAGER, monkeypatch, symbols="BTCUSDT") as (given, _):
        yield given


def subjects() -> list[str]:
    """Of the alerts that the topic took."""
    [topic] = sns_backends[DEFAULT_ACCOUNT_ID][REGION].topics.values()
    return [json.loads(message)["subject"] for _, message, *_ in topic.sent_notifications]


def test_an_outage_is_told_once_though_every_minute_is_a_new_process(stage: Account) -> None:
    for _ in range(3):
        stage.minute(stage.clock.now_ms() + MINUTE_MS)
    assert subjects() == []
    for _ in range(5):  # trade alone: nothing comes from the exchange
        stage.new_process()
        stage.clock.set(stage.clock.now_ms() + MINUTE_MS)
        with suppress(InvocationFailed):  # a stall, which counts as an error of the function
            stage.invoke("trade")
    assert subjects() == [f"{AGENT}: no data of BTCUSDT for 4 minutes"]
    with desk() as found:
        status = found.one(None).records().status.run(AGENT)
    assert set(status.liveness.no_data) == {"BTCUSDT"}
    assert status.liveness.running is None
    assert status.liveness.lived_ms is not None
    assert status.positions
    assert not status.halted
    stage.minute(stage.clock.now_ms() + MINUTE_MS)
    assert subjects()[1:] == [f"{AGENT}: data of BTCUSDT are back"]
    assert not aws.stores().halts.flags(AGENT)
