from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.errors import BadInput
from tests.contract.backends import Backend, Stores
from tests.contract.samples import SYMBOL, candle, minute_ms


def test_an_empty_store_has_no_candles(stores: Stores) -> None:
    assert stores.candles.last(SYMBOL, 5) == []
    assert stores.candles.after(SYMBOL, None, 5) == []


def test_append_counts_what_is_new(stores: Stores) -> None:
    assert stores.candles.append([candle(0), candle(1)]) == 2
    assert stores.candles.append([candle(1), candle(2), candle(2)]) == 1
    assert stores.candles.append([]) == 0


def test_a_stored_candle_is_never_changed(stores: Stores) -> None:
    stores.candles.append([candle(0)])
    assert stores.candles.append([replace(candle(0), close=1.0)]) == 0
    assert stores.candles.last(SYMBOL, 1) == [candle(0)]


def test_last_gives_the_newest_oldest_first_whatever_the_order_they_came_in(stores: Stores) -> None:
    stores.candles.append([candle(3), candle(1)])
    stores.candles.append([candle(2), candle(0)])
    assert stores.candles.last(SYMBOL, 3) == [candle(1), candle(2), candle(3)]
    assert stores.candles.last(SYMBOL, 0) == []


def test_after_gives_the_oldest_later_ones(stores: Stores) -> None:
    stores.candles.append([candle(number) for number in range(5)])
    assert stores.candles.after(SYMBOL, minute_ms(1), 2) == [candle(2), candle(3)]
    assert stores.candles.after(SYMBOL, None, 2) == [candle(0), candle(1)]
    assert stores.candles.after(SYMBOL, minute_ms(4), 2) == []


def test_symbols_do_not_mix(stores: Stores) -> None:
    stores.candles.append([candle(0), candle(1, "ETHUSDT")])
    assert stores.candles.last(SYMBOL, 5) == [candle(0)]
    assert stores.candles.after("ETHUSDT", None, 5) == [candle(1, "ETHUSDT")]


def test_a_symbol_of_any_script_is_a_key_like_any(stores: Stores) -> None:
    stores.candles.append([candle(0, "币安人生USDT"), candle(0, "币安USDT")])
    assert stores.candles.last("币安人生USDT", 5) == [candle(0, "币安人生USDT")]
    assert stores.candles.after("币安USDT", None, 5) == [candle(0, "币安USDT")]


def test_floats_come_back_exactly(stores: Stores) -> None:
    odd = replace(candle(0), open=0.1 + 0.2, high=1e308, low=5e-324, close=1 / 3, volume=0.0)
    stores.candles.append([odd])
    assert stores.candles.last(SYMBOL, 1) == [odd]


def test_another_interval_is_refused_with_all_that_came_with_it(stores: Stores) -> None:
    with pytest.raises(BadInput, match="BTCUSDT: a candle of 300000 ms; the store keeps 60000 ms"):
        stores.candles.append([candle(0), replace(candle(5), interval_ms=300_000)])
    assert stores.candles.last(SYMBOL, 5) == []


def test_candles_outlive_the_process(backend: Backend) -> None:
    with backend.open() as first:
        first.candles.append([candle(0)])
    with backend.open() as second:
        assert second.candles.last(SYMBOL, 1) == [candle(0)]
