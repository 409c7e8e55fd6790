"""Which symbols a headline concerns: keywords in any script, and default words that are nothing but names."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from chalicelib.assets import WORDS, default_keywords
from chalicelib.headlines import match_symbols
from chalicelib.keywords import has_keyword

HEADLINES = Path("/work/shared/data/headlines")
KEYWORDS = {"BTCUSDT": ("bitcoin", "btc"), "ETHUSDT": ("eth", "ether"), "BNBUSDT": ("binance coin",), "XUSDT": ()}


@pytest.mark.parametrize(
    ("title", "symbols"),
    [
        ("A new method for the ether", ("ETHUSDT",)),
        ("$BTC, #ETH and BTC/USDT", ("BTCUSDT", "ETHUSDT")),
        ("BITCOIN'S fall; eth-based", ("BTCUSDT", "ETHUSDT")),
        ("Binance\u00a0Coin and binance-coin", ("BNBUSDT",)),
        ("Binance\u2011coin", ("BNBUSDT",)),
        ("binance mints a coin", ()),
        ("ethernet, bitcoinish, WBTC, BTCUSDT, 1BTC", ()),
        ("BTC_USDT", ("BTCUSDT",)),
        ("Bitcoin™ and Ether\ufe0f", ("BTCUSDT", "ETHUSDT")),
        ("", ()),
    ],
)
def test_keywords_match_whole_words_and_phrases(title: str, symbols: tuple[str, ...]) -> None:
    assert match_symbols(title, KEYWORDS) == symbols


def test_a_keyword_is_text_not_a_pattern() -> None:
    assert match_symbols("worth $1.0", {"A": ("1.0",), "B": ("$1",), "C": ("1x0", " ")}) == ("A", "B")


@pytest.mark.parametrize(
    ("title", "word"),
    [
        ("比特币突破10万美元", "比特币"),
        ("美联储降息后比特币大涨", "比特币"),
        ("BTC突破10万", "btc"),
        ("10万BTC", "btc"),
        ("ビットコインが急落", "ビットコイン"),
        ("米ビットコインETF", "ビットコイン"),
        ("ﾋﾞｯﾄｺｲﾝ急落", "ビットコイン"),
        ("ＢＴＣ急落", "btc"),
        ("비트코인이 급락", "비트코인"),
        ("비트코인·이더리움", "이더리움"),
        ("BTC가 급락", "btc"),
        ("ราคาบิตคอยน์ร่วง", "บิตคอยน์"),
        ("ราคาBTCร่วง", "btc"),
        ("बिटकॉइन गिरा", "बिटकॉइन"),
        ("以太坊/比特币", "以太坊"),
    ],
)
def test_a_word_stands_alone_beside_a_script_without_spaces(title: str, word: str) -> None:
    assert has_keyword(title, word)


@pytest.mark.parametrize(
    ("title", "word"),
    [
        ("ビットコイン急落", "コイン"),
        ("ビットコインキャッシュ", "ビットコイン"),
        ("アーダー", "アーダ"),
        ("알트코인 급등", "코인"),
        ("बिटकॉइनों", "बिटकॉइन"),
        ("กิน้ำ", "กิน"),
        ("биткоинами", "биткоин"),
        ("wBTC突破", "btc"),
        ("突破BTCX", "btc"),
    ],
)
def test_a_part_of_a_longer_word_is_none(title: str, word: str) -> None:
    assert not has_keyword(title, word)


def test_an_equals_sign_asks_for_the_very_letters() -> None:
    assert [has_keyword(title, "=NEAR") for title in ("NEAR falls", "near", "Near", "$NEAR突破", "=near")] == [
        *(True, False, False, True, False)
    ]
    assert has_keyword("a = b", "=")


@pytest.mark.parametrize(
    "title",
    [
        "Ripple effects of tariffs hit stocks",
        "Avalanche of liquidations hits longs",
        "Stellar quarter for miners as profits rise",
        "Sol Strategies files",
        "Ada Lovelace day",
        "Atom-thin chips",
        "Tron: Ares box office",
        "Polygon-shaped parks",
        "A sui generis case: dot the i, link the two, not one is near",
        "Bitcoin rose as one of its rivals won, says the US; gas and flow up",
        "It's what AI and ME don't: A to S",
    ],
)
def test_plain_english_concerns_no_coin_by_default(title: str) -> None:
    bases = (
        *(base for base in WORDS if base != "BTC"),
        "ONE",
        "GAS",
        "ROSE",
        "FLOW",
        "WIN",
        "NOT",
        "THE",
        "AI",
        "S",
        "A",
    )
    assert match_symbols(title, {base: default_keywords(f"{base}USDT") for base in bases}) == ()


def test_tickers_in_capitals_and_cashtags_are_names() -> None:
    words = {base: default_keywords(f"{base}USDT") for base in ("SOL", "NEAR", "LINK", "ONE", "GAS", "OP", "4")}
    assert match_symbols("SOL, NEAR, LINK, ONE and GAS lead; $op, 4USDT follow", words) == tuple(words)
    assert match_symbols("$sol $near $one at $4 and $4.5", words) == ("SOL", "NEAR", "ONE")


def test_what_settings_list_stays_as_it_says() -> None:
    assert match_symbols("Ripple effects, an avalanche", {"X": ("ripple",), "A": ("Avalanche",)}) == ("X", "A")


def test_no_real_headline_on_stocks_is_taken_for_one_on_coins() -> None:
    if not HEADLINES.exists():
        pytest.skip(f"{HEADLINES} is not here")
    with (HEADLINES / "finance_dev.csv").open(encoding="utf-8") as file:
        titles = [row["headline"] for row in csv.DictReader(file)]
    bases = (*WORDS, "ONE", "GAS", "ROSE", "WIN", "S", "OP")
    words = {base: default_keywords(f"{base}USDT") for base in bases}
    assert [title for title in titles if match_symbols(title, words) not in ((), ("BTC",))] == []
