"""Named series: what is known of each at a close, in a file's own words, at all closes at once, and never too early."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import isnan, nan
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.config import Config, InputsSettings
from chalicelib.domain import KnownValue
from chalicelib.errors import BadInput
from chalicelib.strategy.rule import StrategyRule
from chalicelib.strategy.settings import rule_with
from tests.kernel_cases import CASH, parameters
from tests.support.effort import examples
from tests.support.markets import wave
from tests.support.strategy_cases import strategy
from trader.backtest.market import tape_of, with_inputs
from trader.backtest.sentiment_columns import closes_of
from trader.backtest.series_columns import series_columns
from trader.checks.blind import HereAndNow
from trader.checks.lookahead import LookAhead
from trader.checks.market import CheckedMarket
from trader.checks.plans import plans_of
from trader.data.series_file import SeriesFile
from trader.data.series_files import files_of, refuse_needed, series_lines

START_MS = 1_750_000_020_000
MINUTE_MS = 60_000
AGES = {None: (), 0: ("funding=0m",), 180_000: ("funding=3m",)}
Row = tuple[int, float, str]

rows_of_a_file = st.lists(
    st.tuples(
        st.integers(-100_000, 1_500_000).map(lambda offset: START_MS + offset // 20_000 * 20_000),
        st.one_of(st.floats(-1e6, 1e6), st.just(nan)),
        st.sampled_from(["", "AAAUSDT", "BBBUSDT"]),
    ),
    max_size=40,
).map(lambda rows: sorted(rows, key=lambda row: row[0]))


def series_file(folder: Path, rows: Sequence[Row], name: str = "funding") -> SeriesFile:
    path = folder / f"{name}.csv"
    cells = (f"{at},{'' if isnan(value) else repr(value)},{symbol}" for at, value, symbol in rows)
    path.write_text("\n".join(["time,value,symbol", *cells]), "utf-8")
    return SeriesFile(name, path)


def known_by(rows: Sequence[Row], symbol: str, close_ms: int, age_ms: int | None) -> float:
    """What the page on series says, read row by row."""
    heard = [row for row in rows if row[0] <= close_ms and row[2] in ("", symbol)]
    if not heard or (age_ms is not None and close_ms - heard[-1][0] > age_ms):
        return nan
    return heard[-1][1]


@given(rows=rows_of_a_file, age_ms=st.sampled_from(list(AGES)))
@settings(max_examples=examples(150))
def test_a_row_counts_from_its_time_on_until_the_next_or_its_age(rows: list[Row], age_ms: int | None) -> None:
    symbols = ("AAAUSDT", "BBBUSDT", "CCCUSDT")
    closes = np.arange(START_MS, START_MS + 25 * MINUTE_MS, MINUTE_MS)
    with TemporaryDirectory() as folder:
        file = series_file(Path(folder), rows)
    columns = series_columns({"funding": file}, InputsSettings(series_max_age=AGES[age_ms]), symbols, closes)
    history = file.of_age(age_ms)
    for symbol, column in zip(symbols, columns["funding"], strict=True):
        expected = [known_by(rows, symbol, close_ms, age_ms) for close_ms in closes.tolist()]
        assert repr(column.tolist()) == repr(expected)
        assert repr([history.at(symbol, close_ms).value for close_ms in closes.tolist()]) == repr(expected)


def test_what_was_known_names_its_time_and_where_it_comes_from(tmp_path: Path) -> None:
    history = series_file(tmp_path, [(START_MS, 0.5, "")]).of_age(MINUTE_MS)
    assert history.at("AAAUSDT", START_MS + 1) == KnownValue("funding", 0.5, START_MS, "file funding.csv")
    assert repr(history.at("AAAUSDT", START_MS - 1)) == repr(KnownValue("funding", nan, None, "file funding.csv"))


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (f"{START_MS},inf", "row 2: value 'inf' must be a number, or empty where it is unknown from then on"),
        (f"{START_MS},x", "row 2: value 'x' must be a number"),
        (f"{START_MS - 1},1", "row 2: time .* lies before that of the row above"),
        (f"{START_MS // 1000},1", "row 2: time .* must be milliseconds since 1970"),
        (f"{START_MS},1,not a symbol", "row 2: .*symbol"),
    ],
)
def test_a_mistake_is_named_by_row(row: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"time,value,symbol\n{START_MS},1,\n{row}{'' if row.count(',') > 1 else ','}\n", "utf-8")
    with pytest.raises(BadInput, match=words):
        SeriesFile("funding", path)


def reader() -> StrategyRule:
    return rule_with(strategy("two_series"), {})


def test_what_a_strategy_needs_and_does_not_get_is_refused_by_name() -> None:
    read = reader().strategy
    with pytest.raises(BadInput, match=r"needs a series that nothing gives here: funding; give --series NAME=FILE"):
        refuse_needed(read, ["mood"])
    refuse_needed(read, ["funding"])
    assert series_lines(read, {}, InputsSettings(), ())[1] == "mood: no such series is given: what reads it is left out"


def test_a_series_that_it_does_not_read_is_refused_on_the_command_line_alone(tmp_path: Path) -> None:
    read, path = reader().strategy, series_file(tmp_path, [], "funding").name
    with pytest.raises(BadInput, match=r"--series fundin: .* reads no such series; it reads funding, mood"):
        files_of(read, InputsSettings(), ("fundin=a.csv",))
    config = InputsSettings(series=("other=nowhere.csv", f"funding={tmp_path / path}.csv"))
    assert list(files_of(read, config, ())) == ["funding"]


@pytest.mark.parametrize("early_ms", [0, MINUTE_MS])
def test_a_value_used_a_minute_before_it_is_known_is_seen(early_ms: int, tmp_path: Path) -> None:
    """Planted: the columns are those of a minute later."""
    tape, tried = tape_of([wave("AAAUSDT", 200, 1)]), parameters(rule=reader())
    rows = [(int(tape.times[at]) + 30_000, float(at % 3 - 1), "") for at in range(0, 200, 5)]
    file, inputs = series_file(tmp_path, rows), Config().inputs
    closes = closes_of(tape.times) + early_ms
    known = series_columns({"funding": file}, inputs, ("AAAUSDT",), closes)
    market = CheckedMarket(with_inputs(tape, tried.rule.strategy, known), tried, CASH, 1)
    market = replace(market, rows={"funding": (file.steps("AAAUSDT"),)}, ages_ms={"funding": None})
    plans = plans_of(market, [], 5)
    checked = LookAhead(market, plans, HereAndNow([plan.subject for plan in plans])).run()
    found = [each.name for each in checked if each.leaks]
    assert ("series that are used" in found) == bool(early_ms)
    assert bool(found) == bool(early_ms)
