"""What of a stored state has changed since an earlier one: of a long window a place or two a minute."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Plain = Any
Changes = list[list[Plain]]
"""Runs of numbers that follow each other in a state: the place of the first among all, and their new values."""


def changes(before: Plain, after: Plain) -> Changes | None:
    """How one state becomes another of the same form, in plain JSON values; None where the forms differ."""
    old, new = list(_scalars(before)), list(_scalars(after))
    if len(old) != len(new) or not _is_alike(_with(before, iter(new)), after):
        return None
    found: Changes = []
    last = -2
    for place, (one, other) in enumerate(zip(old, new, strict=True)):
        if not _is_same(one, other):
            if place == last + 1:
                found[-1].append(other)
            else:
                found.append([place, other])
            last = place
    return found


def changed(before: Plain, made: Changes) -> Plain:
    """The state that `changes` was told of.

    >>> changed({"closes": [1.0, 2.0], "at": 0}, [[1, 3.0, 1]])
    {'closes': [1.0, 3.0], 'at': 1}
    """
    scalars = list(_scalars(before))
    for first, *values in made:
        scalars[first : first + len(values)] = values
    return _with(before, iter(scalars))


def _scalars(value: Plain) -> Iterator[Plain]:
    if isinstance(value, dict | list | tuple):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _scalars(each)
    else:
        yield value


def _with(form: Plain, scalars: Iterator[Plain]) -> Plain:
    """A value of this form with these scalars."""
    if isinstance(form, dict):
        return {key: _with(each, scalars) for key, each in form.items()}
    if isinstance(form, list | tuple):
        return [_with(each, scalars) for each in form]
    return next(scalars)


def _is_alike(one: Plain, other: Plain) -> bool:
    """Whether two values have the same fields in the same order, and lists of the same lengths."""
    if isinstance(one, dict):
        return (
            isinstance(other, dict) and list(one) == list(other) and all(_is_alike(one[key], other[key]) for key in one)
        )
    if isinstance(one, list):
        return isinstance(other, list | tuple) and len(one) == len(other) and all(map(_is_alike, one, other))
    return not isinstance(other, dict | list | tuple)


def _is_same(one: Plain, other: Plain) -> bool:
    """To the bit: 0.0 is not -0.0, and 1 is neither 1.0 nor true."""
    return type(one) is type(other) and one == other and (one != 0.0 or repr(one) == repr(other))
