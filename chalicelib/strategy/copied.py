"""A state apart from the one that it was: `observe` uses up what it is given, its windows are changed in place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

Copy = Callable[[Any], Any]


@cache
def copier(kind: Any) -> Copy | None:
    """What copies a value of this type with all windows in it; None where it has none and may be shared."""
    if get_origin(kind) is list:
        return _list
    if get_origin(kind) is tuple:
        inner = get_args(kind)
        if len(inner) == 2 and inner[1] is Ellipsis:
            one = copier(inner[0])
            return None if one is None else lambda value: tuple(map(one, value))
        return _members(tuple, inner)
    return _members(kind._make, get_type_hints(kind).values()) if hasattr(kind, "_fields") else None


def windows_of(state: Any) -> Iterator[Any]:
    """Every list in a state."""
    for each in state:
        if isinstance(each, list):
            yield each
        elif isinstance(each, tuple):
            yield from windows_of(each)


def _list(value: Any) -> Any:
    return value.copy()


def _members(make: Copy, kinds: Any) -> Copy | None:
    changed = [(index, copy) for index, kind in enumerate(kinds) if (copy := copier(kind)) is not None]

    def copied(value: Any) -> Any:
        parts = list(value)
        for index, copy in changed:
            parts[index] = copy(parts[index])
        return make(parts)

    return copied if changed else None
