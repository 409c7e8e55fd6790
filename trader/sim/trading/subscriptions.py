"""The user data that one connection listens to."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from math import inf
from time import monotonic

from trader.sim.fault_kinds import USER_DATA
from trader.sim.query import ApiError
from trader.sim.trading.account import SpotAccount
from trader.sim.trading.floor import TradingFloor
from trader.sim.trading.user_data import AccountFeed
from trader.sim.trading.user_events import Event

ACTIVE = ApiError(-2035, "User Data Stream subscription already active.")
INACTIVE = ApiError(-2036, "User Data Stream subscription not active.")
MOMENT_S = 0.1
"""Real time between the answer to a subscription and its first event: a client may have to get ready for it."""


@dataclass(slots=True)
class UserDataSubscription:
    """One account's feed; `ready_s` is the monotonic time of its first event, never until its request is answered."""

    feed: AccountFeed
    of_session: bool
    ready_s: float = inf
    deaf_until_s: float = 0.0
    """Events until then are lost, by a fault."""


class Subscriptions:
    """Those of one connection by id; an account has one at a time."""

    def __init__(self, floor: TradingFloor) -> None:
        self._floor = floor
        self._ids = count()
        self._by_id: dict[int, UserDataSubscription] = {}
        self.stirred = asyncio.Event()
        """Set where there is something to send."""

    def begin(self, account: SpotAccount, *, of_session: bool) -> dict[str, object]:
        """Listen to an account from now on; the answer to whoever asked. Raises ACTIVE."""
        if any(each.feed.account is account for each in self._active().values()):
            raise ACTIVE
        self._floor.engine.advance()
        feed = self._floor.user_data.listen(account, self.stirred.set)
        subscription_id = next(self._ids)
        self._by_id[subscription_id] = UserDataSubscription(feed, of_session)
        self.stirred.set()
        return {"subscriptionId": subscription_id}

    def answered(self) -> None:
        """Who subscribed has been told so."""
        for subscription in self._by_id.values():
            subscription.ready_s = min(subscription.ready_s, monotonic() + MOMENT_S)

    def end(self, subscription_id: int | None) -> None:
        """End one of them, or all. Raises INACTIVE where there is none."""
        active = self._active()
        ended = list(active) if subscription_id is None else [each for each in active if each == subscription_id]
        if not ended:
            raise INACTIVE
        for each in ended:
            self._terminate(active[each])

    def end_those_of_the_session(self) -> None:
        for subscription in self._active().values():
            if subscription.of_session:
                self._terminate(subscription)

    def close(self) -> None:
        """Stop listening, as the connection is gone."""
        for subscription in self._by_id.values():
            self._floor.user_data.close(subscription.feed)

    @property
    def are_any(self) -> bool:
        """Whether there is, or soon will be, something to send."""
        return bool(self._by_id)

    def rows(self) -> list[dict[str, object]]:
        return [{"subscriptionId": subscription_id} for subscription_id in self._active()]

    def due(self) -> Iterator[tuple[int, Event]]:
        """Take what may be sent by now, the oldest of each first."""
        for subscription_id, subscription in list(self._by_id.items()):
            while subscription.feed.events and subscription.ready_s <= monotonic():
                event = subscription.feed.events.popleft()
                if not self._is_lost(subscription):
                    yield subscription_id, event
            if subscription.feed.has_ended and not subscription.feed.events:
                del self._by_id[subscription_id]

    def _is_lost(self, subscription: UserDataSubscription) -> bool:
        fault = self._floor.exchange.faults.strike("deaf", USER_DATA)
        if fault is not None:
            subscription.deaf_until_s = monotonic() + fault.duration_s
        return monotonic() < subscription.deaf_until_s

    def _active(self) -> dict[int, UserDataSubscription]:
        return {number: each for number, each in self._by_id.items() if not each.feed.has_ended}

    def _terminate(self, subscription: UserDataSubscription) -> None:
        self._floor.user_data.end(subscription.feed)
