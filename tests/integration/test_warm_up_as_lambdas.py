"""A 1d agent as Lambdas begins in one round, which asks the exchange a few times and stores a day of minutes."""

from __future__ import annotations

import pytest

from chalicelib.domain import DAY_MS, MINUTE_MS
from chalicelib.wiring import aws
from tests.support.account import account

DAILY = """
[agent]
symbols = ["BTCUSDT"]
[strategy]
name = "ema_cross"
interval = "1d"
"""
DAYS = 5


def test_a_daily_agent_begins_in_one_round_and_says_how_many_bars_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    with account(DAILY, monkeypatch, symbols="BTCUSDT", history_minutes=DAYS * DAY_MS // MINUTE_MS) as (stage, _):
        now_ms = stage.clock.now_ms() // DAY_MS * DAY_MS + DAY_MS - 2 * MINUTE_MS
        stage.minute(now_ms, ("fetch_klines",))
        candles = aws.stores().candles.after("BTCUSDT", None, 5_000)
        opening_ms = now_ms // DAY_MS * DAY_MS
        assert candles[0].open_ms <= opening_ms - MINUTE_MS
        assert len(candles) < 1_500
        assert _seen() == DAYS - 1  # the first of all began before its first minute
        stage.minute(opening_ms + DAY_MS + 1_000, ("fetch_klines",))
        assert _seen() == DAYS


def _seen() -> int:
    """Bars that status tells of, of the 26 that are needed."""
    portfolio = aws.stores().portfolios.load("default")
    assert portfolio is not None
    assert portfolio.warming["BTCUSDT"].needed == 26
    return portfolio.warming["BTCUSDT"].bars
