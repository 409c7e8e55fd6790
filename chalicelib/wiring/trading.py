"""An exchange that takes orders, put together for whoever sits at a terminal, with a key or without."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chalicelib.config.keys import ExchangeSettings
from chalicelib.config.secrets import Secrets

if TYPE_CHECKING:
    import requests

    from chalicelib.adapters.binance.pairs import BinancePairs
    from chalicelib.wiring.exchange_client import ExchangeClient

PATIENCE_S = 30.0
"""A person waits so long for the exchange's limits."""
ATTEMPTS = 2
"""And is not kept in silence by what does not answer: five times, and each of them five times the time, is 31 s."""


@dataclass(frozen=True, slots=True)
class ExchangeAccess:
    """An exchange at one address."""

    pairs: BinancePairs
    """For everybody."""
    client: ExchangeClient | None
    """For the key's owner; None without key and secret."""


def exchange_access(settings: ExchangeSettings, secrets: Secrets, home: Path) -> ExchangeAccess:
    """The exchange at `settings.base_url`; orders are counted together with those of all who have this home.

    Raises BadInput for what is no URL, and for a secret that is no key.
    """
    import requests

    from chalicelib.adapters.binance.pairs import BinancePairs
    from chalicelib.adapters.binance.transport import Transport
    from chalicelib.adapters.tls import SharedTlsAdapter

    session = requests.Session()
    session.mount("https://", SharedTlsAdapter())
    pairs = BinancePairs(Transport(session, settings.base_url, attempts=ATTEMPTS, patience_s=PATIENCE_S))
    return ExchangeAccess(pairs, _client(settings, secrets, session, home))


def _client(
    settings: ExchangeSettings, secrets: Secrets, session: requests.Session, home: Path
) -> ExchangeClient | None:
    from chalicelib.adapters.sqlite import SqliteTexts
    from chalicelib.wiring.exchange_client import exchange_client

    if not (secrets.binance_api_key and secrets.binance_api_secret):
        return None
    texts = SqliteTexts(home / "exchange.sqlite") if home.is_dir() else None
    return exchange_client(settings, secrets, session, texts=texts, attempts=ATTEMPTS, patience_s=PATIENCE_S)
