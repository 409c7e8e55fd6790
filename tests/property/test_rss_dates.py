"""A feed's date is read whole or not at all, and never from the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.adapters.rss.dates import published_ms
from chalicelib.domain import DAY_MS

NOW_MS = 1_790_000_000_000  # 2026-09-21
NOON = "2026-01-29 12:00"
NOON_MS = 1_769_688_000_000

ZONES = st.integers(min_value=-14 * 60, max_value=14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TIMES = st.builds(
    lambda seconds, zone: datetime.fromtimestamp(seconds, zone),
    st.integers(min_value=631_152_000, max_value=NOW_MS // 1000),
    ZONES,
)
WRITTEN = (
    "%a, %d %b %Y %H:%M:%S %z",
    "%A, %d-%b-%Y %H:%M:%S %z",
    "%d %B %Y %H:%M:%S %z",
    "%b %d, %Y %I:%M:%S %p %z",
    "%a %b %d %H:%M:%S GMT%z %Y",
    "%a %b %d %Y %H:%M:%S GMT%z (Somewhere Standard Time)",
    "%Y-%m-%dT%H:%M:%S%z",
    "%Y-%m-%d %H:%M:%S.123 UTC%z",
    "%Y/%m/%d %H:%M:%S %z",
    "%Y%m%dT%H%M%S%z",
    "%d.%m.%Y %H:%M:%S %z",
)


def ms(time: datetime) -> int:
    return round(time.timestamp()) * 1000


@given(TIMES, st.sampled_from(WRITTEN))
def test_a_whole_date_is_the_moment_that_was_written(time: datetime, form: str) -> None:
    assert published_ms(time.strftime(form), NOW_MS) == ms(time)


@given(TIMES)
def test_standard_forms_are_read_as_the_standard_library_writes_them(time: datetime) -> None:
    assert published_ms(format_datetime(time), NOW_MS) == ms(time)
    assert published_ms(time.isoformat(), NOW_MS) == ms(time)
    assert published_ms(time.astimezone(UTC).isoformat().replace("+00:00", "Z"), NOW_MS) == ms(time)
    assert published_ms(str(ms(time)), NOW_MS) in (ms(time), None)


@given(TIMES, st.sampled_from(WRITTEN), st.data())
def test_a_part_of_a_date_is_none_or_lacks_no_more_than_seconds_and_zone(
    time: datetime, form: str, data: st.DataObject
) -> None:
    text = time.strftime(form)
    part = text[: data.draw(st.integers(min_value=0, max_value=len(text) - 1))]
    read = published_ms(part, NOW_MS)
    assert read is None or abs(read - ms(time)) < 29 * 3_600_000
    assert read is None or ":" in part or "T" in part


@given(st.text(alphabet="0123456789 -+/:.,TZapmjnuecsto年日", max_size=30) | st.text(max_size=30))
def test_no_text_is_filled_in_from_the_clock(text: str) -> None:
    assert published_ms(text, NOW_MS) == published_ms(text, NOW_MS + 400 * DAY_MS) or "202" in text


@pytest.mark.parametrize(
    ("zone", "hours"),
    [
        ("", 0.0),
        ("Z", 0.0),
        ("UTC", 0.0),
        ("EST", -5.0),
        ("EDT", -4.0),
        ("CET", 1.0),
        ("cest", 2.0),
        ("MESZ", 2.0),
        ("JST", 9.0),
        ("KST", 9.0),
        ("ACST", 9.5),
        ("UTC+8", 8.0),
        ("GMT-0330", -3.5),
        ("GMT +5:30", 5.5),
        ("+0100 CET", 1.0),
        ("+01:00[Europe/Berlin]", 1.0),
        ("+14:00", 14.0),
        ("-0000", 0.0),
    ],
)
def test_a_zone_that_can_be_one_only_counts(zone: str, hours: float) -> None:
    assert published_ms(f"{NOON} {zone}".strip(), NOW_MS) == NOON_MS - round(hours * 3_600_000)


UNCLEAR = "IST BST CST AST GST ET PT XYZ A Etc/GMT+5 +15:00 +0160 +123 +1 EST+5 Europe/Berlin (CET)"


@pytest.mark.parametrize("zone", UNCLEAR.split())
def test_a_zone_that_can_be_two_or_none_makes_no_date(zone: str) -> None:
    assert published_ms(f"{NOON} {zone}", NOW_MS) is None


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("2026-01-29 3:07 PM", "15:07:00"),
        ("Jan 29, 2026 at 12:00 AM", "00:00:00"),
        ("January 29th, 2026 12:30 p.m.", "12:30:00"),
        ("29/01/2026 15:07:41", "15:07:41"),
        ("01/29/2026 03:07:41PM", "15:07:41"),
        ("Do, 29 Jan 26 15:07:41", "15:07:41"),
        ("Thu, 01/29/2026 - 15:07", "15:07:00"),
        ("1769699261", "15:07:41"),
        ("20260129150741", "15:07:41"),
    ],
)
def test_twelve_hours_and_other_orders_are_read_where_they_mean_one_thing(text: str, clock: str) -> None:
    assert published_ms(text, NOW_MS) == ms(datetime.fromisoformat(f"2026-01-29T{clock}Z"))


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-29",
        "2026/01/29",
        "29 Jan 2026",
        "2026-01",
        "2026",
        "15:07:41",
        "15:07",
        "01/02/2026 15:07:41",
        "2026-01-29T15Z",
        "2026-02-30 15:07:41 UTC",
        "0026-01-29 15:07:41 UTC",
        "2026-01-29 24:01 UTC",
        "2026-01-29 15:61 UTC",
        "2026-01-29 0:07 PM",
        "2026-01-29 15:07 AM",
        "2026-W05-4",
        "3 hours ago",
        "29 janv. 2026 15:07:41 +0000",
        "2026年1月29日 15:07",
        "Thu, 29 Jan 2026 15:07:41 +0000 or later",
    ],
)
def test_what_is_not_whole_or_means_two_things_is_no_date(text: str) -> None:
    assert published_ms(text, NOW_MS) is None


def test_a_time_without_a_zone_is_utc_unless_it_would_be_ahead() -> None:
    assert published_ms(NOON, NOON_MS) == NOON_MS
    assert published_ms(NOON, NOON_MS - 3_600_000) is None
    assert published_ms(f"{NOON} UTC", NOON_MS - 3_600_000) == NOON_MS
    assert published_ms(f"{NOON} UTC", NOON_MS - DAY_MS - 1) is None
