"""Every record that a store writes comes back as it went, to the last bit of every float."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import fields, is_dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib import codec, domain
from chalicelib.domain import (
    Candle,
    Decision,
    EquityPoint,
    FeedState,
    Fill,
    HaltFlag,
    IndicatorRecord,
    NewsItem,
    Order,
    Portfolio,
    Score,
    ScoredNews,
    Sentiment,
    Side,
    Tick,
    Trade,
)
from chalicelib.kernel import account, admission, bar, choice, indicators, limits, risk, step
from chalicelib.strategy.loader import built_in, built_in_names
from tests.kernel_strategies import plain_values
from tests.support.effort import examples

floats = st.floats(allow_nan=True, allow_infinity=False)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
integers = st.integers(-(2**63), 2**63 - 1)
mappings = st.dictionaries(words, words, max_size=3)

st.register_type_strategy(float, floats)
st.register_type_strategy(str, words)
st.register_type_strategy(int, integers)

RECORDS: tuple[type, ...] = (
    *(Candle, Tick, Order, Sentiment, EquityPoint, HaltFlag, NewsItem, Score, ScoredNews, FeedState),
    *(domain.Symbol, domain.Ticker, domain.Alert, domain.RuleSources, Decision),
)
KERNEL: tuple[type, ...] = (
    *(account.Position, account.Order, account.Fill, account.Costs, account.Slot, account.Account),
    *(indicators.RsiState, indicators.EmaState, indicators.AtrState, indicators.Ring, indicators.Queue),
    *(choice.Choice, limits.Limits, risk.Budget, admission.Verdict, bar.Bar, step.Switch),
)
STRATEGIES: tuple[type, ...] = tuple(
    kind
    for form in (built_in(name).form for name in built_in_names())
    for kind in (form.settings, form.state, form.values)
)


def bits(value: object) -> object:
    """The value as nested tuples in which floats are their bits, so that NaN equals NaN and -0.0 is not 0.0."""
    if isinstance(value, float):
        return ("float", b"nan" if value != value else struct.pack("<d", value))
    if is_dataclass(value):
        return (type(value).__name__, *(bits(getattr(value, field.name)) for field in fields(value)))
    if isinstance(value, Mapping):
        return {key: bits(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return (type(value).__name__, *(bits(item) for item in value))
    return (type(value).__name__, value)


def assert_round_trip(value: object) -> None:
    text = codec.dump(value)
    assert "\n" not in text
    assert bits(codec.load(type(value), text)) == bits(value)


@pytest.mark.parametrize(
    "kind", [*RECORDS, *KERNEL, *STRATEGIES], ids=lambda kind: f"{kind.__module__}.{kind.__qualname__}"
)
def test_round_trip(kind: type) -> None:
    @settings(max_examples=examples(25))
    @given(st.from_type(kind))
    def check(value: object) -> None:
        assert_round_trip(value)

    check()


@settings(max_examples=examples(50))
@given(st.builds(Fill, exact=mappings, side=st.sampled_from(Side)))
def test_round_trip_of_a_fill_with_exact_strings(fill: Fill) -> None:
    assert_round_trip(fill)


@settings(max_examples=examples(50))
@given(st.builds(Trade, exact=mappings))
def test_round_trip_of_a_trade_with_exact_strings(trade: Trade) -> None:
    assert_round_trip(trade)


@settings(max_examples=examples(50))
@given(st.builds(IndicatorRecord, state=plain_values()))
def test_round_trip_of_a_state_that_only_its_strategy_can_read(record: IndicatorRecord) -> None:
    assert_round_trip(record)


@settings(max_examples=examples(50))
@given(st.builds(Portfolio, slots=st.dictionaries(words, st.from_type(account.Slot), max_size=3)))
def test_round_trip_of_a_portfolio(portfolio: Portfolio) -> None:
    assert_round_trip(portfolio)


def test_a_field_that_most_records_need_not_tell_is_written_only_where_it_is_told() -> None:
    candle = Candle("BTCUSDT", 0, 1.0, 2.0, 0.5, 1.5, 3.0)
    minute, hour = Tick(candle, {"rsi": 30.0}), Tick(candle, {"rsi": 30.0}, "", candle)
    assert "bar" not in codec.dump(minute)
    assert codec.load(Tick, codec.dump(minute)) == minute
    assert codec.load(Tick, codec.dump(hour)) == hour
