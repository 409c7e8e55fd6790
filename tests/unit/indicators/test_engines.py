"""Every indicator gives the same bits in plain Python and as machine code."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.indicators.candles import falling, generated
from tests.unit.indicators.cases import CASES
from tests.unit.indicators.running import compiled, plain
from trader.data.candles import CandleColumns


def extreme(bars: int) -> CandleColumns:
    """Flat for long, then huge, tiny and without volume."""
    candles = generated(bars, 5)
    scales = np.repeat([1.0, 1e12, 1e-12, 1.0], -(-bars // 4))[:bars]
    prices = (column * scales for column in (candles.open, candles.high, candles.low, candles.close))
    open_, high, low, close = (np.where(np.arange(bars) < bars // 4, 7.0, column) for column in prices)
    volume = np.where(np.arange(bars) < bars - bars // 4, candles.volume, 0.0)
    return CandleColumns(candles.symbol, candles.open_ms, open_, high, low, close, volume)


@pytest.mark.parametrize("name", CASES)
def test_plain_and_compiled_are_equal_to_the_bit(name: str) -> None:
    for candles in (generated(2_500, 9), falling(1_500, 2), extreme(2_000)):
        by_hand, by_machine = plain(CASES[name], candles), compiled(CASES[name], candles)
        np.testing.assert_array_equal(by_machine, by_hand)
        assert np.array_equal(np.signbit(by_machine[by_machine == 0.0]), np.signbit(by_hand[by_hand == 0.0]))
