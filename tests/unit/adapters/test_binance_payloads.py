"""Corrupt data is worse than no data: what is odd in an answer is refused, and everything recorded is read."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.adapters.binance import klines, payloads
from chalicelib.adapters.binance.intervals import INTERVALS_MS
from chalicelib.candle_rule import LATEST_MS, odd_line
from chalicelib.domain import Candle
from chalicelib.errors import BadInput, Unavailable
from tests.fakes.binance_server import START_MS, kline_event, minutes, row
from tests.shared_data import shared

GOOD = row(minutes("BTCUSDT", 1)[0])

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=8) | st.dictionaries(st.sampled_from("ekxistTohlcvE"), inner, max_size=8),
    max_leaves=20,
)


def altered(**cells: object) -> list[object]:
    """A good row but for some cells (c0, c1, ...)."""
    changed = list(GOOD)
    for name, value in cells.items():
        changed[int(name[1:])] = value
    return changed


def test_a_good_row_is_read_exactly() -> None:
    assert klines.candle("BTCUSDT", "1m", GOOD) == minutes("BTCUSDT", 1)[0]


@pytest.mark.parametrize(
    "bad",
    [
        None,
        {},
        [],
        GOOD[:6],
        altered(c1="nan"),
        altered(c1="inf"),
        altered(c1="-1"),
        altered(c1="0"),
        altered(c1="1e400"),
        altered(c1="1e16"),
        altered(c1=True),
        altered(c1=None),
        altered(c1="abc"),
        altered(c1=10**400),
        altered(c2="99.0"),
        altered(c3="103.0"),
        altered(c5="-0.1"),
        altered(c5=[]),
        altered(c0=str(START_MS)),
        altered(c0=float(START_MS)),
        altered(c0=START_MS * 1000),
        altered(c0=-1),
        altered(c0=START_MS + 1, c6=START_MS + 60_000),
        altered(c6=START_MS),
        altered(c6=START_MS - 1),
        altered(c6=START_MS + 120_000),
    ],
    ids=str,
)
def test_an_odd_row_is_refused_in_one_line(bad: object) -> None:
    with pytest.raises(Unavailable, match=r"^kline of BTCUSDT: .*, found .*$"):
        klines.candle("BTCUSDT", "1m", bad)


def page_of(rows: list[object], start_ms: int = 0, end_ms: int = LATEST_MS, limit: int = 9) -> klines.CandlePage:
    return klines.candles("BTCUSDT", "1m", rows, start_ms=start_ms, end_ms=end_ms, limit=limit)


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0], [1, 0, 2]])
def test_rows_come_in_the_order_of_time_whatever_the_order_they_are_told_in(order: list[int]) -> None:
    page = page_of([row(minutes("BTCUSDT", 3)[k]) for k in order])
    assert page == (minutes("BTCUSDT", 3), ())


def test_one_odd_row_costs_itself_alone_and_is_named() -> None:
    stored = minutes("BTCUSDT", 3)
    odd = replace(stored[1], low=0.0)
    page = page_of([row(stored[0]), row(odd), row(stored[2])])
    assert page.candles == [stored[0], stored[2]]
    assert odd_line("BTCUSDT", "1m", page.odd) == (
        "klines of BTCUSDT: 1 row is no candle of a minute and is left out, "
        "it is the one of 2023-11-14T22:15:00.000+00:00: low is not above 0"
    )


def test_of_two_rows_of_one_minute_the_first_stays_and_only_another_one_is_a_fault() -> None:
    stored = minutes("BTCUSDT", 2)
    page = page_of([row(stored[0]), row(stored[0]), row(replace(stored[0], close=100.25)), row(stored[1])])
    assert page.candles == stored
    assert [each.complaint for each in page.odd] == ["", "another candle of the same open_time came before it"]
    assert odd_line("BTCUSDT", "1m", page.odd).endswith("came before it; 1 row repeats another and is read once")


@pytest.mark.parametrize("unit", [1000, 1_000_000])
def test_an_answer_without_a_time_that_was_asked_for_is_refused_as_a_whole(unit: int) -> None:
    rows: list[object] = [[candle.open_ms * unit, *row(candle)[1:]] for candle in minutes("BTCUSDT", 3)]
    with pytest.raises(
        Unavailable, match=r"none of 3 rows was asked for; row 1: open_time is after the year 2100: micro-"
    ):
        page_of(rows)


def test_rows_that_were_not_asked_for_are_no_candles_and_do_not_move_the_bounds() -> None:
    stored = minutes("BTCUSDT", 3)
    page = page_of([row(candle) for candle in stored], START_MS + 1, START_MS + 60_000)
    assert page.candles == stored[1:2]
    assert [each.complaint for each in page.odd] == ["it was not asked for"] * 2
    assert (page.oldest_ms, page.newest_ms) == (stored[1].open_ms, stored[1].close_ms)
    with pytest.raises(Unavailable, match="3 rows where 2 were asked for"):
        page_of([row(candle) for candle in stored], limit=2)


@given(rows=json_values)
def test_any_other_json_is_refused_or_read_but_never_a_surprise(rows: Any) -> None:
    for read in (
        lambda: klines.candles("A", "1m", rows, start_ms=0, end_ms=LATEST_MS, limit=100),
        lambda: payloads.symbol_of("A", rows),
        lambda: payloads.weight_limit(rows),
        lambda: klines.candle_event(payloads.as_object(rows, "event"), "1m"),
        lambda: klines.candle_event({"E": START_MS, "k": rows}, "1m"),
        lambda: payloads.ticker_event(payloads.as_object(rows, "event")),
    ):
        with suppress(Unavailable, BadInput):
            read()


def test_a_month_has_the_length_that_its_close_time_gives() -> None:
    february_ms, march_ms = 1_738_368_000_000, 1_740_787_200_000
    month = klines.candle("BTCUSDT", "1M", altered(c0=february_ms, c6=march_ms - 1))
    assert (month.interval_ms, month.close_ms) == (28 * 86_400_000, march_ms - 1)


@pytest.mark.parametrize("interval", [name for name in INTERVALS_MS if name != "1M"])
def test_every_interval_has_its_own_length(interval: str) -> None:
    length_ms = INTERVALS_MS[interval]
    monday_ms = 1_736_121_600_000
    read = klines.candle("BTCUSDT", interval, altered(c0=monday_ms, c6=monday_ms + length_ms - 1))
    assert read.interval_ms == length_ms
    with pytest.raises(Unavailable, match="open_time is no"):
        klines.candle("BTCUSDT", interval, altered(c0=monday_ms + 500, c6=monday_ms + length_ms + 499))


def test_recorded_klines_are_read() -> None:
    rows = json.loads(shared("binance/payloads/recorded_klines.json").read_text())
    read = page_of(rows, limit=1000).candles
    assert read[0] == Candle("BTCUSDT", 1_634_943_780_000, 60685.22, 60729.84, 60670.9, 60719.27, 21.63272)
    assert [candle.close_ms for candle in read] == [kline[6] for kline in rows]


def test_recorded_exchange_info_gives_filters_and_weight_limit() -> None:
    answer = json.loads(shared("binance/payloads/recorded_exchange_info.json").read_text())
    symbol = payloads.symbol_of("ETHUSDT", answer)
    assert (symbol.base, symbol.quote, symbol.trading) == ("ETH", "USDT", True)
    assert (symbol.tick_size, symbol.lot_step, symbol.min_quantity, symbol.min_notional) == (0.01, 1e-4, 1e-4, 10.0)
    assert payloads.weight_limit(answer) == 1200
    with pytest.raises(BadInput, match="no symbol 'NOPE'"):
        payloads.symbol_of("NOPE", answer)


def test_documented_stream_events_are_read() -> None:
    examples = json.loads(shared("binance/ws_kline_examples.json").read_text())
    with pytest.raises(Unavailable, match="open lies outside low and high"):  # the manual's own low lies above its open
        klines.candle_event(examples["raw_kline"], "1m")
    examples["raw_kline"]["k"]["l"] = "0.0009"
    candle, closed, event_ms = klines.candle_event(examples["raw_kline"], "1m")
    assert candle == Candle("BNBBTC", 1_672_515_780_000, 0.001, 0.0025, 0.0009, 0.002, 1000.0)
    assert (closed, event_ms) == (False, 1_672_515_782_136)


def test_an_event_of_another_interval_is_refused() -> None:
    event = json.loads(kline_event(minutes("BTCUSDT", 1)[0], interval="3m"))["data"]
    with pytest.raises(Unavailable, match="interval of a kline event: expected 1m"):
        klines.candle_event(event, "1m")
