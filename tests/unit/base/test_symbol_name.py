"""The name of a symbol is the same thing at every door."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.assets import QUOTES
from chalicelib.config import load_config
from chalicelib.errors import BadInput
from chalicelib.symbol_name import LONGEST, symbol_name, symbol_names

EMPTY = Path("/dev/null")
OF_SCRIPTS = st.one_of(
    st.sampled_from("abcxyz0189"), st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), st.sampled_from("жדカ한ไ")
)
BASES = st.text(OF_SCRIPTS, min_size=1, max_size=10)
WIDE = "".join(chr(ord(letter) + 0xFEE0) for letter in "btcUSDT")


@given(text=st.text(max_size=30))
def test_any_text_is_a_name_that_stays_the_same_or_is_explained_in_one_line(text: str) -> None:
    name, line = named_or_line(text)
    assert line.isprintable()
    assert ("; found " in line) == (not name)
    assert name == name.upper()
    assert not name or (symbol_name(name, "--symbol") == name and len(name) <= LONGEST)


def named_or_line(text: str) -> tuple[str, str]:
    """The name, or what is said of it."""
    try:
        return symbol_name(text, "--symbol"), ""
    except BadInput as error:
        return "", str(error)


@given(base=BASES, quote=st.sampled_from(QUOTES), separator=st.sampled_from(["", "/", "-", "_"]))
def test_letters_of_any_script_and_any_usual_spelling_of_a_pair_are_one_name(
    base: str, quote: str, separator: str
) -> None:
    name = symbol_name(f" {base.lower()}{separator}{quote.lower()} ", "--symbol")
    assert name == symbol_name(base, "--symbol") + quote


def test_what_is_no_symbol_says_what_was_found_and_what_is_allowed() -> None:
    refused = {
        "": "found nothing",
        "BTC$USDT": 'found "$"',
        "BTCUSDT.P": 'found "."',
        "BINANCE:BTCUSDT": 'found ":"',
        "BTC/USDT:USDT": 'found "/"',
        "BTC-PERP": 'found "-"',
        "/USDT": 'found "/"',
        "A" * 21: "found 21 characters",
    }
    for text, found in refused.items():
        with pytest.raises(BadInput) as error:
            symbol_name(text, "--symbol")
        assert str(error.value) == (
            f'--symbol "{text}": must be a symbol of 1 to 20 letters and digits, such as BTCUSDT; {found}'
        )


def test_marks_of_a_script_belong_to_its_letters() -> None:
    assert symbol_name("हिन्दीusdt", "--symbol") == "हिन्दीUSDT"


def test_wide_letters_are_the_plain_ones() -> None:
    assert symbol_name(WIDE, "--symbol") == "BTCUSDT"


def test_a_list_names_no_symbol_twice_however_it_is_spelt() -> None:
    with pytest.raises(BadInput, match="BTCUSDT is given twice"):
        symbol_names("btcusdt,ETHUSDT,BTC/USDT", "--symbol")


def test_settings_take_the_names_that_options_take() -> None:
    config = load_config(EMPTY, ['agent.symbols=["btcusdt", "币安人生usdt"]', 'news.keywords={"btc/usdt" = ["coin"]}'])
    assert config.agent.symbols == ("BTCUSDT", "币安人生USDT")
    assert config.news.keywords["BTCUSDT"] == ("coin",)
    assert config.news.keywords["币安人生USDT"] == ("币安人生",)


def test_two_spellings_of_one_symbol_are_refused_in_settings() -> None:
    for override in ("agent.symbols=BTCUSDT,btcusdt", 'news.keywords={BTCUSDT=["a"], btcusdt=["b"]}'):
        with pytest.raises(BadInput, match="none twice"):
            load_config(EMPTY, [override])
