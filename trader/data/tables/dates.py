"""Times written as text, in the forms that are unambiguous, read a column at a time.

A time without a zone is taken as UTC, which the reader says. Day and month are told apart by the year that stands
first, by the dots of DD.MM.YYYY, or by a day above the 12th somewhere in the file.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trader.data.arrays import Flags, Floats
from trader.data.tables.unclear import Unclear

CLOCK = (
    r"(?:[ T,]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"\s*(?P<half>[AaPp][Mm])?\s*(?P<zone>Z|UTC|GMT)?(?:(?P<sign>[+-])(?P<zone_hour>\d{2}):?(?P<zone_minute>\d{2})?)?$"
)
YEAR_FIRST = r"^(?P<year>\d{4})[-./](?P<month>\d{1,2})[-./](?P<day>\d{1,2})" + CLOCK
DAY_FIRST = r"^(?P<day>\d{1,2})[-./](?P<month>\d{1,2})[-./](?P<year>\d{4})" + CLOCK
MONTH_FIRST = r"^(?P<month>\d{1,2})[-./](?P<day>\d{1,2})[-./](?P<year>\d{4})" + CLOCK
DOTTED = r"^(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})" + CLOCK
DIGITS = (
    r"^(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})[ T]?(?P<hour>\d{2}):?(?P<minute>\d{2}):?(?P<second>\d{2})?"
    r"(?P<fraction>)(?P<half>)(?P<zone>Z)?(?P<sign>)(?P<zone_hour>)(?P<zone_minute>)$"
)
EXAMPLE = "2025-01-31T12:00:00Z"
LONGEST_SHOWN = 40
ONE_MONTH = np.timedelta64(1, "M")
DAY_OR_MONTH_FIRST = r"^\d{1,2}[-/]\d{1,2}[-/]\d{4}\b"


def form_of(texts: pa.StringArray) -> str:
    """The pattern of these times by the first of them, DAY_OR_MONTH_FIRST where that could be either.

    Raises Unclear for no known form.
    """
    first = next((text for text in texts.to_pylist() if text and text.strip()), "")
    for form in (YEAR_FIRST, DOTTED, DIGITS, DAY_OR_MONTH_FIRST):
        if _matches(first.strip(), form) or not first:
            return form
    raise Unclear(f"the time {shown(first)} is in no form that is known; write {EXAMPLE}")


def settled(pieces: Iterable[pa.StringArray]) -> str:
    """The form, with day or month first, where a day above the 12th says so. Raises Unclear where none does."""
    example = ""
    for texts in pieces:
        example = example or texts[0].as_py() or ""
        found = _parts(texts, DAY_FIRST)
        for part, form in (("day", DAY_FIRST), ("month", MONTH_FIRST)):
            if (_whole(found[part]) > 12).any():
                return form
    raise Unclear(f"times such as {shown(example)}: day or month first? Nothing above 12 says so; write {EXAMPLE}")


def milliseconds(texts: pa.StringArray, form: str) -> tuple[Floats, bool]:
    """The times in ms since 1970, NaN where there is no text or no such day, and whether all of them say their zone."""
    part = _parts(texts, form)
    hour = _of_24(_whole(part["hour"]), part["half"])
    minute, second = _whole(part["minute"]), _whole(part["second"])
    offset = _whole(part["zone_hour"]) * 60 + _whole(part["zone_minute"])
    offset = np.where(_is(part["sign"], "-"), -offset, offset)
    days = _days(_whole(part["year"]), _whole(part["month"]), _whole(part["day"]))
    fraction = _whole(pc.utf8_rpad(part["fraction"], 9, "0")) / 1e6
    times = ((days * 24.0 + hour) * 60.0 + minute - offset) * 60_000.0 + second * 1e3 + fraction
    zoned = bool((~_is(part["zone"], "") | ~_is(part["sign"], "")).all())
    return np.where((hour < 24) & (minute < 60) & (second < 60), times, np.nan), zoned


def shown(text: str) -> str:
    """The text quoted and cut."""
    return repr(text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…")


def _days(year: Floats, month: Floats, day: Floats) -> Floats:
    """Days since 1970, NaN where there is no such day."""
    there = (month >= 1) & (month <= 12) & (year >= 1)
    months = ((np.where(there, year, 1970) - 1970) * 12 + np.where(there, month, 1) - 1).astype("datetime64[M]")
    first = months.astype("datetime64[D]").astype(np.int64)
    end = (months + ONE_MONTH).astype("datetime64[D]").astype(np.int64)
    return np.where(there & (day >= 1) & (day <= end - first), first + day - 1, np.nan)


def _of_24(hour: Floats, half: pa.StringArray) -> Floats:
    """The hour of a clock of 24, where AM or PM was written."""
    halves = pc.utf8_upper(half)
    morning, evening = _is(halves, "AM"), _is(halves, "PM")
    wrong = (morning | evening) & ((hour < 1) | (hour > 12))
    twelve = np.where(morning | evening, hour % 12 + np.where(evening, 12, 0), hour)
    return np.where(wrong, np.nan, twelve)


def _parts(texts: pa.StringArray, form: str) -> dict[str, pa.StringArray]:
    """The named parts of times, empty where a time has none or is of another form."""
    found = pc.extract_regex(pc.utf8_trim_whitespace(texts), form)
    return {
        field.name: cast(pa.StringArray, pc.fill_null(pc.struct_field(found, place), ""))
        for place, field in enumerate(found.type)
    }


def _whole(digits: pa.StringArray) -> Floats:
    """Digits as numbers, 0 where there are none."""
    filled = pc.replace_substring_regex(digits, "^$", "0")
    return np.asarray(filled.cast(pa.float64()).to_numpy(), dtype=np.float64)


def _is(texts: pa.StringArray, word: str) -> Flags:
    return np.asarray(pc.equal(texts, pa.scalar(word)).to_numpy(zero_copy_only=False), dtype=np.bool_)


def _matches(text: str, pattern: str) -> bool:
    return bool(pc.match_substring_regex(pa.array([text]), pattern)[0].as_py())
