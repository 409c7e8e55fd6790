"""WebSocket addresses of REST addresses, and the addresses that are one market."""

from __future__ import annotations

from urllib.parse import urlsplit

from chalicelib.errors import BadInput
from chalicelib.redact import shown_address

PUBLIC_DATA_URL = "https://data-api.binance.vision"
PLACES = {
    "live": "https://api.binance.com",
    "testnet": "https://testnet.binance.vision",
    "demo": "https://demo-api.binance.com",
}
"""Where orders are taken: by real money, and by two kinds of play money. Any other base URL may be given instead."""

_STREAM_HOSTS = {
    "api.binance.com": "stream.binance.com:9443",
    "api-gcp.binance.com": "stream.binance.com:9443",
    "api1.binance.com": "stream.binance.com:9443",
    "api2.binance.com": "stream.binance.com:9443",
    "api3.binance.com": "stream.binance.com:9443",
    "api4.binance.com": "stream.binance.com:9443",
    "data-api.binance.vision": "data-stream.binance.vision",
    "testnet.binance.vision": "stream.testnet.binance.vision",
    "demo-api.binance.com": "demo-stream.binance.com",
    "api.binance.us": "stream.binance.us:9443",
}
_ONE_MARKET = frozenset(host for host, stream in _STREAM_HOSTS.items() if stream == "stream.binance.com:9443") | {
    "data-api.binance.vision"
}
"""Of these the first is the name; they tell the same candles, which data.binance.vision publishes by month."""


def rest_url(base_url: str) -> str:
    """The address without a trailing slash or /api. Raises BadInput unless it is http(s)://host[:port].

    >>> rest_url("https://testnet.binance.vision/api/")
    'https://testnet.binance.vision'
    """
    text = base_url.strip().rstrip("/").removesuffix("/api")
    try:
        parts = urlsplit(text)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        whole = False
    if not whole or parts.netloc.count("@") or parts.path or parts.query or parts.fragment:
        raise BadInput(
            f"base URL '{shown_address(base_url)}' is not the address of an exchange: give http(s)://host[:port], "
            f"for example https://api.binance.com, {PUBLIC_DATA_URL} or a trader sim's http://127.0.0.1:9000"
        )
    return f"{parts.scheme}://{parts.netloc}"


def market_of(base_url: str) -> str:
    """The market that is told of at this address: the exchange's own addresses are one, every other host its own.

    Raises BadInput.

    >>> market_of("https://data-api.binance.vision"), market_of("http://localhost:9000/")
    ('api.binance.com spot', '127.0.0.1:9000 spot')
    """
    parts = urlsplit(rest_url(base_url))
    host = (parts.hostname or "").replace("localhost", "127.0.0.1")
    port = "" if parts.port in (None, 443 if parts.scheme == "https" else 80) else f":{parts.port}"
    return f"{'api.binance.com' if host in _ONE_MARKET and not port else host + port} spot"


def address_of(market: str) -> str:
    """An address at which this market can be asked.

    >>> address_of("testnet.binance.vision spot"), address_of("127.0.0.1:9000 spot")
    ('https://testnet.binance.vision', 'http://127.0.0.1:9000')
    """
    host = market.removesuffix(" spot")
    return f"http{'' if ':' in host else 's'}://{host}"


def is_known(base_url: str) -> bool:
    """Whether this is one of the exchange's own addresses, whose clock runs as ours does. Raises BadInput.

    >>> is_known("https://api.binance.com"), is_known("http://127.0.0.1:9000/")
    (True, False)
    """
    return urlsplit(rest_url(base_url)).netloc.lower() in _STREAM_HOSTS


def stream_url(base_url: str) -> str:
    """The WebSocket address beside this REST address; the same host and port where none is known. Raises BadInput.

    >>> stream_url("https://api.binance.com"), stream_url("http://127.0.0.1:9000")
    ('wss://stream.binance.com:9443', 'ws://127.0.0.1:9000')
    """
    parts = urlsplit(rest_url(base_url))
    known = _STREAM_HOSTS.get(parts.netloc.lower())
    if known is not None:
        return f"wss://{known}"
    return f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}"
