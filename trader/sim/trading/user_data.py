"""User data: who listens to which account, and what there is to tell them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from trader.sim.exchange import Exchange
from trader.sim.trading.account import SpotAccount
from trader.sim.trading.order_list import OrderList
from trader.sim.trading.reports import ExecutionReport
from trader.sim.trading.user_events import (
    Event,
    account_position,
    balance_update,
    execution_report,
    list_status,
    stream_terminated,
)

MOST_UNREAD = 10_000
"""Events that wait for a listener."""


@dataclass(slots=True)
class AccountFeed:
    """The events of one account that one listener has yet to take; `wake` tells it that there are some."""

    account: SpotAccount
    wake: Callable[[], None]
    events: deque[Event] = field(default_factory=deque)
    has_ended: bool = False
    """Whether nothing comes after the events that it has."""


class UserData:
    """Hears the engine and passes on, to those who listen, what concerns their account."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._feeds: list[AccountFeed] = []

    def listen(self, account: SpotAccount, wake: Callable[[], None]) -> AccountFeed:
        """A feed of all that happens from now on, until it is closed."""
        feed = AccountFeed(account, wake)
        self._feeds.append(feed)
        return feed

    def end(self, feed: AccountFeed) -> None:
        """Tell a listener that nothing more comes."""
        self.close(feed)
        feed.has_ended = True
        feed.events.append(stream_terminated(self._exchange.clock.now_ms()))
        feed.wake()

    def close(self, feed: AccountFeed) -> None:
        self._feeds = [each for each in self._feeds if each is not feed]

    def tell(self, account: SpotAccount, events: Iterable[Event]) -> None:
        """Pass events on to all who listen to the account; who reads none of them for too long is ended."""
        told = list(events)
        for feed in self._feeds:
            if feed.account is not account:
                continue
            if len(feed.events) + len(told) > MOST_UNREAD:
                feed.events.clear()
                self.end(feed)
            else:
                feed.events.extend(told)
                feed.wake()

    def hear(self, report: ExecutionReport) -> None:
        """A Listener: the order's step, and the balances that it may have changed."""
        if not any(feed.account is report.account for feed in self._feeds):
            return
        now_ms = self._exchange.clock.now_ms()
        symbol = self._exchange.tapes[report.order.request.symbol].listing.symbol
        paid_in = [report.trade.commission_asset] if report.trade else []
        assets = dict.fromkeys([symbol.base, symbol.quote, *paid_in])
        events = [execution_report(report, now_ms), account_position(report.account, assets, now_ms)]
        self.tell(report.account, events)

    def hear_list(self, found: OrderList, time_ms: int) -> None:
        """A ListListener."""
        status = "EXEC_STARTED" if found.is_open else "ALL_DONE"
        self.tell(found.account, [list_status(found, status, time_ms, self._exchange.clock.now_ms())])

    def list_updated(self, found: OrderList, time_ms: int) -> None:
        """Tell of a list of which an order has another client id."""
        self.tell(found.account, [list_status(found, "UPDATED", time_ms, self._exchange.clock.now_ms())])

    def deposited(self, account: SpotAccount, asset: str, amount: Decimal) -> None:
        """Tell of money that came into an account from outside, or left it."""
        now_ms = self._exchange.clock.now_ms()
        self.tell(account, [balance_update(asset, amount, now_ms), account_position(account, [asset], now_ms)])
