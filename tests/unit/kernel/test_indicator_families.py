"""The table of indicators' names: it has what the families define, and so do those who check types."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path

import pytest

from chalicelib.kernel import indicators
from chalicelib.kernel.indicators import FAMILIES

FOLDER = Path(str(indicators.__file__)).parent
MODULES = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "__init__")


def defined(family: str) -> set[str]:
    """Names of a module's own: its classes, functions and constants."""
    found: set[str] = set()
    for node in ast.parse((FOLDER / f"{family}.py").read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return {name for name in found if not name.startswith("_")}


@pytest.mark.parametrize("family", MODULES)
def test_every_name_of_a_family_is_in_the_table(family: str) -> None:
    assert {name for name, home in FAMILIES.items() if home == family} == defined(family)


def test_who_checks_types_reads_every_family() -> None:
    tree = ast.walk(ast.parse(Path(str(indicators.__file__)).read_text("utf-8")))
    starred = {node.module for node in tree if isinstance(node, ast.ImportFrom) and node.names[0].name == "*"}
    assert starred == {f"{indicators.__name__}.{family}" for family in MODULES}


def test_each_name_is_its_familys_and_no_other_is_known() -> None:
    for name, family in FAMILIES.items():
        assert getattr(indicators, name) is getattr(import_module(f"{indicators.__name__}.{family}"), name)
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = indicators.nonsense  # type: ignore[attr-defined]
