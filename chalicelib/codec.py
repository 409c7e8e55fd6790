"""Kernel state and domain records as JSON text, readable and exact, and back.

Floats round-trip (`repr`), undefined floats (NaN) are null, NamedTuples and dataclasses are objects by field name. A
field that the text lacks takes its default, so that an older text still reads where the default is right; a dataclass
field with `LEFT_OUT`, as a kernel field that is `UNTOLD`, is not written while it has its default.
"""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from enum import StrEnum
from functools import cache
from math import isinf, nan
from operator import attrgetter
from types import MappingProxyType
from typing import Any, NoReturn, TypeVar, Union, get_args, get_origin, get_type_hints

from chalicelib.errors import BadInput
from chalicelib.kernel.account import UNTOLD

T = TypeVar("T")
LEFT_OUT = MappingProxyType({"left_out": True})
"""Metadata of a dataclass field that most records need not tell: what they say stays as short as it was without it."""
Plain = Any  # what json reads and writes, and the type hints that say so; the one place without static types
Convert = Callable[[Plain], Plain]


def dump(value: object) -> str:
    """The value as one line of JSON. Raises BadInput for an infinite number and for what has no stored form."""
    kind: Plain = type(value)
    try:
        plain = encoder(kind)(value)
        try:
            return _write(plain)
        except ValueError:  # a NaN, rare after warm-up: looking for it in every value would cost more than this
            return _write(_without_nan(plain))
    except (ValueError, TypeError, AttributeError) as error:
        raise BadInput(f"this {kind.__name__} cannot be stored: {error}") from error


def load(kind: type[T], text: str) -> T:
    """The value of this type that `dump` wrote. Raises BadInput naming the type for any other text.

    >>> from chalicelib.kernel.account import Costs
    >>> load(Costs, dump(Costs(0.1, nan)))
    Costs(fee_rate=0.1, slippage=nan)
    """
    hint: Plain = kind
    try:
        value: T = decoder(hint)(_read(text))
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        raise BadInput(f"stored {kind.__name__} cannot be read ({error}): {text[:80]!r}") from error
    return value


def plain(value: object) -> object:
    """The value as `dump` writes it, in plain JSON values. Raises BadInput as `dump`."""
    kind: Plain = type(value)
    try:
        return _without_nan(encoder(kind)(value))
    except (ValueError, TypeError, AttributeError) as error:
        raise BadInput(f"this {kind.__name__} cannot be stored: {error}") from error


def typed(kind: type[T], value: object) -> T:
    """The value of this type that `plain` gave. Raises BadInput naming the type for any other value."""
    hint: Plain = kind
    try:
        made: T = decoder(hint)(value)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        raise BadInput(f"stored {kind.__name__} cannot be read ({error})") from error
    return made


@cache
def encoder(kind: Plain) -> Convert:
    """The function that makes values of this type fit for json; `_same` where they are already."""
    if kind in (float, int, str, bool, object, dict, list) or _is_enum(kind):
        return _same
    members = _members(kind)
    if members is not None:
        return _object_encoder(members, _left_out(kind))
    shape, inner = _container(kind)
    each = [encoder(hint) for hint in inner]
    if all(encode is _same for encode in each):
        return dict if shape == "mapping" else _same
    one = each[0]
    if shape == "optional":
        return lambda value: None if value is None else one(value)
    if shape in ("list", "window"):
        return lambda value: [one(item) for item in value]
    if shape == "record":
        return lambda value: [encode(item) for encode, item in zip(each, value, strict=True)]
    return lambda value: {key: one(item) for key, item in value.items()}


@cache
def decoder(kind: Plain) -> Convert:
    """The function that makes values of this type of plain JSON values; it raises ValueError and kin for others."""
    if kind is float:
        return _number
    if kind is object:
        return _same
    if kind in (int, str, bool):
        return lambda value: value if type(value) is kind else _refuse(value, kind.__name__)
    if _is_enum(kind):
        words = {str(word): word for word in kind}
        return lambda value: words[value]
    members = _members(kind)
    if members is not None:
        return _object_decoder(kind, members, len(_left_out(kind)))
    shape, inner = _container(kind)
    each = [decoder(hint) for hint in inner]
    one = each[0]
    if shape == "optional":
        return lambda value: None if value is None else one(value)
    if shape == "window":
        return lambda value: list(_floats(value)) if one is _number else [one(item) for item in _array(value)]
    if shape == "list":
        return _floats if one is _number else lambda value: tuple([one(item) for item in _array(value)])
    if shape == "record":
        return lambda value: tuple([decode(item) for decode, item in zip(each, _array(value), strict=True)])
    return lambda value: {key: one(item) for key, item in value.items()}


