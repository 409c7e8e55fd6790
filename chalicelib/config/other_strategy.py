"""Overrides beside a file: where they name another strategy, the settings in the file are not those of this one."""

from __future__ import annotations

import os.path
from collections.abc import Callable, Mapping, Sequence

from chalicelib.config.keys import DEFAULT_STRATEGY, SETTINGS
from chalicelib.foreign_text import printable

NAME, FILE, HASH = "strategy.name", "strategy.file", "strategy.hash"
Given = Mapping[str, object]


def overridden(
    in_file: Given, overrides: Sequence[tuple[str, object]], source: str, say: Callable[[str], None]
) -> Given:
    """The values of the file that `source` names, with the overrides in their places; the last one of a key counts.

    Settings in the file belong to the strategy that the file names: for another they are left out, and `say` hears it.
    """
    given = _with(in_file, overrides)
    if _identity(given) == _identity(in_file):
        return given
    names = [key.removeprefix(SETTINGS) for key in in_file if key.startswith(SETTINGS)]
    if names:
        say(f"{source}: {', '.join(names)} left out: settings of {_shown(in_file)}, not of {_shown(given)}")
    return _with({key: value for key, value in in_file.items() if not key.startswith((SETTINGS, HASH))}, overrides)


def _with(in_file: Given, overrides: Sequence[tuple[str, object]]) -> Given:
    """Of a name and a file of a strategy the one that is given last counts."""
    given = dict(in_file)
    for key, value in overrides:
        given |= {key: value, **({FILE: ""} if key == NAME else {})}
    return given


def _identity(given: Given) -> str:
    file = str(given.get(FILE, ""))
    return os.path.realpath(file) if file else str(given.get(NAME, DEFAULT_STRATEGY))


def _shown(given: Given) -> str:
    return printable(str(given.get(FILE) or given.get(NAME, DEFAULT_STRATEGY)))
