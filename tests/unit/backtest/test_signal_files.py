"""Signals from a file: which bars they stand at, and what becomes of rows that nothing can be done with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from chalicelib.errors import BadInput
from chalicelib.kernel.choice import Choice, enter, leave
from tests.kernel_cases import RULE
from tests.support.markets import START_MS, wave
from trader.backtest.bar_lines import bar_lines
from trader.backtest.folding import folded
from trader.backtest.market import MarketColumns, tape_of
from trader.backtest.rule_signals import RuleSignals, pack
from trader.backtest.signals import signals_of

ENTER, EXIT = enter(), leave()
SYMBOLS = ("AAAUSDT", "BBBUSDT")
"""The first lacks minute 2, the second minutes 2 and 4."""


def at(minute: int) -> int:
    return START_MS + minute * 60_000


def market() -> MarketColumns:
    return tape_of([wave("AAAUSDT", 6, 1, frozenset({2})), wave("BBBUSDT", 6, 2, frozenset({2, 4}))])


def signal_file(tmp_path: Path, *lines: str, header: str = "time,signal") -> Path:
    path = tmp_path / "signals.csv"
    path.write_text("\n".join([header, *lines]), "utf-8")
    return path


def rule_signals(path: Path) -> tuple[RuleSignals, list[str]]:
    told: list[str] = []
    return signals_of(path, SYMBOLS, market(), told.append), told


def minutes(wanted: np.ndarray, choice: Choice) -> list[list[int]]:
    """By symbol, the minutes at whose close it is wanted; nothing else may be."""
    minute_of = (market().times - START_MS) // 60_000
    assert set(np.unique(wanted[wanted != 0]).tolist()) <= {pack(choice)}
    return [minute_of[row != 0].tolist() for row in wanted]


def test_a_row_holds_at_the_close_of_its_bar_for_every_symbol_that_has_one(tmp_path: Path) -> None:
    found, told = rule_signals(signal_file(tmp_path, f"{at(0)},enter", f"{at(3)},exit", f"{at(4)},enter"))
    assert minutes(found.flat, ENTER) == [[0, 4], [0]]
    assert minutes(found.held, EXIT) == [[3], [3]]
    assert told == []
    for wanted in (found.flat, found.held):
        assert wanted.dtype == np.int8
        assert wanted.flags.c_contiguous  # what the compiled walk was compiled for


def test_a_symbol_column_says_whose_it_is_and_an_empty_cell_everybodys(tmp_path: Path) -> None:
    lines = (f"{at(0)},BBBUSDT,enter", f"{at(1)},,enter", f"{at(1)},AAAUSDT,exit", f"{at(3)},AAAUSDT,exit")
    found, told = rule_signals(signal_file(tmp_path, *lines, header="time,symbol,signal"))
    assert minutes(found.flat, ENTER) == [[1], [0, 1]]
    assert minutes(found.held, EXIT) == [[1, 3], []]
    assert told == []


def test_both_words_may_stand_at_one_bar_for_who_is_flat_and_for_who_holds(tmp_path: Path) -> None:
    found, _ = rule_signals(signal_file(tmp_path, f"{at(1)},exit", f"{at(1)},enter"))
    assert minutes(found.flat, ENTER) == minutes(found.held, EXIT) == [[1], [1]]


def test_rows_at_no_bar_are_ignored_and_counted(tmp_path: Path) -> None:
    """In a gap, before and after the data, and at a time at which no bar opens; with a bar of another symbol too."""
    lines = [f"{at(-1)},,enter", f"{at(1)},,enter", f"{at(2)},,exit", f"{at(3) + 1},,exit", f"{at(4)},BBBUSDT,enter"]
    path = signal_file(tmp_path, *lines, f"{at(6)},,exit", header="time,symbol,signal")
    found, told = rule_signals(path)
    assert minutes(found.flat, ENTER) == [[1], [1]]
    assert not found.held.any()
    assert told == [f"{path}: 5 of 6 signals ignored: no bar of the data opens at their time"]


def test_rows_of_symbols_that_are_not_there_are_ignored_and_named(tmp_path: Path) -> None:
    lines = (f"{at(0)},enter,XRPUSDT", f"{at(0)},enter,AAAUSDT", f"{at(1)},exit,BNBUSDT", f"{at(2)},exit,XRPUSDT")
    path = signal_file(tmp_path, *lines, header="time,signal,symbol")
    found, told = rule_signals(path)
    assert minutes(found.flat, ENTER) == [[0], []]
    assert told == [f"{path}: 3 of 4 signals ignored: BNBUSDT, XRPUSDT not in the data"]


def test_a_file_without_rows_wants_nothing(tmp_path: Path) -> None:
    found, told = rule_signals(signal_file(tmp_path))
    assert not found.flat.any()
    assert not found.held.any()
    assert told == []


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([f"{at(0)},enter", f"{at(1)},buy"], "row 2: signal 'buy' must be enter or exit"),
        ([f"{at(0)},ENTER"], "row 1: signal 'ENTER' must be enter or exit"),
        ([f"{at(0)},"], "row 1: signal '' must be enter or exit"),
        ([f"{at(1)},enter", f"{at(0)},exit"], f"row 2: time {at(0)} lies before that of the row above"),
        ([f"{at(1)},enter", f"{at(1)},exit", f"{at(1)},enter"], f"row 3: enter for the bar at {at(1)} is given twice"),
        ([f"{at(0) // 1000},enter"], "row 1: time 1700000040 must be milliseconds since 1970"),
        (["2024-01-01,enter"], "row 1: time '2024-01-01' must be a whole number of milliseconds"),
        ([f"{at(0)}"], "row 1: too few columns"),
    ],
)
def test_a_mistake_names_its_row(lines: list[str], message: str, tmp_path: Path) -> None:
    path = signal_file(tmp_path, *lines)
    with pytest.raises(BadInput) as caught:
        rule_signals(path)
    assert str(caught.value).startswith(f"{path}: {message}")


@pytest.mark.parametrize("order", [("", "AAAUSDT"), ("AAAUSDT", "")])
def test_a_signal_for_all_and_for_one_of_them_is_given_once_too_often(order: tuple[str, str], tmp_path: Path) -> None:
    path = signal_file(tmp_path, *(f"{at(1)},{symbol},exit" for symbol in order), header="time,symbol,signal")
    with pytest.raises(BadInput, match=r"row 2: exit for the bar at \d+ is given for all symbols and for one of them"):
        rule_signals(path)


def test_the_same_signal_for_two_symbols_or_two_bars_is_no_mistake(tmp_path: Path) -> None:
    lines = (f"{at(1)},AAAUSDT,enter", f"{at(1)},BBBUSDT,enter", f"{at(3)},AAAUSDT,enter")
    found, _ = rule_signals(signal_file(tmp_path, *lines, header="time,symbol,signal"))
    assert minutes(found.flat, ENTER) == [[1, 3], [1]]


def test_a_header_without_the_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no column signal; needed are time, signal"):
        rule_signals(signal_file(tmp_path, "1,enter", header="time,side"))


def test_of_longer_bars_a_row_names_the_start_and_holds_where_the_bar_is_over(tmp_path: Path) -> None:
    """Bars of three minutes from the second minute on; the second symbol lacks the last minute of the other bar."""
    tape = tape_of([wave("AAAUSDT", 9, 1), wave("BBBUSDT", 9, 2, frozenset({6}))])
    rule = replace(RULE, interval_ms=180_000)
    path = signal_file(tmp_path, f"{at(1)},enter", f"{at(3)},enter", f"{at(4)},exit")
    told: list[str] = []
    bars = folded(tape, rule)
    found = signals_of(path, SYMBOLS, tape, told.append, bars)
    assert [np.flatnonzero(row).tolist() for row in found.flat] == [[3], [3]]
    assert [np.flatnonzero(row).tolist() for row in found.held] == [[6], [7]]
    assert found.closes is bars.closes
    assert told == [f"{path}: 1 of 3 signals ignored: no bar of the data opens at their time"]
    assert list(bar_lines(tape, rule, bars)) == [
        "4 bars of 3m, each decided at its close; 0 are missing,"
        " 1 were over only with a later candle, 0 of these too old by then to decide on"
    ]
