"""Minutes pass whatever is missing among them, and candles of any other spacing are refused by its name."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.config.intervals import INTERVALS_MS
from tests.support.effort import examples
from trader.data.spacing import Spacing, Step, is_newest_first, refuse_closes, step_words
from trader.data.tables.unclear import Unclear

MINUTE_MS = 60_000
SETTING = "--set agent.interval="
STEPS = {1000: "a second", 180_000: "3 minutes", 900_000: "15 minutes", 3_600_000: "an hour", 86_400_000: "a day"}


def judged(pieces: list[list[float]], step: Step = Step()) -> None:  # noqa: B008 (nothing changes it)
    spacing = Spacing(step)
    for piece in pieces:
        spacing.add(np.array(piece))
    spacing.refuse_others()


@settings(max_examples=examples(50))
@given(
    missing=st.sets(st.integers(0, 99), max_size=40),
    cut=st.integers(1, 99),
)
def test_minutes_with_gaps_pass(missing: set[int], cut: int) -> None:
    times = [float(minute * MINUTE_MS) for minute in range(100) if minute not in missing]
    judged([piece for piece in (times[:cut], times[cut:]) if piece])


@settings(max_examples=examples(50))
@given(step_ms=st.sampled_from(sorted(STEPS)), missing=st.sets(st.integers(1, 98), max_size=20), odd=st.booleans())
def test_another_spacing_is_refused_by_name(step_ms: int, missing: set[int], odd: bool) -> None:
    times = [float(place * step_ms) for place in range(100) if place not in missing]
    times += [times[-1] + MINUTE_MS, np.nan] if odd else []
    with pytest.raises(Unclear, match=f"its candles are {STEPS[step_ms]} apart, and only 1m is traded"):
        judged([times])


@settings(max_examples=examples(50))
@given(step_ms=st.sampled_from(sorted(STEPS)), minutes_first=st.booleans(), rest=st.integers(70, 90))
def test_a_part_of_another_spacing_is_refused_by_name_and_rows(step_ms: int, minutes_first: bool, rest: int) -> None:
    steps = [float(MINUTE_MS)] * 100 + [float(step_ms)] * rest
    times = np.cumsum([0.0, *(steps if minutes_first else steps[::-1])])
    first = 101 if minutes_first else 1
    with pytest.raises(
        Unclear, match=f"{STEPS[step_ms]} apart in rows {first} to {first + rest}, and only 1m is traded"
    ):
        judged([[*times]])


@settings(max_examples=examples(50))
@given(
    interval=st.sampled_from(sorted(INTERVALS_MS)),
    missing=st.sets(st.integers(0, 99), max_size=40),
    cut=st.integers(1, 99),
)
def test_candles_of_the_interval_with_gaps_pass(interval: str, missing: set[int], cut: int) -> None:
    step_ms = INTERVALS_MS[interval]
    times = [float(place * step_ms) for place in range(100) if place not in missing]
    judged([piece for piece in (times[:cut], times[cut:]) if piece], Step(step_ms, SETTING))


@settings(max_examples=examples(50))
@given(found=st.sampled_from(sorted(INTERVALS_MS)), wanted=st.sampled_from(sorted(INTERVALS_MS)))
def test_of_another_interval_it_is_said_what_to_set(found: str, wanted: str) -> None:
    times = [float(place * INTERVALS_MS[found]) for place in range(100)]
    if found == wanted:
        judged([times], Step(INTERVALS_MS[wanted], SETTING))
        return
    with pytest.raises(Unclear, match=f"apart, and agent.interval is {wanted}: give {SETTING}{found}") as caught:
        judged([times], Step(INTERVALS_MS[wanted], SETTING))
    divides = INTERVALS_MS[wanted] % INTERVALS_MS[found] == 0
    assert (f"strategy.interval={wanted} decides on bars of {wanted}" in str(caught.value)) == divides


@pytest.mark.parametrize(("wanted", "setting"), [("1h", SETTING), ("1d", "--interval ")])
def test_a_week_is_nothing_that_can_be_set(wanted: str, setting: str) -> None:
    times = [float(place * 7 * 86_400_000) for place in range(100)]
    with pytest.raises(Unclear, match=r"a week apart, and .*interval is 1.; candles of 1m, 3m, .* 1d can be read$"):
        judged([times], Step(INTERVALS_MS[wanted], setting))


def test_a_run_is_sent_to_where_longer_candles_are_read() -> None:
    with pytest.raises(
        Unclear, match=r"only 1m is traded here; trader paper backtest --set agent.interval=1h reads them"
    ):
        judged([[float(place * 3_600_000) for place in range(9)]])


@pytest.mark.parametrize(
    ("interval", "off_ms", "words"),
    [
        ("1d", 5 * 3_600_000, "2025-01-01 05:00 UTC; those of 1d open at midnight, UTC, as dates alone do"),
        ("1h", 1_800_000, "2025-01-01 00:30 UTC; those of 1h open every 1h from midnight on, UTC"),
        ("8h", 3_600_000, "2025-01-01 01:00 UTC; those of 8h open every 8h from midnight on, UTC"),
    ],
)
def test_longer_candles_off_the_grid_are_refused_by_their_time(interval: str, off_ms: int, words: str) -> None:
    times = [1_735_689_600_000.0 + off_ms + place * INTERVALS_MS[interval] for place in range(30)]
    with pytest.raises(Unclear, match=f"its candles open at times such as {words}"):
        judged([times], Step(INTERVALS_MS[interval], SETTING))
    judged([[each - off_ms for each in times[:20]] + times[20:21]], Step(INTERVALS_MS[interval], SETTING))


def test_a_single_candle_has_no_spacing() -> None:
    judged([[MINUTE_MS]])
    judged([[MINUTE_MS], [5 * MINUTE_MS]])


@settings(max_examples=examples(50))
@given(order=st.permutations(range(30)))
def test_rows_are_old_or_new_first_or_refused(order: list[int]) -> None:
    steps = np.diff(order)
    back = int((steps < 0).sum())
    try:
        assert is_newest_first(np.array(order, dtype=np.float64)) == (back > len(steps) - back)
    except Unclear:
        assert min(back, len(steps) - back) > 2


def test_times_of_the_close_are_refused_and_stray_ones_are_not() -> None:
    closes = np.arange(10.0) * MINUTE_MS + 59_999
    with pytest.raises(Unclear, match="at which candles close"):
        refuse_closes(closes)
    refuse_closes(np.concatenate([np.arange(20.0) * MINUTE_MS, closes]))


def test_steps_have_names() -> None:
    assert [step_words(step) for step in (1, 1500, 7 * 86_400_000, 2 * 86_400_000, 60_000)] == [
        "a millisecond",
        "1500 milliseconds",
        "a week",
        "2 days",
        "a minute",
    ]
