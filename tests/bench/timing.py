"""Times that are compared with each other: taken in turn, so that a busy machine slows both."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of every round, on the clock and of the processors (all threads of this process)."""

    wall_s: tuple[float, ...]
    cpu_s: tuple[float, ...]

    def figures(self) -> dict[str, float | int]:
        """What is reported of them."""
        return {
            "wall_min_s": min(self.wall_s),
            "wall_median_s": median(self.wall_s),
            "cpu_min_s": min(self.cpu_s),
            "cpu_median_s": median(self.cpu_s),
            "rounds": len(self.wall_s),
        }


def in_turn(rounds: int, *functions: Callable[[], object]) -> list[Times]:
    """Run all of them `rounds` times, one after the other in every round; the first round is not counted."""
    taken: list[list[tuple[float, float]]] = [[] for _ in functions]
    for function in functions:
        function()
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for function, found in zip(functions, taken, strict=True):
                found.append(once(function))
    finally:
        gc.enable()
    return [Times(*zip(*found, strict=True)) for found in taken]


def once(function: Callable[[], object]) -> tuple[float, float]:
    """Seconds of one call: on the clock, of the processors."""
    wall, cpu = time.perf_counter(), time.process_time()
    function()
    return time.perf_counter() - wall, time.process_time() - cpu


def ratios(ours: Times, theirs: Times) -> dict[str, float]:
    """How many times as long ours took: the median over the rounds, and of the fastest rounds."""
    pairs = zip(ours.wall_s, theirs.wall_s, strict=True)
    return {
        "ratio_median_of_pairs": median(our_s / their_s for our_s, their_s in pairs),
        "ratio_of_minima": min(ours.wall_s) / min(theirs.wall_s),
    }
