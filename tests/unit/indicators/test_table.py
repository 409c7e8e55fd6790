"""The table of indicators in docs/strategies.md: none is missing, each is called as it says and known when it says."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from inspect import Parameter, signature
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from chalicelib.kernel import indicators
from chalicelib.kernel.bar import Bar
from tests.unit.indicators.candles import generated

DOCS = Path(__file__).resolve().parents[3] / "docs" / "strategies.md"
GIVEN: Mapping[str, Any] = {
    "fast": 3,
    "slow": 6,
    "signal": 4,
    "atr_period": 8,
    "period": 5,
    "width": 2.0,
    "length": 7,
    "smooth": 2,
    "steps_ago": 3,
}
"""Settings that rows are tried with; the name of a setting of another meaning gets a value here."""


class Row(NamedTuple):
    """A row of the table; code without its marks."""

    indicator: str
    start: str
    step: str
    value: str
    known_after: str
    source: str


def rows() -> list[Row]:
    section = DOCS.read_text("utf-8").split("## Indicators\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")][2:]
    return [Row(*[cell.strip().strip("`") for cell in line.split("|")[1:-1]]) for line in lines]


STEPPED = [row for row in rows() if row.step]


def called(code: str) -> str:
    return code.partition("(")[0]


def names_in(row: Row) -> set[str]:
    return {called(each) for each in (row.start, row.step, row.value)} & indicators.FAMILIES.keys()


def test_every_indicator_has_a_row() -> None:
    functions = {name for name in indicators.FAMILIES if name.islower()}
    starts = {name for name in indicators.FAMILIES if name.endswith("_START")}
    assert functions | starts <= {name for row in rows() for name in names_in(row)}


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.indicator)
def test_it_is_called_as_its_row_says(row: Row) -> None:
    for code in (row.start, row.step, row.value):
        if "(" in code:
            function = getattr(indicators, called(code))
            assert code == f"{called(code)}({', '.join(_arguments(function))})"


def _arguments(function: Any) -> Iterator[str]:
    for name, parameter in signature(function).parameters.items():
        yield name if parameter.default is Parameter.empty else f"{name}={parameter.default}"


def tried(code: str, **given: Any) -> Any:
    """What a call of the table comes to, its arguments by their names."""
    function = getattr(indicators, called(code))
    return function(*[{**GIVEN, **given}[name] for name in signature(function).parameters])


@pytest.mark.parametrize("row", STEPPED, ids=lambda row: row.indicator)
def test_it_is_known_when_its_row_says(row: Row) -> None:
    state = tried(row.start) if "(" in row.start else getattr(indicators, row.start)
    known = []
    for numbers in zip(*generated(60, 1)[1:], strict=True):
        bar = Bar(*[number.item() for number in numbers])
        state = tried(row.step, state=state, bar=bar, close=bar.close, value=bar.close)
        value = tried(row.value, state=state) if "(" in row.value else state
        known.append(not np.isnan(value).any())
    after = eval(row.known_after, {"max": max}, dict(GIVEN))  # noqa: S307 (a formula of our own docs)
    assert known == [False] * (after - 1) + [True] * (60 - after + 1)


@pytest.mark.parametrize("row", STEPPED, ids=lambda row: row.indicator)
def test_its_source_stands_in_its_docstring_too(row: Row) -> None:
    family = Path(str(indicators.__file__)).with_name(f"{indicators.FAMILIES[called(row.step)]}.py")
    tree = ast.walk(ast.parse(family.read_text("utf-8")))
    said = " ".join(ast.get_docstring(node) or "" for node in tree if isinstance(node, ast.FunctionDef))
    for year in re.findall(r"\d{4}", row.source):
        assert year in said
