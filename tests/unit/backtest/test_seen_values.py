"""The values of a chart are those that the strategy itself sees, close for close, in both engines."""

from __future__ import annotations

from math import isnan

import numpy as np
import pytest

from chalicelib.kernel.bar import Bar
from chalicelib.strategy.loader import built_in
from chalicelib.strategy.settings import rule_with
from tests.support.markets import wave
from trader.backtest.engine import PLAIN, fastest
from trader.backtest.market import tape_of
from trader.backtest.seen_values import seen_values

TAPE = tape_of([wave("BTCUSDT", 600, 1, frozenset(range(300, 330))), wave("ETHUSDT", 600, 2)])


@pytest.mark.parametrize("name", ["rsi_sentiment", "ema_cross"])
@pytest.mark.parametrize("engine", [PLAIN, fastest()], ids=["plain", "compiled"])
def test_values_are_what_observe_returns_at_each_close(engine: object, name: str) -> None:
    rule = rule_with(built_in(name), {})
    run = (PLAIN if engine is PLAIN else fastest()).values_pass(rule.strategy)
    found = seen_values(TAPE, rule, run)
    for symbol in range(2):
        state = rule.start()
        for minute, time_ms in enumerate(TAPE.times.tolist()):
            prices = [float(rows[symbol, minute]) for rows in TAPE[1:6]]
            seen = found[symbol, :, minute].tolist()
            if isnan(prices[0]):
                assert all(map(isnan, seen))
                continue
            state, values = rule.observe(state, Bar(time_ms, *prices))
            assert repr(seen) == repr(list(map(float, values)))
    assert np.isnan(found[0, :, 300:330]).all()
    assert not np.isnan(found[:, :, -1]).any()
