"""A minute is the same minute in whatever unit and form it is written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.effort import examples
from trader.data.tables.dates import form_of, milliseconds, settled
from trader.data.tables.epochs import in_milliseconds
from trader.data.tables.unclear import Unclear

MINUTES = st.integers(15_778_080, 68_374_000).map(lambda minute: minute * 60_000)
"""From 2000 to 2099, in ms."""
FORMS: dict[str, Callable[[datetime], str]] = {
    "iso": lambda at: at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    "naive": lambda at: at.strftime("%Y-%m-%d %H:%M"),
    "fraction": lambda at: at.strftime("%Y-%m-%d %H:%M:%S.000000"),
    "offset": lambda at: at.astimezone(timezone(timedelta(hours=5, minutes=30))).isoformat(),
    "behind": lambda at: at.astimezone(timezone(timedelta(hours=-8))).strftime("%Y-%m-%d %H:%M:%S%z"),
    "utc": lambda at: at.strftime("%Y-%m-%d %H:%M:%S UTC"),
    "metatrader": lambda at: at.strftime("%Y.%m.%d %H:%M"),
    "slashes": lambda at: at.strftime("%Y/%m/%d %H:%M:%S"),
    "unpadded": lambda at: f"{at.year}-{at.month}-{at.day} {at.hour}:{at.minute:02}",
    "digits": lambda at: at.strftime("%Y%m%d%H%M%S"),
    "finam": lambda at: at.strftime("%Y%m%d %H%M%S"),
    "dukascopy": lambda at: at.strftime("%d.%m.%Y %H:%M:%S.000"),
    "gmt": lambda at: at.astimezone(timezone(timedelta(hours=1))).strftime("%d.%m.%Y %H:%M:%S.000 GMT%z"),
    "half days": lambda at: at.strftime("%Y-%m-%d %I:%M:%S %p"),
}


@settings(max_examples=examples(50))
@given(time_ms=MINUTES, per_millisecond=st.sampled_from([1e-3, 1.0, 1e3, 1e6]))
def test_a_number_in_any_unit_is_its_minute_to_the_bit(time_ms: int, per_millisecond: float) -> None:
    written = np.array([time_ms * per_millisecond])
    assert in_milliseconds(written)[0].tolist() == [float(time_ms)]


@settings(max_examples=examples(50))
@given(rows=st.lists(st.tuples(MINUTES, st.sampled_from([1e-3, 1.0, 1e3])), min_size=1, max_size=5))
def test_each_row_of_files_put_together_has_the_unit_of_its_size(rows: list[tuple[int, float]]) -> None:
    written = np.array([time_ms * per_millisecond for time_ms, per_millisecond in rows])
    assert in_milliseconds(written)[0].tolist() == [float(time_ms) for time_ms, _ in rows]


@settings(max_examples=examples(50))
@given(times=st.lists(MINUTES, min_size=1, max_size=5), name=st.sampled_from(sorted(FORMS)))
def test_a_text_in_any_form_is_its_minute_to_the_bit(times: list[int], name: str) -> None:
    written = pa.array([FORMS[name](datetime.fromtimestamp(time_ms / 1000, UTC)) for time_ms in times], pa.string())
    assert milliseconds(written, form_of(written))[0].tolist() == [float(time_ms) for time_ms in times]


@settings(max_examples=examples(50))
@given(times=st.lists(MINUTES, min_size=1, max_size=5), form=st.sampled_from(["%d/%m/%Y %H:%M", "%m/%d/%Y %I:%M %p"]))
def test_day_and_month_are_told_apart_by_a_day_above_the_12th_or_not_at_all(times: list[int], form: str) -> None:
    moments = [datetime.fromtimestamp(time_ms / 1000, UTC) for time_ms in times]
    written = pa.array([moment.strftime(form) for moment in moments], pa.string())
    if any(moment.day > 12 for moment in moments):
        assert milliseconds(written, settled(iter([written])))[0].tolist() == [float(time_ms) for time_ms in times]
    else:
        with pytest.raises(Unclear, match="day or month first"):
            settled(iter([written]))


@pytest.mark.parametrize("text", ["2025-02-29 00:00", "2025-13-01 00:00", "2025-01-01 24:00", "2025-01-01 13:00 PM"])
def test_a_day_or_hour_that_is_none_is_no_time(text: str) -> None:
    written = pa.array(["2025-01-01 00:00", text], pa.string())
    assert np.isnan(milliseconds(written, form_of(written))[0]).tolist() == [False, True]


@pytest.mark.parametrize("text", ["yesterday", "2025-01-01 00:00 EST", "Jan 1, 2025", "1/1/25 0:00"])
def test_a_form_that_is_not_known_is_refused(text: str) -> None:
    with pytest.raises(Unclear, match="in no form that is known; write 2025-01-31T12:00:00Z"):
        form_of(pa.array([text], pa.string()))
