from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf, nan
from typing import NamedTuple

import pytest

from chalicelib import codec
from chalicelib.domain import Candle, Decision, Fill, KnownValue, Portfolio, Side
from chalicelib.errors import BadInput
from chalicelib.kernel.account import EMPTY_SLOT, FLAT, Slot
from chalicelib.strategies.rsi_sentiment import State, Values
from tests.contract.samples import candle, decision, fill, order, portfolio
from tests.kernel_cases import RULE


class Window(NamedTuple):
    size: int
    closes: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Series:
    values: Sequence[float]


@dataclass(frozen=True, slots=True)
class Single:
    pair: tuple[str, float] | None


def test_the_text_is_readable_and_compact() -> None:
    assert codec.dump(Window(2, (0.1, 1e-9))) == '{"size":2,"closes":[0.1,1e-09]}'
    assert codec.dump(EMPTY_SLOT.order) == '{"side":0,"quantity":0.0,"reason":0,"stop":0.0,"take_profit":0.0}'
    assert json.loads(codec.dump(fill(1)))["side"] == "BUY"


def test_undefined_is_null_however_deep() -> None:
    assert json.loads(codec.dump(RULE.undefined)) == dict.fromkeys(Values._fields)
    assert json.loads(codec.dump(portfolio(1)))["slots"]["BTCUSDT"]["close"] is None
    assert json.loads(codec.dump(RULE.start()))["window"] == [None] * 20


def test_undefined_comes_back_as_nan() -> None:
    assert all(value != value for value in codec.load(State, codec.dump(RULE.start())).window)
    close = codec.load(Slot, codec.dump(EMPTY_SLOT)).close
    assert close != close


def test_types_come_back_as_they_went() -> None:
    loaded = codec.load(Fill, codec.dump(fill(1)))
    assert loaded == fill(1)
    assert loaded.side is Side.BUY
    assert loaded.reason == "signal"
    decided = codec.load(Decision, codec.dump(decision(1)))
    assert decided == decision(1)
    assert isinstance(decided.sentiment.evidence[0], tuple)
    stored = codec.load(Portfolio, codec.dump(portfolio(1)))
    assert isinstance(stored.slots["BTCUSDT"], Slot)


def test_text_in_any_script_stays_readable() -> None:
    text = codec.dump(Single(("Ölpreis «₿» \u2028 \x00", 0.5)))
    assert "Ölpreis «₿»" in text
    assert "\n" not in text
    assert codec.load(Single, text) == Single(("Ölpreis «₿» \u2028 \x00", 0.5))


def test_optional_is_null() -> None:
    assert codec.dump(Single(None)) == '{"pair":null}'
    assert codec.load(Single, '{"pair":null}') == Single(None)


def test_a_sequence_comes_back_as_a_tuple() -> None:
    assert codec.load(Series, codec.dump(Series([0.5, nan, 1.0]))).values[::2] == (0.5, 1.0)


def test_a_field_that_an_older_text_lacks_takes_its_default() -> None:
    assert codec.load(Window, '{"size":3}') == Window(3)
    text = codec.dump(candle(1)).replace(',"interval_ms":60000', "")
    assert codec.load(Candle, text) == candle(1)


def test_what_is_untold_while_it_has_its_default_costs_no_byte_and_comes_back() -> None:
    """A minute of an agent that does without it is stored as it was before there was it."""
    position = (
        '{"quantity":0.0,"entry_price":0.0,"entry_fee":0.0,"entry_ms":0,"highest":0.0,"stop":0.0,"take_profit":0.0}'
    )
    order = codec.dump(EMPTY_SLOT.order)
    assert codec.dump(EMPTY_SLOT) == f'{{"position":{position},"order":{order},"close":null,"cooldown":0}}'
    assert '"inputs"' not in codec.dump(decision(1))
    told = EMPTY_SLOT._replace(position=FLAT._replace(entered=2.0, adds=1), close=1.0, bar_over=False)
    assert codec.load(Slot, codec.dump(told)) == told
    series = replace(decision(1), inputs=(KnownValue("funding", 0.1),))
    assert codec.load(Decision, codec.dump(series)) == series


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        '"size"',
        '{"size":1.0}',
        '{"size":true}',
        '{"size":"1"}',
        '{"size":1,"closes":0.5}',
        '{"size":1,"closes":"0.5"}',
        '{"size":1,"closes":["0.5"]}',
        '{"size":1,"closes":[NaN]}',
        '{"size":1,"closes":[Infinity]}',
        '{"size":1,"closes":{"0":0.5}}',
        '{"closes":[],"other":1}',
        '{"size":1,"closes":[1' + "0" * 400 + "]}",
        "[" * 100_000,
    ],
)
def test_any_other_text_is_one_clear_line(text: str) -> None:
    with pytest.raises(BadInput, match="stored Window cannot be read") as raised:
        codec.load(Window, text)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 1_000


@pytest.mark.parametrize("side", ["buy", "", None, 1])
def test_an_unknown_word_is_refused(side: object) -> None:
    plain = json.loads(codec.dump(order(1))) | {"side": side}
    with pytest.raises(BadInput, match="stored Order cannot be read"):
        codec.load(type(order(1)), json.dumps(plain))


@pytest.mark.parametrize("close", [inf, -inf])
def test_an_infinite_number_is_refused_beside_an_undefined_one(close: float) -> None:
    with pytest.raises(BadInput, match="this Window cannot be stored: an infinite number"):
        codec.dump(Window(2, (nan, close)))


@pytest.mark.parametrize("value", [object(), 1 + 2j, b"bytes", {1, 2}])
def test_what_has_no_stored_form_is_refused(value: object) -> None:
    with pytest.raises(BadInput, match="cannot be stored"):
        codec.dump(value)


@dataclass(frozen=True)
class Grown:
    kept: int
    later: str = "its default"


def test_a_text_with_as_many_fields_but_others_is_read_by_name() -> None:
    assert codec.load(Grown, '{"kept":1,"gone":2}') == Grown(1)
    assert codec.load(Grown, '{"kept":1,"gone":2,"later":"x"}') == Grown(1, "x")
    with pytest.raises(BadInput):
        codec.load(Grown, '{"later":"x","gone":2}')
