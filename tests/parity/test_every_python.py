"""What must be the same bits on every Python, computed by each that this machine has."""

from __future__ import annotations

import subprocess
import sys
from functools import cache

import pytest

from tests.parity.same_bits import WHAT
from tests.support.pythons import ROOT, environments, pythons

SUM, HASH = "the built-in sum", "the built-in hash"
COMPENSATING = 12
"""From Python 3.12 on `sum` of floats compensates."""


@cache
def printed(python: str, *arguments: str) -> str:
    command = [python, "-m", "tests.parity.same_bits", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True).stdout


found_pythons, found_environments = cache(pythons), cache(environments)


def those_for(what: str) -> dict[int, str]:
    """The interpreters that can compute it: a backtest's files need packages."""
    return found_environments() if what == "backtest" else found_pythons()


@pytest.mark.parametrize("what", WHAT)
def test_every_python_comes_to_the_same_bits(what: str) -> None:
    expected, *others = (printed(python, what) for python in those_for(what).values())
    assert len(expected) > 500
    assert [other == expected for other in others] == [True] * len(others)


@pytest.mark.parametrize(
    ("what", "planted"), [("sums", SUM), ("news", SUM), ("kernel", SUM), ("backtest", SUM), ("order_ids", HASH)]
)
def test_what_another_python_would_come_to_is_noticed(what: str, planted: str) -> None:
    """Planted defects: `sum`, which is another function from 3.12 on; `hash`, which is another in every process."""
    expected = printed(sys.executable, what)
    for minor, python in those_for(what).items():
        same = planted == SUM and minor < COMPENSATING
        assert (printed(python, what, planted) == expected) is same, python
