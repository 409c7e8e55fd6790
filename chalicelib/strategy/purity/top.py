"""What stands at the top of a strategy file: imports, constants, NamedTuples and functions, each name once."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from chalicelib.strategy.purity.names import GIVEN, VALUES
from chalicelib.strategy.purity.refused import FORMS
from chalicelib.strategy.purity.source import Impurity, ParsedFile, bound_by, impurity, targets_of
from chalicelib.strategy.purity.tables import FROM_STRATEGY, IMPORTS, INDICATORS, REQUIRED, names

MEANT = frozenset.union(REQUIRED, *map(names, IMPORTS.values()))
FIXED = (ast.Constant, ast.Name, ast.Tuple, ast.UnaryOp, ast.unaryop, ast.expr_context)
COMPUTED = (*FIXED, ast.BinOp, ast.IfExp, ast.Compare, ast.BoolOp, ast.Call, ast.Subscript, ast.keyword, ast.operator)
PLAIN = frozenset({"abs", "bool", "float", "int", "len", "max", "min"})
TYPES = frozenset({"bool", "float", "int", "str", "list", "tuple"})


def top(source: ParsedFile) -> Iterator[Impurity]:
    """Statements that do something while the file is loaded, and constants that could change."""
    for node in source.tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            yield from _constant(source, node)
        elif isinstance(node, ast.ClassDef):
            yield from _class(source, node)
        elif not isinstance(node, ast.FunctionDef | ast.Import | ast.ImportFrom) and not _is_words(node):
            why = "the top of a file holds imports, constants, NamedTuples and functions"
            yield impurity(node, FORMS.get(type(node), why))


def _is_words(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _constant(source: ParsedFile, node: ast.Assign | ast.AnnAssign) -> Iterator[Impurity]:
    targets = targets_of(node)
    if node.value is None or not all(isinstance(each, ast.Name) for each in targets):
        yield impurity(node, "a constant has a name and a value")
        return
    if any(isinstance(each, ast.Name) and each.id == "LIMITS" for each in targets):
        if not all(isinstance(each, (*FIXED, ast.Dict)) for each in ast.walk(node.value)):
            yield impurity(node.value, "LIMITS holds numbers: {name: (lowest, highest)}")
        return
    for each in ast.walk(node.value):
        if isinstance(each, ast.Call) and not _makes_constant(source, each.func):
            yield impurity(each, "a constant is made of numbers, words, tuples and NamedTuples, not of other calls")
        elif isinstance(each, ast.expr) and not isinstance(each, COMPUTED):
            yield impurity(each, "a constant that could change would be state that no bar hands on: use a tuple")


def _makes_constant(source: ParsedFile, called: ast.expr) -> bool:
    name = called.id if isinstance(called, ast.Name) else ""
    module, _, imported = source.imports.get(name, "").rpartition(".")
    is_tuple = imported == "Bar" or (module == INDICATORS and imported[:1].isupper())
    return name in source.classes or name in PLAIN or is_tuple


def _class(source: ParsedFile, node: ast.ClassDef) -> Iterator[Impurity]:
    bases = [source.imports.get(each.id) if isinstance(each, ast.Name) else None for each in node.bases]
    if bases != ["typing.NamedTuple"] or node.keywords:
        yield impurity(node, "a class is a NamedTuple: class Name(NamedTuple)")
    for each in node.body:
        if not isinstance(each, ast.AnnAssign | ast.Pass) and not _is_words(each):
            yield impurity(each, "a NamedTuple has fields only: write a function at the top of the file")


def heads(source: ParsedFile) -> Iterator[Impurity]:
    """Decorators, keywords in bulk, defaults that could change, and annotations that do something."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield from (impurity(each, "no decorators") for each in node.decorator_list)
        if isinstance(node, ast.FunctionDef) and node.args.kwarg is not None:
            yield impurity(node.args.kwarg, "no keywords in bulk: name each parameter")
        for value in _defaults(node):
            if not all(_is_fixed(source, part) for part in ast.walk(value)):
                yield impurity(value, "a default is made once and kept: a number, a word or a constant")
        for written in _annotations(node):
            if not all(_is_of_type(source, part) for part in ast.walk(written)):
                yield impurity(written, "a type is int, float, bool, str, a NamedTuple, or a tuple or list of them")


def _defaults(node: ast.AST) -> list[ast.expr]:
    found: list[ast.expr | None] = []
    if isinstance(node, ast.FunctionDef):
        found += [*node.args.defaults, *node.args.kw_defaults]
    elif isinstance(node, ast.ClassDef):
        found += [each.value for each in node.body if isinstance(each, ast.AnnAssign)]
    return [each for each in found if each is not None]


def _is_fixed(source: ParsedFile, node: ast.AST) -> bool:
    if isinstance(node, ast.Name):
        return source.imports.get(node.id) in VALUES or node.id in source.constants.keys() - {"LIMITS"}
    return isinstance(node, FIXED)


def _annotations(node: ast.AST) -> list[ast.expr]:
    found = [node.annotation] if isinstance(node, ast.AnnAssign | ast.arg) else []
    found += [node.returns] if isinstance(node, ast.FunctionDef) else []
    return [each for each in found if each is not None]


def _is_of_type(source: ParsedFile, node: ast.AST) -> bool:
    if isinstance(node, ast.Name):
        is_imported = source.imports.get(node.id, "").startswith(("chalicelib.", "typing."))
        return is_imported or node.id in TYPES | source.classes.keys()
    is_word = isinstance(node, ast.Constant) and node.value not in (None, ...)
    return isinstance(node, ast.Subscript | ast.Tuple | ast.Constant | ast.expr_context) and not is_word


def bindings(source: ParsedFile) -> Iterator[Impurity]:
    """Names that are given twice at the top, or that would hide what we give."""
    given = [(node, name) for node in source.tree.body for name in _given(node)]
    counts = Counter(name for _, name in given)
    for node, name in given:
        is_import = isinstance(node, ast.ImportFrom)
        may_be_own = is_import or (name == "Inputs" and isinstance(node, ast.ClassDef))
        if name in GIVEN or name.startswith("__") or (name in names(FROM_STRATEGY) and not may_be_own):
            yield impurity(node, f"{name} would hide what it means in a strategy: another name")
        elif counts[name] > 1:
            yield impurity(node, f"{name} has two meanings in this file: one name, one meaning")
        elif is_import and name in MEANT and not source.imports[name].endswith(f".{name}"):
            yield impurity(node, f"{name} means something else in a strategy: another name")


def _given(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [each.asname or each.name for each in node.names]
    if isinstance(node, ast.Assign | ast.AnnAssign):
        return [name for each in targets_of(node) for name in bound_by(each)]
    return [node.name] if isinstance(node, ast.FunctionDef | ast.ClassDef) else []
