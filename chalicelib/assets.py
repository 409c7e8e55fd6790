"""What a symbol's name tells before any exchange was asked: base, quote, and the words that headlines use for it."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.errors import BadInput

# All that Binance has ever quoted in. Of two that end alike the one comes first that is meant more often.
QUOTES = (
    *("USDT", "USDC", "FDUSD", "TUSD", "BUSD", "RLUSD", "XUSD", "BFUSD", "USD1", "USDE", "USDP", "USDS", "USD", "U"),
    *("PAX", "DAI", "UST", "VAI", "BTC", "ETH", "BNB", "SOL", "XRP", "TRX", "DOGE", "DOT"),
    *("EUR", "EURI", "AEUR", "TRY", "BRL", "JPY", "GYEN", "GBP", "AUD", "ARS", "MXN", "COP", "CZK", "PLN", "RON"),
    *("ZAR", "UAH", "RUB", "NGN", "IDRT", "BIDR", "IDR", "BKRW", "BVND"),
)
SURE_QUOTES = tuple(quote for quote in QUOTES if len(quote) >= 3)
"""Those that are believed after any base; a shorter one only after a base that is well known."""

# No word that English has for other things: a ticker of that kind counts in capitals (=LINK) or as a cashtag.
WORDS = {
    "AAVE": ("aave",),
    "ADA": ("cardano", "=ADA", "$ada"),
    "ATOM": ("cosmos hub", "=ATOM", "$atom"),
    "AVAX": ("avax", "avalanche blockchain", "avalanche network", "=on Avalanche"),
    "BCH": ("bitcoin cash", "bch"),
    "BNB": ("bnb", "binance coin"),
    "BTC": ("bitcoin", "btc"),
    "DOGE": ("dogecoin", "doge"),
    "DOT": ("polkadot", "$dot"),
    "ETC": ("ethereum classic", "$etc"),
    "ETH": ("ethereum", "ether", "eth"),
    "FIL": ("filecoin", "$fil"),
    "HBAR": ("hedera", "hbar"),
    "LINK": ("chainlink", "=LINK", "$link"),
    "LTC": ("litecoin", "ltc"),
    "NEAR": ("near protocol", "=NEAR", "$near"),
    "POL": ("matic", "=POL", "$pol", "polygon labs", "polygon network", "polygon blockchain", "=on Polygon"),
    "SHIB": ("shiba inu", "shib"),
    "SOL": ("solana", "=SOL", "$sol"),
    "SUI": ("=SUI", "=Sui", "$sui"),
    "TON": ("toncoin", "=TON", "$ton"),
    "TRX": ("trx", "=TRON", "tron network", "tron dao"),
    "UNI": ("uniswap", "=UNI", "$uni"),
    "XLM": ("xlm", "stellar lumens", "stellar network", "stellar development foundation"),
    "XMR": ("monero", "xmr"),
    "XRP": ("xrp", "ripple labs", "ripple ceo"),
}
SHORTEST_TICKER = 3
"""Letters of a ticker that is believed in capitals: AI, ME and S are too often something else."""


def split_symbol(symbol: str) -> tuple[str, str]:
    """(base, quote) as far as the name tells; the quote is empty where it ends with none that is known.

    Where two quotes fit (TUSD and USD), the one that leaves a well-known base is taken, else the first of `QUOTES`.

    >>> split_symbol("BTCUSDT"), split_symbol("DOTUSD"), split_symbol("XYZZY")
    (('BTC', 'USDT'), ('DOT', 'USD'), ('XYZZY', ''))
    """
    return (_splits(symbol) or [(symbol, "")])[0]


def may_share_quote(symbols: Sequence[str]) -> bool:
    """False only where some of the names are sure to be of different quotes; one that ends with none proves nothing.

    >>> may_share_quote(["BTCUSDT", "ETHUSDT"]), may_share_quote(["BTCUSDT", "ETHBTC", "XYZZY"])
    (True, False)
    """
    possible = [{quote for _, quote in splits} for symbol in symbols if (splits := _splits(symbol))]
    return not possible or bool(set.intersection(*possible))


def refuse_mixed_quotes(symbols: Sequence[str], where: str) -> None:
    """Raises BadInput, beginning with `where` they were named, for symbols that cannot share one cash."""
    if not may_share_quote(symbols):
        raise BadInput(f"{where}: {', '.join(symbols)}: must be pairs of one quote currency: they share one cash")


def _splits(symbol: str) -> list[tuple[str, str]]:
    """Every (base, quote) that the name can be, only those of a well-known base if there are such."""
    splits = [(symbol.removesuffix(quote), quote) for quote in QUOTES if symbol.endswith(quote) and symbol != quote]
    known = [split for split in splits if split[0] in WORDS]
    return known or [split for split in splits if split[1] in SURE_QUOTES]


def default_keywords(symbol: str) -> tuple[str, ...]:
    """The words by which headlines are matched to the symbol unless the configuration names others.

    >>> default_keywords("BTCUSDT"), default_keywords("PEPEUSDT"), default_keywords("SUSDT")
    (('bitcoin', 'btc'), ('=PEPE', '$pepe'), ('$s',))
    """
    base, _ = split_symbol(symbol)
    if base in WORDS:
        return WORDS[base]
    if not base.isascii():
        return (base.lower(),)
    if base.isdigit():
        return (symbol.lower(),)  # "$4" is money
    cashtag = f"${base.lower()}"
    return (f"={base}", cashtag) if len(base) >= SHORTEST_TICKER else (cashtag,)
