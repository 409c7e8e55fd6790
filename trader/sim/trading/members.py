"""Who may trade on the simulated exchange: accounts by API key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from trader.sim.query import ApiError
from trader.sim.trading.account import SpotAccount
from trader.sim.trading.signatures import Verify


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """One API key of an account."""

    api_key: str
    account: SpotAccount
    verify: Verify
    may_log_on: bool = False
    """Whether a WebSocket connection may be logged on with it: with Ed25519 keys only."""


class Members:
    """All keys; several may be of one account."""

    def __init__(self, members: Iterable[KeyHolder]) -> None:
        self._by_key = {member.api_key: member for member in members}

    def accounts(self) -> list[SpotAccount]:
        """Every account that somebody has a key of."""
        return list({id(member.account): member.account for member in self._by_key.values()}.values())

    def of(self, api_key: str) -> KeyHolder:
        """Whose key this is. Raises ApiError where it is none, or nobody's."""
        if not (api_key.isascii() and api_key.isalnum()):
            raise ApiError(-2014, "API-key format invalid.", 401)
        if api_key not in self._by_key:
            raise ApiError(-2015, "Invalid API-key, IP, or permissions for action.", 401)
        return self._by_key[api_key]
