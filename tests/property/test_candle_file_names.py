"""A pair is found in a file's name however its two halves, the exchange and the period are written around it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.effort import examples
from trader.data.file_symbols import symbol_in

BASES = st.sampled_from(["BTC", "ETH", "WBTC", "1INCH", "1000SHIB", "DOGE", "币安人生", "SOL", "A2Z"])
QUOTES = st.sampled_from(["USDT", "EUR", "FDUSD", "TRY", "BTC"])
BEFORE = st.sampled_from(["", "Binance_", "COINBASE_", "bybit-", "KRAKEN "])
BEHIND = st.sampled_from(
    ["", "-1m-2025-01", "_1m", "_2025_minute", ", 1", "_spot_1m_2024-07-26_2024-08-25", " 1 minute"]
)


@settings(max_examples=examples(50), deadline=None)
@given(
    base=BASES, quote=QUOTES, joint=st.sampled_from(["", "_", "-"]), before=BEFORE, behind=BEHIND, lower=st.booleans()
)
def test_one_pair_in_a_name_is_found(base: str, quote: str, joint: str, before: str, behind: str, lower: bool) -> None:
    name = f"{before}{base}{joint}{quote}{behind}"
    if base != quote:
        assert symbol_in(name.lower() if lower else name) == base + quote


@settings(max_examples=examples(50), deadline=None)
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