def _object_encoder(members: list[tuple[str, Plain, bool]], left_out: Mapping[str, Plain]) -> Convert:
    names = [name for name, _, _ in members]
    changed = [(name, encoder(hint)) for name, hint, _ in members if encoder(hint) is not _same]
    if not names:
        return lambda value: {}
    values: Convert = attrgetter(*names, names[0])  # one more than there are: a tuple even of a single field

    def encode(value: Plain) -> Plain:
        plain = dict(zip(names, values(value), strict=False))
        for name, convert in changed:
            plain[name] = convert(plain[name])
        return plain

    def encode_told(value: Plain) -> Plain:
        plain = encode(value)
        for name, default in left_out.items():
            if _is_same(getattr(value, name), default):
                del plain[name]
        return plain

    return encode_told if left_out else encode


def _is_same(found: Plain, default: Plain) -> bool:
    """Whether it equals the default to the last bit: -0.0 is not 0.0."""
    return bool(found == default and (found != 0 or str(found) == str(default)))


def _left_out(kind: Plain) -> Mapping[str, Plain]:
    """The fields, the last ones, that are written only where they are not these defaults; a factory makes a dict."""
    if is_dataclass(kind):
        marked = [field for field in fields(kind) if field.metadata == LEFT_OUT]
        return {field.name: {} if field.default is MISSING else field.default for field in marked}
    hints = get_type_hints(kind, include_extras=True)
    return {name: kind._field_defaults[name] for name in hints if UNTOLD in getattr(hints[name], "__metadata__", ())}


def _object_decoder(kind: Plain, members: list[tuple[str, Plain, bool]], left_out: int) -> Convert:
    """`left_out` is how many of the last members are usually not there."""
    parts = [(name, decoder(hint)) for name, hint, _ in members]
    usual = parts[: len(parts) - left_out]
    names = {name for name, _ in usual}
    optional = {name for name, _, has_default in members if has_default}

    def decode(value: Plain) -> Plain:
        if value.keys() == names:
            return kind(*[convert(value[name]) for name, convert in usual])
        return kind(**{name: convert(value[name]) for name, convert in parts if name in value or name not in optional})

    return decode


def _members(kind: Plain) -> list[tuple[str, Plain, bool]] | None:
    """(name, type, whether it has a default) of each field of a NamedTuple or dataclass, None for anything else."""
    if not isinstance(kind, type):
        return None
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return [
            (field.name, hints[field.name], field.default is not MISSING or field.default_factory is not MISSING)
            for field in fields(kind)
        ]
    names: tuple[str, ...] | None = getattr(kind, "_fields", None)
    if names is None:
        return None
    hints = get_type_hints(kind)
    defaults: Mapping[str, object] = getattr(kind, "_field_defaults", {})
    return [(name, hints[name], name in defaults) for name in names]


def _container(kind: Plain) -> tuple[str, tuple[Plain, ...]]:
    origin: Plain = get_origin(kind)
    arguments = get_args(kind)
    if origin in (Union, types.UnionType):
        inner = tuple(argument for argument in arguments if argument is not types.NoneType)
        if len(inner) == 1:
            return "optional", inner
    if origin is list:
        return "window", arguments
    if origin is Sequence or (origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis):
        return "list", arguments[:1]
    if origin is tuple:
        return "record", arguments
    if isinstance(origin, type) and issubclass(origin, Mapping) and arguments[0] is str:
        return "mapping", arguments[1:]
    raise TypeError(f"{kind} has no stored form")


def _is_enum(kind: Plain) -> bool:
    return isinstance(kind, type) and issubclass(kind, StrEnum)


def _same(value: Plain) -> Plain:
    return value


def _number(value: Plain) -> float:
    if type(value) is float:
        return value
    if value is None:
        return nan
    return float(value) if type(value) is int else _refuse(value, "float")


def _floats(value: Plain) -> tuple[float, ...]:
    """A list of numbers; all are floats but in a window that has not filled, so that is looked for first."""
    return tuple(value) if set(map(type, _array(value))) == {float} else tuple([_number(item) for item in value])


def _array(value: Plain) -> Plain:
    return value if type(value) in (list, tuple) else _refuse(value, "list")


def _without_nan(plain: Plain) -> Plain:
    """A plain value with every NaN as None. Raises ValueError for an infinite number."""
    if isinstance(plain, float):
        if isinf(plain):
            raise ValueError("an infinite number has no stored form")
        return plain if plain == plain else None
    if isinstance(plain, dict):
        return {key: _without_nan(item) for key, item in plain.items()}
    if isinstance(plain, (list, tuple)):
        return [_without_nan(item) for item in plain]
    return plain


def _refuse(value: Plain, expected: str = "a finite number") -> NoReturn:
    raise ValueError(f"expected {expected}, found {value!r}")


# Built once: json.dumps with arguments of its own would build one a call. The values are trees, never cycles.
_write = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False, check_circular=False).encode
_read = json.JSONDecoder(parse_constant=_refuse).decode
