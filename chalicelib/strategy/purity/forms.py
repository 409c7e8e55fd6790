"""Which forms of code may stand in a function, and which signs and numbers anywhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from chalicelib.strategy.form import LARGEST_WHOLE
from chalicelib.strategy.purity.refused import ALLOWED_FORMS, FORMS
from chalicelib.strategy.purity.source import Impurity, ParsedFile, bound_by, impurity
from chalicelib.strategy.purity.tables import MASKS, WHOLE_DIVISION

SIGNS: dict[type[ast.AST], str] = {
    ast.Pow: "powers differ in last bits between engines: multiply",
    ast.LShift: "a compiled int has 64 bits and wraps: multiply",
    ast.RShift: "use //",
    ast.Invert: "use not",
    ast.BitXor: "use !=",
    ast.MatMult: "multiply and add in a loop",
}
FLOATS = {"open", "high", "low", "close", "volume", "float", "fabs", "sqrt"}
"""Fields of bars, and functions, that are floats whatever else the file says."""


def forms(source: ParsedFile) -> Iterator[Impurity]:
    """Statements and expressions that no function may hold, fields that are set, and loops without an end."""
    for scope in source.scopes:
        in_errors = {each for node in scope.nodes if isinstance(node, ast.Raise) for each in ast.walk(node)}
        for node in scope.nodes:
            allowed = isinstance(node, ALLOWED_FORMS) or (isinstance(node, ast.JoinedStr) and node in in_errors)
            if not allowed and isinstance(node, ast.stmt | ast.expr | ast.pattern):
                yield impurity(node, FORMS.get(type(node), "not of what a strategy may use"))
            elif isinstance(node, ast.While) and _is_endless(node):
                yield impurity(node, "it has no end: break or return inside it")
            elif isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
                yield impurity(node, "a field is never set: make a new NamedTuple")


def _is_endless(loop: ast.While) -> bool:
    hangs_on_something = any(isinstance(node, ast.Name | ast.Call) for node in ast.walk(loop.test))
    leaves = any(isinstance(node, ast.Return | ast.Raise) for each in loop.body for node in ast.walk(each))
    return not (hangs_on_something or leaves or any(_breaks(each) for each in loop.body))


def _breaks(node: ast.AST) -> bool:
    if isinstance(node, ast.For | ast.While):
        return any(_breaks(each) for each in node.orelse)
    return isinstance(node, ast.Break) or any(_breaks(each) for each in ast.iter_child_nodes(node))


def signs(source: ParsedFile) -> Iterator[Impurity]:
    """Operators and numbers, anywhere in the file, that engines do not compute alike."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.BinOp | ast.AugAssign | ast.UnaryOp) and type(node.op) in SIGNS:
            yield impurity(node, SIGNS[type(node.op)])
        elif isinstance(node, ast.Compare):
            yield from _comparison(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, int) and node.value > LARGEST_WHOLE:
            yield impurity(node, "beyond 2**53 an int overflows or loses digits when compiled: write a float")
        elif isinstance(node, ast.Constant) and isinstance(node.value, bytes | complex):
            yield impurity(node, "numbers are int or float, words are str")


def _comparison(node: ast.Compare) -> Iterator[Impurity]:
    for sign, right in zip(node.ops, node.comparators, strict=True):
        if isinstance(sign, ast.Is | ast.IsNot):
            yield impurity(node, "engines disagree on what is the same thing: compare with == or isnan")
        elif isinstance(sign, ast.In | ast.NotIn) and not _is_fixed_tuple(right):
            yield impurity(node, "plain Python finds a NaN by identity: compare one by one in a loop")


def _is_fixed_tuple(node: ast.expr) -> bool:
    return isinstance(node, ast.Tuple) and all(isinstance(each, ast.Constant) for each in node.elts)


def whole(source: ParsedFile) -> Iterator[Impurity]:
    """Signs of ints between what is visibly a float."""
    floats = FLOATS | _float_names(source)
    for node in (node for scope in source.scopes for node in scope.nodes):
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, (*WHOLE_DIVISION, *MASKS)):
            left, right = (node.left, node.right) if isinstance(node, ast.BinOp) else (node.target, node.value)
            if _is_float(left, floats) or _is_float(right, floats):
                yield impurity(node, "of ints only, // and % of such that are not negative: divide, then floor")


def _float_names(source: ParsedFile) -> set[str]:
    """What is annotated as a float, and nowhere in the file otherwise, and constants that are written as one."""
    literals = [(name, node.value) for name, node in source.constants.items() if isinstance(node, ast.Constant)]
    kinds = {name: {type(value).__name__} for name, value in literals}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation is not None:
            for name in bound_by(node.target if isinstance(node, ast.AnnAssign) else node):
                kinds.setdefault(name, set()).add(ast.unparse(node.annotation))
    return {name for name, said in kinds.items() if said == {"float"}}


def _is_float(node: ast.expr, floats: set[str]) -> bool:
    match node:
        case ast.Constant(value=float()) | ast.BinOp(op=ast.Div()):
            return True
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Call(func=ast.Name(id=name)):
            return name in floats
        case ast.BinOp(left=left, right=right):
            return _is_float(left, floats) or _is_float(right, floats)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _is_float(operand, floats)
    return False
