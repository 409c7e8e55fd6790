"""What runs as Lambdas over DynamoDB and what runs in one process over SQLite decide and trade alike, bit for bit."""

from __future__ import annotations

import json
from itertools import pairwise

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


def counted(decisions: list[str], symbol: str) -> list[int]:
    """How many headlines each decision of the symbol rests on, oldest first."""
    read = [json.loads(each) for each in reversed(decisions)]
    return [len(each["sentiment"]["evidence"]) for each in read if each["symbol"] == symbol]


@pytest.mark.parametrize(
    ("symbols", "minutes", "trades", "age"),
    [(SYMBOLS[:1], 400, 10, "off"), (SYMBOLS[1:], 400, 10, "45m"), (SYMBOLS, 150, 10, "off")],
)
def test_the_same_minutes_are_traded_alike(
    symbols: tuple[str, ...], minutes: int, trades: int, age: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So few minutes that both together keep within the exchange's weights, were they done within one real minute."""
    names = ",".join(symbols)
    given = f'[agent]\nsymbols = {list(symbols)}\n{SETTINGS}[inputs]\nsentiment_max_age = "{age}"\n'
    with account(given, monkeypatch, names) as (stage, settings):
        start_ms = stage.clock.now_ms()
        lambdas = as_lambdas(stage, start_ms, minutes)
        stage.clock.set(start_ms)
        local = as_one_process(stage, start_ms, minutes, settings)
    assert len(local.decisions) == len(symbols) * minutes
    assert len(local.trades) > trades
    assert lambdas == local
    numbers = counted(local.decisions, symbols[0])
    assert any(later < earlier for earlier, later in pairwise(numbers)) == (age != "off")  # some became too old
