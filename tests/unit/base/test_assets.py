"""Which quote currency a name has, and which names can share one cash."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.assets import QUOTES, WORDS, may_share_quote, refuse_mixed_quotes, split_symbol
from chalicelib.errors import BadInput

LONG_QUOTES = [quote for quote in QUOTES if len(quote) > 2]


def test_an_unknown_quote_does_not_hide_that_the_known_ones_differ() -> None:
    assert not may_share_quote(["BTCUSDT", "ETHEUR", "XYZABC"])
    assert not may_share_quote(["XYZABC", "BTCJPY", "ETHMXN"])
    assert may_share_quote(["BTCUSDT", "XYZABC", "ETHUSDT"])
    assert may_share_quote(["XYZABC", "XYZDEF"])


@given(base=st.sampled_from(sorted(WORDS)), quote=st.sampled_from(QUOTES))
def test_every_quote_is_known_after_a_well_known_base(base: str, quote: str) -> None:
    others = [split for split in (split_symbol(base + quote),) if split[0] != base and split[0] not in WORDS]
    assert not others


@given(one=st.sampled_from(LONG_QUOTES), other=st.sampled_from(LONG_QUOTES))
def test_pairs_of_a_well_known_base_share_a_quote_only_where_it_is_the_same(one: str, other: str) -> None:
    assert may_share_quote([f"AVAX{one}", f"HBAR{other}"]) == (one == other)


def test_it_is_said_where_they_were_named() -> None:
    with pytest.raises(BadInput, match=r"^--candles: BTCUSDT, BTCEUR, XYZABC: must be pairs of one quote currency"):
        refuse_mixed_quotes(["BTCUSDT", "BTCEUR", "XYZABC"], "--candles")


def test_where_two_quotes_fit_a_base_that_is_not_known_either_may_be_shared() -> None:
    assert may_share_quote(["GALAEUR", "BTCEUR"])
    assert may_share_quote(["GALAEUR", "BTCAEUR"])
    assert not may_share_quote(["BTCAEUR", "BTCEUR"])
    assert split_symbol("GALAEUR") == ("GALA", "EUR")


def test_a_quote_of_one_letter_needs_a_base_that_is_known() -> None:
    assert split_symbol("BTCU") == ("BTC", "U")
    assert split_symbol("XYZU") == ("XYZU", "")
