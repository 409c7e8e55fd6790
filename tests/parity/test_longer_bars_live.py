"""Bars longer than a minute: the live use cases over their stores and `kernel.run` give the same bits.

A minute in which nothing is held, ordered or closed leaves no record; every other does, and the rest follows from it.
"""

from __future__ import annotations

from itertools import pairwise, product
from math import nan
from typing import Any

import pytest

from chalicelib import words
from chalicelib.domain import MINUTE_MS
from chalicelib.kernel.run import Columns
from tests.parity.test_live_equals_backtest import backtest, columns_of
from tests.support.effort import repeats
from tests.support.markets import wave
from tests.support.replays import edit, replayed
from tests.support.world import Record, World
from trader.backtest.engine import ParameterSet
from trader.data.candles import CandleColumns

GAPS = frozenset({14, 15, 44, 45, 46, 100, 119, *range(150, 185), 209, 210, 211, *range(420, 500)})
"""Last minutes of bars, first ones, whole bars and some, after which a bar is over late, or too late."""
LATE = frozenset({150, 314, 329, 404})


def files() -> list[CandleColumns]:
    return [wave("AAAUSDT", 900, 1), wave("BBBUSDT", 900, 2, GAPS), wave("CCCUSDT", 880, 3, LATE)]


def sentiment_of(record: Record, market: Columns, symbols: list[str]) -> list[list[float]]:
    """What was known where a strategy was asked; nobody asks elsewhere."""
    known = {(each.symbol, each.minute_ms): each.sentiment.value for each in record.decisions}
    return [[known.get((symbol, time_ms), nan) for time_ms in market.times] for symbol in symbols]


SETTINGS: tuple[tuple[str, ...], ...] = (
    (),
    ("risk.trailing_stop=0.006", "risk.cooldown_bars=2"),
    ("risk.max_bars_held=2", "risk.stop_loss=0.03", "risk.take_profit=0", "risk.break_even_at=0.004"),
    ("risk.daily_loss_limit=0.005", "risk.halt_action=flatten"),
    ("risk.max_drawdown=0.012", "risk.max_open_positions=1"),
    ("risk.stop_loss=0", "risk.take_profit=0", "risk.stale_after_s=60"),
    ("risk.stop_loss=0.05", "risk.take_profit=0.05", "risk.stale_after_s=0"),
)
PAIRS = list(product(("5m", "15m", "1h"), SETTINGS))
"""Every third of them has all of the settings and all intervals."""


@pytest.mark.parametrize(("interval", "settings"), PAIRS[:: repeats(3, 1)])
def test_live_is_the_backtest_and_replays(interval: str, settings: tuple[str, ...]) -> None:
    world = World(files(), (f"strategy.interval={interval}", *settings))
    with world.database.transaction():
        world.run()
    record, again = world.record(), replayed(world.database, world.rules)
    world.close()
    assert (again.differing, again.notes) == (0, [])
    symbols = [columns.symbol for columns in world.files]
    market = columns_of(world.files, [])
    fills, marks = backtest(
        world.files, sentiment_of(record, market, symbols), ParameterSet(world.rules.rule, world.rules.params)
    )
    assert [(f.symbol, f.side.value, f.quantity, f.price, f.fee, f.time_ms, f.reason) for f in record.fills] == fills
    assert len(fills) >= (2 if interval == "1h" else 6)
    told = {point.time_ms: (point.time_ms, point.equity, point.cash) for point in record.equity}
    assert list(told.values()) == [mark for mark in marks if mark[0] in told]
    quiet = [(before, mark) for before, mark in pairwise(marks) if mark[0] not in told]
    assert [mark for before, mark in quiet if before[1:] != mark[1:]] == []
    assert_every_close_is_told(record, symbols, world)


def planted_in(record: dict[str, Any], name: str) -> None:
    if name == "another close of the bar":
        record["bar"]["close"] += 0.01
    elif name == "a close that is none":
        record.update(bar=None, snapshot={}, outcome=words.BETWEEN, signals=[])
    else:
        record["candle"]["low"] -= 0.01


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("another close of the bar", "bar close stored"),
        ("a close that is none", "bar stored nothing, folded"),
        ("another candle", "candle low stored"),
    ],
)
def test_replay_notices_what_does_not_follow_from_the_minutes(name: str, told: str) -> None:
    world = World(files(), ("strategy.interval=15m",))
    with world.database.transaction():
        world.run()
    edit(
        world.database,
        "decision",
        lambda each: each.get("bar") is not None and each["outcome"] == "nothing wanted" and not each["in_position"],
        lambda each: planted_in(each, name),
    )
    again = replayed(world.database, world.rules)
    world.close()
    assert any(told in difference.words for difference in again.differences), again.differences[:3]


def assert_every_close_is_told(record: Record, symbols: list[str], world: World) -> None:
    """One decision a bar that has a candle, at its last minute or the first later one; of two bars the newer."""
    interval_ms = world.rules.rule.interval_ms
    for columns in world.files:
        times = [int(open_ms) for open_ms in columns.open_ms]
        ends = {}
        for open_ms, following in zip(times, [*times[1:], None], strict=True):
            bar = open_ms - open_ms % interval_ms
            if open_ms + MINUTE_MS == bar + interval_ms:
                ends[open_ms] = bar
            elif following is not None and following - following % interval_ms != bar:
                ends.setdefault(following, bar)
        first = next(open_ms for open_ms in times if open_ms % interval_ms == 0)
        expected = {open_ms: bar for open_ms, bar in ends.items() if bar >= first}
        own = [each for each in record.decisions if each.symbol == columns.symbol]
        assert {each.minute_ms: each.bar.open_ms for each in own if each.bar is not None} == expected
        assert all((each.outcome in (words.BETWEEN, words.MISSING)) == (each.bar is None) for each in own)
