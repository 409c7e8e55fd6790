"""How many bars an indicator needs is what comes out when it is begun anew at every single bar."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import pairwise

import pytest

from chalicelib.errors import BadInput
from chalicelib.kernel.bar import Bar
from chalicelib.strategies.rsi_sentiment import Values
from chalicelib.strategy.settings import rule_with
from tests.kernel_cases import MINUTE_MS, rsi_rule
from tests.support.strategy_cases import strategy
from trader.checks.recursion import Need, Warmth, beginnings, printed, warmth_of


def walk(bars: int, seed: int = 1) -> list[float]:
    draw = random.Random(seed)
    closes = [100.0]
    while len(closes) < bars:
        closes.append(closes[-1] * (1.0 + draw.gauss(0.0, 0.002)))
    return closes


def bars_of(closes: list[float]) -> list[Bar]:
    return [Bar(minute * MINUTE_MS, close, close, close, close, 1.0) for minute, close in enumerate(closes)]


def values_after(closes: list[float], rsi_period: int) -> list[Values]:
    rule = rsi_rule(rsi_period=rsi_period)
    state, found = rule.start(), []
    for bar in bars_of(closes):
        state, values = rule.observe(state, bar)
        assert isinstance(values, Values)
        found.append(values)
    return found


def found(closes: list[float], rsi_period: int = 14, starts: int = 5, tolerance: float = 1e-9) -> dict[str, Warmth]:
    rule = rsi_rule(rsi_period=rsi_period)
    rows = warmth_of("A", bars_of(closes), rule, starts, tolerance, lambda starts: None)
    return {row.indicator: row for row in rows}


def test_the_bars_are_those_that_begin_anew_at_each_start_come_to() -> None:
    """Worked out here without any of the shortcuts."""
    closes, rsi_period, tolerance = walk(3_000), 7, 1e-9
    full = values_after(closes, rsi_period)
    wanted = dict.fromkeys(("rsi", "ema_50"), 0)
    starts = beginnings(len(closes), 45 * 200, 5)
    for start in starts:
        young = values_after(closes[start:], rsi_period)
        for name in wanted:
            pairs = [(getattr(a, name), getattr(b, name)) for a, b in zip(young, full[start:], strict=True)]
            wrong = [bars for bars, (a, b) in enumerate(pairs, 1) if not abs(a - b) <= tolerance * abs(b)]
            wanted[name] = max(wanted[name], max(wrong) + 1)
    rows = found(closes, rsi_period, tolerance=tolerance)
    assert {"rsi": rows["rsi"].tolerance.worst, "ema_50": rows["ema_50"].tolerance.worst} == wanted


def test_windows_need_their_length_wherever_they_are_begun_anew() -> None:
    """The fold that saw everything goes on from where each of the others began: its windows must be whole there."""
    rule = rule_with(strategy("channel"), {"entry": 40, "exit": 30, "back": 90})
    rows = {row.indicator: row for row in warmth_of("A", bars_of(walk(3_000)), rule, 5, 1e-9, lambda starts: None)}
    needed = {name: (row.undefined, row.exact.worst) for name, row in rows.items()}
    assert needed == {"upper": (40, 41), "lower": (30, 31), "before": (90, 91)}


def test_what_each_indicator_needs() -> None:
    rows = found(walk(12_000))
    assert [rows[name].undefined for name in ("rsi", "ema_50", "ema_200", "bb_upper")] == [14, 49, 199, 19]
    assert rows["bb_lower"].exact == Need(20, 20.0)  # its window is all that it knows
    assert 200 < (rows["rsi"].tolerance.worst or 0) < 400
    assert 1_000 < (rows["ema_200"].tolerance.worst or 0) < 2_500
    for row in rows.values():
        assert (row.tolerance.worst or 0) <= (row.exact.worst or 0)
        assert (row.tolerance.typical or 0) <= (row.tolerance.worst or 0)
    assert 0.0 < (rows["ema_200"].off_at_live_start or 0.0) < 1e-4
    assert rows["rsi"].off_at_live_start == 0.0


def test_longer_periods_and_closer_tolerances_need_more() -> None:
    closes = walk(6_000)
    needs = [found(closes, period)["rsi"].tolerance.worst or 0 for period in (2, 7, 14, 50)]
    assert all(shorter < longer for shorter, longer in pairwise(needs))
    needs = [found(closes, tolerance=tolerance)["ema_50"].tolerance.worst or 0 for tolerance in (1e-3, 1e-6, 1e-12)]
    assert all(wider < closer for wider, closer in pairwise(needs))


def test_too_little_data_to_agree_is_said_and_too_little_to_tell_is_refused() -> None:
    rows = found(walk(450))
    assert rows["ema_200"].tolerance.worst is None
    assert rows["ema_200"].off_at_live_start is None
    assert rows["bb_upper"].tolerance.worst == 20
    with pytest.raises(BadInput, match="A: 19 bars; at least 20 are needed"):
        found(walk(19))


def test_days_of_a_month_tell_what_they_can() -> None:
    rows = found(walk(30))
    assert (rows["bb_upper"].exact.worst, rows["ema_50"].exact.worst) == (20, None)


def test_a_live_start_has_fewer_of_longer_bars() -> None:
    rule = replace(rsi_rule(rsi_period=14), interval_ms=60 * MINUTE_MS)
    rows = warmth_of("A", bars_of(walk(3_000)), rule, 5, 1e-9, lambda starts: None)
    of_minutes = found(walk(3_000))
    for row in rows:
        assert (row.live_start, of_minutes[row.indicator].live_start) == (200, 1_000)
        assert row.tolerance == of_minutes[row.indicator].tolerance
    off = {row.indicator: row.off_at_live_start or 0.0 for row in rows}
    assert off["ema_200"] > 1e-4 > (of_minutes["ema_200"].off_at_live_start or 0.0)


def test_a_market_that_stands_still_needs_no_more_than_the_periods() -> None:
    rows = found([100.0] * 2_000)
    assert [rows[name].exact.worst for name in ("rsi", "ema_50", "ema_200", "bb_upper")] == [15, 50, 200, 20]


def test_digits_are_those_that_are_printed() -> None:
    assert printed(29.9999996) == printed(30.0000001) == "30"
    assert printed(1.23456781) == printed(1.23456784)
    assert printed(1.2345678) != printed(1.2345679)
