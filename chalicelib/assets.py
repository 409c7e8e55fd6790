"""What a symbol's name tells before any exchange was asked: base, quote, and the words that headlines use for it."""

from __future__ import annotations

from collections.abc import Sequence

# The longer name first where one ends with the other.
QUOTES = ("FDUSD", "USDT", "USDC", "TUSD", "BUSD", "USD", "EUR", "GBP", "TRY", "BRL", "JPY", "BTC", "ETH", "BNB")

# Tickers that are also English words (LINK, DOT, NEAR, UNI …) are left out: they would match any headline.
WORDS = {
    "AAVE": ("aave",),
    "ADA": ("cardano", "ada"),
    "ATOM": ("cosmos hub", "atom"),
    "AVAX": ("avalanche", "avax"),
    "BCH": ("bitcoin cash", "bch"),
    "BNB": ("bnb", "binance coin"),
    "BTC": ("bitcoin", "btc"),
    "DOGE": ("dogecoin", "doge"),
    "DOT": ("polkadot",),
    "ETC": ("ethereum classic",),
    "ETH": ("ethereum", "ether", "eth"),
    "FIL": ("filecoin",),
    "HBAR": ("hedera", "hbar"),
    "LINK": ("chainlink",),
    "LTC": ("litecoin", "ltc"),
    "NEAR": ("near protocol",),
    "POL": ("polygon", "matic"),
    "SHIB": ("shiba inu", "shib"),
    "SOL": ("solana", "sol"),
    "SUI": ("sui",),
    "TON": ("toncoin",),
    "TRX": ("tron", "trx"),
    "UNI": ("uniswap",),
    "XLM": ("stellar", "xlm"),
    "XMR": ("monero", "xmr"),
    "XRP": ("xrp", "ripple"),
}


def split_symbol(symbol: str) -> tuple[str, str]:
    """(base, quote) as far as the name tells; the quote is empty where it ends with none that is known.

    Where two quotes fit (TUSD and USD), the one that leaves a well-known base is taken, else the longer.

    >>> split_symbol("BTCUSDT"), split_symbol("DOTUSD"), split_symbol("XYZZY")
    (('BTC', 'USDT'), ('DOT', 'USD'), ('XYZZY', ''))
    """
    splits = [(symbol.removesuffix(quote), quote) for quote in QUOTES if symbol.endswith(quote) and symbol != quote]
    known = [split for split in splits if split[0] in WORDS]
    return (known or splits or [(symbol, "")])[0]


def may_share_quote(symbols: Sequence[str]) -> bool:
    """False only where the names are sure to be of different quotes.

    >>> may_share_quote(["BTCUSDT", "ETHUSDT"]), may_share_quote(["BTCUSDT", "ETHBTC"])
    (True, False)
    """
    if not all(symbol.endswith(QUOTES) for symbol in symbols):
        return True
    return any(all(symbol.endswith(quote) for symbol in symbols) for quote in QUOTES)


def default_keywords(symbol: str) -> tuple[str, ...]:
    """The words by which headlines are matched to the symbol unless the configuration names others, lower case.

    >>> default_keywords("BTCUSDT"), default_keywords("PEPEUSDT")
    (('bitcoin', 'btc'), ('pepe',))
    """
    base, _ = split_symbol(symbol)
    return WORDS.get(base, (base.lower(),))
