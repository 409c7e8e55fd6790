"""A strategy file taken apart, once for every rule, and how what is refused in it is told."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from chalicelib.foreign_text import one_line

LONGEST_CODE = 60
"""Characters of the code that are quoted."""


class Impurity(NamedTuple):
    """Code of a strategy file that is refused: its line from 1, and a clause that quotes it and says what to write."""

    line: int
    words: str


def impurity(node: ast.AST, why: str, code: str = "") -> Impurity:
    """An impurity at a node that has a line, quoted by its code's first one, or as `code`.

    >>> impurity(ast.parse("x ** 2").body[0], "multiply")
    Impurity(line=1, words='`x ** 2`: multiply')
    """
    first, *more = (code or ast.unparse(node).strip()).splitlines() or [""]
    line: int = getattr(node, "lineno", 1)
    return Impurity(line, f"`{one_line(f'{first} …' if more else first, LONGEST_CODE)}`: {why}")


class KnownNames(NamedTuple):
    """A function at the top of the file: parameters and the nodes of its body, and the names that they bind."""

    function: ast.FunctionDef
    nodes: list[ast.AST]
    local: frozenset[str]


class ParsedFile(NamedTuple):
    """A parsed file. `imports` holds the full name by the name it has in the file, the others their nodes by name."""

    tree: ast.Module
    scopes: list[KnownNames]
    imports: Mapping[str, str]
    classes: Mapping[str, ast.ClassDef]
    functions: Mapping[str, ast.FunctionDef]
    constants: Mapping[str, ast.expr]


def source_of(text: str) -> ParsedFile:
    """The file, the last meaning of a name where it has several. Raises what `ast.parse` does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of escapes in the text; nothing for whoever trades
        tree = ast.parse(text)
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    assigned = [node for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign)]
    return ParsedFile(
        tree,
        [_scope(node) for node in functions],
        {each.asname or each.name: f"{node.module}.{each.name}" for node in imports for each in node.names},
        {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)},
        {node.name: node for node in functions},
        {name: node.value for node in assigned if node.value for each in targets_of(node) for name in bound_by(each)},
    )


def targets_of(node: ast.Assign | ast.AnnAssign) -> list[ast.expr]:
    """What an assignment gives a value."""
    return node.targets if isinstance(node, ast.Assign) else [node.target]


def bound_by(node: ast.AST) -> list[str]:
    """The name that a node by itself gives a value, if it does."""
    match node:
        case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name) | ast.MatchAs(name=str(name)):
            return [name]
    return []


def _scope(function: ast.FunctionDef) -> KnownNames:
    nodes = list(_nodes(function))
    return KnownNames(function, nodes, frozenset(name for node in nodes for name in bound_by(node)))


def _nodes(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """Parameters and what stands in the body, outer nodes first; annotations and functions inside are left out."""
    yield from (node for node in ast.walk(function.args) if isinstance(node, ast.arg))
    waiting: list[ast.AST] = [*reversed(function.body)]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, ast.AnnAssign):
            waiting += [each for each in (node.value, node.target) if each is not None]
        elif not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef | ast.Lambda):
            waiting += [*ast.iter_child_nodes(node)][::-1]
