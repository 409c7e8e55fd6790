"""A user's file from the first backtest to an edit under a running agent, through the commands and real HTTP.

tests/e2e/test_stack.py brings such a file to the local AWS, and its edit.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.e2e.commands import trader
from tests.e2e.exchange import generated, record_of, running, simulated_exchange, write_config
from tests.support.markets import wave
from tests.support.own_strategy import EDITED, SOURCE
from trader.data.candles import CandleColumns

SYMBOL = "BTCUSDT"


def write_candles(columns: CandleColumns, file: Path) -> None:
    rows = zip(*(values.tolist() for values in columns[1:]), strict=True)
    lines = ["open_time,open,high,low,close,volume", *(",".join(map(repr, row)) for row in rows)]
    file.write_text("\n".join(lines) + "\n", "utf-8")


@pytest.mark.slow
def test_a_file_is_dropped_in_and_edited_under_a_running_agent(tmp_path: Path) -> None:
    own, candles = tmp_path / "mine.py", tmp_path / f"{SYMBOL}_1m.csv"
    own.write_text(SOURCE, "utf-8")
    write_candles(wave(SYMBOL, 900, 1), candles)
    data = ("--strategy", str(own), "--candles", str(candles))
    it_is_backtested_tuned_and_looked_through(tmp_path, data)
    with simulated_exchange(tmp_path, *generated(speed=60)) as url:
        config = tmp_path / "agent.toml"
        write_config(config, url, (SYMBOL,), [])
        text = config.read_text("utf-8")
        config.write_text(f'{text[: text.index("[strategy.settings]")]}[strategy]\nfile = "mine.py"\n', "utf-8")
        it_is_edited_while_it_holds(tmp_path, own, config)


def it_is_backtested_tuned_and_looked_through(home: Path, data: tuple[str, ...]) -> None:
    done = trader("paper", "backtest", *data, "--out", str(home / "results"), "--json", home=home)
    assert json.loads(done.stdout)["trades"] > 5
    metrics = json.loads((home / "results" / "metrics.json").read_text("utf-8"))
    assert metrics["strategy"] == "mine.py"
    rows = csv.DictReader((home / "results" / "trades.csv").read_text("utf-8").splitlines())
    assert "went down" in {row["reason"] for row in rows}
    grid = ("--grid", "strategy.settings.bars=1,2,3", "--grid", "risk.stop_loss=0.01,0.02", "--walk-forward", "0")
    done = trader("tune", *data, *grid, "--out", str(home / "tuned"), "--json", home=home)
    assert json.loads(done.stdout)["parameter_sets_tried"] == 6
    trader("check-lookahead", *data, "--bars", "30", home=home)


def it_is_edited_while_it_holds(home: Path, own: Path, config: Path) -> None:
    run = ("paper", "run", "--market", "binance", "--config", str(config), "--port", "0")
    with running(home, *run) as agent:
        agent.wait_until(lambda: holds(home), within_s=60.0)
        trader("halt", "--reason", "an edit", home=home)
        agent.interrupt()
    before = record_of(home)
    status = json.loads(trader("status", "--json", home=home).stdout)
    own.write_text(EDITED, "utf-8")
    with running(home, *run) as agent:
        agent.wait_until(lambda: len(record_of(home).equity) > len(before.equity) + 1, within_s=60.0)
        assert "begins with" in agent.said()
        now = json.loads(trader("status", "--json", home=home).stdout)
        assert (now["halted"], now["halt_reason"]) == (True, status["halt_reason"])
        trader("resume", home=home)
        resumed = len(record_of(home).equity)
        agent.wait_until(lambda: len(record_of(home).equity) > resumed + 5, within_s=60.0)
        agent.interrupt()
    after = record_of(home)
    assert before.portfolio is not None
    held = {symbol: slot.position for symbol, slot in before.portfolio.slots.items()}
    first = after.decisions[len(before.decisions)]
    assert first.in_position == (held[SYMBOL].quantity > 0.0)
    assert [point.equity for point in after.equity[: len(before.equity)]] == [point.equity for point in before.equity]
    assert len({decision.rule for decision in after.decisions}) == 2
    assert {decision.rule for decision in after.decisions[: len(before.decisions)]} != {first.rule}
    trader("replay", home=home)


def holds(home: Path) -> bool:
    portfolio = record_of(home).portfolio
    return portfolio is not None and any(slot.position.quantity > 0.0 for slot in portfolio.slots.values())
