"""Orders and account at the exchange of the settings, by the secrets' key."""

from __future__ import annotations

from hashlib import sha256
from typing import NamedTuple

import requests

from chalicelib.adapters.binance.accounts import BinanceAccount
from chalicelib.adapters.binance.clock import SigningClock
from chalicelib.adapters.binance.hosts import market_of
from chalicelib.adapters.binance.key_rights import BinanceKey
from chalicelib.adapters.binance.order_limits import UnfilledLedger
from chalicelib.adapters.binance.orders import BinanceOrders
from chalicelib.adapters.binance.signed import SignedRequests
from chalicelib.adapters.binance.signing import signer_of
from chalicelib.adapters.binance.timing import Timing
from chalicelib.adapters.binance.transport import Transport
from chalicelib.adapters.binance.unheard import Unheard
from chalicelib.adapters.memory_texts import MemoryTexts
from chalicelib.config.keys import ExchangeSettings
from chalicelib.config.secrets import Secrets
from chalicelib.ports import SharedTexts


class ExchangeClient(NamedTuple):
    """What a key may do."""

    orders: BinanceOrders
    account: BinanceAccount
    key: BinanceKey


def exchange_client(
    settings: ExchangeSettings,
    secrets: Secrets,
    session: requests.Session,
    *,
    texts: SharedTexts | None = None,
    patience_s: float = 10.0,
    attempts: int = 5,
) -> ExchangeClient:
    """The client at `settings.base_url`. `patience_s` is how long a request waits for the exchange's limits,
    `attempts` how often one that may be repeated is sent. Whoever places orders by the same key is
    to give the same `texts`, which hold how many there are; None keeps that to itself.

    Raises BadInput without a key or secret, and for a secret that is no key.
    """
    timing = Timing()
    transport = Transport(session, settings.base_url, timing=timing, attempts=attempts, patience_s=patience_s)
    signed = SignedRequests(
        transport,
        secrets.binance_api_key,
        signer_of(secrets.binance_api_secret),
        SigningClock(transport, timing),
        recv_window_ms=settings.recv_window_ms,
        unfilled=UnfilledLedger(texts or MemoryTexts(), _account(settings, secrets)),
    )
    unheard = Unheard()
    return ExchangeClient(BinanceOrders(signed, unheard), BinanceAccount(signed, unheard), BinanceKey(signed))


def _account(settings: ExchangeSettings, secrets: Secrets) -> str:
    """The account by its key, which cannot be told from it."""
    return f"{market_of(settings.base_url)} {sha256(secrets.binance_api_key.reveal().encode()).hexdigest()[:32]}"
