"""A start, a halt and a resume are interrupted at their steps: no halt is lost, spread or come back, nothing enters."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.effort import repeats


def interrupted(folder: Path, *planted: str) -> Any:
    command = [sys.executable, "-m", "tests.support.dying_starts", str(folder), *planted]
    done = subprocess.run(command, capture_output=True, text=True, timeout=repeats(600, 7_200), check=True)
    return json.loads(done.stdout)


def test_no_halt_is_lost_or_spread_whatever_interrupts_a_start_a_halt_or_a_resume(tmp_path: Path) -> None:
    found = interrupted(tmp_path)
    assert found["wrong"] == []
    assert all(steps >= 50 for steps in found["steps"].values()), found["steps"]


@pytest.mark.parametrize(
    ("planted", "scenario", "found_as"),
    [
        ("a run knows its own flags only", "a start while halted", "it entered all the same"),
        ("old flags are forgotten first", "a start with halts of an old version", "the first line does not say"),
        ("an old flag for all stays one", "a start with halts of an old version", "the halt has spread"),
    ],
)
def test_a_planted_defect_is_found(planted: str, scenario: str, found_as: str, tmp_path: Path) -> None:
    assert any(found_as in problem for problem in interrupted(tmp_path, scenario, planted)["wrong"])
