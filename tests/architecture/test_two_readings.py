"""What a client checks before it sends and what the exchange refuses are read twice, with nothing in common."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.architecture.import_rule import imports_of, project_sources

CLIENT, EXCHANGE = "chalicelib.filters", "trader.sim"
JUDGE = "trader.sim.trading.rules"


def reached(sources: Mapping[str, str], start: str) -> set[str]:
    """The project's modules that a package or module imports, whatever lies between; itself among them."""
    found: set[str] = set()
    ahead = [name for name in sources if name == start or name.startswith(f"{start}.")]
    while ahead:
        module = ahead.pop()
        if module not in found:
            found.add(module)
            ahead += [name for name in imports_of(module, sources) if name in sources]
    return found


def shared(sources: Mapping[str, str]) -> list[str]:
    """What both readings of the rules lean on, and where one side knows the other."""
    client, judge, exchange = (reached(sources, start) for start in (CLIENT, JUDGE, EXCHANGE))
    known = {name for name in exchange if name.startswith(CLIENT)} | {
        name for name in client if name.startswith(EXCHANGE)
    }
    return sorted((client & judge) | known)


def test_the_filters_are_read_twice_with_no_module_in_common() -> None:
    assert shared(project_sources()) == []


def test_both_readings_are_there() -> None:
    sources = project_sources()
    assert f"{CLIENT}.legal" in reached(sources, CLIENT)
    assert "trader.sim.trading.amounts" in reached(sources, JUDGE)


@pytest.mark.parametrize(
    ("module", "planted", "expected"),
    [
        (JUDGE, "from chalicelib.filters.grids import AmountGrid", "chalicelib.filters.grids"),
        ("trader.sim.trading.amounts", "from chalicelib.errors import BadInput", "chalicelib.errors"),
        ("trader.sim.answers", "from chalicelib.filters import legal", "chalicelib.filters.legal"),
        ("chalicelib.filters.worth", "from trader.sim.trading.amounts import ZERO", "trader.sim.trading.amounts"),
    ],
)
def test_a_module_in_common_is_seen(module: str, planted: str, expected: str) -> None:
    sources = project_sources()
    assert expected in shared(sources | {module: f"{sources[module]}\n{planted}\n"})
