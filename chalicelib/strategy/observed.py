"""What a strategy file reads and says, by its source."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence


def settings_read(source: str, functions: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    """Those of `names` that any of the functions reads off its argument `settings`, the last one.

    All of them where that argument is used in any other way, as where it is handed on.
    """
    tree = ast.parse(source)
    read: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name in functions:
            used = set(_fields(node))
            if None in used:
                return tuple(names)
            read |= {name for name in used if name is not None}
    return tuple(name for name in names if name in read)


def _fields(function: ast.FunctionDef) -> Iterator[str | None]:
    """The field of every use of the last argument, None for a use that is not the reading of a field."""
    settings = function.args.args[-1].arg
    fields = {id(node.value): node.attr for node in ast.walk(function) if isinstance(node, ast.Attribute)}
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and node.id == settings:
            yield fields.get(id(node))


def arguments_given(source: str, function: str, names: Sequence[str]) -> frozenset[str]:
    """Those of the leading arguments `names` that any call of a function of ours is given.

    All of them where the function is used in any other way than being called by its own name.
    """
    tree = ast.parse(source)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _is_named(node.func, function)]
    called = {id(call.func) for call in calls}
    others = [node for node in ast.walk(tree) if _is_named(node, function) and id(node) not in called]
    renamed = any(
        alias.name == function and alias.asname not in (None, function)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    )
    if others or renamed or any(_has_stars(call) for call in calls):
        return frozenset(names)
    given = {keyword.arg for call in calls for keyword in call.keywords}
    placed = max((len(call.args) for call in calls), default=0)
    return frozenset(name for place, name in enumerate(names) if place < placed or name in given)


def keeps_parts(source: str) -> bool:
    """Whether any `leave` may say that a part stays; an int in its first place is a reason."""
    tree = ast.parse(source)
    wholes = {
        node.targets[0].id
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and _is_int(node.value)
    }
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _is_named(node.func, "leave")]
    placed = [call.args[0] for call in calls if call.args and len(call.args) == 1]
    if all(_is_int(each) or (isinstance(each, ast.Name) and each.id in wholes) for each in placed):
        source = ast.unparse(_Reasoned().visit(tree))
    return bool(arguments_given(source, "leave", ("keep",)))


class _Reasoned(ast.NodeTransformer):
    """Takes the reason out of every `leave` that is given nothing else in place."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if _is_named(node.func, "leave") and len(node.args) == 1:
            return ast.Call(node.func, [], node.keywords)
        return node


def _is_int(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int


def _is_named(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _has_stars(call: ast.Call) -> bool:
    return any(isinstance(each, ast.Starred) for each in call.args) or any(each.arg is None for each in call.keywords)
