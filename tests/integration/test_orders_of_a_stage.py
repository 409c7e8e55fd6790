"""Functions of a stage that place orders by one key count them together."""

from __future__ import annotations

import pytest

from chalicelib.adapters.binance.order_limits import UnfilledLedger
from chalicelib.wiring import aws
from tests.support.account import account


def test_functions_of_a_stage_share_what_may_be_placed(monkeypatch: pytest.MonkeyPatch) -> None:
    with account('[agent]\nsymbols = ["BTCUSDT"]\n', monkeypatch, symbols="BTCUSDT") as (stage, _):
        now_ms = stage.clock.now_ms() // 10_000 * 10_000
        one = UnfilledLedger(aws.shared_texts())
        one.learn({"10S": 2})
        assert one.reserve(2, now_ms) == 0.0
        aws.shared_texts.cache_clear()
        assert UnfilledLedger(aws.shared_texts()).reserve(1, now_ms) == 10.0
