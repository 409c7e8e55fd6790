"""What a strategy file may use: the one home, read by the loader, by the kernel's own test and by the docs.

It keeps promises, the same bits in both engines and on every machine; it is no sandbox. What a source does not show is
found by running it: a backtest compares both engines first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from chalicelib.foreign_text import one_line
from chalicelib.strategy.purity.exits import exits
from chalicelib.strategy.purity.forms import forms, signs, whole
from chalicelib.strategy.purity.names import calls, circles, imports, reads, shadows, windows
from chalicelib.strategy.purity.refused import NAMES
from chalicelib.strategy.purity.source import Impurity, ParsedFile, source_of
from chalicelib.strategy.purity.tables import BUILTINS, FROM_MATH, MASKS, ROUNDED_ALIKE, TABLES, as_markdown, names
from chalicelib.strategy.purity.top import bindings, heads, top

__all__ = [
    "BUILTINS",
    "FROM_MATH",
    "MASKS",
    "NAMES",
    "ROUNDED_ALIKE",
    "TABLES",
    "Impurity",
    "as_markdown",
    "impurities",
    "names",
]

Rule = Callable[[ParsedFile], Iterator[Impurity]]
RULES: tuple[Rule, ...] = (
    top,
    bindings,
    heads,
    imports,
    forms,
    signs,
    whole,
    reads,
    shadows,
    calls,
    circles,
    windows,
    exits,
)


def impurities(text: str) -> list[Impurity]:
    """What of a strategy file is refused, by line; empty where it is pure. Never raises.

    >>> impurities("def square(x: float) -> float:\\n    return x ** 2")
    [Impurity(line=2, words='`x ** 2`: powers differ in last bits between engines: multiply')]
    """
    try:
        source = source_of(text)
        return sorted({found for rule in RULES for found in rule(source)})
    except SyntaxError as error:
        return [Impurity(error.lineno or 1, f"no Python: {one_line(error.msg)}")]
    except (RecursionError, MemoryError):
        return [Impurity(1, "nested too deeply to be read")]
    except ValueError as error:  # what no source may hold: a NUL, half a character, an int of thousands of digits
        return [Impurity(1, f"no Python: {one_line(str(error))}")]
