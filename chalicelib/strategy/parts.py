"""The sources that a strategy's answers follow from: its file, what that imports from us, and what this does."""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from chalicelib.kernel.indicators import FAMILIES

FILE = "file"
"""Under which a strategy's own source stands among its parts."""
GIVEN = "chalicelib.strategy"
"""Of every strategy's parts, as choices are made there."""
INDICATORS = "chalicelib.kernel.indicators"
HASH_CHARACTERS = 16


def parts_of(source: str) -> Mapping[str, str]:
    """Sources by name. An indicator that the file does not import is none of them: more of those change no hash."""
    parts = {FILE: source}
    waiting = [GIVEN, *_imported(source)]
    while waiting:
        name = waiting.pop()
        if name not in parts:
            parts[name] = source_of(name)
            waiting += _imported(parts[name])
    return parts


def families_in(parts: Mapping[str, str]) -> list[str]:
    """The modules of indicators among a strategy's parts, sorted."""
    return sorted(name for name in parts if name.startswith(f"{INDICATORS}."))


def hash_of(parts: Mapping[str, str]) -> str:
    """What names the parts, and changes with any of them."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:HASH_CHARACTERS]


@cache
def _imported(source: str) -> frozenset[str]:
    """Modules of ours that a source imports; of indicators those that define the names."""
    found = (node for node in ast.parse(source).body if isinstance(node, ast.ImportFrom))
    return frozenset(module for node in found for module in _modules(node))


def _modules(node: ast.ImportFrom) -> Iterator[str]:
    if node.module == INDICATORS:
        yield from (f"{INDICATORS}.{FAMILIES[each.name]}" for each in node.names)
    elif node.module is not None and node.module.startswith("chalicelib."):
        yield node.module


@cache
def source_of(module: str) -> str:
    """The text of a module of ours."""
    spec = find_spec(module)
    return Path(str(spec and spec.origin)).read_text("utf-8")
