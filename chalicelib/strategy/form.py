"""The form of a strategy file: what it must define, what it may, and how that reads as types."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from inspect import signature
from types import FunctionType, ModuleType
from typing import Any, get_args, get_origin, get_type_hints

from chalicelib import codec
from chalicelib.domain import Reason
from chalicelib.errors import BadInput
from chalicelib.kernel.bar import Bar
from chalicelib.kernel.codes import MOST_REASONS
from chalicelib.series_name import NAME_WORDS, is_series_name
from chalicelib.strategy import Inputs
from chalicelib.strategy.parts import INDICATORS

RESERVED_SETTINGS = ("name", "file", "hash", "interval", "settings")
SCALARS = (int, float, bool)
LONGEST_REASON = 40
OWN_WORDS = {"signal", "sentiment", "break_even", "time"}
"""Reasons of ours that a file may have as its own: it had them first."""
LARGEST_WHOLE = 2**53
"""Compiled code counts in 64 bits and Python without end; floats are exact up to here."""
FUNCTIONS = {"start": 1, "observe": 3, "decide": 5}
"""What a file must define, by the number of its arguments."""
TYPES = ("Settings", "State", "Values")

Fields = Mapping[str, type]
Bounds = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Form:
    """What a file defines, checked."""

    settings: Any
    state: Any
    values: Any
    inputs: Any
    start: Callable[..., Any]
    observe: Callable[..., Any]
    decide: Callable[..., Any]
    signals: Callable[..., tuple[str, ...]]
    limits: Mapping[str, Bounds]
    """Inclusive, by setting."""
    ascending: tuple[tuple[str, str], ...]
    """Pairs of settings of which the first must lie below the second."""
    not_above: tuple[tuple[str, str], ...]
    """Thresholds to leave at and to enter at: where the first lies above the second, it enters and leaves in turn."""
    reasons: tuple[str, ...]
    former_key: str
    """Of one of our own: the setting that named its states before every strategy had a key; empty for none."""


def form_of(module: ModuleType, where: str) -> Form:
    """The form of a module. Raises BadInput naming `where`, what is missing or wrong, and what is expected."""
    for problem in _problems(module):
        raise BadInput(f"{where}: {problem}")
    own = vars(module)
    return Form(
        settings=own["Settings"],
        state=own["State"],
        values=own["Values"],
        inputs=own.get("Inputs", Inputs),
        start=own["start"],
        observe=own["observe"],
        decide=own["decide"],
        signals=own.get("signals", lambda values, close, settings: ()),
        limits=own.get("LIMITS", {}),
        ascending=tuple(own.get("ASCENDING", ())),
        not_above=tuple(own.get("NOT_ABOVE", ())),
        reasons=tuple(own.get("REASONS", ("signal",))),
        former_key=own.get("FORMER_KEY", ""),
    )


def _problems(module: ModuleType) -> Iterator[str]:
    own = vars(module)
    for name in TYPES:
        if not is_named_tuple(own.get(name)):
            yield f"{name} is missing: a class {name}(NamedTuple) is expected"
    for name, count in FUNCTIONS.items():
        found = own.get(name)
        if not isinstance(found, FunctionType):
            yield f"{name} is missing: a function of {count} arguments is expected"
        elif len(signature(found).parameters) != count:
            yield f"{name} takes {len(signature(found).parameters)} arguments: {count} are expected"
    yield from _wrong_settings(own["Settings"], own)
    yield from _wrong_fields(own["Values"], "Values", (float,))
    yield from _wrong_inputs(own.get("Inputs", Inputs))
    yield from _wrong_reasons(own.get("REASONS", ("signal",)))
    yield from _wrong_state(own["State"])


def is_named_tuple(kind: object) -> bool:
    """Whether this is a class that NamedTuple made."""
    return isinstance(kind, type) and issubclass(kind, tuple) and hasattr(kind, "_fields")


def _wrong_fields(kind: Any, name: str, allowed: tuple[type, ...]) -> Iterator[str]:
    for field, hint in get_type_hints(kind).items():
        if hint not in allowed:
            yield f"{name}.{field}: must be {' or '.join(each.__name__ for each in allowed)}"


def _wrong_settings(kind: Any, own: Mapping[str, Any]) -> Iterator[str]:
    yield from _wrong_fields(kind, "Settings", SCALARS)
    for field in kind._fields:
        if field in RESERVED_SETTINGS:
            yield f"Settings.{field}: the name is taken: it may not be one of {', '.join(RESERVED_SETTINGS)}"
        if field not in kind._field_defaults:
            yield f"Settings.{field}: needs a default"
    yield from _wrong_limits(kind, own.get("LIMITS", {}))
    for name in ("ASCENDING", "NOT_ABOVE"):
        for pair in own.get(name, ()):
            if not (isinstance(pair, tuple) and len(pair) == 2 and set(pair) <= set(kind._fields)):
                yield f"{name}: {pair!r} must be two settings"


def _wrong_limits(kind: Any, limits: object) -> Iterator[str]:
    if not isinstance(limits, dict):
        yield "LIMITS must be a dict of (lowest, highest) by setting"
        return
    for field, bounds in limits.items():
        if field not in kind._fields:
            yield f"LIMITS: {field!r} is no setting: Settings has {', '.join(kind._fields) or 'none'}"
        elif not _are_bounds(bounds):
            yield f"LIMITS: {field}: must be (lowest, highest), two numbers in that order"
        elif not bounds[0] <= kind._field_defaults[field] <= bounds[1]:
            yield f"LIMITS: {field}: its default {kind._field_defaults[field]!r} lies outside"


def _are_bounds(bounds: object) -> bool:
    pair = bounds if isinstance(bounds, tuple) and len(bounds) == 2 else (1, 0)
    return all(type(end) in (int, float) for end in pair) and pair[0] <= pair[1]


def _wrong_inputs(kind: Any) -> Iterator[str]:
    if not is_named_tuple(kind):
        yield "Inputs must be a class Inputs(NamedTuple)"
    yield from _wrong_fields(kind, "Inputs", (float,))
    for field in kind._fields:
        if not is_series_name(field):
            yield f"Inputs.{field}: a series must have {NAME_WORDS}"


def _wrong_reasons(reasons: object) -> Iterator[str]:
    if not isinstance(reasons, tuple) or not 0 < len(reasons) <= MOST_REASONS:
        yield f"REASONS must be a tuple of 1 to {MOST_REASONS} words"
        return
    taken = {reason.value for reason in Reason} - OWN_WORDS
    for reason in reasons:
        if not isinstance(reason, str) or not reason.isprintable() or not 0 < len(reason) <= LONGEST_REASON:
            yield f"REASONS: {reason!r} must be 1 to {LONGEST_REASON} printable characters"
        if reason in taken:
            yield f"REASONS: {reason!r} is a reason of our own"


def _wrong_state(kind: Any) -> Iterator[str]:
    try:
        codec.decoder(kind)
    except (TypeError, NameError, AttributeError) as error:
        yield f"State: {error}: its fields are numbers, bools, NamedTuples and tuples of them"
        return
    for field in _own_lists(kind):
        yield f"State: {field} is a list: those are made by ring and queue of our indicators, of your own use a tuple"


def _own_lists(kind: Any) -> Iterator[str]:
    """Fields with a list that is none of our indicators' windows: nobody would copy or check it."""
    for field, hint in get_type_hints(kind).items():
        for part in (hint, *get_args(hint)):
            if get_origin(part) is list:
                yield f"{kind.__name__}.{field}"
            elif is_named_tuple(part) and not part.__module__.startswith(f"{INDICATORS}."):
                yield from _own_lists(part)


def cast(kind: Any, value: Any) -> Any:
    """The value with a float wherever its type says so, in NamedTuples and tuples too.

    Raises ValueError for what is of another form, and for a whole number beyond 2 to the power of 53.
    """
    try:
        plain = codec.encoder(kind)(value)
    except (AttributeError, TypeError) as error:
        raise ValueError(f"{kind.__name__} expected: {error}") from error
    refuse_wide(kind, plain)
    return codec.decoder(kind)(plain)


def refuse_wide(kind: Any, plain: Any) -> None:
    """Raise ValueError naming the type where its plain value holds a whole number beyond 2 to the power of 53."""
    for whole in _whole_numbers(plain):
        if abs(whole) > LARGEST_WHOLE:
            raise ValueError(f"{kind.__name__} holds {whole}, a whole number beyond {LARGEST_WHOLE}")


def _whole_numbers(plain: Any) -> Iterator[int]:
    if isinstance(plain, Mapping):
        plain = list(plain.values())
    for each in plain if isinstance(plain, list | tuple) else ():
        yield from _whole_numbers(each)
    if isinstance(plain, int):
        yield plain


FIRST_BAR = Bar(0, 100.0, 101.0, 99.0, 100.5, 1.0)
"""What a file is tried out with."""
