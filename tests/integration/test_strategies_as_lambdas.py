"""A strategy gives the same bits as a Lambda over DynamoDB as in a backtest, several agents beside each other.

Over three symbols with minutes that never come and minutes that come two seconds late.
tests/parity/test_strategies_every_way.py has the other ways, for longer.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from chalicelib import wiring
from chalicelib.config import read_config
from chalicelib.domain import MINUTE_MS
from chalicelib.wiring import aws
from tests.support.account import SCHEDULED, Account, account, put_agent
from tests.support.candle_reading import read_candles
from tests.support.effort import repeats
from tests.support.every_way import Ways, ways_of
from tests.support.lasting_market import START_MS, candle_files
from tests.support.strategy_cases import CASES, SYMBOLS, toml
from tests.support.world import record_of
from trader.backtest.engine import PLAIN, ParameterSet, fastest
from trader.data.candles import between
from trader.sim.clock import SimClock
from trader.sim.exchange import Exchange, recorded_exchange
from trader.sim.faults import parse_faults

MINUTES = 23
SLOW = "agent-two_intervals"
"""Its higher bars are a quarter of an hour long: within so few minutes it orders nothing."""
SKIPPED = 1_278
"""Minutes of the week that are over before; few others are as eventful as those that follow."""
FIRST_MS = START_MS + SKIPPED * MINUTE_MS
KEPT = 50
"""Minutes of candles that the tables keep at least."""
FIRST_LOOK_MS, SECOND_LOOK_MS = 1_000, 4_000
"""When a minute is asked for after its close: before late candles have come, and after."""
MET = {
    *("stop_loss", "take_profit", "trailing_stop", "cooldown", "max exposure", "stop raised", "target moved"),
    *("at once: stop_loss", "at once: take_profit"),
}
"""Paths that some agent goes through in the first of these minutes."""


def exchange_of(folder: Path, minutes: int) -> Exchange:
    """Some of the week's market, one candle in ten two seconds late."""
    files = [read_candles(path) for path in candle_files(folder, SYMBOLS, SKIPPED + minutes)]
    kept = [between(columns, FIRST_MS, FIRST_MS + minutes * MINUTE_MS) for columns in files]
    made = recorded_exchange(kept, 1, 1, 1.0, parse_faults("missing=0.1:2s"))
    return replace(made, clock=SimClock(FIRST_MS, 1.0))


def traded(stage: Account, exchange: Exchange, minutes: int) -> Counter[str]:
    """Every minute as Lambdas; in how many a candle was late, in how many one was missing."""
    met: Counter[str] = Counter()
    for number in range(minutes):
        close_ms = FIRST_MS + (number + 1) * MINUTE_MS
        candles = [tape.at(close_ms - MINUTE_MS) for tape in exchange.tapes.values()]
        is_late = any(candle is not None and exchange.faults.lost(candle) for candle in candles)
        met.update({"late": is_late, "missing": None in candles})
        if is_late or None not in candles:
            stage.minute(close_ms + FIRST_LOOK_MS, SCHEDULED if number % 10 == 0 else SCHEDULED[:2])
        if is_late or None in candles:
            stage.minute(close_ms + SECOND_LOOK_MS, SCHEDULED[1:2])
        if number % KEPT == 0:
            stage.expire(close_ms - KEPT * MINUTE_MS)
    return met


def ways(agent_id: str, settings: str, exchange: Exchange) -> Ways:
    """The ways through the minutes that an agent has traded."""
    steps = {symbol: exchange.tapes[symbol].listing.symbol for symbol in SYMBOLS}
    rules = wiring.rules(read_config(settings, agent_id), steps)
    return ways_of(record_of(aws.stores(), agent_id), ParameterSet(rules.rule, rules.params), SYMBOLS)


def test_lambdas_and_backtests_agree_to_the_bit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    minutes = repeats(MINUTES, 1_440)
    exchange = exchange_of(tmp_path, minutes)
    first, *others = CASES
    with account(toml(first, "default"), monkeypatch, exchange=exchange) as (stage, text):
        sources = text.removeprefix(toml(first, "default"))
        agents = {"default": text} | {f"agent-{name}": toml(name, f"agent-{name}") + sources for name in others}
        for agent_id, settings in agents.items():
            put_agent(agent_id, settings)
        met = traded(stage, exchange, minutes)
        gone = {agent_id: ways(agent_id, settings, exchange) for agent_id, settings in agents.items()}
    paths: Counter[str] = Counter()
    for agent_id, way in gone.items():
        stepped = way.stepped()
        paths += stepped.paths
        assert list(way.disagreements(stepped, (PLAIN, fastest()))) == []
        assert len(way.decisions) > 2.5 * minutes
        assert stepped.paths["ordered"] or (agent_id == SLOW and minutes == MINUTES), agent_id
    assert met["late"] > 5
    assert met["missing"]
    assert not {path for path in MET if not paths[path]}, paths
