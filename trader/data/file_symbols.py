"""The symbol that a file is named for, as exchanges, platforms and data sets name their files."""

from __future__ import annotations

import re

from chalicelib.assets import SURE_QUOTES, WORDS, split_symbol
from chalicelib.errors import BadInput
from chalicelib.symbol_name import symbol_name

EXCHANGES = (
    *("BINANCEUS", "BINANCE", "BITFINEX", "BITGET", "BITMEX", "BITSTAMP", "BITTREX", "BYBIT", "COINBASEPRO"),
    *("COINBASE", "CRYPTOCOM", "DERIBIT", "GATEIO", "GDAX", "GEMINI", "HITBTC", "HTX", "HUOBI", "KRAKEN", "KUCOIN"),
    *("MEXC", "OKEX", "OKX", "POLONIEX", "UPBIT"),
)
"""Of two that begin alike the longer one stands first."""
FILE_WORDS = (
    *("BARS", "CANDLE", "CANDLES", "CHART", "CRYPTO", "DATA", "DATASET", "DOLLARS", "EXPORT", "FUTURES", "HISTORY"),
    *("KLINE", "KLINES", "MARKET", "MINUTE", "MINUTES", "OHLC", "OHLCV", "PERP", "PRICE", "PRICES", "SPOT", "SWAP"),
    *("CM", "UM", "COM", "CRYPTOCAP", "GATE"),
)
"""What names of files say besides a pair; of none is one half of a pair."""
DOLLARS = ("USDT", "USDC", "FDUSD", "BUSD", "TUSD")
"""What follows a pair of these is no quote: BTCUSDT_USD_M."""
PLAIN = (*DOLLARS, "USD", "BTC", "ETH", "BNB", "EUR")
"""With what else small letters end, English words do as well: entry, bars, august."""
COINS = ("BTC", "ETH", "BNB", "SOL", "XRP", "TRX", "DOGE", "DOT")
MONEY = tuple(quote for quote in (*SURE_QUOTES, "KRW") if quote not in COINS)
"""No market quotes one of these in coins: USDT_BTC is a name turned round."""


def symbol_in(name: str) -> str | None:
    """The one symbol that a file's name, without its extension, gives; None where it gives none or several.

    A pair may be split (BTC_USDT, BTC-EUR) and may follow the name of an exchange. What ends with no known quote is
    taken where it stands first and in capitals.

    >>> [symbol_in(name) for name in ("BTCUSDT-1m-2025-01", "Binance_BTCUSDT_2025_minute", "BTC_USDT-1m", "btcusdt_1m")]
    ['BTCUSDT', 'BTCUSDT', 'BTCUSDT', 'BTCUSDT']
    >>> symbol_in("BINANCE_BTCUSDT, 1"), symbol_in("AAPL_1m"), symbol_in("prices_2025"), symbol_in("BTCUSDT_ETHUSDT")
    ('BTCUSDT', 'AAPL', None, None)
    >>> [symbol_in(name) for name in ("candles_binance_BTC-USDT_1m", "BTCUSDT2025-01-01", "bars_1m", "USDT_BTC")]
    ['BTCUSDT', 'BTCUSDT', None, None]
    """
    words = [word for word in re.split(r"[\W_]+", name) if word and word.upper() not in (*EXCHANGES, *FILE_WORDS)]
    pairs = _pairs([_core(word) for word in words])
    if pairs:
        return pairs[0] if len(set(pairs)) == 1 else None
    first = words[0] if words else ""
    return _named(first) if first == first.upper() and re.search(r"[^\W\d_]", first) else None


def _pairs(words: list[str]) -> list[str | None]:
    """The words, or two of them in a row, that end with a known quote; None for what could be more than one pair."""
    found: list[str | None] = []
    at = 0
    while at < len(words):
        base, quote, third = (*words[at:], "", "")[:3]
        is_pair = _is_pair(base)
        is_split = quote in SURE_QUOTES and not (is_pair and base.endswith(DOLLARS)) and re.search(r"[^\W\d_]", base)
        if is_split and quote not in DOLLARS and third in SURE_QUOTES:
            found += [None] if base in WORDS else []  # LTC_BTC_USDT, but my_BTC_USDT
        elif is_split:
            found.append(None if base in MONEY and quote in COINS else _named(base + quote))
            at += 1
        elif is_pair:
            found.append(_named(base))
        at += 1
    return found


def _core(word: str) -> str:
    """The word in capitals, without an exchange before a pair or a period, a date or a kind of contract behind it."""
    name = word.upper()
    exchange = next((each for each in EXCHANGES if name.startswith(each)), "")
    for rest in (name.removeprefix(exchange), name, re.sub(r"(M?\d+M?|PERP)$", "", name)):
        if _is_pair(rest) and (word != word.lower() or rest.endswith(PLAIN) or split_symbol(rest)[0] in WORDS):
            return rest
    return name if name in SURE_QUOTES or not _is_pair(name) else ""


def _is_pair(word: str) -> bool:
    return any(
        word.endswith(quote) and word != quote and word.removesuffix(quote) not in EXCHANGES for quote in SURE_QUOTES
    )


def _named(word: str) -> str | None:
    try:
        return symbol_name(word, "")
    except BadInput:
        return None
