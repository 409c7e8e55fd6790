"""What runs as Lambdas over DynamoDB and what runs in one process over SQLite decide and trade alike, bit for bit."""

from __future__ import annotations

import pytest

from tests.support.account import account
from tests.support.both_ways import SYMBOLS, as_lambdas, as_one_process

SETTINGS = """
[strategy.settings]
rsi_period = 5
rsi_buy = 40
rsi_sell = 60
sentiment_buy = -0.2
sentiment_sell = -0.6
[risk]
stop_loss = 0.004
take_profit = 0.004
position_fraction = 0.3
daily_loss_limit = 0.2
"""


@pytest.mark.parametrize(
    ("symbols", "minutes", "trades"), [(SYMBOLS[:1], 400, 10), (SYMBOLS[1:], 400, 10), (SYMBOLS, 150, 10)]
)
def test_the_same_minutes_are_traded_alike(
    symbols: tuple[str, ...], minutes: int, trades: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So few minutes that both together keep within the exchange's weights, were they done within one real minute."""
    names = ",".join(symbols)
    with account(f"[agent]\nsymbols = {list(symbols)}\n{SETTINGS}", monkeypatch, names) as (stage, settings):
        start_ms = stage.clock.now_ms()
        lambdas = as_lambdas(stage, start_ms, minutes)
        stage.clock.set(start_ms)
        local = as_one_process(stage, start_ms, minutes, settings)
    assert len(local.decisions) == len(symbols) * minutes
    assert len(local.trades) > trades
    assert lambdas == local
