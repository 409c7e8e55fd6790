"""How much work a proof does: all of it under `make soak`, a sample drawn by seed in `make test`.

Defects are planted for both, so each test that takes its effort from here has to notice them in the sample too.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")

WHOLE = os.environ.get("SOAK") == "1"
SEED = int(os.environ.get("SOAK_SEED", "1"))
"""What is drawn for a sample; with the same seed it is the same."""
MORE_EXAMPLES = 20
"""How many times as many examples hypothesis makes of a property in whole."""


def sample(steps: Sequence[T], count: int) -> list[T]:
    """Some of the steps of an enumeration, in their order; all of them in whole.

    >>> sample(range(4), 9), len(sample(range(1_000), 9)) in (9, 1_000)
    ([0, 1, 2, 3], True)
    """
    if WHOLE or len(steps) <= count:
        return list(steps)
    return [steps[number] for number in sorted(Random(SEED).sample(range(len(steps)), count))]


def repeats(usual: int, whole: int) -> int:
    """How often something is tried that has no end.

    >>> repeats(20, 1_000) in (20, 1_000)
    True
    """
    return whole if WHOLE else usual


def examples(usual: int) -> int:
    """The `max_examples` of a property.

    >>> examples(50) in (50, 1_000)
    True
    """
    return repeats(usual, usual * MORE_EXAMPLES)
