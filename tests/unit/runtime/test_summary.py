"""What a run earned, from its record."""

from __future__ import annotations

import pytest

from chalicelib.addition import added
from chalicelib.services.trade_story import PAGE, all_trades
from tests.support.desk import FALLING, desk
from tests.support.world import World
from trader.data.trade_rows import TRADE_COLUMNS, trade_row
from trader.runtime.summary import summarize


def test_an_agent_that_never_traded_owns_its_cash() -> None:
    with desk() as shop:
        summary = summarize(shop.stores.journal, "default", 10_000.0)
    assert summary.as_dict() == {
        "agent": "default",
        "ticks": 0,
        "recorded": 0,
        "equity": 10_000.0,
        "pnl": 0.0,
        "max_drawdown": 0.0,
        "win_rate": 0.0,
        "fees": 0.0,
        "still_open": 0,
        "unrealized_pnl": 0.0,
        "trades": [],
    }


def test_the_figures_follow_from_the_record() -> None:
    world = World()
    world.run()
    summary = summarize(world.stores.journal, "default", 10_000.0)
    record = world.record()
    world.close()

    assert summary.ticks == len(record.equity)
    assert summary.equity == record.equity[-1].equity
    assert summary.pnl == summary.equity - 10_000.0
    assert summary.max_drawdown == max(point.drawdown for point in record.equity) > 0.0
    assert summary.fees == added(fill.fee for fill in record.fills) > 0.0
    assert summary.win_rate == sum(trade.pnl > 0.0 for trade in record.trades) / len(record.trades)
    assert [trade.exit_ms for trade in summary.trades] == sorted(trade.exit_ms for trade in record.trades)


def test_what_is_still_open_is_what_the_trades_lack_of_the_profit() -> None:
    with desk() as shop:
        shop.minutes(0, *FALLING, 98.0, 98.5)
        held = summarize(shop.stores.journal, "default", 10_000.0)
        shop.halt.run("default", "out", True, 0)
        shop.minutes(6, 98.0, 98.0)
        left = summarize(shop.stores.journal, "default", 10_000.0)
    assert (held.trades, held.still_open) == ((), 1)
    assert held.unrealized_pnl == held.pnl != 0.0
    assert (len(left.trades), left.still_open, left.unrealized_pnl) == (1, 0, 0.0)


def test_profit_counts_from_what_the_account_began_with_whatever_the_settings_say_now() -> None:
    world = World()
    world.run()
    told = [summarize(world.stores.journal, "default", cash).pnl for cash in (10_000.0, 777.0)]
    begun, now = world.config.agent.cash, world.record().equity[-1].equity
    world.close()
    assert told == [now - begun, now - begun]


def test_rows_are_those_of_trades_csv() -> None:
    columns = (
        "symbol,quantity,entry_time,entry_price,exit_time,exit_price,entry_fee,exit_fee,pnl,return,reason,position"
    )
    assert ",".join(TRADE_COLUMNS) == columns
    world = World()
    world.run()
    trade = summarize(world.stores.journal, "default", 10_000.0).trades[0]
    world.close()
    row = dict(zip(TRADE_COLUMNS, trade_row(trade), strict=True))
    assert row["return"] == pytest.approx(trade.pnl / (trade.quantity * trade.entry_price))
    assert row["entry_time"] == trade.entry_ms
    assert row["reason"] in {"signal", "stop_loss", "take_profit"}


def test_a_trade_that_earned_nothing_is_no_win() -> None:
    with desk() as shop:
        shop.minutes(0, *FALLING, 98.0, 98.0)
        shop.halt.run("default", "out", True, 0)
        shop.minutes(5, 98.0)
        summary = summarize(shop.stores.journal, "default", 10_000.0)
    assert [trade.pnl for trade in summary.trades] == [0.0]
    assert summary.win_rate == 0.0


def test_more_trades_than_a_page_are_all_listed_once() -> None:
    with desk(settings=("risk.stop_loss=0",)) as shop:
        with shop.stores.transaction():
            shop.minutes(0, *[100.0, 99.0, 98.0, 97.0, 98.0, 99.0, 100.0, 101.0] * (PAGE + 20))
        trades = list(all_trades(shop.stores.journal, "default"))
    assert len(trades) > PAGE
    assert [trade.exit_ms for trade in trades] == sorted({trade.exit_ms for trade in trades}, reverse=True)
