"""The grammar of --faults, the draws and the weight ledger."""

from __future__ import annotations

import pytest

from chalicelib.domain import MINUTE_MS, Candle
from chalicelib.errors import BadInput
from trader.sim.faults import KINDS, Fault, FaultPlan, parse_faults
from trader.sim.limits import BAN_S, PATIENCE, WEIGHT_LIMIT, ServerWeights


def candle(minute: int) -> Candle:
    return Candle("BTCUSDT", minute * MINUTE_MS, 1.0, 1.0, 1.0, 1.0, 1.0)


def test_every_kind_can_be_named_with_and_without_duration() -> None:
    spec = "error=0.1, delay=0.2:500ms,429=.05:2s,cut=0.02,garbage=1,missing=0.01:1m,duplicate=0"
    assert parse_faults(spec) == {
        "error": Fault(0.1, 0.0),
        "delay": Fault(0.2, 0.5),
        "429": Fault(0.05, 2.0),
        "cut": Fault(0.02, 0.0),
        "garbage": Fault(1.0, 0.0),
        "missing": Fault(0.01, 60.0),
        "duplicate": Fault(0.0, 0.0),
    }
    assert parse_faults("429=0.5") == {"429": Fault(0.5, 2.0)}


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("", "kinds delay, cut"),
        ("error", "KIND=PROBABILITY"),
        ("flood=0.1", "kinds delay, cut"),
        ("error=2", "between 0 and 1"),
        ("error=-0.1", "KIND=PROBABILITY"),
        ("error=nan", "KIND=PROBABILITY"),
        ("error=0.1,error=0.2", "given twice"),
        ("error=0.1:2s", "takes no duration"),
        ("delay=0.1:2h", "KIND=PROBABILITY"),
        ("delay=0.1:", "KIND=PROBABILITY"),
        ("error=0.1,,cut=0.1", "KIND=PROBABILITY"),
    ],
)
def test_a_bad_spec_is_explained_in_one_line(spec: str, says: str) -> None:
    with pytest.raises(BadInput, match=says) as caught:
        parse_faults(spec)
    assert "\n" not in str(caught.value)


def test_the_same_seed_draws_the_same_faults() -> None:
    faults = parse_faults(",".join(f"{kind}=0.5" for kind in KINDS))
    first, again, other = FaultPlan(faults, 1), FaultPlan(faults, 1), FaultPlan(faults, 2)
    drawn = [[plan.strikes(kind) for _ in range(50) for kind in KINDS] for plan in (first, again, other)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_certain_and_impossible_faults_are_just_that() -> None:
    plan = FaultPlan(parse_faults("cut=1,error=0"), 1)
    assert all(plan.strikes("cut") for _ in range(100))
    assert not any(plan.strikes("error") or plan.strikes("delay") for _ in range(100))


def test_missing_minutes_are_always_the_same_and_about_as_many_as_asked_for() -> None:
    plan = FaultPlan(parse_faults("missing=0.1:30s"), 7)
    lost = [minute for minute in range(2_000) if plan.lost(candle(minute))]
    assert 140 < len(lost) < 260
    late = candle(lost[0])
    assert plan.late(late, late.close_ms + 1 + 29_999)
    assert not plan.late(late, late.close_ms + 1 + 30_000)
    kept = candle(next(minute for minute in range(2_000) if minute not in lost))
    assert not plan.late(kept, kept.close_ms + 1)


def test_above_the_weight_limit_come_429_then_418_and_the_window_forgives() -> None:
    ledger = ServerWeights()
    assert ledger.charge("a", WEIGHT_LIMIT, 10.0).retry_after_s is None
    refused = ledger.charge("a", 1, 10.0)
    assert (refused.used, refused.retry_after_s, refused.banned) == (WEIGHT_LIMIT + 1, 51, False)
    assert ledger.charge("b", 1, 10.0).retry_after_s is None
    assert ledger.charge("a", 1, 60.0).retry_after_s is None
    ledger.charge("a", WEIGHT_LIMIT - 1, 61.0)
    charges = [ledger.charge("a", 1, 62.0) for _ in range(PATIENCE + 1)]
    assert [charge.banned for charge in charges[-2:]] == [False, True]
    assert ledger.charge("a", 1, 62.0 + BAN_S - 1).banned
    assert not ledger.charge("a", 1, 62.0 + BAN_S).banned
