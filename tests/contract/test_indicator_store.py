from __future__ import annotations

import pytest

from chalicelib import codec
from chalicelib.domain import IndicatorRecord, Tick
from chalicelib.errors import Conflict
from chalicelib.kernel.indicators import FRESH, UNDEFINED, Indicators, observe
from tests.contract.backends import Stores
from tests.contract.samples import candle, minute_ms, tick

KEY = "BTCUSDT/14"


def folded(closes: int) -> Indicators:
    state = FRESH
    for number in range(closes):
        state, _ = observe(state, candle(number).close, 14)
    return state


def record(version: int) -> IndicatorRecord:
    return IndicatorRecord(KEY, version, folded(version), minute_ms(version - 1))


def test_an_unknown_key_is_fresh_at_version_0(stores: Stores) -> None:
    assert stores.indicators.load(KEY) == IndicatorRecord(KEY, 0, FRESH, None)
    assert stores.indicators.ticks(KEY, None, 5) == []


@pytest.mark.parametrize("closes", [1, 30, 250])
def test_the_state_comes_back_exactly_defined_or_not(stores: Stores, closes: int) -> None:
    stores.indicators.commit(IndicatorRecord(KEY, 1, folded(closes), minute_ms(closes)), [tick(0)])
    loaded = stores.indicators.load(KEY)
    assert (loaded.key, loaded.version, loaded.cursor_ms) == (KEY, 1, minute_ms(closes))
    assert codec.dump(loaded.state) == codec.dump(folded(closes))


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
    assert all(value != value for value in kept.snapshot)


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
    assert stores.indicators.load("BTCUSDT/21").version == 0
    assert stores.indicators.ticks("BTCUSDT/21", None, 9) == []
