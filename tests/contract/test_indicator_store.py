from __future__ import annotations

from math import nan, sin

import pytest
from hypothesis import HealthCheck, given, settings

from chalicelib.domain import IndicatorRecord, Tick
from chalicelib.errors import Conflict
from tests.contract.backends import Backend, Stores
from tests.contract.samples import candle, minute_ms, tick
from tests.kernel_strategies import plain_values
from tests.support.effort import examples

KEY = "BTCUSDT/0123456789ab"
OTHER = "BTCUSDT/ba9876543210"
UNDEFINED = {"rsi": nan, "average": nan}
DEEP = {"rsi": {"changes": 14, "close": 0.1, "gain": 5e-324}, "window": [None, -0.0, 1e300], "up": True, "né": "…"}


def record(version: int, state: object = None) -> IndicatorRecord:
    return IndicatorRecord(KEY, version, state or {"closes": version}, minute_ms(version - 1))


def test_an_unknown_key_is_fresh_at_version_0(stores: Stores) -> None:
    assert stores.indicators.load(KEY) == IndicatorRecord(KEY, 0, None, None)
    assert stores.indicators.ticks(KEY, None, 5) == []


def test_the_state_of_any_strategy_comes_back_as_it_went(stores: Stores) -> None:
    stores.indicators.commit(record(1, DEEP), [tick(0)])
    loaded = stores.indicators.load(KEY)
    assert (loaded.key, loaded.version, loaded.cursor_ms) == (KEY, 1, minute_ms(0))
    assert repr(loaded.state) == repr(DEEP)  # repr: 14 is not 14.0, -0.0 is not 0.0, True is not 1


@settings(max_examples=examples(15), suppress_health_check=[HealthCheck.function_scoped_fixture], database=None)
@given(state=plain_values().filter(lambda state: state is not None))
def test_whatever_plain_value_a_state_is_it_comes_back_as_it_went(stores: Stores, state: object) -> None:
    version = stores.indicators.load(KEY).version + 1
    stores.indicators.commit(IndicatorRecord(KEY, version, state, minute_ms(version)), [])
    assert repr(stores.indicators.load(KEY).state) == repr(state)


def long_state(version: int) -> dict[str, object]:
    """A window of many digits of which a place changes each time, and what changes beside it."""
    values = [sin(float(place if place > version % 300 else place + version)) for place in range(300)]
    return {"window": {"values": values, "at": version % 300}, "seen": version, "flags": [True, None, -0.0]}


def test_a_long_state_comes_back_as_it_went_whoever_asks(backend: Backend, stores: Stores) -> None:
    """Every third commit by somebody who has seen nothing of those before."""
    for version in range(1, 40):
        kept = record(version, long_state(version))
        with backend.open() as fresh:
            (stores if version % 3 else fresh).indicators.commit(kept, [tick(version)])
        with backend.open() as fresh:
            assert repr(fresh.indicators.load(KEY)) == repr(kept)
        assert repr(stores.indicators.load(KEY)) == repr(kept)
    assert stores.indicators.ticks(KEY, minute_ms(0), 100) == [tick(version) for version in range(1, 40)]


def test_a_long_state_may_take_another_form(stores: Stores) -> None:
    for version, state in enumerate([long_state(1), {"other": long_state(2)}, {}, long_state(3), long_state(4)], 1):
        stores.indicators.commit(record(version, state or {"short": 0}), [tick(version)])
        assert repr(stores.indicators.load(KEY).state) == repr(state or {"short": 0})


def test_ticks_are_the_oldest_later_ones(stores: Stores) -> None:
    stores.indicators.commit(record(1), [tick(0), tick(1), tick(2)])
    stores.indicators.commit(record(2), [tick(3)])
    assert stores.indicators.ticks(KEY, None, 2) == [tick(0), tick(1)]
    assert stores.indicators.ticks(KEY, minute_ms(1), 9) == [tick(2), tick(3)]
    assert stores.indicators.ticks(KEY, minute_ms(3), 9) == []
    assert stores.indicators.ticks(KEY, None, 0) == []


def test_a_tick_before_warm_up_comes_back_undefined(stores: Stores) -> None:
    stores.indicators.commit(record(1), [Tick(candle(0), UNDEFINED)])
    [kept] = stores.indicators.ticks(KEY, None, 1)
    assert kept.candle == candle(0)
    assert list(kept.snapshot) == list(UNDEFINED)
    assert all(value != value for value in kept.snapshot.values())


@pytest.mark.parametrize("version", [0, 2, 4])
def test_a_version_that_does_not_follow_loses_and_changes_nothing(stores: Stores, version: int) -> None:
    stores.indicators.commit(record(1), [tick(0)])
    stores.indicators.commit(record(2), [tick(1)])
    with pytest.raises(Conflict, match=KEY):
        stores.indicators.commit(record(version), [tick(2)])
    assert stores.indicators.load(KEY).version == 2
    assert stores.indicators.ticks(KEY, None, 9) == [tick(0), tick(1)]


@pytest.mark.parametrize("version", [0, 2])
def test_the_first_version_is_1(stores: Stores, version: int) -> None:
    with pytest.raises(Conflict):
        stores.indicators.commit(record(version), [tick(0)])
    assert stores.indicators.load(KEY).version == 0
    assert stores.indicators.ticks(KEY, None, 9) == []


def test_a_stored_tick_is_never_changed(stores: Stores) -> None:
    stores.indicators.commit(record(1), [tick(0)])
    stores.indicators.commit(record(2), [Tick(candle(0), UNDEFINED), tick(1)])
    assert stores.indicators.ticks(KEY, None, 9) == [tick(0), tick(1)]


def test_keys_do_not_mix(stores: Stores) -> None:
    stores.indicators.commit(record(1), [tick(0)])
    assert stores.indicators.load(OTHER).version == 0
    assert stores.indicators.ticks(OTHER, None, 9) == []
