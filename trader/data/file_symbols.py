"""The symbol that a file is named for, as exchanges, platforms and data sets name their files."""

from __future__ import annotations

import re

from chalicelib.assets import QUOTES
from chalicelib.errors import BadInput
from chalicelib.symbol_name import symbol_name

EXCHANGES = frozenset(
    (
        *("BINANCE", "BINANCEUS", "BITFINEX", "BITGET", "BITMEX", "BITSTAMP", "BYBIT", "COINBASE", "CRYPTOCOM"),
        *(
            "DERIBIT",
            "GATEIO",
            "GEMINI",
            "HTX",
            "HUOBI",
            "KRAKEN",
            "KUCOIN",
            "MEXC",
            "OKEX",
            "OKX",
            "POLONIEX",
            "UPBIT",
        ),
    )
)
SURE = tuple(quote for quote in QUOTES if len(quote) > 2)
DOLLARS = ("USDT", "USDC", "FDUSD", "BUSD", "TUSD")
"""What follows a pair of these is no quote: BTCUSDT_USD_M."""


def symbol_in(name: str) -> str | None:
    """The one symbol that a file's name, without its extension, gives; None where it gives none or several.

    A pair may be split (BTC_USDT, BTC-EUR) and may follow the name of an exchange. What ends with no known quote is
    taken where it stands first and in capitals.

    >>> [symbol_in(name) for name in ("BTCUSDT-1m-2025-01", "Binance_BTCUSDT_2025_minute", "BTC_USDT-1m", "btcusdt_1m")]
    ['BTCUSDT', 'BTCUSDT', 'BTCUSDT', 'BTCUSDT']
    >>> symbol_in("BINANCE_BTCUSDT, 1"), symbol_in("AAPL_1m"), symbol_in("prices_2025"), symbol_in("BTCUSDT_ETHUSDT")
    ('BTCUSDT', 'AAPL', None, None)
    """
    words = [word for word in re.split(r"[\W_]+", name) if word]
    while words and words[0].upper() in EXCHANGES:
        del words[0]
    pairs = _pairs([_without_exchange(word.upper()) for word in words])
    if pairs:
        return pairs[0] if len(set(pairs)) == 1 else None
    first = words[0] if words else ""
    return _named(first) if first == first.upper() and re.search(r"[^\W\d_]", first) else None


def _pairs(words: list[str]) -> list[str]:
    """The words, or two of them in a row, that end with a known quote."""
    found, at = [], 0
    while at < len(words):
        base, quote = words[at], words[at + 1] if at + 1 < len(words) else ""
        is_pair = _is_pair(base)
        if quote in SURE and not (is_pair and base.endswith(DOLLARS)) and re.search(r"[^\W\d_]", base):
            found.append(base + quote)
            at += 1
        elif is_pair:
            found.append(base)
        at += 1
    return [name for each in found if (name := _named(each)) is not None]


def _without_exchange(word: str) -> str:
    rest = next((word.removeprefix(exchange) for exchange in EXCHANGES if word.startswith(exchange)), word)
    return rest if _is_pair(rest) else word


def _is_pair(word: str) -> bool:
    return any(word.endswith(quote) and word != quote and word.removesuffix(quote) not in EXCHANGES for quote in SURE)


def _named(word: str) -> str | None:
    try:
        return symbol_name(word, "")
    except BadInput:
        return None
