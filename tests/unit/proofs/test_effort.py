"""A proof does a sample of its work by seed, and all of it under `make soak`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
ASKED = "from tests.support.effort import *; print(*sample(range(100), 5), repeats(3, 70), examples(10))"


def told(**settings: str) -> list[int]:
    """Five of the numbers below a hundred, or more, then how often something is repeated, then examples."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("SOAK")}
    command = [sys.executable, "-c", ASKED]
    done = subprocess.run(command, cwd=ROOT, env={**bare, **settings}, capture_output=True, text=True, check=True)
    return [int(number) for number in done.stdout.split()]


def test_a_sample_is_the_same_by_its_seed_and_in_order() -> None:
    *usual, repeated, examples = told()
    assert (len(usual), repeated, examples) == (5, 3, 10)
    assert usual == sorted(usual) == told()[:5]
    assert usual != told(SOAK_SEED="2")[:5]


def test_the_whole_leaves_nothing_out() -> None:
    assert told(SOAK="1") == [*range(100), 70, 200]
