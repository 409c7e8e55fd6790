"""Bars longer than a minute as Lambdas: the same bits as a backtest, while everything sleeps that has nothing to do."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.config import read_config
from chalicelib.domain import MINUTE_MS
from chalicelib.errors import BadInput
from chalicelib.wiring import aws
from tests.integration.test_strategies_as_lambdas import FIRST_MS, SKIPPED, exchange_of, traded
from tests.support.account import account, put_agent
from tests.support.candle_reading import read_candles
from tests.support.every_way import ways_of
from tests.support.lasting_market import candle_files
from tests.support.strategy_cases import SYMBOLS, toml
from tests.support.world import record_of
from trader.backtest.engine import PLAIN, ParameterSet, fastest
from trader.data.candles import between

ENGINES = (PLAIN, fastest())
MINUTES = 62
AGENTS = {"default": ("buy_and_hold", "3m"), "quick": ("uncompiled", "5m")}


def settings_of(agent_id: str) -> str:
    name, interval = AGENTS[agent_id]
    longer = toml(name, agent_id).replace("[strategy]\n", f'[strategy]\ninterval = "{interval}"\n')
    return longer.replace("size = 0.3\n", "size = 0.2\n")  # of which there is room for one of each symbol


def test_lambdas_and_backtests_agree_to_the_bit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exchange = exchange_of(tmp_path, MINUTES)
    with account(settings_of("default"), monkeypatch, exchange=exchange) as (stage, text):
        sources = text.removeprefix(settings_of("default"))
        put_agent("default", text)
        put_agent("quick", settings_of("quick") + sources)
        traded(stage, exchange, MINUTES)
        records = {agent_id: record_of(aws.stores(), agent_id) for agent_id in AGENTS}
    week = candle_files(tmp_path, SYMBOLS, SKIPPED + MINUTES)
    files = [between(read_candles(path), FIRST_MS, FIRST_MS + MINUTES * MINUTE_MS) for path in week]
    paths: Counter[str] = Counter()
    for agent_id, record in records.items():
        steps = {symbol: exchange.tapes[symbol].listing.symbol for symbol in SYMBOLS}
        rules = wiring.rules(read_config(settings_of(agent_id), agent_id), steps)
        way = ways_of(record, ParameterSet(rules.rule, rules.params), SYMBOLS, files)
        stepped = way.stepped()
        assert list(way.disagreements(stepped, ENGINES)) == []
        paths += stepped.paths
        assert len(record.equity) < MINUTES
    assert paths["ordered"] > 2


FLAT = """
[agent]
symbols = ["BTCUSDT"]
[strategy]
interval = "15m"
[strategy.settings]
sentiment_buy = 1.0
"""


def test_between_two_closes_candles_are_stored_before_the_next_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with account(FLAT, monkeypatch) as (stage, _):
        start_ms = stage.clock.now_ms() // 900_000 * 900_000
        counted: Counter[str] = Counter()
        minutes = range(1, 48)
        for minute in minutes:
            now_ms = start_ms + minute * MINUTE_MS + 2_000
            stage.clock.set(now_ms)
            for function in ("fetch_klines", "update_indicators", "trade"):
                done: Any = stage.invoke(function)
                counted.update({function: bool(done)} if minute > 16 else {})
                stage.deliver()
        points = aws.stores().journal.equity("default", 0, 2**62)
        assert [point.time_ms % 900_000 for point in points[2:]] == [840_000] * 3  # the first two are its start
        assert counted == {"fetch_klines": 4, "update_indicators": 0, "trade": 0}  # woken by the first, at closes
        assert len(aws.stores().candles.after("BTCUSDT", start_ms, 100)) >= 45 - 1


def test_a_longer_spacing_of_candles_is_refused_where_functions_trade(monkeypatch: pytest.MonkeyPatch) -> None:
    longer = FLAT.replace("[strategy]\n", 'interval = "15m"\n[strategy]\n', 1)
    with (
        account(longer, monkeypatch),
        pytest.raises(BadInput, match=r"agent\.interval = 15m: candles longer than 1m are for"),
    ):
        aws.fleet().stage_of("trade")
