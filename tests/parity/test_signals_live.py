"""A file of signals decides alike in a backtest, where it stands in for the strategy, and live as two series."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from chalicelib.domain import MINUTE_MS
from chalicelib.words import SIDES
from tests.kernel_cases import CASH
from tests.support.markets import wave
from tests.support.replays import replayed
from tests.support.world import World
from trader.backtest.engine import PLAIN, ParameterSet, run_one
from trader.backtest.market import tape_of
from trader.backtest.signals import signals_of
from trader.backtest.walk import PRICE, QUANTITY, SIDE, SYMBOL, TIME_MS
from trader.data.signal_series import OWN_CLOSE_ALONE_MS, signal_series

SYMBOLS = ("AAAUSDT", "BBBUSDT")
MINUTES = 240


def signal_file(folder: Path, times: Sequence[int]) -> Path:
    """A signal every few minutes, of all symbols or of one, and some at no bar."""
    draw, path = Random(3), folder / "signals.csv"
    rows = [f"{at},{draw.choice(('enter', 'exit'))},{draw.choice(('', *SYMBOLS))}" for at in times[::3]]
    path.write_text("\n".join(["time,signal,symbol", *rows, f"{times[-1] + 30_000},enter,"]), "utf-8")
    return path


@pytest.mark.parametrize("age_ms", [OWN_CLOSE_ALONE_MS, MINUTE_MS])
def test_signals_fill_alike_in_a_backtest_and_live(age_ms: int, tmp_path: Path) -> None:
    """Planted: with an age of a minute a signal waits for the next close."""
    candles = [wave(name, MINUTES, seed) for seed, name in enumerate(SYMBOLS)]
    world = World(candles, ("strategy.name=signals",), usual=())
    path = signal_file(tmp_path, world.files[0].open_ms.tolist())
    world.series = {name: each.of_age(age_ms) for name, each in signal_series(path, MINUTE_MS).items()}
    with world.database.transaction():
        world.run()
    live = [(f.symbol, f.side.value, f.quantity, f.price, f.time_ms) for f in world.record().fills]
    differing = replayed(world.database, world.rules).differing
    world.close()
    tape = tape_of(world.files)
    told: list[str] = []
    signals = signals_of(path, SYMBOLS, tape, told.append)
    walked = run_one(tape, ParameterSet(world.rules.rule, world.rules.params), CASH, signals, PLAIN).walked
    made = [
        (SYMBOLS[words[SYMBOL]], SIDES[words[SIDE]].value, amounts[QUANTITY], amounts[PRICE], words[TIME_MS])
        for words, amounts in zip(walked.words.tolist(), walked.amounts.tolist(), strict=True)
    ]
    assert (live == made) == (age_ms == OWN_CLOSE_ALONE_MS)
    assert len(made) > 20
    assert differing == 0
