"""What an exit says: a fraction that stays is a float, a whole number in its place would be read as a reason."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from chalicelib.strategy.purity.source import Impurity, ParsedFile, impurity

LEAVE = "chalicelib.strategy.leave"
WHOLE = "keep is a fraction, written with a point (0.5 keeps half); a reason is leave(reason=1)"


def exits(source: ParsedFile) -> Iterator[Impurity]:
    """Every `leave` whose `keep` is named and visibly an int other than 0, or that has a reason in two places."""
    for call in _calls(source):
        keep = next((each.value for each in call.keywords if each.arg == "keep"), None)
        if keep is not None and _whole(source, keep) not in (None, 0):
            yield impurity(call, WHOLE)
        has_reason = len(call.args) > 1 or any(each.arg == "reason" for each in call.keywords)
        if call.args and has_reason and _whole(source, call.args[0]) not in (None, 0):
            yield impurity(call, WHOLE)


def reasons_in_place(source: ParsedFile) -> list[tuple[int, str, int]]:
    """Every `leave` with nothing but an int in its first place, which is its reason: line, code and that int."""
    found = []
    for call in _calls(source):
        number = _whole(source, call.args[0]) if len(call.args) == 1 and not call.keywords else None
        if number is not None and isinstance(call.args[0], ast.Constant):
            found.append((call.lineno, ast.unparse(call), number))
    return sorted(found)


def _calls(source: ParsedFile) -> Iterator[ast.Call]:
    names = {name for name, full in source.imports.items() if full == LEAVE}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            yield node


def _whole(source: ParsedFile, node: ast.expr) -> int | None:
    """The int that is written there, or that the constant of this name is; None for anything else."""
    found = source.constants.get(node.id) if isinstance(node, ast.Name) else node
    value = found.value if isinstance(found, ast.Constant) else None
    return value if type(value) is int else None
