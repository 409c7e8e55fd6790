"""A strategy that reads two series gives the same bits live, in the kernel, in both engines and in a replay."""

from __future__ import annotations

from collections.abc import Iterator
from math import nan
from pathlib import Path
from random import Random

import numpy as np
import pytest

from chalicelib.domain import MINUTE_MS, Decision, KnownValue
from chalicelib.ports import SeriesHistory
from chalicelib.words import STRATEGY_ERROR
from tests.property.test_series import Row, series_file
from tests.support.effort import repeats
from tests.support.every_way import Ways, ways_of
from tests.support.markets import wave
from tests.support.replays import replayed
from tests.support.strategy_cases import FOLDER
from tests.support.world import World
from trader.backtest.engine import PLAIN, ParameterSet, fastest
from trader.backtest.sentiment_columns import closes_of
from trader.backtest.series_columns import series_columns
from trader.data.series_file import SeriesFile

SYMBOLS = ("AAAUSDT", "BBBUSDT")
MINUTES = repeats(240, 5_000)
ENGINES = (PLAIN, fastest())
SETTINGS = (f"strategy.file={FOLDER / 'two_series.py'}", "inputs.series_max_age=funding=7m,mood=30m")


def rows(seed: int, start_ms: int) -> list[Row]:
    """A row every few minutes, at any second, of all symbols or of one, now and then unknown."""
    draw = Random(seed)
    times = range(start_ms, start_ms + MINUTES * MINUTE_MS, 4 * MINUTE_MS)
    return [
        (time_ms + draw.randrange(MINUTE_MS), draw.choice((nan, -1.0, 0.5, 1.0)), draw.choice(("", *SYMBOLS)))
        for time_ms in times
    ]


class Early:
    """Planted: a series that is known a minute before its time."""

    def __init__(self, history: SeriesHistory) -> None:
        self._history = history

    def at(self, symbol: str, close_ms: int) -> KnownValue:
        return self._history.at(symbol, close_ms + MINUTE_MS)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[tuple[World, dict[str, SeriesFile]]]:
    made = World(
        [wave("AAAUSDT", MINUTES, 1), wave("BBBUSDT", MINUTES, 2, frozenset({9, 10, 121}))], SETTINGS, usual=()
    )
    start_ms = int(made.files[0].open_ms[0])
    files = {name: series_file(tmp_path, rows(seed, start_ms), name) for seed, name in enumerate(("funding", "mood"))}
    made.series = {name: file.of_age(made.config.inputs.series_max_age_ms(name)) for name, file in files.items()}
    yield made, files
    made.close()


def gone(world: World) -> tuple[Ways, list[Decision]]:
    with world.database.transaction():
        world.run()
    record = world.record()
    return ways_of(record, ParameterSet(world.rules.rule, world.rules.params), SYMBOLS), record.decisions


def is_what_a_backtest_reads(ways: Ways, world: World, files: dict[str, SeriesFile]) -> bool:
    times = np.array(ways.market.times)
    columns = series_columns(files, world.config.inputs, SYMBOLS, closes_of(times))
    there = ~np.isnan(np.array(ways.market.close))
    recorded = np.array(ways.market.inputs)
    return all(
        np.array_equal(recorded[at][there], columns[name][there], equal_nan=True)
        for at, name in enumerate(("funding", "mood"))
    )


def test_a_strategy_with_two_series_decides_alike_everywhere(world: tuple[World, dict[str, SeriesFile]]) -> None:
    made, files = world
    ways, decisions = gone(made)
    assert list(ways.disagreements(ways.stepped(), ENGINES)) == []
    assert is_what_a_backtest_reads(ways, made, files)
    assert ways.live.fills
    again = replayed(made.database, made.rules)
    assert (again.differing, again.minutes) == (0, len(ways.market.times))
    known = [each for decision in decisions for each in decision.inputs if each.known_ms is not None]
    assert {each.name for each in known} == {"funding", "mood"}
    assert {each.evidence for each in known} == {"file funding.csv", "file mood.csv"}


def test_a_series_that_is_known_early_live_would_be_noticed(world: tuple[World, dict[str, SeriesFile]]) -> None:
    made, files = world
    made.series = {name: Early(history) for name, history in made.series.items()}
    ways, _ = gone(made)
    assert not is_what_a_backtest_reads(ways, made, files)


def test_a_needed_series_that_nothing_gives_decides_nothing_and_says_so(
    world: tuple[World, dict[str, SeriesFile]],
) -> None:
    made, _ = world
    made.series = {name: history for name, history in made.series.items() if name == "mood"}
    ways, decisions = gone(made)
    assert not ways.live.fills
    assert {decision.outcome for decision in decisions if decision.candle} == {STRATEGY_ERROR}
    needs = "two_series.py needs a series that nothing gives here: funding; it decides nothing"
    assert decisions[0].error == f"two_series.py, in decide: {needs}"
    assert replayed(made.database, made.rules).differing == 0
