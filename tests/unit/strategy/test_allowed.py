"""What a strategy file may use: what is refused, by line and in words; what passes; and that any text is answered."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib import strategy
from chalicelib.strategy.allowed import TABLES, as_markdown, impurities, names
from chalicelib.strategy.loader import built_in_names
from tests.unit.strategy.snippets import marked, snippets

ROOT = Path(__file__).parents[3]
KERNEL = ROOT / "chalicelib" / "kernel"
STRATEGIES = [ROOT / "chalicelib" / "strategies" / f"{name}.py" for name in built_in_names()]
DOCS = ROOT / "docs" / "strategies.md"
IMPURE = snippets("impure")
PURE = snippets("pure")
QUOTED = {
    "a dunder of a class": "Bar.__class__",
    "a default that is an object": "Holder(1.0)",
    "a closure": "def g(y: float) -> float: …",
    "a decorator": "ema_step",
    "an import in a function": "import math",
    "a mutable global behind a wrapper": "[0]",
    "max of a tuple": "max(w)",
    "an int too large": "9007199254740993",
    "a power": "x ** 2",
    "a set": "{1.0, x}",
}
"""What the words quote, of ten that hide well."""
READ_BY_OURS = "a window is read by"
WORDS = ["\n    ", "def f(x):", "class ", "lambda ", "f'{x}'", "x", "1", " if ", "for "]
FRAGMENTS = [*"()[]{}:=*.,+-\n\t\r\f\0#\\\"'", *WORDS]


def test_there_is_something_to_refuse_and_to_accept() -> None:
    assert len(IMPURE) > 100
    assert len(PURE) > 25


@pytest.mark.parametrize("wrong", IMPURE)
def test_what_is_impure_is_refused_by_its_line(wrong: str) -> None:
    assert marked(IMPURE[wrong])
    assert {each.line for each in impurities(IMPURE[wrong])} == marked(IMPURE[wrong])


@pytest.mark.parametrize("wrong", QUOTED)
def test_the_words_quote_the_code(wrong: str) -> None:
    assert any(f"`{QUOTED[wrong]}`: " in each.words for each in impurities(IMPURE[wrong]))


@pytest.mark.parametrize("wrong", IMPURE)
def test_the_words_are_one_line_that_says_more_than_the_code(wrong: str) -> None:
    for each in impurities(IMPURE[wrong]):
        code, _, why = each.words.rpartition("`: ")
        assert each.words.isprintable()
        assert why
        assert code or why.startswith("no Python: ")


@pytest.mark.parametrize("written", PURE)
def test_what_is_pure_passes(written: str) -> None:
    assert impurities(PURE[written]) == []


def test_each_is_told_once_and_in_the_order_of_lines() -> None:
    found = impurities("def f(x: float) -> float:\n    y = x ** 2\n    print(y)\n    return y ** 2")
    assert [each.line for each in found] == [2, 3, 4]


def test_the_indicators_hold_what_is_asked_of_a_strategy() -> None:
    """But for the root, which they guard, and for the kernel: a strategy has both from us."""
    families = [each for each in KERNEL.glob("indicators/*.py") if each.stem != "__init__"]
    assert families
    for module in families:
        found = [each.words for each in impurities(module.read_text("utf-8"))]
        own = (
            "`from math import sqrt`",
            "`from chalicelib.kernel.bar import Bar`",
            "`from chalicelib.kernel.indicators.",
        )
        assert [words for words in found if not words.startswith(own) and READ_BY_OURS not in words] == []


@pytest.mark.parametrize("module", STRATEGIES, ids=lambda module: module.name)
def test_the_built_in_strategies_are_pure(module: Path) -> None:
    assert impurities(module.read_text("utf-8")) == []


def test_the_files_in_the_docs_are_pure() -> None:
    files = re.findall(r"```python\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    assert len(files) == 2
    assert [impurities(file) for file in files] == [[], []]


def test_what_may_be_imported_from_us_is_all_that_there_is() -> None:
    assert names(TABLES[f"from {strategy.__name__}"]) == set(strategy.__all__)


@given(st.text() | st.lists(st.sampled_from(FRAGMENTS)).map("".join))
@example("\0")
@example("\ud800")
@example("(" * 5000)
@example("[" * 90 + "]" * 90)
@example("x = " + "-" * 50_000 + "1")
@example("x = " + "1 + " * 50_000 + "1")
@example("def f(x):\n    return " + "x." * 20_000 + "x")
@example("def f(x):\n" + "".join(" " * depth + "if x:\n" for depth in range(1, 120)) + " " * 120 + "return x")
@example("x = " + "9" * 5000)
@example("x = 0x" + "f" * 5000)
@example('x = "\\d"')
@example("LIMITS = LIMITS")
@example("def f(x):\n    x = x\n" + "    x = (x, (x, 1))\n" * 200)
def test_any_text_is_answered(text: str) -> None:
    assert all(each.line >= 1 and each.words.isprintable() for each in impurities(text))


def test_the_docs_get_a_line_for_each_name() -> None:
    lines = as_markdown().splitlines()[2:]
    assert len(lines) == sum(map(len, TABLES.values()))
    assert "| from math | `nan` | what is not known |" in lines


def test_the_docs_show_what_may_be_used() -> None:
    assert f"\n\n{as_markdown()}\n\n" in DOCS.read_text("utf-8")
