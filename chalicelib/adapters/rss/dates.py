"""Dates of feeds, whole or not at all: what is missing or may mean two things is not made up.

feedparser fills in a day, an hour or a zone that it does not find (`2026/1/29 15:07` becomes the first of this month,
`CET` becomes UTC), and so does dateutil from its default, hence this grammar.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import NamedTuple

from chalicelib.domain import DAY_MS

_LONGEST = 100  # characters, the name of a zone in full included
_EARLIEST_MS = 631_152_000_000  # 1990-01-01: no feed is older, so the date is a publisher's mistake
_CLOCK_SKEW_MS = 300_000
_FURTHEST_ZONE = 14 * 60
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ZONES = {
    0: "Z UT UTC GMT WET",
    60: "CET MET MEZ WEST",
    120: "CEST MEST MESZ EET SAST",
    180: "EEST MSK",
    480: "HKT SGT AWST",
    540: "JST KST",
    570: "ACST",
    600: "AEST",
    630: "ACDT",
    660: "AEDT",
    720: "NZST",
    780: "NZDT",
    -180: "BRT",
    -240: "EDT",
    -300: "EST CDT",
    -360: "MDT",
    -420: "MST PDT",
    -480: "PST AKDT",
    -540: "AKST",
    -600: "HST",
}
"""By minutes ahead of UTC. Names of two zones (IST, BST, CST, AST, ADT) and of one that changes (ET) are left out."""
_MINUTES_AHEAD = {name: minutes for minutes, names in _ZONES.items() for name in names.split()}

_MONTH = (
    r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t|tember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_WEEKDAY = r"(?:[^\W\d_]+\.?,\s?|(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\s)?"
_DAY = r"(?P<day>[0-9]{1,2})"
_YEAR = r"(?P<year>[0-9]{4})"
_CLOCK = r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,][0-9]{1,9})?)?"
_HALF = r"(?:\s?(?P<half>[ap])\.?m\b\.?)?"
_AHEAD = r"(?P<ahead_h>[0-9]{2}|(?:(?<=[ct][+-])|(?<=[ct] [+-]))[0-9](?![0-9]))(?::?(?P<ahead_m>[0-9]{2}))?"
_OFFSET = rf"(?:(?:utc|gmt)\s?)?(?P<sign>[+-]){_AHEAD}(?:\s[a-z]{{1,5}})?"
_ZONE = rf"(?:\s?(?:{_OFFSET}|(?:etc/)?(?P<zone>[a-z]{{1,5}}))(?:\s?\([^()]*\)|\[[\w/+-]+\])?)?"
_REST = rf"(?:t|,?\s(?:at\s|-\s)?){_CLOCK}{_HALF}{_ZONE}"
_FORMS = (
    rf"{_WEEKDAY}{_YEAR}(?P<mark>[-/.])(?P<month>[0-9]{{1,2}})(?P=mark){_DAY}{_REST}",
    rf"{_YEAR}(?P<month>[0-9]{{2}})(?P<day>[0-9]{{2}})t?(?P<hour>[0-9]{{2}})(?P<minute>[0-9]{{2}})(?P<second>[0-9]{{2}}){_ZONE}",
    rf"{_WEEKDAY}{_DAY}(?:st|nd|rd|th)?[\s-]{_MONTH},?[\s-](?P<year>[0-9]{{4}}|[0-9]{{2}}){_REST}",
    rf"{_WEEKDAY}{_MONTH}\s{_DAY}(?:st|nd|rd|th)?,?\s{_YEAR}{_REST}",
    rf"{_WEEKDAY}{_MONTH}\s{_DAY}\s{_CLOCK}{_ZONE}\s{_YEAR}",
    rf"{_WEEKDAY}{_DAY}\.\s?(?P<month>[0-9]{{1,2}})\.\s?{_YEAR}{_REST}",
    rf"{_WEEKDAY}(?P<one>[0-9]{{1,2}})(?P<mark>[/-])(?P<other>[0-9]{{1,2}})(?P=mark){_YEAR}{_REST}",
)
_EPOCH = re.compile(r"1[0-9]{9}(?:[0-9]{3})?")

Fields = Mapping[str, str | None]


class Moment(NamedTuple):
    """A time, and whether its zone is known; it is taken as UTC otherwise."""

    time_ms: int
    is_zoned: bool


def published_ms(text: str, fetched_ms: int) -> int | None:
    """The time that the text says, in UTC; None unless it says day, hour, minute and one zone or none.

    Also None before 1990 and more than a day ahead of the fetch; without a zone as soon as it is ahead, for then it is
    not UTC. A weekday is not compared with the date.

    >>> published_ms("Thu, 29 Jan 2026 15:07:41 CET", 1_790_000_000_000)
    1769695661000
    >>> published_ms("2026-01-29", 1_790_000_000_000), published_ms("Jan 29 2026 3:07 IST", 1_790_000_000_000)
    (None, None)
    """
    line = " ".join(text[: 2 * _LONGEST].split())
    moment = _moment(line) if len(line) <= _LONGEST else None
    if moment is None:
        return None
    latest_ms = fetched_ms + (DAY_MS if moment.is_zoned else _CLOCK_SKEW_MS)
    return moment.time_ms if _EARLIEST_MS <= moment.time_ms <= latest_ms else None


@cache
def _forms() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(form, re.IGNORECASE) for form in _FORMS)  # 25 ms that a poll without news need not spend


def _moment(line: str) -> Moment | None:
    if _EPOCH.fullmatch(line):
        return Moment(int(line) * (1000 if len(line) == 10 else 1), is_zoned=True)
    found = next(filter(None, (form.fullmatch(line) for form in _forms())), None)
    if found is None:
        return None
    fields = found.groupdict()
    day, clock_s, ahead_min = _day(fields), _clock_s(fields), _minutes_ahead(fields)
    if day is None or clock_s is None or ahead_min is None:
        return None
    seconds = calendar.timegm(day.timetuple()) + clock_s - 60 * ahead_min
    return Moment(1000 * seconds, is_zoned=bool(fields["sign"] or fields["zone"]))


def _day(fields: Fields) -> date | None:
    digits = fields["year"] or ""
    year = int(digits)
    if len(digits) == 2:
        year += 2000 if year < 50 else 1900  # RFC 2822, 4.3
    name, month, day = fields.get("name"), fields.get("month"), fields.get("day")
    if "one" in fields:
        month, day = _month_and_day(fields["one"] or "", fields["other"] or "")
    number = 1 + _MONTHS.index(name[:3].lower()) if name else int(month or 0)
    try:
        return date(year, number, int(day or 0))
    except ValueError:
        return None


def _month_and_day(one: str, other: str) -> tuple[str, str]:
    """Month and day where no more than one of the two can be a month; no month where both can."""
    if int(other) > 12 or int(one) == int(other):
        return one, other
    return (other, one) if int(one) > 12 else ("0", one)


def _clock_s(fields: Fields) -> int | None:
    """Seconds since the day began; 24:00 is its end, and a leap second the next second's beginning."""
    hour, minute, second = (int(fields[name] or 0) for name in ("hour", "minute", "second"))
    half = (fields.get("half") or "").lower()
    if (half == "p" and hour == 0) or (half == "a" and hour > 12):
        return None
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    seconds = 3600 * hour + 60 * minute + second
    sound = minute < 60 and (second < 60 or (second == 60 and minute == 59)) and seconds <= 86_400
    return seconds if sound else None


def _minutes_ahead(fields: Fields) -> int | None:
    """Minutes that the zone is ahead of UTC; 0 without a zone, None for one that is not known."""
    if fields["zone"]:
        return _MINUTES_AHEAD.get(fields["zone"].upper())
    if not fields["sign"]:
        return 0
    minutes = 60 * int(fields["ahead_h"] or 0) + int(fields["ahead_m"] or 0)
    if minutes > _FURTHEST_ZONE or int(fields["ahead_m"] or 0) > 59:
        return None
    return minutes if fields["sign"] == "+" else -minutes
