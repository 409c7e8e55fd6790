"""An agent on an exchange that it knows over REST and WebSocket only, from the first minute to the last."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from chalicelib.domain import MINUTE_MS, Candle, Decision, Side
from tests.e2e.commands import trader
from tests.e2e.exchange import (
    SEED,
    Record,
    exchange_time_ms,
    generated,
    market,
    record_of,
    running,
    simulated_exchange,
    write_config,
)
from trader.sim.faults import FaultPlan, parse_faults
from trader.sim.tape import MarketPath

SYMBOLS = ("BTCUSDT", "ETHUSDT")
FAULTS = "error=0.1,429=0.03:1s,cut=0.05,garbage=0.05,missing=0.02:20s,duplicate=0.1,delay=0.1:200ms"
CASH = 10_000.0


def nothing_lost(candle: Candle) -> bool:
    return False


def check_minutes(
    record: Record, tapes: Mapping[str, MarketPath], lost: Callable[[Candle], bool] = nothing_lost
) -> None:
    """Every minute of the market once and in order, each with the market's own candles."""
    minutes = [point.time_ms for point in record.equity]
    assert all(earlier < later for earlier, later in pairwise(minutes))
    existing = {c.open_ms for tape in tapes.values() for c in tape.forward(minutes[0], minutes[-1])}
    assert minutes == sorted(existing)
    assert [(d.minute_ms, d.symbol) for d in record.decisions] == [(m, symbol) for m in minutes for symbol in tapes]
    for decision in record.decisions:
        candle = tapes[decision.symbol].at(decision.minute_ms)
        if decision.candle is None:
            assert decision.outcome == "missing"
            assert candle is None or lost(candle), f"{candle} was there and is recorded as missing"
        else:
            assert decision.candle == candle


def check_money(record: Record) -> None:
    """One version a minute, and the cash that the fills leave."""
    assert record.portfolio is not None
    assert record.portfolio.version == len(record.equity)
    cash = CASH
    for fill in record.fills:
        amount = fill.quantity * fill.price
        cash += amount - fill.fee if fill.side is Side.SELL else -amount - fill.fee
    assert record.portfolio.account.cash == pytest.approx(cash, rel=1e-9)
    assert len({(fill.client_id, fill.time_ms) for fill in record.fills}) == len(record.fills)


def acted_on(decisions: list[Decision]) -> list[Decision]:
    """Those that were free to act: of minutes that were the newest when they were traded."""
    return [decision for decision in decisions if decision.outcome not in ("missed", "missing")]


def test_an_agent_trades_each_minute_of_a_fast_exchange_and_goes_on_after_ctrl_c(tmp_path: Path) -> None:
    config = tmp_path / "agent.toml"
    run = ("paper", "run", "--market", "binance", "--config", str(config))
    with simulated_exchange(tmp_path, *generated()) as url:
        write_config(config, url, SYMBOLS, [f"{url}/news.rss"])

        with running(tmp_path, *run) as agent:
            agent.wait_until(lambda: len(record_of(tmp_path).equity) >= 5 and bool(record_of(tmp_path).fills))
            status = json.loads(trader("status", "--json", home=tmp_path).stdout)
            summary = agent.interrupt()
        first = record_of(tmp_path)
        assert first.portfolio is not None
        stopped_ms = first.portfolio.minute_ms
        assert stopped_ms is not None

        while exchange_time_ms(url) < stopped_ms + 4 * MINUTE_MS:
            time.sleep(0.1)
        with running(tmp_path, *run) as agent:
            agent.wait_until(lambda: len(record_of(tmp_path).equity) >= len(first.equity) + 4)
            again = agent.interrupt()
    both = record_of(tmp_path)

    check_minutes(both, market())
    check_money(both)
    assert f"minutes\t{len(first.equity)}\n" in summary
    assert f"minutes\t{len(both.equity)}\n" in again
    assert (status["agent"], status["halted"]) == ("default", False)
    assert status["last_minute_ms"] in [point.time_ms for point in first.equity]

    assert both.equity[: len(first.equity)] == first.equity
    assert both.decisions[: len(first.decisions)] == first.decisions
    assert both.fills[: len(first.fills)] == first.fills
    caught_up = both.decisions[len(first.decisions)]
    assert caught_up.outcome == "missed"

    assert len(both.news) >= 20
    assert all(score is not None and -1.0 <= score.value <= 1.0 for _, score in both.news)
    assert any(decision.sentiment.evidence for decision in both.decisions)

    in_time = acted_on(both.decisions)
    delays_ms = [d.decided_ms - d.candle.close_ms for d in in_time if d.candle is not None]
    assert len(in_time) >= len(both.decisions) // 3
    assert median(delays_ms) < 2 * MINUTE_MS  # two seconds of real time on a busy machine


