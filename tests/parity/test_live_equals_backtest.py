"""What was backtested is what runs: the live use cases over their stores and `kernel.run` give the same bits."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from math import nan
from pathlib import Path

import numpy as np
import pytest

from chalicelib.domain import Decision, Trade
from chalicelib.kernel.run import Columns, run
from chalicelib.kernel.step import fresh_state
from chalicelib.words import REASONS, SIDES
from tests.shared_data import shared
from tests.support.candle_reading import read_candles
from tests.support.markets import wave
from tests.support.world import World
from trader.backtest.engine import ParameterSet
from trader.data.candles import CandleColumns
from trader.sim.tape import generated_tapes

Booked = tuple[str, str, float, float, float, int, str]


PARTS = (
    "risk.take_profit=0",
    "risk.take_profits=0.002:0.5 0.006:0.5",
    "risk.break_even_at=0.001",
    "risk.max_bars_held=25",
)


def columns_of(files: list[CandleColumns], sentiment: list[list[float]]) -> Columns:
    """The files on one time line, NaN where a symbol has no bar."""
    times: list[int] = np.unique(np.concatenate([columns.open_ms for columns in files])).tolist()
    rows: list[list[list[float]]] = [[], [], [], [], []]
    for columns in files:
        at = [bisect_left(times, int(open_ms)) for open_ms in columns.open_ms]
        for row, values in zip(rows, columns[2:], strict=True):
            line = [nan] * len(times)
            for index, value in zip(at, values.tolist(), strict=True):
                line[index] = value
            row.append(line)
    opened, high, low, close, volume = rows
    return Columns(times, opened, high, low, close, volume, [sentiment])


def live(
    files: list[CandleColumns], settings: tuple[str, ...]
) -> tuple[list[Booked], list[tuple[int, float, float]], list[Decision], ParameterSet]:
    world = World(files, settings)
    with world.database.transaction():
        world.run()
    record = world.record()
    world.close()
    assert len({fill.client_id for fill in record.fills}) == len(record.fills)
    assert_numbered(record.trades)
    fills = [(f.symbol, f.side.value, f.quantity, f.price, f.fee, f.time_ms, f.reason) for f in record.fills]
    marks = [(point.time_ms, point.equity, point.cash) for point in record.equity]
    return fills, marks, record.decisions[::-1], ParameterSet(world.rules.rule, world.rules.params)


def assert_numbered(trades: Sequence[Trade]) -> None:
    """Every exit of a position has its number, and no other position has it."""
    positions = {(trade.symbol, trade.entry_ms): trade.position for trade in trades}
    assert all(positions[trade.symbol, trade.entry_ms] == trade.position > 0 for trade in trades)
    assert len(set(positions.values())) == len(positions)


def backtest(
    files: list[CandleColumns], sentiment: list[list[float]], tried: ParameterSet
) -> tuple[list[Booked], list[tuple[int, float, float]]]:
    result = run(fresh_state(10_000.0, len(files), tried.rule), columns_of(files, sentiment), tried.params, tried.rule)
    names = [columns.symbol for columns in files]
    fills = [
        (
            names[b.symbol],
            SIDES[b.fill.side].value,
            b.fill.quantity,
            b.fill.price,
            b.fill.fee,
            b.fill.time_ms,
            tried.rule.reason_word(b.fill.reason) or REASONS[b.fill.reason],
        )
        for b in result.fills
    ]
    return fills, [(mark.time_ms, mark.equity, mark.cash) for mark in result.marks]


def assert_same(files: list[CandleColumns], settings: tuple[str, ...], at_least: int) -> None:
    fills, marks, decisions, tried = live(files, settings)
    symbols = [columns.symbol for columns in files]
    known = [[d.sentiment.value for d in decisions if d.symbol == symbol] for symbol in symbols]
    backtest_fills, backtest_marks = backtest(files, known, tried)
    assert len(fills) >= at_least
    assert fills == backtest_fills
    assert marks == backtest_marks


@pytest.mark.parametrize(
    "settings",
    [
        (),
        ("risk.trailing_stop=0.006", "risk.cooldown_bars=3"),
        ("risk.daily_loss_limit=0.01", "risk.halt_action=flatten"),
        ("risk.max_drawdown=0.012", "risk.max_open_positions=1"),
        (
            "risk.max_notional=700",
            "risk.min_notional=650",
            "strategy.settings.sentiment_buy=0",
            "strategy.settings.sentiment_sell=-0.1",
        ),
        PARTS,
        (*PARTS, "risk.trailing_distance=0.4", "risk.sizing=risk", "risk.risk_per_trade=0.002"),
        (
            "risk.take_profit=0",
            "risk.take_profits=0.002:0.3 0.003:0.3 0.004:0.4",
            "risk.sizing=amount",
            "risk.entry_amount=900",
        ),
    ],
)
def test_generated_symbols_with_gaps(settings: tuple[str, ...]) -> None:
    missing = frozenset({5, 40, 41, 42, 77, 130})
    files = [wave("AAAUSDT", 200, 1), wave("BBBUSDT", 200, 2, missing), wave("CCCUSDT", 180, 3)]
    assert_same(files, settings, at_least=4)


def test_real_and_generated_markets_together() -> None:
    last = 2_000
    names = ("BTCUSDT", "ETHUSDT")
    paths = [shared(f"klines/{name}_spot_1m_2024-07-26_2024-08-25.parquet") for name in names]
    real = [cut(read_candles(Path(path)), last) for path in paths]
    first = int(real[0].open_ms[0])
    tape = generated_tapes(3, ["SOLUSDT"], first)["SOLUSDT"]
    candles = list(tape.forward(first, first + (last - 1) * 60_000))
    columns = [
        np.array([getattr(c, name) for c in candles]) for name in ("open_ms", "open", "high", "low", "close", "volume")
    ]
    assert_same(
        [*real, CandleColumns("SOLUSDT", *columns)],
        ("strategy.settings.rsi_period=14", "strategy.settings.rsi_buy=30", "strategy.settings.rsi_sell=70"),
        at_least=20,
    )


def cut(columns: CandleColumns, rows: int) -> CandleColumns:
    return CandleColumns(
        columns.symbol,
        columns.open_ms[:rows],
        columns.open[:rows],
        columns.high[:rows],
        columns.low[:rows],
        columns.close[:rows],
        columns.volume[:rows],
    )


def test_a_venue_that_fills_otherwise_is_noticed() -> None:
    """Planted defect: the live side pays other fees than the rules say."""
    files = [wave("AAAUSDT", 60, 1)]
    fills, marks, decisions, tried = live(files, ())
    costs = tried.params.costs
    dearer = costs._replace(fee_rate=costs.fee_rate * 1.0000000001)
    other = tried._replace(params=tried.params._replace(costs=dearer))
    known = [[decision.sentiment.value for decision in decisions]]
    assert backtest(files, known, tried) == (fills, marks)
    assert backtest(files, known, other) != (fills, marks)
