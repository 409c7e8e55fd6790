"""A file of signals decides alike in a backtest, where it stands in for the strategy, and live as two series."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from chalicelib.config.intervals import INTERVALS_MS
from chalicelib.domain import MINUTE_MS
from chalicelib.words import SIDES
from tests.kernel_cases import CASH
from tests.support.markets import START_MS, wave
from tests.support.replays import replayed
from tests.support.world import World
from trader.backtest.engine import PLAIN, ParameterSet, run_one
from trader.backtest.folding import folded
from trader.backtest.market import tape_of
from trader.backtest.signals import signals_of
from trader.backtest.walk import PRICE, QUANTITY, SIDE, SYMBOL, TIME_MS
from trader.data.signal_series import age_ms, signal_series

SYMBOLS = ("AAAUSDT", "BBBUSDT")
MINUTES = 240
BAR_MS = 900_000


def quarters(first_ms: int, last_ms: int) -> list[int]:
    """The starts of all bars of a quarter of an hour, and times at which none begins."""
    return list(range(first_ms - first_ms % BAR_MS, last_ms, BAR_MS // 2))


def ends_of_bars(minutes: int) -> frozenset[int]:
    """The last minutes of every other bar, by their numbers."""
    last = (BAR_MS - START_MS % BAR_MS) // MINUTE_MS - 1
    return frozenset(range(last, minutes, 2 * BAR_MS // MINUTE_MS))


def signal_file(folder: Path, times: Sequence[int]) -> Path:
    """A signal every few minutes, of all symbols or of one, and some at no bar."""
    draw, path = Random(3), folder / "signals.csv"
    rows = [f"{at},{draw.choice(('enter', 'exit'))},{draw.choice(('', *SYMBOLS))}" for at in times[::3]]
    path.write_text("\n".join(["time,signal,symbol", *rows, f"{times[-1] + 30_000},enter,"]), "utf-8")
    return path


@pytest.mark.parametrize(
    ("interval", "age", "alike"),
    [
        ("1m", age_ms(MINUTE_MS), True),
        ("1m", MINUTE_MS, False),  # planted: a signal waits for the next close
        ("15m", age_ms(BAR_MS), True),
        ("15m", 0, False),  # planted: a bar that is late has no signal any more
        ("15m", BAR_MS, False),
    ],
)
def test_signals_fill_alike_in_a_backtest_and_live(interval: str, age: int, alike: bool, tmp_path: Path) -> None:
    """Bars of a quarter of an hour lack their last minute now and then, and are decided late."""
    bar_ms = INTERVALS_MS[interval]
    minutes = MINUTES * bar_ms // MINUTE_MS
    gaps = ends_of_bars(minutes) if bar_ms > MINUTE_MS else frozenset()
    candles = [wave(name, minutes, seed, gaps) for seed, name in enumerate(SYMBOLS)]
    world = World(candles, ("strategy.name=signals", f"strategy.interval={interval}"), usual=())
    times = world.files[0].open_ms.tolist()
    path = signal_file(tmp_path, times if bar_ms == MINUTE_MS else quarters(times[0], times[-1]))
    world.series = {name: each.of_age(age) for name, each in signal_series(path, bar_ms).items()}
    with world.database.transaction():
        world.run()
    live = [(f.symbol, f.side.value, f.quantity, f.price, f.time_ms) for f in world.record().fills]
    differing = replayed(world.database, world.rules).differing
    world.close()
    tape = tape_of(world.files)
    told: list[str] = []
    rule = world.rules.rule
    signals = signals_of(path, SYMBOLS, tape, told.append, folded(tape, rule) if rule.has_longer_bars else None)
    walked = run_one(tape, ParameterSet(world.rules.rule, world.rules.params), CASH, signals, PLAIN).walked
    made = [
        (SYMBOLS[words[SYMBOL]], SIDES[words[SIDE]].value, amounts[QUANTITY], amounts[PRICE], words[TIME_MS])
        for words, amounts in zip(walked.words.tolist(), walked.amounts.tolist(), strict=True)
    ]
    assert (live == made) == alike
    assert len(made) > 20
    assert differing == 0
