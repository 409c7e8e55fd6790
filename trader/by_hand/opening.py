"""The exchange of a command by hand, signed for with the keys of .env."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.config import Config, Secrets
from chalicelib.config.places import home
from chalicelib.wiring.trading import exchange_access
from trader.by_hand.destination import Destination
from trader.by_hand.exchange import ExchangeByHand


def has_keys(secrets: Secrets) -> bool:
    """Whether requests can be signed."""
    return bool(secrets.binance_api_key and secrets.binance_api_secret)


def exchange_of(config: Config, destination: Destination, secrets: Secrets) -> ExchangeByHand:
    """The exchange; without keys only what needs none can be asked of it. Raises BadInput for a key of no form."""
    settings = replace(config.exchange, base_url=destination.base_url)
    return ExchangeByHand(exchange_access(settings, secrets, home()), config, tells_rights=destination.tells_rights)
