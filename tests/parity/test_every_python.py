"""What must be the same bits on every Python, computed by each that this machine has."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random
from shutil import which

from chalicelib.addition import added

ROOT = Path(__file__).parents[2]
SEEDS = range(40)

ADDED = """
import sys
sys.path.insert(0, sys.argv[1])
from random import Random
from chalicelib.addition import added
for seed in range(40):
    draw = Random(seed)
    print(ADDITION([draw.uniform(-1.0, 1.0) * 10.0 ** draw.randrange(6) for _ in range(50)]).hex())
"""

HEADLINES = """
import sys
sys.path.insert(0, sys.argv[1])
from types import SimpleNamespace
from trader.sim import headlines
from trader.sim.headlines import DAY_MS, HeadlineFeed

headlines.added = ADDITION

class Mood:
    first_ms = 0
    listing = SimpleNamespace(symbol=SimpleNamespace(base="A"))
    def __init__(self, mood):
        self.mood = lambda minute_ms: mood

feed = HeadlineFeed(7, {"AUSDT": Mood(1e16), "BUSDT": Mood(1.0), "CUSDT": Mood(-1e16)})
for found in feed.between(0, 2 * DAY_MS):
    print(found.published_ms, found.title)
"""


def pythons() -> list[str]:
    """The interpreters from 3.11 on that are there, this one first; none of them needs a package."""
    known = [which(f"python3.{minor}") for minor in (11, 12, 13)]
    kept = sorted(map(str, Path.home().glob(".pyenv/versions/3.1[123].*/bin/python3")))
    return list(dict.fromkeys([sys.executable, *filter(None, known), *kept]))


def printed(python: str, script: str) -> str:
    found = subprocess.run([python, "-c", script, str(ROOT)], capture_output=True, text=True, timeout=60)
    return found.stdout if found.returncode == 0 else f"cannot: {found.stderr[-300:]}"


def runs(python: str) -> bool:
    """A shim of pyenv may stand for a version that is not there."""
    return printed(python, "import sys; assert sys.version_info >= (3, 11)") == ""


def of_seeds(addition: Callable[[Iterable[float]], float]) -> str:
    lines = []
    for seed in SEEDS:
        draw = Random(seed)
        lines.append(addition([draw.uniform(-1.0, 1.0) * 10.0 ** draw.randrange(6) for _ in range(50)]).hex())
    return "".join(f"{line}\n" for line in lines)


def test_floats_add_up_alike() -> None:
    for python in filter(runs, pythons()):
        assert printed(python, ADDED.replace("ADDITION", "added")) == of_seeds(added), python


def test_the_built_in_sum_would_be_noticed() -> None:
    """Planted defect: `sum` instead of `added`, on the Pythons that compensate."""
    compensating = "import sys; assert sys.version_info >= (3, 12)"
    for python in filter(runs, pythons()):
        if printed(python, compensating) == "":
            assert printed(python, ADDED.replace("ADDITION", "sum")) != of_seeds(added), python
            kept, planted = (
                printed(python, HEADLINES.replace("ADDITION", name)) for name in ("headlines.added", "sum")
            )
            assert kept != planted, python


def test_headlines_over_several_symbols_are_alike() -> None:
    first, *others = filter(runs, pythons())
    script = HEADLINES.replace("ADDITION", "headlines.added")
    expected = printed(first, script)
    assert expected.count("\n") > 100
    for python in others:
        assert printed(python, script) == expected, python
