"""Numbers as text: every bit comes back, and plain Python writes the bytes that Arrow writes."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.effort import examples
from trader.data.csv_text import number_text, write_columns_by_arrow, write_columns_plainly, write_rows

FLOATS = st.floats(allow_nan=False)
AMOUNTS = st.builds(lambda digits, power: digits * 10.0**power, st.integers(-(10**9), 10**9), st.integers(-16, 8))


@given(FLOATS)
@example(-0.0)
@example(5e-324)
def test_a_number_reads_back_to_the_same_bits(value: float) -> None:
    assert struct.pack("d", float(number_text(value))) == struct.pack("d", value)


@given(st.lists(st.one_of(st.floats(), AMOUNTS), min_size=1, max_size=50))
@settings(max_examples=examples(100))
@example([1e10, 9_999_999_999.5, 1e-6, 9.99e-7, 0.0, -0.0, 1e15, 123456.0, float("inf"), float("-inf"), float("nan")])
def test_arrow_and_plain_python_write_the_same_bytes(
    tmp_path_factory: pytest.TempPathFactory, values: list[float]
) -> None:
    folder = tmp_path_factory.mktemp("csv")
    columns = (np.arange(len(values), dtype=np.int64), np.array(values))
    write_columns_by_arrow(folder / "arrow.csv", ("time", "value"), columns)
    write_columns_plainly(folder / "plain.csv", ("time", "value"), columns)
    assert (folder / "plain.csv").read_bytes() == (folder / "arrow.csv").read_bytes()


def test_columns_longer_than_a_piece(tmp_path: Path) -> None:
    columns = (np.arange(70_000, dtype=np.int64), np.sqrt(np.arange(70_000)))
    write_columns_by_arrow(tmp_path / "arrow.csv", ("time", "root"), columns)
    write_columns_plainly(tmp_path / "plain.csv", ("time", "root"), columns)
    assert (tmp_path / "plain.csv").read_bytes() == (tmp_path / "arrow.csv").read_bytes()
    assert (tmp_path / "plain.csv").read_text().splitlines()[:3] == ["time,root", "0,0", "1,1"]


def test_rows_of_words_and_numbers(tmp_path: Path) -> None:
    write_rows(tmp_path / "rows.csv", ("name", "value"), [("a,b", 0.5), ('say "x"', None), ("c", 3)])
    assert (tmp_path / "rows.csv").read_text() == 'name,value\n"a,b",0.5\n"say ""x""",\nc,3\n'
