"""Kernel state and domain records as JSON text, readable and exact, and back.

Floats round-trip (`repr`), undefined floats (NaN) are null, NamedTuples and dataclasses are objects by field name. A
field that the text lacks takes its default, so that an older text still reads where the default is right.
"""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Hashable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import StrEnum
from functools import cache
from math import isfinite, nan
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from chalicelib.errors import BadInput

T = TypeVar("T")
Plain = Any  # what json reads and writes; the one place where a value has no static type
Convert = Callable[[Plain], Plain]


def dump(value: object) -> str:
    """The value as one line of JSON."""
    kind: Hashable = type(value)
    return json.dumps(encoder(kind)(value), separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def load(kind: type[T], text: str) -> T:
    """The value of this type that `dump` wrote. Raises BadInput naming the type for any other text.

    >>> from chalicelib.kernel.account import Costs
    >>> load(Costs, dump(Costs(0.1, nan)))
    Costs(fee_rate=0.1, slippage=nan)
    """
    try:
        value: T = decoder(kind)(json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadInput(f"stored {kind.__name__} cannot be read ({error}): {text[:80]!r}") from error
    return value


@cache
def encoder(kind: Hashable) -> Convert:
    """The function that makes plain JSON values of values of this type."""
    if kind is float:
        return lambda value: value if isfinite(value) else _no_infinity(value)
    if kind in (int, str, bool, types.NoneType):
        return lambda value: value
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return str
    members = _members(kind)
    if members is not None:
        pairs = [(name, encoder(hint)) for name, hint, _ in members]
        return lambda value: {name: encode(getattr(value, name)) for name, encode in pairs}
    shape, inner = _container(kind)
    if shape == "optional":
        one = encoder(inner[0])
        return lambda value: None if value is None else one(value)
    if shape == "list":
        one = encoder(inner[0])
        return lambda value: [one(item) for item in value]
    if shape == "record":
        each = [encoder(hint) for hint in inner]
        return lambda value: [encode(item) for encode, item in zip(each, value, strict=True)]
    one = encoder(inner[0])
    return lambda value: {key: one(item) for key, item in value.items()}


@cache
def decoder(kind: Hashable) -> Convert:
    """The function that makes values of this type of plain JSON values; it raises ValueError and kin for others."""
    if kind is float:
        return lambda value: nan if value is None else float(value)
    if kind in (int, str, bool, types.NoneType):
        return lambda value: _expect(kind, value)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind
    members = _members(kind)
    if members is not None:
        make: Callable[..., Plain] = kind  # type: ignore[assignment]
        parts = [(name, decoder(hint), default) for name, hint, default in members]
        return lambda value: make(
            **{name: decode(value[name]) for name, decode, default in parts if name in value or default is MISSING}
        )
    shape, inner = _container(kind)
    if shape == "optional":
        one = decoder(inner[0])
        return lambda value: None if value is None else one(value)
    if shape == "list":
        one = decoder(inner[0])
        return lambda value: tuple(one(item) for item in value)
    if shape == "record":
        each = [decoder(hint) for hint in inner]
        return lambda value: tuple(decode(item) for decode, item in zip(each, value, strict=True))
    one = decoder(inner[0])
    return lambda value: {key: one(item) for key, item in value.items()}


def _members(kind: object) -> list[tuple[str, Hashable, object]] | None:
    """(name, type, default or MISSING) of each field of a NamedTuple or dataclass, None for anything else."""
    if isinstance(kind, type) and is_dataclass(kind):
        hints = get_type_hints(kind)
        return [(f.name, hints[f.name], f.default_factory if f.default is MISSING else f.default) for f in fields(kind)]
    if isinstance(kind, type) and issubclass(kind, tuple) and hasattr(kind, "_fields"):
        hints = get_type_hints(kind)
        defaults: Mapping[str, object] = kind._field_defaults  # type: ignore[attr-defined]
        return [(name, hints[name], defaults.get(name, MISSING)) for name in kind._fields]
    return None


def _container(kind: object) -> tuple[str, tuple[Hashable, ...]]:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        inner = tuple(argument for argument in arguments if argument is not types.NoneType)
        if len(inner) == 1:
            return "optional", inner
    if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        return "list", arguments[:1]
    if origin is tuple:
        return "record", arguments
    if isinstance(origin, type) and issubclass(origin, Mapping) and arguments[0] is str:
        return "mapping", arguments[1:]
    raise TypeError(f"{kind} has no stored form")


def _no_infinity(value: float) -> None:
    if value != value:
        return
    raise ValueError("an infinite number has no stored form")


def _expect(kind: object, value: Plain) -> Plain:
    if type(value) is not kind:
        raise ValueError(f"expected {kind}, found {value!r}")
    return value
