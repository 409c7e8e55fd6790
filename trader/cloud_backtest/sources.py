"""Where history comes from."""

from __future__ import annotations

from functools import cache

import requests

from chalicelib import wiring
from trader.cloud_backtest.bulk import VISION, Bulk
from trader.cloud_backtest.history import CandleSource

ARCHIVED = "api.binance.com spot"
"""The market whose candles data.binance.vision publishes; test networks and other exchanges have one of their own."""
PATIENCE = wiring.RetryPolicy(attempts=5, timeout_s=(5.0, 20.0), longest_pause_s=75.0)


def archive_of(base_url: str) -> str:
    """Where the archives of the exchange at this address are; empty where none are known.

    >>> archive_of("https://api.binance.com"), archive_of("https://testnet.binance.vision")
    ('https://data.binance.vision', '')
    """
    return VISION if wiring.market_of(base_url) == ARCHIVED else ""


@cache
def bulk_at(url: str) -> Bulk | None:
    """The archives at this address; None for an empty one."""
    return Bulk(requests.Session(), url) if url else None


@cache
def exchange_at(url: str) -> CandleSource:
    """The exchange at this address; it is not asked before it is needed. Raises BadInput for what is none."""
    market, clock = wiring.binance(url, patience=PATIENCE)
    return CandleSource(url, market, clock)
