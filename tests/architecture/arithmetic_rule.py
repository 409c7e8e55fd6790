"""What may be computed where, as functions over sources: nothing whose last bits differ from place to place.

What a strategy may use is the measure of the kernel as well; here stands what the kernel may besides.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Collection, Iterator

from chalicelib.strategy.allowed import BUILTINS, FROM_MATH, MASKS, NAMES, ROUNDED_ALIKE, names

WHOLE_NUMBERS = {"minute_ms // DAY_MS", "bar.time_ms % interval_ms", "interval_ms // 20"}
SQUARES = {"sqrt(squares / len(window))"}
"""Roots of what cannot be negative."""

MATH = names(FROM_MATH) | {"sqrt"}
CALLED = names(BUILTINS) | {"floor", "TypeVar", "isinstance"}
"""What a strategy may call, the kernel may, and what makes a type."""
METHODS = {"append", "start", "observe", "decide"}
"""Of lists, and of a rule, whose own code is held to what a strategy may use."""


def unsafe_arithmetic(source: str, known: Collection[str] = ()) -> list[str]:
    """`line: code` of what a module of the kernel must not do; `known` are the kernel's own names that it imports."""
    tree = ast.parse(source)
    own = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    return [f"{line}: {code}" for line, code in sorted(_unsafe(tree, own | set(known)))]


def kernel_names(source: str) -> set[str]:
    """What a module takes from the kernel."""
    return {
        each.asname or each.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("chalicelib.kernel")
        for each in node.names
    }


def _unsafe(tree: ast.AST, own: set[str]) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp | ast.AugAssign):
            if not _may_operate(node):
                yield node.lineno, ast.unparse(node)
        elif isinstance(node, ast.Call):
            if not _may_call(node, own):
                yield node.lineno, ast.unparse(node)
        elif isinstance(node, ast.Import):
            yield node.lineno, ast.unparse(node)
        elif isinstance(node, ast.ImportFrom) and node.module == "math":
            yield from ((node.lineno, f"math.{each.name}") for each in node.names if each.name not in MATH)


def _may_operate(node: ast.BinOp | ast.AugAssign) -> bool:
    return isinstance(node.op, ROUNDED_ALIKE + MASKS) or ast.unparse(node) in WHOLE_NUMBERS


def _may_call(node: ast.Call, own: set[str]) -> bool:
    called = node.func
    if isinstance(called, ast.Attribute):
        return called.attr in METHODS
    if not isinstance(called, ast.Name):
        return False
    if called.id == "sqrt":
        return ast.unparse(node) in SQUARES
    return called.id in own - set(dir(math)) - NAMES.keys() | CALLED


def built_in_sums(source: str) -> list[str]:
    """What the built-in `sum` adds, as code; `math.fsum`, `fmean` and `mean` of statistics count as it."""
    return [
        ", ".join(map(ast.unparse, node.args))
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"sum", "fsum", "math.fsum", "fmean", "mean"}
    ]
