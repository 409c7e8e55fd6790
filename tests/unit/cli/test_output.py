"""How results look in a pipe and on a terminal, and that no value breaks them."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from math import inf, nan

import pytest

from chalicelib.domain import Candle, Reason, Trade
from chalicelib.kernel.account import Costs
from trader.cli import output
from trader.cli.klines import table_row
from trader.cli.paper_run import SHORT_COLUMNS, short_row


class Terminal(io.StringIO):
    """Text that a terminal would show."""

    def isatty(self) -> bool:
        return True


def test_json_is_one_line_in_which_nothing_is_infinite(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_json({"a": nan, "b": [inf, -inf, 0.1], "c": ({"d": "ü漢\n"},), "e": None, "f": True})
    printed = capsys.readouterr().out
    assert printed.count("\n") == 1
    assert json.loads(printed) == {"a": None, "b": [None, None, 0.1], "c": [{"d": "ü漢\n"}], "e": None, "f": True}
    assert "ü漢" in printed


def test_a_named_tuple_keeps_its_names_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_json([Costs(0.001, nan)])
    assert json.loads(capsys.readouterr().out) == [{"fee_rate": 0.001, "slippage": None}]


def test_a_table_in_a_pipe_is_tab_separated(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_table("T", ("a", "b"), [("x", 0.1 + 0.2), (None, nan), ("y", 3)])
    assert capsys.readouterr().out == "a\tb\nx\t0.30000000000000004\n-\t-\ny\t3\n"


def test_a_table_without_rows_is_its_header(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_table("T", ("a", "b"), [])
    assert capsys.readouterr().out == "a\tb\n"


def test_a_table_without_rows_is_no_frame_on_a_terminal() -> None:
    with redirect_stdout(Terminal()) as terminal:
        output.print_table("Trades", ("a", "b"), [])
    assert terminal.getvalue() == "Trades: none\n"


def test_candles_have_times_in_words_on_a_terminal_and_in_ms_in_a_pipe() -> None:
    candle = Candle("BTCUSDT", 1_735_689_600_000, 1.0, 2.0, 0.5, 1.5, 3.0)
    with redirect_stdout(Terminal()):
        shown = table_row(candle)
    assert shown == ("2025-01-01 00:00:00Z", 1.0, 2.0, 0.5, 1.5, 3.0, "2025-01-01 00:00:59Z")
    assert table_row(candle)[0] == 1_735_689_600_000


def test_a_table_on_a_terminal_takes_brackets_literally() -> None:
    with redirect_stdout(Terminal()) as terminal:
        output.print_table("Trades", ("word", "number"), [("[red]not red[/red]", 1.5), ("plain", None)])
    assert "[red]not red[/red]" in terminal.getvalue()
    assert "Trades" in terminal.getvalue()


def test_facts_in_a_pipe_are_pairs(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_facts("T", {"a": 1, "longer": None})
    assert capsys.readouterr().out == "a\t1\nlonger\t-\n"


def test_facts_on_a_terminal_are_aligned_under_their_title() -> None:
    with redirect_stdout(Terminal()) as terminal:
        output.print_facts("Title", {"a": 1, "longer": "x"})
        output.print_facts("Nothing", {})
    lines = terminal.getvalue().splitlines()
    assert "Title" in lines[0]
    assert lines[1:3] == ["a       1", "longer  x"]


def test_a_long_fact_on_a_terminal_goes_on_below_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")  # 80 columns, and no styles
    address = f"https://example.com/{'0123456789' * 9}"
    with redirect_stdout(Terminal()) as terminal:
        output.print_facts("Why", {"headline 1": "word " * 20, "url": address})
    _, first, second, url = terminal.getvalue().splitlines()
    assert first.startswith("headline 1  word")
    assert second.startswith("            word")
    assert max(len(first), len(second)) <= 80
    assert url == f"url         {address}"


def test_the_trades_of_a_run_break_no_word_in_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    trade = Trade(
        "BTCUSDT", 1_234_567.5, 0, 95_773.54, 60_000, 97_728.11, 0.99, 1.0, -22.06, -0.022, Reason.TRAILING_STOP
    )
    with redirect_stdout(Terminal()) as terminal:
        output.print_table("Trades", SHORT_COLUMNS, [short_row(trade, 10_000.0)])
    words = set(terminal.getvalue().split())
    assert {"1234567.5", "1970-01-01", "00:01", "97728.11", "trailing_stop", "-22.06", "-2.20%"} <= words


def test_notes_leave_stdout_to_results(capsys: pytest.CaptureFixture[str]) -> None:
    output.note("hello")
    with output.progress(3, "trading") as advance:
        advance(1)
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "hello\n")


def test_progress_on_a_terminal_is_shown_on_stderr() -> None:
    with redirect_stderr(Terminal()) as shown, output.progress(2, "trading") as advance:
        advance(2)
    assert "trading" in shown.getvalue()


def test_no_time_is_no_text() -> None:
    assert output.utc(None) is None


def test_a_table_that_is_too_wide_breaks_no_number_and_loses_no_character(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")  # 80 columns, and no styles
    address = f"https://example.com/{'0123456789' * 4}"
    rows = [("2026-01-01 00:01", 95_773.5478, "A headline that is longer than its column has room", address)]
    with redirect_stdout(Terminal()) as terminal:
        output.print_table("Trades", ("entered", "price", "title", "address"), rows)
    _, header, *lines = terminal.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert "2026-01-01 95773.5478 " in lines[0]
    assert "".join(line[header.index("address") :].rstrip() for line in lines) == address
