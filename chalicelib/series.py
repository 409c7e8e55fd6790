"""Named series: what a strategy may read besides bars, each value known from some time on."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan

from chalicelib.domain import KnownValue, SeriesValue
from chalicelib.errors import BadInput
from chalicelib.foreign_text import printable
from chalicelib.moments import iso_text

SENTIMENT = "sentiment"
"""The series that headlines make."""


def refuse_absent(needed: Sequence[str], known: Sequence[str], who: str, how: str) -> None:
    """Raise BadInput naming the series that `who` needs, and `how` they are given, where one is not known."""
    missing = [name for name in needed if name not in known]
    if missing:
        word = "the series" if len(missing) > 1 else "a series"
        raise BadInput(f"{printable(who)} needs {word} that nothing gives here: {', '.join(missing)}; {how}")


def counting(known: KnownValue, close_ms: int, max_age_ms: int | None) -> KnownValue:
    """What counts of it at a close: nothing once it is older than this (None: it never is), nor where it is NaN."""
    is_old = known.known_ms is not None and max_age_ms is not None and close_ms - known.known_ms > max_age_ms
    if is_old or known.known_ms is None or known.value != known.value:
        return KnownValue(known.name, nan, None, known.evidence)
    return known


def is_new(value: SeriesValue, newest_ms: int | None, stored: SeriesValue | None) -> bool:
    """Whether a value is to be stored after the newest of its series and symbol; `stored` is the one of its time.

    Raises BadInput for one that would change what was known.
    """
    if newest_ms is None or value.known_ms > newest_ms:
        return True
    of = f" of {value.symbol}" if value.symbol else ""
    which = f"series {value.name}{of}: the value of {iso_text(value.known_ms)}"
    if stored is None:
        raise BadInput(f"{which} comes before the newest, of {iso_text(newest_ms)}: nothing is put into the past")
    if stored.value != value.value and (stored.value == stored.value or value.value == value.value):
        raise BadInput(f"{which} is {stored.value!r}, not {value.value!r}: what is known once is never changed")
    return False
