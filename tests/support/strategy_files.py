"""Strategy files for tests: a small one that is right, and the same with a piece of it changed."""

from __future__ import annotations

from pathlib import Path

SOURCE = '''\
"""Enter above a level, leave below it."""

from typing import NamedTuple

from chalicelib.strategy import WAIT, Bar, Choice, Inputs, enter, leave

REASONS = ("above", "below")


class Settings(NamedTuple):
    level: float = 100.0
    bars: int = 3
    is_eager: bool = False


LIMITS = {"level": (1.0, 1e6), "bars": (1, 10)}


class State(NamedTuple):
    seen: int


class Values(NamedTuple):
    seen: float
    close: float


def start(settings: Settings) -> State:
    return State(0)


def observe(state: State, bar: Bar, settings: Settings) -> tuple[State, Values]:
    seen = min(state.seen + 1, settings.bars)
    return State(seen), Values(float(seen), bar.close)


def decide(values: Values, close: float, inputs: Inputs, in_position: bool, settings: Settings) -> Choice:
    if in_position:
        return leave(reason=1) if close < settings.level else WAIT
    return enter(reason=0) if close > settings.level else WAIT
'''


def changed(old: str, new: str, source: str = SOURCE) -> str:
    """The source with another piece in place of one that stands in it."""
    assert old in source
    return source.replace(old, new)


def without(name: str) -> str:
    """The source without a class or function."""
    parts = SOURCE.split("\n\n\n")
    kept = [part for part in parts if not part.startswith((f"class {name}(", f"def {name}("))]
    assert len(kept) == len(parts) - 1
    return "\n\n\n".join(kept)


def written(folder: Path, source: str = SOURCE, name: str = "mine.py") -> Path:
    """The file of a source."""
    path = folder / name
    path.write_text(source, "utf-8")
    return path
