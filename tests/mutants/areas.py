"""Which code is mutated, and by which tests it is held."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Area:
    """Modules, by patterns of their paths, and what pytest is told to run for each of them; quick tests first."""

    name: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]


STORES = ("tests/contract/test_halt_store.py", "tests/contract/test_portfolio_store.py")
OTHER_STORES = ("candle", "failure", "feed", "indicator", "news", "rule")
AREAS = (
    Area(
        "kernel",
        ("chalicelib/kernel/*.py",),
        (
            "chalicelib/kernel",
            "tests/unit/kernel/test_*.py",
            "tests/unit/backtest/test_backtest_scenarios.py",
            "tests/property/test_kernel_*.py",
            "tests/property/test_levels.py",
            "tests/parity/test_reference.py",
        ),
    ),
    Area(
        "filters",
        ("chalicelib/filters/*.py",),
        ("chalicelib/filters", "tests/unit/filters/test_*.py", "tests/property/test_filters.py"),
    ),
    Area(
        "trading",
        tuple(f"chalicelib/services/{name}.py" for name in ("halt", "minute", "portfolios", "preview", "trade")),
        (
            "chalicelib/services/minute.py",
            "tests/unit/kernel/test_part_exits.py",
            "tests/integration/test_home_halts.py",
            "tests/integration/test_second_look.py",
            "tests/parity/test_live_equals_backtest.py",
            "tests/unit/services/test_trade_service.py",
            "tests/unit/services/test_halt_service.py",
            "tests/unit/services/test_preview.py",
            "tests/unit/services/test_status_service.py",
            "tests/integration/test_order_protocol.py",
        ),
    ),
    Area(
        "other services",
        ("chalicelib/services/*.py",),
        (
            "chalicelib/services",
            "tests/unit/services/test_*.py",
            "tests/unit/adapters/test_alerting.py",
        ),
    ),
    Area(
        "sqlite",
        ("chalicelib/adapters/sqlite/*.py",),
        (
            *STORES,
            *(f"tests/contract/test_{name}_store.py" for name in OTHER_STORES),
            "tests/contract/test_journal.py",
            "tests/contract/test_scor*.py",
            "tests/integration/test_sqlite_database.py",
            "tests/integration/test_home_halts.py",
            "-k",
            "not dynamodb",
        ),
    ),
    Area(
        "dynamodb",
        ("chalicelib/adapters/dynamodb/*.py",),
        (
            *STORES,
            *(f"tests/contract/test_{name}_store.py" for name in OTHER_STORES),
            "tests/contract/test_journal.py",
            "tests/contract/test_scor*.py",
            "tests/integration/test_dynamodb_*.py",
            "-k",
            "dynamodb",
        ),
    ),
)


def area_of(module: str) -> Area | None:
    """The first that the path belongs to."""
    return next((area for area in AREAS if any(fnmatchcase(module, pattern) for pattern in area.modules)), None)


def modules() -> list[str]:
    """Paths of all that is mutated, from the root."""
    found = (path for area in AREAS for pattern in area.modules for path in ROOT.glob(pattern))
    return sorted({path.relative_to(ROOT).as_posix() for path in found})


def arguments(area: Area, root: Path) -> list[str]:
    """The area's tests as pytest takes them, patterns as the files that they stand for."""
    given: list[str] = []
    for each in area.tests:
        found = sorted(path.relative_to(root).as_posix() for path in root.glob(each)) if "*" in each else [each]
        given += found
    return given
