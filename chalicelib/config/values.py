"""The kinds of values that a key of agent.toml takes: each says in words what is allowed, and reads or refuses.

A kind gets what `tomllib` makes of a value. No number is unbounded, so none overflows later.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

from chalicelib.errors import BadInput
from chalicelib.foreign_text import printable
from chalicelib.redact import without_forms
from chalicelib.secret import Secret
from chalicelib.symbol_name import RULE, symbol_name

T = TypeVar("T")
Value_co = TypeVar("Value_co", covariant=True)
Choice = TypeVar("Choice", bound=StrEnum)

SHOWN_CHARACTERS = 60
OFF = "off"
_DURATION = re.compile("([0-9]{1,7})([mhd])")
_MINUTES = {"m": 1, "h": 60, "d": 1_440}
LARGEST_SHOWN = 10**18
"""Python refuses to print integers of thousands of digits, which TOML's hexadecimal notation admits."""


class ValueRefused(ValueError):
    """The value is not of the kind; the kind's words tell what would be."""


@dataclass(frozen=True, slots=True)
class Kind(Generic[Value_co]):
    """What a key takes."""

    words: str
    """Completes "must be …"."""
    read: Callable[[object], Value_co]
    """The value as the program uses it. Raises Refused."""
    is_list: bool = False
    is_secret: bool = False
    """A refused value is not repeated in the message."""


@dataclass(frozen=True, slots=True)
class Row:
    """What is known about a key besides its name, type and default, which stand in its field."""

    kind: Kind[object]
    about: str
    decides: bool
    """Whether it can change a decision, and so counts in the hash."""
    of_new_agents: object = None
    """What agents begin with since the key came, None where that is the default, which agents from
    before go on with."""
    came_later: bool = False
    """Whether agents had hashes before there was the key: its default is left out, so that theirs stay."""


def key(
    default: T,
    kind: Kind[T],
    about: str,
    *,
    decides: bool = True,
    of_new_agents: T | None = None,
    came_later: bool = False,
) -> T:
    """A dataclass field together with its row, kept in the field's metadata under "row"."""
    row = Row(kind, about, decides, of_new_agents, came_later or of_new_agents is not None)
    value: T = field(default_factory=lambda: default, metadata={"row": row})
    return value


