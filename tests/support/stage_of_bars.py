"""A stage whose agent decides by bars of three minutes, over a market in which a few minutes hold everything.

It enters at a close, is stopped out or takes its profit between two, sleeps in between, and meets bars that are over
late: what should have closed them never comes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from chalicelib.adapters.dynamodb import Tables, connect
from chalicelib.domain import MINUTE_MS
from tests.support.account import PREFIX, Account, account
from tests.support.markets import START_MS, wave
from trader.sim.exchange import Exchange, recorded_exchange

HISTORY = 9
"""Minutes that are over before the stage begins."""
MINUTES = 15
INTERVAL_MS = 3 * MINUTE_MS
LATE = frozenset({15, 21})
"""Minutes of the second symbol that never come: the last ones of their bars."""
ASKED_MS = 4_000
"""When a minute is asked for after its close: what is not there by now is missing."""
SCHEDULED = ("fetch_klines", "update_indicators", "trade")
SETTINGS = """
[agent]
symbols = ["BTCUSDT", "ETHUSDT"]
[strategy]
interval = "3m"
[strategy.settings]
rsi_period = 2
rsi_buy = 99
rsi_sell = 100
sentiment_buy = -1
sentiment_sell = -1
[risk]
stop_loss = 0.008
take_profit = 0.006
position_fraction = 0.3
"""
"""Of an agent that enters at every close at which it holds nothing, and that its protection alone takes out."""


def market() -> Exchange:
    """Its clock stands where the stage begins."""
    total = HISTORY + MINUTES
    files = [wave("BTCUSDT", total, 1), wave("ETHUSDT", total, 2, LATE)]
    return recorded_exchange(files, 1, HISTORY, 1.0, {})


def asked_ms(minute: int) -> int:
    """When the minute of this number is looked for; the first is 1."""
    return START_MS + (HISTORY + minute) * MINUTE_MS + ASKED_MS


def minute_of(open_ms: int) -> int:
    """The number of the minute that opens then."""
    return (open_ms - START_MS) // MINUTE_MS - HISTORY + 1


def is_whole(minute: int) -> bool:
    """Whether all symbols have a candle of the minute of this number."""
    return HISTORY + minute - 1 not in LATE


@contextmanager
def stage_of_bars(monkeypatch: pytest.MonkeyPatch, settings: str = SETTINGS) -> Iterator[tuple[Account, Tables]]:
    with account(settings, monkeypatch, exchange=market()) as (stage, _):
        yield stage, Tables(connect(), PREFIX)
