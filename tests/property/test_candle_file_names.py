"""A pair is found in a file's name however its two halves, the exchange and the period are written around it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.assets import WORDS
from tests.support.effort import examples
from trader.data.file_symbols import symbol_in

BASES = st.sampled_from(["BTC", "ETH", "WBTC", "1INCH", "1000SHIB", "DOGE", "币安人生", "SOL", "A2Z"])
QUOTES = st.sampled_from(["USDT", "EUR", "FDUSD", "TRY", "BTC"])
BEFORE = st.sampled_from(["", "Binance_", "COINBASE_", "bybit-", "KRAKEN "])
BEHIND = st.sampled_from(
    ["", "-1m-2025-01", "_1m", "_2025_minute", ", 1", "_spot_1m_2024-07-26_2024-08-25", " 1 minute"]
)


@settings(max_examples=examples(50))
@given(
    base=BASES, quote=QUOTES, joint=st.sampled_from(["", "_", "-"]), before=BEFORE, behind=BEHIND, lower=st.booleans()
)
def test_one_pair_in_a_name_is_found(base: str, quote: str, joint: str, before: str, behind: str, lower: bool) -> None:
    name = f"{before}{base}{joint}{quote}{behind}"
    reads_like_a_word = lower and not joint and quote == "TRY" and base not in WORDS
    if base != quote and not reads_like_a_word:
        assert symbol_in(name.lower() if lower else name) == base + quote


@settings(max_examples=examples(50))
@given(first=st.sampled_from(["BTCUSDT", "SOLUSDT"]), second=st.sampled_from(["ETHUSDT", "BNBEUR"]), behind=BEHIND)
def test_of_two_pairs_none_is_taken(first: str, second: str, behind: str) -> None:
    assert symbol_in(f"{first}_{second}{behind}") is None


def test_words_that_are_no_pair_are_none() -> None:
    for name in (
        "prices_2025",
        "data",
        "minute",
        "history",
        "export-1m",
        "_1m",
        "2025",
        "bitstampUSD_1-min_data",
        "kraken",
    ):
        assert symbol_in(name) is None, name


def test_the_period_of_a_futures_file_of_freqtrade_is_no_pair() -> None:
    assert symbol_in("BTC_USDT_USDT-1m-futures") == "BTCUSDT"


def test_a_word_before_a_pair_is_no_half_of_one() -> None:
    for before in ("candles_binance", "Binance Spot", "futures_um", "gate", "my"):
        assert symbol_in(f"{before}_BTC-USDT_1m") == "BTCUSDT", before


def test_a_period_a_date_or_a_kind_of_contract_that_is_written_on_to_a_pair_is_no_part_of_it() -> None:
    for name in ("BTCUSDT2025-01-01", "BTCUSDT1", "BTCUSDTM1", "BTCUSDT1m", "BTCUSDTPERP", "BTCUSDT202501"):
        assert symbol_in(name) == "BTCUSDT", name
    assert symbol_in("BTCUSD1") == "BTCUSD1"  # USD1 is a currency


def test_english_words_that_end_like_a_quote_are_no_pair() -> None:
    for name in ("bars", "bars_1m", "entry", "august_2025", "dollars", "data_eth", "candles_btc"):
        assert symbol_in(name) is None, name


def test_of_three_assets_and_of_a_pair_turned_round_none_is_taken() -> None:
    for name in ("LTC_BTC_USDT", "USDT_BTC", "upbit_KRW-BTC", "poloniex_USDT_ETH"):
        assert symbol_in(name) is None, name


def test_of_two_exchanges_that_begin_alike_the_longer_one_stands_before_a_pair() -> None:
    assert symbol_in("BINANCEUSBTCUSDT") == "BTCUSDT"
