"""On AWS there is no start that could refuse: a symbol that left the settings while it was held is left until flat."""

from __future__ import annotations

import logging

import pytest

from chalicelib.domain import MINUTE_MS, Reason
from chalicelib.wiring import aws
from tests.support.account import EAGER, Account, account, put_agent
from tests.support.world import AGENT

HELD, NAMED = "BTCUSDT", "ETHUSDT"
SETTINGS = f"""{EAGER}[risk]
stop_loss = 0.002
take_profit = 0.002
daily_loss_limit = 0
"""


def minute(stage: Account) -> None:
    stage.clock.set(stage.clock.now_ms() + MINUTE_MS)
    stage.invoke("fetch_klines")
    stage.deliver()


def traded_ms() -> int:
    portfolio = aws.stores().portfolios.load(AGENT)
    assert portfolio is not None
    assert portfolio.minute_ms is not None
    return portfolio.minute_ms


def holdings() -> dict[str, float]:
    portfolio = aws.stores().portfolios.load(AGENT)
    assert portfolio is not None
    return {symbol: slot.position.quantity for symbol, slot in portfolio.slots.items() if slot.position.quantity > 0.0}


def test_it_meets_its_levels_is_never_entered_again_and_the_others_trade(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with account(SETTINGS, monkeypatch) as (stage, settings):
        for _ in range(60):
            minute(stage)
            if HELD in holdings():
                break
        assert HELD in holdings()
        put_agent(AGENT, settings.replace(f'"{HELD}"', f'"{NAMED}"', 1))
        stage.new_process()
        changed_ms = traded_ms()
        minute(stage)
        monkeypatch.setattr(logging.getLogger("trade"), "propagate", True)  # for `caplog`; a process begins without
        for _ in range(39):
            minute(stage)
        left = {
            trade.symbol: trade for trade in aws.stores().journal.trades(AGENT, 99)[0] if trade.exit_ms > changed_ms
        }
        fills = [fill for fill in aws.stores().journal.fills(AGENT) if fill.time_ms > changed_ms]
        assert left[HELD].reason in (Reason.TAKE_PROFIT, Reason.STOP_LOSS)
        assert [fill.side for fill in fills if fill.symbol == HELD] == ["SELL"]
        assert NAMED in {fill.symbol for fill in fills}
        assert set(holdings()) <= {NAMED}
    assert "reducing BTCUSDT: held, but not in its settings" in caplog.text