def number(low: float, high: float, *, low_open: bool = False, high_open: bool = False) -> Kind[float]:
    """A finite number within bounds; an integer is read as a float, a boolean is no number.

    >>> number(0, 1, high_open=True).words, number(0, 1, low_open=True).words
    ('a number from 0 up to but not including 1', 'a number above 0 and up to 1')
    """

    def read(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValueRefused
        above = low < value if low_open else low <= value
        below = value < high if high_open else value <= high
        if not (above and below):
            raise ValueRefused
        return float(value) + 0.0  # -0.0 becomes 0.0: equal settings have equal hashes

    start = f"above {low:g} and up to" if low_open else f"from {low:g} {'up to' if high_open else 'to'}"
    return Kind(f"a number {start} {'but not including ' if high_open else ''}{high:g}", read)


def whole(low: int, high: int) -> Kind[int]:
    """An integer within bounds, both included.

    >>> whole(2, 1000).words
    'a whole number from 2 to 1000'
    """

    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueRefused
        return value

    return Kind(f"a whole number from {low} to {high}", read)


def truth() -> Kind[bool]:
    """True or false."""

    def read(value: object) -> bool:
        if not isinstance(value, bool):
            raise ValueRefused
        return value

    return Kind("true or false", read)


def scalar() -> Kind[int | float | bool]:
    """A number, true or false; which of them is another's to say."""

    def read(value: object) -> int | float | bool:
        if isinstance(value, bool) or (isinstance(value, (int, float)) and abs(value) <= LARGEST_SHOWN):
            return value
        raise ValueRefused

    return Kind("a number, true or false", read)


def text(pattern: str, words: str) -> Kind[str]:
    """Printable text that matches the whole pattern."""
    compiled = re.compile(pattern)

    def read(value: object) -> str:
        if not isinstance(value, str) or not value.isprintable() or not compiled.fullmatch(value):
            raise ValueRefused
        return value

    return Kind(words, read)


def symbol() -> Kind[str]:
    """The name of a symbol, read as the exchange writes it."""

    def read(value: object) -> str:
        if not isinstance(value, str):
            raise ValueRefused
        try:
            return symbol_name(value, "")
        except BadInput:
            raise ValueRefused from None

    return Kind(RULE, read)


def duration(most: str) -> Kind[str]:
    """A whole number of minutes, hours or days up to `most`, or "off"; equal ones are read as equal texts.

    >>> duration("30d").read("1d"), duration("30d").read("90m"), duration("30d").read("off")
    ('24h', '90m', 'off')
    """
    most_minutes = _minutes_of(most)

    def read(value: object) -> str:
        if value == OFF:
            return OFF
        minutes = _minutes_of(value) if isinstance(value, str) else 0
        if not 0 < minutes <= most_minutes:
            raise ValueRefused
        return f"{minutes // 60}h" if minutes % 60 == 0 else f"{minutes}m"

    return Kind(f'minutes, hours or days from "1m" to "{most}" ("90m", "24h", "7d"), or "{OFF}"', read)


def duration_ms(given: str) -> int | None:
    """Milliseconds of what was read as a duration; None for "off".

    >>> duration_ms("24h"), duration_ms("off")
    (86400000, None)
    """
    return None if given == OFF else _minutes_of(given) * 60_000


def _minutes_of(given: str) -> int:
    """0 for what is no duration."""
    found = _DURATION.fullmatch(given)
    return int(found[1]) * _MINUTES[found[2]] if found else 0


def secret(kind: Kind[str]) -> Kind[Secret]:
    """Text of the kind that is not to be seen."""
    return Kind(kind.words, lambda value: Secret(kind.read(value)), is_secret=True)


def one_of(options: type[Choice]) -> Kind[Choice]:
    """One member of an enumeration, given by its value."""
    values = [option.value for option in options]

    def read(value: object) -> Choice:
        if not isinstance(value, str) or value not in values:
            raise ValueRefused
        return options(value)

    quoted = [f'"{value}"' for value in values]
    return Kind(f"{', '.join(quoted[:-1])} or {quoted[-1]}", read)


def texts(item: Kind[str], at_least: int = 0) -> Kind[tuple[str, ...]]:
    """A list of texts of the kind without repetitions.

    >>> texts(text("[a-z]+", "a lower-case word"), at_least=1).words
    'a list of at least 1, none twice, each a lower-case word'
    """

    def read(value: object) -> tuple[str, ...]:
        if not isinstance(value, list):
            raise ValueRefused
        items = tuple(item.read(each) for each in value)
        if len(items) < at_least or len(set(items)) < len(items):
            raise ValueRefused
        return items

    size = f" of at least {at_least}" if at_least else ""
    return Kind(f"a list{size}, none twice, each {item.words}", read, is_list=True)


def texts_by_name(name: Kind[str], items: Kind[tuple[str, ...]]) -> Kind[Mapping[str, tuple[str, ...]]]:
    """A table of lists; two spellings of one name are two lists of it, and refused."""

    def read(value: object) -> Mapping[str, tuple[str, ...]]:
        if not isinstance(value, dict):
            raise ValueRefused
        table = {name.read(key): items.read(each) for key, each in value.items()}
        if len(table) < len(value):
            raise ValueRefused
        return table

    return Kind(f"a table of lists, none twice, each named by {name.words} and being {items.words}", read)


def shown(value: object) -> str:
    """A given value as a message repeats it: one short line, without the password of a URL.

    >>> shown("1.5"), shown(True), shown([1, "a"]), shown({"a": 1}), shown("http://me:pw@host/")
    ('"1.5"', 'true', '[1, "a"]', 'a table', '"http://***@host/"')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and abs(value) > LARGEST_SHOWN:
        return "an integer of more than 18 digits"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, (list, tuple)):
        few = ", ".join("a list" if isinstance(item, list) else shown(item) for item in value[:5])
        return printable(f"[{few}{', …' if len(value) > 5 else ''}]", SHOWN_CHARACTERS * 2)
    if isinstance(value, str):
        return f'"{printable(without_forms(value), SHOWN_CHARACTERS)}"'
    return printable(str(value), SHOWN_CHARACTERS)