def test_through_faults_no_minute_is_lost_traded_twice_or_wrongly_called_missing(tmp_path: Path) -> None:
    config = tmp_path / "agent.toml"
    plan = FaultPlan(parse_faults(FAULTS), SEED)
    with simulated_exchange(tmp_path, *generated(faults=FAULTS)) as url:
        write_config(config, url, SYMBOLS, [f"{url}/news.rss"])
        with running(tmp_path, "paper", "run", "--market", "binance", "--config", str(config)) as agent:
            agent.wait_until(lambda: len(record_of(tmp_path).equity) >= 8 and bool(record_of(tmp_path).fills), 20.0)
            summary = agent.interrupt()
            unanswered = "candles: " in agent.said()  # five attempts in a row failed
    record = record_of(tmp_path)

    check_minutes(record, market(), lambda candle: plan.lost(candle) or unanswered)
    check_money(record)
    assert f"minutes\t{len(record.equity)}\n" in summary
    assert acted_on(record.decisions)


def test_an_exchange_that_is_killed_and_comes_back_costs_no_minute_and_halts_nobody(tmp_path: Path) -> None:
    config = tmp_path / "agent.toml"
    with ExitStack() as first, ExitStack() as second:
        url = first.enter_context(simulated_exchange(tmp_path, *generated()))
        write_config(config, url, SYMBOLS, [])
        run = ("paper", "run", "--market", "binance", "--config", str(config))
        agent = second.enter_context(running(tmp_path, *run))
        agent.wait_until(lambda: len(record_of(tmp_path).equity) >= 2)
        resumed_ms = exchange_time_ms(url) // MINUTE_MS * MINUTE_MS + 5 * MINUTE_MS
        first.close()
        agent.wait_until(lambda: "connecting again" in agent.said())
        second.enter_context(simulated_exchange(tmp_path, *generated(resumed_ms), port=int(url.rpartition(":")[2])))
        agent.wait_until(lambda: record_of(tmp_path).equity[-1].time_ms > resumed_ms)
        agent.interrupt()
    record = record_of(tmp_path)

    check_minutes(record, market())
    check_money(record)
    assert "halted" not in [decision.outcome for decision in record.decisions]


def test_data_that_stay_away_are_told_once_and_a_killed_agent_does_not_look_alive(tmp_path: Path) -> None:
    """The exchange goes on telling the time, but no new candle; then it has them all. Its hour is a minute here."""
    config = tmp_path / "agent.toml"
    run = ("paper", "run", "--market", "binance", "--config", str(config), "--set", "alerts.silent_after_s=600")

    def liveness() -> dict[str, Any]:
        found: dict[str, Any] = json.loads(trader("status", "--json", home=tmp_path).stdout)["liveness"]
        return found

    def come_back(faults: str) -> None:
        resumed_ms = exchange_time_ms(url) // MINUTE_MS * MINUTE_MS + 12 * MINUTE_MS
        exchanges.close()
        port = int(url.rpartition(":")[2])
        exchanges.enter_context(simulated_exchange(tmp_path, *generated(resumed_ms, faults=faults), port=port))

    with ExitStack() as agents, ExitStack() as exchanges:
        url = exchanges.enter_context(simulated_exchange(tmp_path, *generated()))
        write_config(config, url, SYMBOLS, [])
        agent = agents.enter_context(running(tmp_path, *run))
        agent.wait_until(lambda: len(record_of(tmp_path).equity) >= 2)
        assert liveness()["running"] is True
        come_back(faults="missing=1.0:3600s")
        agent.wait_until(lambda: "no data of" in agent.said())
        silent = liveness()
        come_back(faults="")
        agent.wait_until(lambda: "are back" in agent.said())
        assert agent.said().count("no data of BTCUSDT, ETHUSDT for") == 1
        assert agent.said().count("data of BTCUSDT, ETHUSDT are back") == 1
        assert set(silent["no_data"]) == set(SYMBOLS)
        assert silent["behind_minutes"] >= 10
        agent.process.kill()
        agent.process.wait()
        said = trader("status", home=tmp_path).stdout
        dead = liveness()
    assert (dead["running"], dead["no_data"]) == (False, {})
    assert abs(dead["lived_ms"] - time.time_ns() // 1_000_000) < 30_000
    assert "not running: last lived 20" in said


def test_a_symbol_that_the_exchange_does_not_list_is_one_line(tmp_path: Path) -> None:
    config = tmp_path / "agent.toml"
    with simulated_exchange(tmp_path, *generated()) as url:
        write_config(config, url, ["NOSUCHUSDT"], [])
        done = trader("paper", "run", "--market", "binance", "--config", str(config), home=tmp_path, code=1)
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "no such symbol" in done.stderr


def test_a_dead_exchange_is_one_line(tmp_path: Path) -> None:
    config = tmp_path / "agent.toml"
    write_config(config, "http://127.0.0.1:1", SYMBOLS, [])
    done = trader("paper", "run", "--market", "binance", "--config", str(config), home=tmp_path, code=1)
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "127.0.0.1" in done.stderr
