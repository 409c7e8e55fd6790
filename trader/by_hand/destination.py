"""Which exchange a command by hand asks, and whether money there is real."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from chalicelib.config import Config, Mode
from chalicelib.errors import BadInput

TESTNET_URL = "https://testnet.binance.vision"
DEMO_URL = "https://demo-api.binance.com"
TEST_NETWORKS = frozenset({"testnet.binance.vision", "demo-api.binance.com"})


@dataclass(frozen=True, slots=True)
class AskedExchange:
    """What the command line says of the exchange; all of it may be left out."""

    testnet: bool = False
    demo: bool = False
    live: bool = False
    base_url: str | None = None


@dataclass(frozen=True, slots=True)
class Destination:
    """An exchange that may be asked."""

    base_url: str
    is_live: bool
    """Whether money there is real."""

    @property
    def is_simulated(self) -> bool:
        """Whether it is no exchange of Binance's: a simulated one has its own time."""
        return not self.is_live and (urlsplit(self.base_url).hostname or "") not in TEST_NETWORKS

    @property
    def tells_rights(self) -> bool:
        """Whether it says what a key may do; Binance's test networks do not."""
        return self.is_live or self.is_simulated

    @property
    def words(self) -> str:
        """The address, and what kind of money it moves."""
        return f"{self.base_url} ({'real money' if self.is_live else 'no real money'})"


def is_live(base_url: str) -> bool:
    """Whether money at this address is real: everywhere but at the exchange's test networks and on this machine.

    >>> is_live("https://api.binance.com"), is_live("https://testnet.binance.vision/api"), is_live("http://[::1]:9000")
    (True, False, False)
    """
    host = urlsplit(base_url.strip()).hostname or ""
    if host in TEST_NETWORKS or host == "localhost":
        return False
    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return True


def destination_of(config: Config, asked: AskedExchange) -> Destination:
    """The exchange that is meant: `--base-url`, else a test network that is asked for, else exchange.base_url.

    Raises BadInput for one of real money unless that is asked for in both places, and for what is no address.
    """
    from chalicelib import wiring

    if asked.base_url == "":
        raise BadInput("--base-url must name an exchange: an empty value was given")
    base_url = asked.base_url or _named(asked) or config.exchange.base_url
    market = wiring.market_of(base_url).removesuffix(" spot")
    live = is_live(base_url)
    missing = [
        words
        for given, words in (
            (config.agent.mode is Mode.LIVE, 'agent.mode = "live" in agent.toml'),
            (asked.live, "--live on the command line"),
        )
        if not given
    ]
    if live and missing:
        raise BadInput(
            f"{market} is an exchange of real money, which needs {' and '.join(missing)};"
            " without it give --testnet, --demo or the --base-url of a trader sim"
        )
    return Destination(base_url, live)


def _named(asked: AskedExchange) -> str | None:
    return TESTNET_URL if asked.testnet else DEMO_URL if asked.demo else None
