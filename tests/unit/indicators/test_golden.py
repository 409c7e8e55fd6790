"""An indicator's numbers never change under its name, not by a bit: whoever mends one gives it a new name.

`python -m tests.unit.indicators.golden` adds those that have none yet.
"""

from __future__ import annotations

import pytest

from tests.unit.indicators.cases import CASES
from tests.unit.indicators.golden import golden_of, kept


def test_every_indicator_has_golden_values_and_every_golden_value_its_indicator() -> None:
    assert set(kept()) == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_the_numbers_of_a_name_are_what_they_always_were(name: str) -> None:
    assert golden_of(CASES[name]) == kept()[name]
