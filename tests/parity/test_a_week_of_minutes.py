"""Four ways through one week of three symbols: Lambdas, the local runtime, `kernel.run`, the compiled walk. One result.

The Lambdas are the real entry points, over SQLite in place of DynamoDB and the simulated exchange in this process;
tests/integration/test_lambda_equals_local.py has them over DynamoDB and HTTP for fewer minutes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pytest
from chalice.test import Client

import app
from chalicelib import codec, wiring
from chalicelib.adapters.lambda_waker import wake_event
from chalicelib.domain import Candle, Decision, EquityPoint, Fill, Reason, Trade
from chalicelib.kernel.run import Columns, run
from chalicelib.kernel.step import fresh_state, steps_of
from chalicelib.ports import Clock, MarketDataSource
from chalicelib.services.trade_story import all_trades
from chalicelib.strategy.rule import StrategyRule
from chalicelib.wiring import aws
from chalicelib.words import ACTIONS, REASONS, SIDES
from tests.shared_data import shared
from tests.support.candle_reading import read_candles
from tests.support.world import AGENT, World
from trader.backtest.data import Data
from trader.backtest.engine import ParameterSet, fastest, rule_signals_of, run_one
from trader.backtest.market import MarketColumns, tape_of
from trader.backtest.result import BacktestResult, result_of
from trader.backtest.rule_signals import choice_at
from trader.data.archive import columns_of
from trader.data.candles import CandleColumns, Gaps, between
from trader.sim.tape import generated_tapes

MINUTES = 7 * 1_440
STAGES = ("poll_news", "sentiment", "fetch_klines", "update_indicators", "trade")
SETTINGS = (
    "strategy.settings.rsi_period=14",
    "strategy.settings.rsi_buy=32",
    "strategy.settings.rsi_sell=66",
    "strategy.settings.sentiment_buy=-0.1",
    "strategy.settings.sentiment_sell=-0.4",
    "risk.position_fraction=0.3",
    "risk.max_exposure=0.7",
    "risk.stop_loss=0.005",
    "risk.take_profit=0.012",
    "risk.trailing_stop=0.008",
    "risk.daily_loss_limit=0.02",
    "risk.cooldown_bars=2",
    "fees.slippage=0.0003",
)
UNMET = {Reason.KILL_SWITCH, Reason.END, Reason.BREAK_EVEN, Reason.TIME}
"""Why nothing is left here: nobody halts, live nothing ends, and two of the limits are off."""


@dataclass(frozen=True)
class Kept:
    """What a run recorded."""

    fills: list[Fill]
    trades: list[Trade]
    equity: list[EquityPoint]
    decisions: list[Decision]


def week() -> list[CandleColumns]:
    paths = [shared(f"klines/{name}_spot_1m_2024-07-26_2024-08-25.parquet") for name in ("BTCUSDT", "ETHUSDT")]
    whole = [read_candles(path) for path in paths]
    first_ms = max(int(candles.open_ms[0]) for candles in whole)
    real = [between(candles, first_ms, first_ms + (MINUTES - 1) * 60_000) for candles in whole]
    return [*real, generated(first_ms)]


def generated(first_ms: int) -> CandleColumns:
    """A third symbol; minutes without a trade, which the generator leaves out, have their last close as all prices."""
    tape = generated_tapes(3, ["SOLUSDT"], first_ms)["SOLUSDT"]
    by_minute = {candle.open_ms: candle for candle in tape.forward(first_ms, first_ms + (MINUTES - 1) * 60_000)}
    candles: list[Candle] = []
    for open_ms in range(first_ms, first_ms + MINUTES * 60_000, 60_000):
        close = candles[-1].close if candles else 0.0
        candles.append(by_minute.get(open_ms) or Candle("SOLUSDT", open_ms, close, close, close, close, 0.0))
    return columns_of("SOLUSDT", candles)


class InProcess(aws.Fleet):
    """The agents of a stage whose exchange is in this process."""

    def __init__(self, world: World) -> None:
        super().__init__([world.config], {})
        self._world = world

    @cached_property
    def _exchange(self) -> tuple[MarketDataSource, Clock]:
        return self._world.market.source, self._world.clock


class Wakes:
    """Nobody is woken: the test calls every stage itself."""

    def wake(self, function: str, event_ms: int, asked_ms: int | None = None) -> None:
        """Nothing."""


def opened(files: list[CandleColumns]) -> World:
    """A world whose rules have the lot steps that its exchange names, as a deployed agent's have."""
    world = World(files, SETTINGS)
    steps = {name: world.market.source.symbol(name) for name in world.config.agent.symbols}
    world.rules = wiring.rules(world.config, steps)
    world.executor = wiring.executor("paper", world.rules.symbols, world.rules.params)
    return world


