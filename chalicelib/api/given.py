"""What a query string or a body says, read strictly: a mistyped name must not halt or resume something else."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from chalicelib.api.messages import HttpRefusal
from chalicelib.moments import span_ms

LARGEST_LIMIT = 1000
DEFAULT_LIMIT = 100
LARGEST_CURSOR = 2**63 - 1
LATEST_MS = 253_402_300_799_999
"""The last millisecond of the year 9999."""
LONGEST_REASON = 200
DEFAULT_REASON = "by hand"
LONGEST_TIME = 40
_DIGITS = re.compile("[0-9]{1,19}")
_LOST_PLUS = re.compile("[0-9] [0-9]{2}(:?[0-9]{2})?$")


@dataclass(frozen=True, slots=True)
class HaltWish:
    """`flatten` None: as each agent's configuration says."""

    reason: str
    flatten: bool | None


def refuse_unknown(query: Mapping[str, str], repeated: frozenset[str], known: frozenset[str]) -> None:
    """Refuse a query with a parameter that the route does not have, or with one twice: which of them would count?"""
    if not query.keys() <= known:
        has = f"has {', '.join(sorted(known))}" if known else "has none"
        raise HttpRefusal(400, f"unknown query parameter: this route {has}")
    if repeated:
        raise HttpRefusal(400, f"{', '.join(sorted(repeated))}: given more than once")


def limit_of(query: Mapping[str, str]) -> int:
    """How many rows a page may have.

    >>> limit_of({}), limit_of({"limit": "5"})
    (100, 5)
    """
    return _whole(query, "limit", 1, LARGEST_LIMIT) or DEFAULT_LIMIT


def before_of(query: Mapping[str, str]) -> int | None:
    """The cursor of the page before, None for the newest page."""
    return _whole(query, "before", 0, LARGEST_CURSOR)


def _span_of(query: Mapping[str, str], name: str) -> tuple[int, int]:
    """First and last millisecond of a time in epoch milliseconds, or of a time, day or month in ISO 8601.

    >>> _span_of({"from": "60000"}, "from"), _span_of({"to": "1970-01-01"}, "to")
    ((60000, 60000), (0, 86399999))
    """
    text = query[name]
    if _DIGITS.fullmatch(text) and int(text) <= LATEST_MS:
        return int(text), int(text)
    try:
        if len(text) > LONGEST_TIME or text.isdecimal():
            raise ValueError("a number gone wrong, more likely than a date")
        first_ms, last_ms = span_ms(text)
    except ValueError:
        if _LOST_PLUS.search(text):
            raise HttpRefusal(
                400, f"{name}: + in a query means a space; write %2B for it, or a time in UTC with Z"
            ) from None
        raise HttpRefusal(
            400, f"{name} must be a time in epoch milliseconds or ISO 8601 (2025-01-31T12:00:00Z)"
        ) from None
    return min(max(first_ms, 0), LATEST_MS), min(max(last_ms, 0), LATEST_MS)


def halt_wish(body: bytes) -> HaltWish:
    """What POST /halt asks for; an empty body is a halt without ado."""
    given = _object(body, frozenset({"reason", "flatten"}))
    reason, flatten = given.get("reason", DEFAULT_REASON), given.get("flatten")
    if not isinstance(reason, str) or not 1 <= len(reason.strip()) <= LONGEST_REASON or not reason.isprintable():
        raise HttpRefusal(400, f"reason must be one line of 1 to {LONGEST_REASON} printable characters")
    if flatten is not None and not isinstance(flatten, bool):
        raise HttpRefusal(400, "flatten must be true or false; without it, as the agent's risk.halt_action says")
    return HaltWish(reason.strip(), flatten)


def confirmation(body: bytes) -> str:
    """What POST /resume confirms."""
    confirm = _object(body, frozenset({"confirm"})).get("confirm")
    if not isinstance(confirm, str):
        raise HttpRefusal(400, 'confirm must be the id of the agent to resume, or "*" for all')
    return confirm


def _whole(query: Mapping[str, str], name: str, low: int, high: int) -> int | None:
    text = query.get(name)
    if text is None:
        return None
    if not _DIGITS.fullmatch(text) or not low <= int(text) <= high:
        raise HttpRefusal(400, f"{name} must be a whole number from {low} to {high}")
    return int(text)


def _object(body: bytes, known: frozenset[str]) -> Mapping[str, object]:
    """The JSON object in the body, empty for an empty body."""
    if not body.strip():
        return {}
    try:
        given = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant, object_pairs_hook=_once)
    except (ValueError, RecursionError):  # UnicodeDecodeError is a ValueError; brackets may be nested by the thousand
        raise HttpRefusal(400, "the body must be a JSON object in UTF-8") from None
    if not isinstance(given, dict):
        raise HttpRefusal(400, "the body must be a JSON object in UTF-8")
    if not given.keys() <= known:
        raise HttpRefusal(400, f"unknown key in the body: it takes {', '.join(sorted(known))}")
    return given


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """The object. Refused with a key twice, of which parsers take either."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise HttpRefusal(400, "a key is given more than once in the body")
    return found


def range_of(query: Mapping[str, str]) -> tuple[int, int]:
    """The first and the last millisecond that are asked for; a day or month that ends the range is in it as a whole.

    Refused where nothing can lie between them.

    >>> range_of({"from": "5"})
    (5, 253402300799999)
    """
    from_ms = _span_of(query, "from")[0] if "from" in query else 0
    to_ms = _span_of(query, "to")[1] if "to" in query else LATEST_MS
    if from_ms > to_ms:
        raise HttpRefusal(400, "an empty range: from is later than to")
    return from_ms, to_ms


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
