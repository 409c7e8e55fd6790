"""The functions by which a strategy decides, rewritten so that every comparison is a call that says what it is of."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from types import CodeType

SIGNS: Mapping[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.Gt: ">",
    ast.LtE: "<=",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
UNTOLD = ("start", "observe", "signals")
"""Functions of a file that `decide` has no part in."""
COMPARED, ISNAN, ALL, ANY = "_compared", "_isnan", "_all", "_any"
"""What the rewritten functions call, to be found among their globals."""


@lru_cache(maxsize=32)
def rewritten(source: str) -> CodeType:
    """The functions that `decide` may call, and itself, with every comparison as a call.

    They call COMPARED with names, signs, which sides are fixed, and the sides; ISNAN with a name and a value; ALL and
    ANY with a function for each term.
    """
    functions = [
        node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef) and node.name not in UNTOLD
    ]
    [settings] = [_arguments(node)[-1] for node in functions if node.name == "decide"]
    module = ast.Module([_Telling(_arguments(node), settings).visit(node) for node in functions], type_ignores=[])
    return compile(ast.fix_missing_locations(module), "<conditions>", "exec")


@lru_cache(maxsize=32)
def fields_behind(source: str) -> Mapping[str, frozenset[str]]:
    """The fields of its first argument that each local of `decide` is worked out from, over other locals too."""
    [decide] = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef) and node.name == "decide"]
    values = _arguments(decide)[0]
    found: dict[str, frozenset[str]] = {}
    for node in ast.walk(decide):
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            used = {field for each in ast.walk(node.value) for field in _fields(each, values, found)}
            for name in (each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)):
                found[name] = found.get(name, frozenset()) | used
    return found


def _fields(node: ast.AST, values: str, locals_known: Mapping[str, frozenset[str]]) -> Iterable[str]:
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == values:
        return (node.attr,)
    return locals_known.get(node.id, ()) if isinstance(node, ast.Name) else ()


def _arguments(function: ast.FunctionDef) -> tuple[str, ...]:
    return tuple(argument.arg for argument in function.args.args)


class _Telling(ast.NodeTransformer):
    """Makes a call of every comparison, of `isnan`, and of `and` and `or`."""

    def __init__(self, arguments: tuple[str, ...], settings: str) -> None:
        self._arguments = arguments
        self._settings = settings
        """What `decide` calls its settings."""

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        if not all(type(sign) in SIGNS for sign in node.ops):
            return self.generic_visit(node)
        sides = [node.left, *node.comparators]
        names = _tuple(self._names(sides))
        signs = _tuple(SIGNS[type(sign)] for sign in node.ops)
        fixed = _tuple(map(self._is_fixed, sides))
        return _call(COMPARED, [names, signs, fixed, *map(self.visit, sides)])

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        nothing = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
        terms: list[ast.expr] = [ast.Lambda(nothing, self.visit(term)) for term in node.values]
        return _call(ALL if isinstance(node.op, ast.And) else ANY, terms)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        name = self._name(node.args[0]) if node.args else ""
        self.generic_visit(node)
        asks = isinstance(node.func, ast.Name) and node.func.id == "isnan"
        return _call(ISNAN, [ast.Constant(name), *node.args]) if asks else node

    def _names(self, sides: Sequence[ast.expr]) -> list[str]:
        """What the sides are called; where two that are not fixed would be called alike, as the file has them."""
        texts, short = [ast.unparse(side) for side in sides], [self._name(side) for side in sides]
        told = [at for at, side in enumerate(sides) if not self._is_fixed(side)]
        alike = {short[at] for at in told for other in told if short[at] == short[other] and texts[at] != texts[other]}
        return [texts[at] if at in told and name in alike else name for at, name in enumerate(short)]

    def _name(self, side: ast.expr) -> str:
        """The side as the file has it, a field of an argument by its own name."""
        text = ast.unparse(side)
        return _FieldNames(self._arguments).shortened(side) if "." in text else text

    def _is_fixed(self, side: ast.expr) -> bool:
        """Whether only numbers and settings stand in it."""
        return {node.id for node in ast.walk(side) if isinstance(node, ast.Name)} <= {self._settings}


class _FieldNames(ast.NodeTransformer):
    """Writes `values.level` as `level`, for every argument."""

    def __init__(self, arguments: tuple[str, ...]) -> None:
        self._arguments = arguments

    def shortened(self, side: ast.expr) -> str:
        return ast.unparse(self.visit(ast.parse(ast.unparse(side), mode="eval")))

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        is_field = isinstance(node.value, ast.Name) and node.value.id in self._arguments
        return ast.Name(node.attr) if is_field else node


def _call(name: str, arguments: list[ast.expr]) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), arguments, [])


def _tuple(values: Iterable[str | bool]) -> ast.expr:
    return ast.Tuple([ast.Constant(value) for value in values], ast.Load())
