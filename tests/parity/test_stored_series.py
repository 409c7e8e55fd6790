"""A series from a store decides as the same rows of a file do, and a replay picks its values anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import isnan
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib import wiring
from chalicelib.adapters.sqlite import Database, SqliteSeriesStore
from chalicelib.domain import MINUTE_MS, KnownValue, SeriesValue
from chalicelib.services.stored_series import StoredSeries
from tests.parity.test_series_every_way import MINUTES, SETTINGS, SYMBOLS, rows
from tests.property.test_series import START_MS, Row, rows_of_a_file, series_file
from tests.support.effort import examples
from tests.support.markets import wave
from tests.support.memory_series import MemorySeriesStore
from tests.support.replays import replayed, write
from tests.support.world import Record, World

NAMES = ("funding", "mood")


def values_of(rows: list[Row], name: str) -> list[SeriesValue]:
    return [SeriesValue(name, symbol, value, known_ms, "a desk") for known_ms, value, symbol in rows]


def bits(known: KnownValue) -> tuple[str, int | None]:
    return repr(known.value), known.known_ms


@given(rows=rows_of_a_file, age_ms=st.sampled_from([None, 0, 180_000]))
@settings(max_examples=examples(100))
def test_what_is_known_of_a_store_is_what_a_file_of_its_rows_says(rows: list[Row], age_ms: int | None) -> None:
    rows = list({known_ms: (known_ms, value, symbol) for known_ms, value, symbol in rows}.values())
    store = MemorySeriesStore()
    assert store.put(values_of(rows, "funding")) == len(rows)
    with TemporaryDirectory() as folder:
        file = series_file(Path(folder), rows).of_age(age_ms)
    stored = StoredSeries("funding", store, age_ms)
    for symbol in ("AAAUSDT", "BBBUSDT", "CCCUSDT"):
        for close_ms in range(START_MS - 2 * MINUTE_MS, START_MS + 26 * MINUTE_MS, MINUTE_MS):
            assert bits(stored.at(symbol, close_ms)) == bits(file.at(symbol, close_ms))


@pytest.fixture
def store() -> Iterator[tuple[Database, SqliteSeriesStore]]:
    with Database(":memory:") as database:
        yield database, SqliteSeriesStore(database)


def world_of(tmp_path: Path, store: SqliteSeriesStore | None) -> World:
    """A run over two series, of the store where one is given, else of files of the same rows."""
    made = World([wave("AAAUSDT", MINUTES, 1), wave("BBBUSDT", MINUTES, 2)], SETTINGS, usual=())
    start_ms = int(made.files[0].open_ms[0])
    if store is not None:
        for seed, name in enumerate(NAMES):
            store.put(values_of(rows(seed, start_ms), name))
        made.series = wiring.stored_series(made.config, NAMES, store)
    else:
        files = {name: series_file(tmp_path, rows(seed, start_ms), name) for seed, name in enumerate(NAMES)}
        made.series = {name: file.of_age(made.config.inputs.series_max_age_ms(name)) for name, file in files.items()}
    with made.database.transaction():
        made.run()
    return made


def without_evidence(record: Record) -> list[str]:
    return [
        repr(replace(decision, inputs=tuple(replace(known, evidence="") for known in decision.inputs)))
        for decision in record.decisions
    ]


def test_a_run_over_a_store_decides_as_over_files_and_replays_clean(
    tmp_path: Path, store: tuple[Database, SqliteSeriesStore]
) -> None:
    stored, filed = world_of(tmp_path, store[1]), world_of(tmp_path, None)
    record = stored.record()
    assert without_evidence(record) == without_evidence(filed.record())
    assert record.fills
    known = [each for decision in record.decisions for each in decision.inputs if each.known_ms is not None]
    assert {each.evidence for each in known} == {"store: a desk"}
    again = replayed(stored.database, stored.rules, series=store[1])
    assert (again.differing, again.notes) == (0, [])
    stored.close()
    filed.close()


def test_values_that_are_gone_are_taken_as_recorded(tmp_path: Path, store: tuple[Database, SqliteSeriesStore]) -> None:
    made = world_of(tmp_path, store[1])
    known = [
        each
        for decision in made.record().decisions
        for each in decision.inputs
        if each.known_ms and not isnan(each.value)
    ]
    told = [f"{len(known)} values of series are in no store any more: taken as recorded"]
    assert (replayed(made.database, made.rules).differing, replayed(made.database, made.rules).notes) == (0, told)
    write(store[0], "DELETE FROM series")
    again = replayed(made.database, made.rules, series=store[1])
    assert (again.differing, again.notes) == (0, told)
    made.close()


def test_a_value_that_the_store_has_otherwise_differs(
    tmp_path: Path, store: tuple[Database, SqliteSeriesStore]
) -> None:
    made = world_of(tmp_path, store[1])
    known = next(
        each for decision in made.record().decisions for each in decision.inputs if each.known_ms and each.value == 1.0
    )
    write(store[0], "UPDATE series SET value = 0.25 WHERE name = ? AND known_ms = ?", known.name, known.known_ms or 0)
    again = replayed(made.database, made.rules, series=store[1])
    assert again.differing >= 1
    assert f"{known.name}" in again.differences[0].words
    made.close()


def test_values_that_were_put_later_are_told(tmp_path: Path, store: tuple[Database, SqliteSeriesStore]) -> None:
    made = world_of(tmp_path, store[1])
    newest_ms = max(decision.minute_ms for decision in made.record().decisions)
    known = {
        each.name: newest_ms + 59_999
        for decision in made.record().decisions
        for each in decision.inputs
        if each.known_ms is not None and decision.minute_ms == newest_ms
    }
    assert known
    store[1].put([SeriesValue(name, symbol, 0.125, at_ms) for name, at_ms in known.items() for symbol in SYMBOLS])
    again = replayed(made.database, made.rules, series=store[1])
    assert again.differing == 0
    assert any("a value of a series that was put later" in note for note in again.notes)
    made.close()
