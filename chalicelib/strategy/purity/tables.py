"""The names and signs a strategy file may use, each with a sentence, and why others are refused by name.

What is here gives the same bits in plain Python, compiled, on every Python and on every machine.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import NamedTuple

from chalicelib.strategy.parts import INDICATORS as INDICATORS


class Allowed(NamedTuple):
    """A name or sign that may be used, and one sentence on it for the docs."""

    name: str
    sentence: str


ROUNDED_ALIKE = (ast.Add, ast.Sub, ast.Mult, ast.Div)
"""IEEE 754 rounds these correctly, on floats."""
WHOLE_DIVISION = (ast.FloorDiv, ast.Mod)
"""Of ints that are not negative."""
MASKS = (ast.BitOr, ast.BitAnd)
"""Of flags in an int; they are no arithmetic of floats."""

OPERATORS = (
    Allowed("+ - * /", "arithmetic of numbers; a division by zero raises"),
    Allowed("// %", "of ints that are not negative"),
    Allowed("| &", "of flags in an int"),
    Allowed("== != < <= > >=", "comparisons of numbers and of words"),
    Allowed("and or not", "conditions"),
)
BUILTINS = (
    Allowed("abs", "the distance from zero"),
    Allowed("bool", "whether it is other than zero"),
    Allowed("enumerate", "a loop that counts along"),
    Allowed("float", "a number as a float"),
    Allowed("int", "a float without its fraction; it must be neither NaN nor infinite"),
    Allowed("len", "how long a tuple or a list is"),
    Allowed("list", "of what is written out inside it"),
    Allowed("max", "the greatest of values that are given one by one"),
    Allowed("min", "the least of values that are given one by one"),
    Allowed("range", "a loop over ints"),
    Allowed("tuple", "a list as a tuple"),
    Allowed("zip", "a loop over several tuples at once"),
)
FROM_MATH = (
    Allowed("ceil", "the least int that is not below; of neither NaN nor an infinity"),
    Allowed("fabs", "the distance from zero, as a float"),
    Allowed("floor", "the greatest int that is not above; of neither NaN nor an infinity"),
    Allowed("inf", "infinity"),
    Allowed("isnan", "whether it is NaN"),
    Allowed("nan", "what is not known"),
)
FROM_STRATEGY = (
    Allowed("Bar", "a closed bar"),
    Allowed("Choice", "what is wanted at a close; made by the four below"),
    Allowed("Inputs", "no series beside the bars"),
    Allowed("NO_BAR", "no bar: its `time_ms` is below 0"),
    Allowed("UNBEGUN", "what `fold` begins with, in `start`"),
    Allowed("WAIT", "nothing is wanted"),
    Allowed("fold", "longer bars of those that it sees"),
    Allowed("enter", "buy, with levels if there are any"),
    Allowed("hold", "stay, with new levels from the next bar on"),
    Allowed("leave", "sell"),
    Allowed("wait", "nothing is wanted, and why"),
    Allowed("sqrt", "the square root; NaN below zero"),
)
FROM_TYPING = (
    Allowed("Final", "marks a constant"),
    Allowed("NamedTuple", "what every class of the file is"),
)
ERRORS = (
    Allowed("ValueError", "in `raise`"),
    Allowed("ArithmeticError", "in `raise`"),
    Allowed("RuntimeError", "in `raise`"),
)
REQUIRED = frozenset({"start", "observe", "decide", "Settings", "State", "Values"})
"""What the file defines and nothing may shadow; `Inputs` may stand for ours."""

IMPORTS = {"math": FROM_MATH, "chalicelib.strategy": FROM_STRATEGY, "typing": FROM_TYPING}
TABLES: Mapping[str, tuple[Allowed, ...]] = {
    "signs": OPERATORS,
    "builtins": BUILTINS,
    **{f"from {module}": table for module, table in IMPORTS.items()},
    "errors": ERRORS,
}
"""All of it by heading, as the docs show it."""


def names(table: tuple[Allowed, ...]) -> frozenset[str]:
    """The names of a table."""
    return frozenset(each.name for each in table)


def as_markdown() -> str:
    """All that may be used as one table of Markdown, a line a name."""
    lines = [
        f"| {heading} | `{each.name.replace('|', chr(92) + '|')}` | {each.sentence} |"
        for heading, table in TABLES.items()
        for each in table
    ]
    return "\n".join(["| from | name | |", "| --- | --- | --- |", *lines])
