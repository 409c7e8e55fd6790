"""One class name, one meaning: no two modules define a class of the same name."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("chalicelib", "trader", "infra", "layers", "sentiment_container")
THE_SAME_THING = {"Fill", "Order", "Position"}
"""As the kernel computes with it, and as it is recorded."""
STRATEGIES = (ROOT / "chalicelib" / "strategies", ROOT / "trader" / "authoring")
"""Every one defines what the form of a strategy file calls for: Settings, State, Values, Inputs."""


def shared(sources: Mapping[str, str]) -> dict[str, list[str]]:
    """Public class names that several modules define, with those modules."""
    homes = defaultdict(list)
    for module, source in sources.items():
        for node in ast.parse(source).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].append(module)
    return {name: modules for name, modules in homes.items() if len(modules) > 1}


def test_no_two_classes_share_a_name() -> None:
    files = [file for folder in FOLDERS for file in (ROOT / folder).rglob("*.py") if file.parent not in STRATEGIES]
    found = shared({str(file.relative_to(ROOT)): file.read_text("utf-8") for file in files})
    assert set(found) == THE_SAME_THING, found


def test_a_shared_name_is_seen() -> None:
    assert shared({"a": "class Market: ...", "b": "class Market: ...", "c": "class Other: ..."}) == {
        "Market": ["a", "b"]
    }
