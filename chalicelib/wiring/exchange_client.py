"""Orders and account at the exchange of the settings, by the secrets' key."""

from __future__ import annotations

from typing import NamedTuple

import requests

from chalicelib.adapters.binance.accounts import BinanceAccount
from chalicelib.adapters.binance.clock import SigningClock
from chalicelib.adapters.binance.key_rights import BinanceKey
from chalicelib.adapters.binance.order_limits import MemoryUnfilledLedger, UnfilledLedger
from chalicelib.adapters.binance.orders import BinanceOrders
from chalicelib.adapters.binance.signed import SignedRequests
from chalicelib.adapters.binance.signing import signer_of
from chalicelib.adapters.binance.timing import Timing
from chalicelib.adapters.binance.transport import Transport
from chalicelib.adapters.binance.unheard import Unheard
from chalicelib.config.keys import ExchangeSettings
from chalicelib.config.secrets import Secrets


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
    unfilled: UnfilledLedger | None = None,
    patience_s: float = 10.0,
) -> ExchangeClient:
    """The client at `settings.base_url`. `patience_s` is how long a request waits for the exchange's limits.

    Raises BadInput without a key or secret, and for a secret that is no key.
    """
    timing = Timing()
    transport = Transport(session, settings.base_url, timing=timing, patience_s=patience_s)
    signed = SignedRequests(
        transport,
        secrets.binance_api_key,
        signer_of(secrets.binance_api_secret),
        SigningClock(transport, timing),
        recv_window_ms=settings.recv_window_ms,
        unfilled=unfilled or MemoryUnfilledLedger(),
    )
    unheard = Unheard()
    return ExchangeClient(BinanceOrders(signed, unheard), BinanceAccount(signed, unheard), BinanceKey(signed))
