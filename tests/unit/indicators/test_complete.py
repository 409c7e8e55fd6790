"""No indicator comes without its proofs."""

from __future__ import annotations

from chalicelib.kernel import indicators
from tests.unit.indicators import cases

SHORT_WINDOW = {"bands"}
"""Of a tuple that the strategy keeps itself: tests/property/test_kernel_indicators.py holds it to its definition."""


def names_called() -> set[str]:
    """What the observe functions of all cases call, and those by which they start."""
    found = {name for case in cases.CASES.values() for name in case.observe.__code__.co_names}
    return found | {name for case in cases.CASES.values() for name in case.start.__code__.co_names}


def test_every_function_of_the_package_is_called_by_some_case() -> None:
    functions = {name for name in indicators.FAMILIES if name.islower()}
    assert functions - SHORT_WINDOW <= names_called()


def test_a_case_observes_by_a_function_named_like_itself() -> None:
    assert all(case.observe.__name__ == name for name, case in cases.CASES.items())
