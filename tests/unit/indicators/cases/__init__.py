"""Every indicator of ours with what it is held to: a module a family, each with its `CASES`."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

from tests.unit.indicators.case import Case

FAMILIES = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem != "__init__")
CASES: Mapping[str, Case] = {
    name: case for family in FAMILIES for name, case in import_module(f"{__name__}.{family}").CASES.items()
}
