"""A day that ends a range is meant as a whole, at every door that takes the end of one."""

from __future__ import annotations

from calendar import isleap, monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.api.given import range_of
from chalicelib.domain import DAY_MS, MINUTE_MS
from chalicelib.moments import span_ms
from trader.cli.group import cli
from trader.cli.times import END, ISO, IsoEnd, IsoTime

DAYS = st.dates(date(1970, 1, 1), date(9999, 12, 31))


def first_ms(day: date) -> int:
    return round(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000


@given(day=DAYS)
def test_a_day_that_ends_a_range_is_in_it_to_its_last_millisecond(day: date) -> None:
    for text in (f"{day}", str(day).replace("-", "")):
        assert ISO.convert(text, None, None) == first_ms(day)
        assert END.convert(text, None, None) == first_ms(day) + DAY_MS - 1
    assert range_of({"from": str(day), "to": str(day)}) == (first_ms(day), first_ms(day) + DAY_MS - 1)


@given(day=DAYS)
def test_a_month_and_a_year_are_all_of_their_days(day: date) -> None:
    for text, days in (
        (f"{day.year:04}-{day.month:02}", monthrange(day.year, day.month)[1]),
        (f"{day.year:04}", 365 + isleap(day.year)),
    ):
        first, last = span_ms(text)
        assert first <= first_ms(day) <= last
        assert datetime.fromtimestamp(first / 1000, UTC).day == 1
        assert last - first + 1 == days * DAY_MS


@given(minute=st.integers(0, 4_000_000_000))
def test_a_time_of_day_is_itself_at_both_ends(minute: int) -> None:
    text = datetime.fromtimestamp(minute * 60, UTC).isoformat(timespec="minutes")
    assert ISO.convert(text, None, None) == END.convert(text, None, None) == minute * MINUTE_MS


@pytest.mark.parametrize("text", ["2025-W26", "2025-W26-1", "2025-13", "2025-00-01", "202506", "25", "", "yesterday"])
def test_what_names_no_span_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="must be a day, a month or a time"):
        END.convert(text, None, None)


def test_every_option_that_ends_a_range_takes_a_day_as_a_whole() -> None:
    ends = dict(options_named("--to"))
    assert {"history", "klines", "replay", "tune", "paper backtest", "backtest-remote"} <= ends.keys()
    assert [name for name, option in ends.items() if not isinstance(option.type, IsoEnd)] == []
    begins = dict(options_named("--from"))
    assert {type(option.type) for option in begins.values()} == {IsoTime}


def options_named(name: str) -> Iterator[tuple[str, click.Parameter]]:
    """(command, option) of every command that has one of this name."""
    found: list[tuple[str, click.Command]] = [("", cli)]
    for path, command in found:
        if isinstance(command, click.Group):
            context = click.Context(command)
            names = command.list_commands(context)
            found += [(f"{path} {each}".strip(), sub) for each in names if (sub := command.get_command(context, each))]
        yield from ((path, option) for option in command.params if name in option.opts)
