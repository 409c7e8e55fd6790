"""Profit by symbol and by reason: every trade in one group of each kind, and the groups add up to all."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from chalicelib.kernel import codes
from tests.support.reports import Taken, candles, embedded, report
from trader.report.groups import by_entry, by_exit, by_symbol, entry_reasons, profit_bar
from trader.report.page import page_of

GIVEN = report(
    candles("BTCUSDT", 3_000),
    candles("ETHUSDT", 3_000, 2),
    candles("SOLUSDT", 4, 3),
    overrides=["risk.stop_loss=0.004"],
)


@pytest.mark.parametrize("made", [by_symbol, by_entry, by_exit])
def test_groups_add_up(made: object) -> None:
    groups = made(GIVEN.result)  # type: ignore[operator]
    trades = GIVEN.result.trades
    assert sum(each.trades for each in groups) == len(trades) > 50
    assert sum(each.profit for each in groups) == pytest.approx(sum(trade.pnl for trade in trades))


def test_a_group_is_what_its_trades_came_to() -> None:
    trades = [trade for trade in GIVEN.result.trades if trade.symbol == "ETHUSDT"]
    (found,) = [each for each in by_symbol(GIVEN.result) if each.name == "ETHUSDT"]
    assert found.trades == len(trades)
    assert found.won == pytest.approx(sum(trade.pnl > 0.0 for trade in trades) / len(trades))
    assert found.profit == pytest.approx(sum(trade.pnl for trade in trades))
    assert (found.worst, found.best) == (
        min(trade.return_fraction for trade in trades),
        max(trade.return_fraction for trade in trades),
    )
    counted = Counter(trade.reason for trade in GIVEN.result.trades)
    assert [(each.name, each.trades) for each in by_exit(GIVEN.result)] == sorted(
        counted.items(), key=lambda each: (-each[1], each[0])
    )
    assert len(counted) >= 2


def test_a_symbol_without_trades_has_a_row_too() -> None:
    assert [(each.name, each.trades) for each in by_symbol(GIVEN.result)][-1] == ("SOLUSDT", 0)
    page = page_of(GIVEN)
    assert "SOLUSDT 0" in Taken(page).text
    figures = embedded(page, "metrics")
    assert [each["name"] for each in figures["by_symbol"]] == ["BTCUSDT", "ETHUSDT", "SOLUSDT"]
    assert figures["by_exit_reason"][0]["trades"] == max(each.trades for each in by_exit(GIVEN.result))


def test_each_trade_has_the_reason_of_the_buy_that_opened_it() -> None:
    whole = GIVEN.result
    words = whole.fill_words.copy()
    (second,) = np.flatnonzero(words[:, 1] == codes.BUY)[1:2]
    words[second, 3] = codes.SENTIMENT
    symbol, _, time_ms, _ = words[second].tolist()
    found = entry_reasons(replace(whole, fill_words=words), whole.exit_words)
    for trade, reason in zip(whole.trades, found, strict=True):
        is_second = (trade.symbol, trade.entry_ms) == (whole.symbols[symbol], time_ms)
        assert reason == ("sentiment" if is_second else "signal")
    assert found.count("sentiment") == 1


def test_a_bar_is_as_long_as_its_part_of_the_most() -> None:
    assert 'class="loss"' in profit_bar(-5.0, 10.0)
    assert "--part:0.5000" in profit_bar(-5.0, 10.0)
    assert "--part:0.0000" in profit_bar(0.0, 0.0)
