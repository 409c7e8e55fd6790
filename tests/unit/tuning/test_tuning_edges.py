"""Where the best set lies at an end of the grid it is said so, with what to try next: at the end and nowhere else."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.config import Config, load_config
from chalicelib.strategy.loader import built_in
from tests.support.markets import wave
from tests.support.tuning import Given, axes_of, market, settings, silent
from trader.backtest.engine import fastest
from trader.cli.tune import show_verdict
from trader.report.page import page_of
from trader.tuning.axes import Axis, Choices, Range, Value
from trader.tuning.beyond import beyond
from trader.tuning.edges import Edge, edges_of
from trader.tuning.files import write_tuning
from trader.tuning.report import report_of
from trader.tuning.tune import Tuned, TuningPlan, tune
from trader.tuning.verdict import headline
from trader.tuning.walk_forward import ChosenSet

DEFAULT = built_in("rsi_sentiment")


def at(axis: Axis, value: Value, *folds: Value | None, base: Config | None = None) -> list[Edge]:
    """The edges of a search over one axis whose best set is this, and whose folds chose these."""
    numbered = [(number, None if each is None else (each,)) for number, each in enumerate(folds, 1)]
    return edges_of([axis], (value,), numbered, DEFAULT, base or Config())


def ends(axis: Axis, value: Value, *folds: Value | None) -> list[tuple[bool, str]]:
    return [(edge.is_highest, edge.next) for edge in at(axis, value, *folds)]


def test_bars_shorter_than_the_candles_are_nothing_to_try() -> None:
    hours = load_config(overrides=["agent.interval=1h"])
    assert at(Choices("strategy.interval", ("1h", "4h")), "1h", base=hours) == []
    assert [edge.next for edge in at(Choices("strategy.interval", ("2h", "4h")), "2h", base=hours)] == ["1h"]


STOPS = Choices("risk.stop_loss", (0.03, 0.01, 0.02))
"""Not in their order: the end is that of the numbers."""


@pytest.mark.parametrize(
    ("value", "found"),
    [(0.03, [(True, "0.04,0.05")]), (0.02, []), (0.01, [(False, "0.005,0.0025")])],
)
def test_an_end_is_the_highest_or_lowest_number_and_not_the_one_beside_it(
    value: float, found: list[tuple[bool, str]]
) -> None:
    assert ends(STOPS, value) == found


@given(st.sets(st.integers(2, 900), min_size=2, max_size=12), st.data())
def test_only_the_outermost_values_are_ends(values: set[int], data: st.DataObject) -> None:
    ordered = sorted(values)
    value = data.draw(st.sampled_from(ordered))
    axis = Choices("strategy.settings.rsi_period", tuple(data.draw(st.permutations(ordered))))
    found = at(axis, value)
    assert [edge.is_highest for edge in found] == [True] * (value == ordered[-1]) + [False] * (
        value == ordered[0] and value > 2
    )
    for edge in found:
        offered = [int(each) for each in edge.next.split(",")]
        assert all(each > value if edge.is_highest else 2 <= each < value for each in offered)


@pytest.mark.parametrize(
    ("axis", "value"),
    [
        (Choices("risk.stop_loss", (0.01,)), 0.01),
        (Choices("risk.halt_action", ("freeze", "flatten")), "flatten"),
        (Choices("strategy.settings.rsi_buy", (50.0, 100.0)), 100.0),
        (Choices("risk.take_profit", (0.0, 0.02, 0.04)), 0.0),
        (Choices("strategy.settings.is_long", (False, True)), True),
        (Range("risk.stop_loss", 0.0, 0.1), 0.05),
    ],
    ids=["one value", "words", "nothing above is allowed", "nothing below is allowed", "yes or no", "in the middle"],
)
def test_no_end_where_nothing_lies_beyond(axis: Axis, value: Value) -> None:
    assert at(axis, value) == []


@pytest.mark.parametrize(
    ("axis", "value", "found"),
    [
        (Choices("strategy.settings.rsi_period", (7, 14)), 14, [(True, "28,56")]),
        (Choices("strategy.settings.rsi_period", (5, 9, 12)), 12, [(True, "15,18")]),
        (Choices("strategy.settings.rsi_period", (3, 5)), 3, [(False, "2")]),
        (Choices("inputs.sentiment_max_age", ("12h", "24h")), "24h", [(True, "2d,3d")]),
        (Choices("inputs.sentiment_max_age", ("30m", "2h")), "30m", [(False, "15m,10m")]),
        (Range("risk.stop_loss", 0.01, 0.05), 0.0481, [(True, "0.05..0.09")]),
        (Range("risk.stop_loss", 0.01, 0.05), 0.0479, []),
        (Range("risk.stop_loss", 0.01, 0.05), 0.01, [(False, "0..0.01")]),
        (Range("strategy.settings.rsi_period", 4, 12), 4, [(False, "2..4")]),
    ],
)
def test_what_to_try_next_goes_on_as_the_values_do_and_is_allowed(
    axis: Axis, value: Value, found: list[tuple[bool, str]]
) -> None:
    assert ends(axis, value) == found


def test_the_spacings_of_a_strategy_s_bars_go_on_by_those_that_there_are() -> None:
    there = ("1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d")
    axis = Choices("strategy.interval", ("15m", "1h"))
    assert beyond(axis, True, lambda key, value: value in there) == "2h,4h"
    assert beyond(axis, False, lambda key, value: value in there) == "5m,3m"


def test_folds_are_named_whether_or_not_the_best_set_is_there() -> None:
    highest, lowest = at(STOPS, 0.03, 0.03, None, 0.01, 0.02, 0.03)
    assert (highest.is_best, highest.folds, lowest.is_best, lowest.folds) == (True, (1, 5), False, (3,))
    assert highest.text == (
        "risk.stop_loss = 0.03, chosen for the best set and in folds 1, 5, is at the highest end of the 3 values tried:"
        " nobody knows what lies beyond; try --grid risk.stop_loss=0.04,0.05"
    )
    assert lowest.text.startswith("risk.stop_loss = 0.01, chosen in fold 3, is at the lowest end of the 3 values")


@pytest.fixture(scope="module")
def cornered() -> Tuned:
    """A search that chooses at an end: fees cost, so the lowest earns the most in every fold."""
    plan = TuningPlan(
        axes_of(("fees.rate=0.0002,0.0001,0.0004", "strategy.settings.rsi_buy=40,60")),
        None,
        2,
        ChosenSet("total_return", 1),
    )
    return tune(Given(market(wave("BTCUSDT", 9_000, 1))), settings(), plan, fastest(), silent)


def test_every_file_says_it_and_says_the_verdict_first(cornered: Tuned, tmp_path: Path) -> None:
    write_tuning(tmp_path, cornered)
    fees = next(edge for edge in cornered.edges if edge.key == "fees.rate")
    assert (fees.is_highest, fees.folds, fees.next) == (False, (1, 2), "5e-05,2.5e-05")
    verdict = headline(cornered.findings)
    summary = json.loads((tmp_path / "tune.json").read_text())
    assert next(iter(summary)) == "verdict"
    assert fees.text in [edge["text"] for edge in summary["edges"]]
    settings_file = (tmp_path / "best.toml").read_text()
    assert settings_file.startswith(f"# {verdict}\n")
    assert f"# ! {fees.text}\n" in settings_file
    heat = (tmp_path / "heatmap.html").read_text()
    assert heat.index(verdict) < heat.index(fees.text) < heat.index("<h1>")
    with (tmp_path / "walk_forward.csv").open(newline="", encoding="utf-8") as file:
        assert all("fees.rate" in row["at_an_end"].split() for row in csv.DictReader(file))


def test_the_page_begins_with_the_verdict_of_the_search(cornered: Tuned) -> None:
    page = page_of(report_of(cornered))
    assert re.search(r'<h2 id="verdict">([^<]*)', page)[1] == headline(cornered.findings)  # type: ignore[index]
    first = re.search(r'<h2 id="verdict">.*?<li>([^<]*)', page, re.DOTALL)
    assert first is not None
    assert first[1].startswith("At an end of the grid: ")


def test_the_terminal_says_it_before_all_else(cornered: Tuned, capsys: pytest.CaptureFixture[str]) -> None:
    show_verdict(cornered)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == headline(cornered.findings)
    assert [line for line in lines if line.startswith("! ")] == [f"! {edge.text}" for edge in cornered.edges]
    show_verdict(replace(cornered, plan=replace(cornered.plan, axes=axes_of(("fees.rate=0.0001",)))))
    assert "! fees" not in capsys.readouterr().out
