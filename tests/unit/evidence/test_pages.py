"""Pages of evidence: one for each built-in strategy, at three intervals, and what they show is printed again."""

from __future__ import annotations

import re

import pytest

from chalicelib.strategy.loader import built_in_names
from tests.shared_data import shared
from tests.support.effort import sample
from tests.support.evidence_pages import FOLDER, Shown, pages, printed_by, shown_in, summary

EVERY = [shown for page in pages() for shown in shown_in(page)]
QUICK = [shown for shown in EVERY if "--grid" not in shown.command]
MEASURED = list(built_in_names())
INTERVALS = ("1m", "15m", "1h")


def test_every_strategy_has_a_page_that_both_lists_link_to() -> None:
    assert [page.stem for page in pages()] == MEASURED
    strategies = (FOLDER.parent / "strategies.md").read_text("utf-8")
    index = (FOLDER / "README.md").read_text("utf-8")
    for name in MEASURED:
        assert f"(evidence/{name}.md)" in strategies
        assert f"({name}.md)" in index


@pytest.mark.parametrize("name", MEASURED)
def test_a_page_measures_its_strategy_at_each_interval_over_all_of_the_candles(name: str) -> None:
    shown = shown_in(FOLDER / f"{name}.md")
    for interval, each in zip(INTERVALS, shown, strict=True):
        assert f"strategy.interval={interval}" in each.arguments
        assert each.arguments[:3] == ["strategy", "evidence", name]
        assert each.arguments[3:7] == ["--candles", "klines/*[!s].parquet", "--config", "docs/evidence/settings.toml"]


@pytest.mark.parametrize("name", MEASURED)
def test_one_grid_is_searched_at_every_interval(name: str) -> None:
    """So that it was chosen for none of them."""
    grids = [re.findall(r"--grid (\S+)", each.command) for each in shown_in(FOLDER / f"{name}.md")]
    assert all(grid == grids[0] for grid in grids)


def test_the_index_has_the_sums_of_every_page() -> None:
    assert f"## All of them\n{summary()}\n\n" in (FOLDER / "README.md").read_text("utf-8")


@pytest.mark.parametrize("shown", EVERY if len(sample(EVERY, 1)) > 1 else sample(QUICK, 1), ids=lambda each: each.page)
def test_a_page_shows_what_its_command_prints(shown: Shown) -> None:
    shared("klines")
    assert printed_by(shown) == shown.printed.rstrip("\n")