def kept(world: World) -> Kept:
    journal = world.stores.journal
    decisions, before = [], None
    while True:
        page, before = journal.decisions(AGENT, 10_000, before)
        decisions += page
        if before is None:
            break
    equity = journal.equity(AGENT, 0, 2**60)
    return Kept(journal.fills(AGENT), list(all_trades(journal, AGENT))[::-1], equity, decisions[::-1])


def minutes_of(files: list[CandleColumns]) -> Iterator[int]:
    return iter(files[0].open_ms.tolist())


def by_lambdas(world: World, files: list[CandleColumns], monkeypatch: pytest.MonkeyPatch) -> Kept:
    fleet = InProcess(world)
    stores = replace(world.stores)
    for name, made in {"stores": stores, "fleet": fleet, "waker": Wakes(), "notifier": world.notifier}.items():
        monkeypatch.setattr(aws, name, lambda *_, made=made: made)
    feeds = world.market.headlines
    monkeypatch.setattr(wiring, "rss", lambda: feeds.news)
    client = Client(app.app)
    for open_ms in minutes_of(files):
        world.clock.set(open_ms + 60_000)
        for stage in STAGES:
            event: dict[str, Any] = wake_event(stage, time.time_ns() // 1_000_000, "eu-west-1")
            client.lambda_.invoke(stage, event)
    return kept(world)


def by_the_local_runtime(world: World) -> Kept:
    with world.database.transaction():
        world.run()
    return kept(world)


def as_data(files: list[CandleColumns], world: World, decisions: list[Decision]) -> tuple[MarketColumns, Data]:
    """The market with the sentiment that was recorded."""
    symbols = world.config.agent.symbols
    known = [[d.sentiment.value for d in decisions if d.symbol == symbol] for symbol in symbols]
    tape = tape_of(files)._replace(inputs=np.array([known]))
    nothing = tuple(Gaps(0, 0) for _ in symbols)
    return tape, Data(
        symbols,
        tape,
        nothing,
        tuple(steps_of(world.rules.params, index) for index in range(len(symbols))),
        None,
        "recorded",
    )


def fills_of(result: BacktestResult, rule: StrategyRule) -> list[tuple[object, ...]]:
    rows = zip(result.fill_words.tolist(), result.fill_amounts.tolist(), strict=True)
    return [
        (result.symbols[w[0]], SIDES[w[1]], *amounts, w[2], rule.reason_word(w[3]) or REASONS[w[3]])
        for w, amounts in rows
    ]


def shown(fill: Fill) -> tuple[object, ...]:
    return fill.symbol, fill.side, fill.quantity, fill.price, fill.fee, fill.time_ms, fill.reason


def wishes_of(tape: MarketColumns, rule: StrategyRule, decisions: list[Decision]) -> list[str]:
    """What the compiled rule wanted where these decisions were made."""
    wanted = rule_signals_of(tape, [rule], fastest())[0]
    minutes = {open_ms: minute for minute, open_ms in enumerate(tape.times.tolist())}
    found = []
    for number, decision in enumerate(decisions):
        symbol, minute = number % len(wanted.flat), minutes[decision.minute_ms]
        found.append(ACTIONS[int(choice_at(wanted, symbol, minute, decision.in_position).action)])
    return found


def test_four_ways_one_result(monkeypatch: pytest.MonkeyPatch) -> None:
    files = week()
    local_world, lambda_world = opened(files), opened(files)
    local = by_the_local_runtime(local_world)
    lambdas = by_lambdas(lambda_world, files, monkeypatch)
    assert len(local.decisions) == 3 * MINUTES
    assert [codec.dump(d) for d in lambdas.decisions] == [codec.dump(d) for d in local.decisions]
    assert (lambdas.fills, lambdas.trades, lambdas.equity) == (local.fills, local.trades, local.equity)

    tape, data = as_data(files, local_world, local.decisions)
    rule, params, cash = local_world.rules.rule, local_world.rules.params, local_world.config.agent.cash
    columns = Columns(tape.times.tolist(), *(rows.tolist() for rows in tape[1:7]))
    plain = run(fresh_state(cash, 3, rule), columns, params, rule)
    walked = run_one(tape, ParameterSet(rule, params), cash)
    result = result_of(data, walked, cash, fastest())
    closed = len(result.fill_words) - len(walked.walked.words)
    assert fills_of(result, rule)[: len(result.fill_words) - closed] == [shown(fill) for fill in local.fills]
    assert walked.equity.tolist() == [mark.equity for mark in plain.marks] == [point.equity for point in local.equity]
    assert [mark.cash for mark in plain.marks] == [point.cash for point in local.equity]
    assert result.trades[: len(result.trades) - closed] == local.trades
    assert wishes_of(tape, rule, local.decisions) == [decision.action for decision in local.decisions]
    local_world.close()
    lambda_world.close()
    assert {trade.reason for trade in local.trades} == set(Reason) - UNMET
    assert len(local.trades) > 200
