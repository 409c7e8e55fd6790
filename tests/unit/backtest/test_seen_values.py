"""The values of a chart are those that the strategy itself sees, close for close, in both engines."""

from __future__ import annotations

import numpy as np
import pytest

from chalicelib.kernel.bar import Bar
from chalicelib.strategy.loader import built_in
from chalicelib.strategy.settings import rule_with
from tests.support.markets import wave
from trader.backtest.engine import PLAIN, Engine, fastest
from trader.backtest.market import tape_of
from trader.backtest.seen_values import seen_values
from trader.backtest.strategy_bars import strategy_bars

TAPE = tape_of([wave("BTCUSDT", 900, 1, frozenset(range(300, 330))), wave("ETHUSDT", 900, 2)])
MINUTES = 60_000


@pytest.mark.parametrize("name", ["rsi_sentiment", "ema_cross", "donchian_breakout"])
@pytest.mark.parametrize("engine", [PLAIN, fastest()], ids=["plain", "compiled"])
@pytest.mark.parametrize("interval_ms", [MINUTES, 3 * MINUTES])
def test_values_are_what_observe_returns_at_each_close(engine: Engine, name: str, interval_ms: int) -> None:
    rule = rule_with(built_in(name), {})
    run = engine.values_pass(rule.strategy)
    for symbol in range(2):
        bars = strategy_bars(TAPE, symbol, interval_ms)
        found = seen_values(bars, rule, run)
        state = rule.start()
        for at, bar in enumerate(zip(*bars[1:], strict=True)):
            state, values = rule.observe(state, Bar(*(each.item() for each in bar)))
            assert repr(found[:, at].tolist()) == repr(list(map(float, values)))
        assert not np.isnan(found[:, -1]).any()


def test_longer_bars_are_over_with_their_last_minute_or_with_the_first_after_a_gap() -> None:
    bars = strategy_bars(TAPE, 0, 15 * MINUTES)
    starts = TAPE.times - TAPE.times % (15 * MINUTES)
    there = ~np.isnan(TAPE.close[0])
    first = int(np.flatnonzero(TAPE.times == starts)[0])
    expected = np.unique(starts[first:][there[first:]])
    assert bars.times.tolist() == expected[: len(bars.times)].tolist()
    assert len(expected) - len(bars.times) <= 1
    late = 0
    for time_ms, minute, high, volume in zip(bars.times, bars.minutes, bars.high, bars.volume, strict=True):
        own = (starts == time_ms) & there
        assert high == TAPE.high[0][own].max()
        assert volume == own.sum()
        last = time_ms + 14 * MINUTES
        is_late = not own[np.searchsorted(TAPE.times, last)] or TAPE.times[minute] != last
        assert TAPE.times[minute] == (last if not is_late else TAPE.times[there & (TAPE.times > last)][0])
        late += is_late
    assert late >= 1
