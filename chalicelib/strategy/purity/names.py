"""What each name of a file means, where it may come from, and what is called, never round in a circle."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from difflib import get_close_matches

from chalicelib.kernel.indicators import FAMILIES
from chalicelib.strategy.purity.refused import MODULES, NAMES
from chalicelib.strategy.purity.source import Impurity, ParsedFile, bound_by, impurity
from chalicelib.strategy.purity.tables import BUILTINS, ERRORS, FROM_STRATEGY, IMPORTS, INDICATORS, REQUIRED, names

FROM = {module: names(table) for module, table in IMPORTS.items()} | {"__future__": frozenset({"annotations"})}
GIVEN = names(BUILTINS) | names(ERRORS)
WINDOW_LISTS = {"values"}
"""Fields of our windows that hold lists."""
VALUES = frozenset({"math.nan", "math.inf"})
ORDER = "with NaN the answer hangs on the order: compare two values at a time in a loop"


def imports(source: ParsedFile) -> Iterator[Impurity]:
    """Imports of modules whole, of other modules and of other names."""
    for node in source.tree.body:
        if isinstance(node, ast.Import):
            yield impurity(node, f"{_of_module(node.names[0].name)}; a file imports names: from … import …")
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            if module in FROM or module == INDICATORS:
                yield from _imported(node, module)
            else:
                yield impurity(node, f"{_of_module(module)}; allowed are {', '.join(IMPORTS)} and {INDICATORS}")


def _imported(node: ast.ImportFrom, module: str) -> Iterator[Impurity]:
    for name in (each.name for each in node.names):
        code = f"from {module} import {name}"
        if module == INDICATORS:
            if name not in FAMILIES:
                yield impurity(node, f"there is no such indicator{_nearest(name)}", code)
        elif name not in FROM[module]:
            said = f"{NAMES[name]}; " if name in NAMES else ""
            yield impurity(node, f"{said}allowed are {', '.join(sorted(FROM[module]))}", code)


def _of_module(module: str) -> str:
    return MODULES.get(module.split(".")[0], "not of what a strategy may import")


def _nearest(name: str) -> str:
    """What may have been meant, by its letters."""
    found = get_close_matches(name, FAMILIES, n=5, cutoff=0.5)
    return f"; did you mean {' or '.join(found)}?" if found else ""


def reads(source: ParsedFile) -> Iterator[Impurity]:
    """Names that are read where they mean nothing, or nothing that may be read."""
    called = {node.func for node in ast.walk(source.tree) if isinstance(node, ast.Call)}
    places = [(scope.nodes, scope.local) for scope in source.scopes]
    places += [(list(ast.walk(value)), frozenset()) for value in source.constants.values()]
    for nodes, local in places:
        for node in nodes:
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in local:
                yield from _read(source, node, node in called)


def windows(source: ParsedFile) -> Iterator[Impurity]:
    """The list of one of our windows: plain Python adds, cuts and indexes it otherwise than compiled code its array."""
    own = {field for node in source.classes.values() for each in node.body for field in _fields(each)}
    if own & WINDOW_LISTS or not any(full.startswith(INDICATORS) for full in source.imports.values()):
        return
    for node in (node for scope in source.scopes for node in scope.nodes):
        if isinstance(node, ast.Attribute) and node.attr in WINDOW_LISTS:
            yield impurity(node, "a window is read by ring_value, highest_value and the like, not by its list")


def _fields(node: ast.stmt) -> list[str]:
    return bound_by(node.target) if isinstance(node, ast.AnnAssign) else []


def _read(source: ParsedFile, node: ast.Name, is_called: bool) -> Iterator[Impurity]:
    name, full = node.id, source.imports.get(node.id, "")
    if name in source.constants and name != "LIMITS":
        return
    is_value = full in VALUES or full.rpartition(".")[2].isupper()  # of what is imported, capitals are constants
    if name in GIVEN | source.functions.keys() | source.classes.keys() or (full and not is_value):
        if not is_called:
            yield impurity(node, "it is called, not handed on")
    elif not full:
        yield impurity(node, NAMES.get(name, "neither defined in this file nor among what a strategy may use"))


def shadows(source: ParsedFile) -> Iterator[Impurity]:
    """Names bound in a function that would hide what the file calls or has to define, and names of Python's own."""
    kept = GIVEN | REQUIRED | names(FROM_STRATEGY) | source.imports.keys() | source.functions.keys()
    for node in (node for scope in source.scopes for node in scope.nodes):
        for name in bound_by(node):
            if name in kept or name in source.classes:
                yield impurity(node, f"{name} would hide what it means in a strategy: another name")
    for node in ast.walk(source.tree):
        name = node.attr[:1] if isinstance(node, ast.Attribute) else node.id[:2] if isinstance(node, ast.Name) else ""
        if name in {"_", "__"}:
            yield impurity(node, "fields and own names are read, nothing of Python's own workings")


def calls(source: ParsedFile) -> Iterator[Impurity]:
    """Calls of what is no function by name, and calls that order or hide their arguments."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and (why := _why_uncallable(node)):
            yield impurity(node, why)
    for scope in source.scopes:
        for node in scope.nodes:
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in scope.local:
                yield impurity(node, f"{node.func.id} is a value: a function is called by its own name")


def _why_uncallable(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return f"methods are not called: {NAMES.get(node.func.attr, 'call a function by its name')}"
    if not isinstance(node.func, ast.Name):
        return "a function is called by its name"
    if any(each.arg is None for each in node.keywords):
        return "no keywords in bulk: name each"
    is_plain = not node.keywords and not any(isinstance(each, ast.Starred) for each in node.args)
    if node.func.id in {"min", "max"} and not (is_plain and len(node.args) == 2):
        return ORDER
    if node.func.id == "int" and any(
        isinstance(each, ast.BinOp) and isinstance(each.op, ast.Mult) for each in node.args
    ):
        return "a product may leave the 64 bits of a compiled int: bound it with min first"
    return ""


def circles(source: ParsedFile) -> Iterator[Impurity]:
    """Functions that come back to themselves, directly or by others."""
    named = {
        name: {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
        for name, node in source.functions.items()
    }
    for name, node in source.functions.items():
        reached = named[name] & named.keys()
        while more := {further for each in reached for further in named[each]} & named.keys() - reached:
            reached |= more
        if name in reached:
            yield impurity(node, "it calls itself, maybe by others: write a loop", f"def {name}")
