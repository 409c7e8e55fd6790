"""The trading floor: the engine, who may trade on it, and what it counts of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from time import time_ns

from trader.sim.conditions import TRADING
from trader.sim.exchange import Exchange
from trader.sim.exchange_info import EXCHANGE_FILTERS, filters
from trader.sim.query import ApiError
from trader.sim.trading.account import SpotAccount
from trader.sim.trading.average_prices import AveragePrices
from trader.sim.trading.distortions import Distortions
from trader.sim.trading.engine import MatchingEngine
from trader.sim.trading.liquidity import Frictionless, Liquidity
from trader.sim.trading.members import KeyHolder, Members
from trader.sim.trading.order import OrderRequest, SpotOrder
from trader.sim.trading.order_counts import OrderCounts
from trader.sim.trading.reports import ExecutionReport
from trader.sim.trading.rules import Placement, refuse
from trader.sim.trading.user_data import UserData


class TradingFloor:
    """What the endpoints of accounts and orders work on."""

    def __init__(self, exchange: Exchange, members: Iterable[KeyHolder], liquidity: Liquidity | None = None) -> None:
        self.exchange = exchange
        self.members = Members(members)
        self.engine = MatchingEngine(exchange, liquidity or Frictionless())
        self._averages = AveragePrices(exchange)
        self._filters = cache(filters)
        self._counts: defaultdict[int, OrderCounts] = defaultdict(OrderCounts)
        self.distortions = Distortions(exchange, self.engine, self.members.accounts())
        self.user_data = UserData(exchange)
        self.engine.listeners += [self._forgive, self.user_data.hear]

    def clocks_ms(self, endpoint: str = "") -> tuple[int, int]:
        """Simulated time and real time: clients stamp requests by their own clocks, which know of no other market."""
        skew_ms = self.exchange.faults.skew_ms(endpoint)
        return self.exchange.clock.now_ms() + skew_ms, time_ns() // 1_000_000 + skew_ms

    def counts(self, account: SpotAccount) -> OrderCounts:
        return self._counts[account.uid]

    def place(self, account: SpotAccount, request: OrderRequest) -> SpotOrder:
        """A new order, judged and counted. Raises ApiError, with nothing changed."""
        self.judge(account, request)
        self.counts(account).refuse_above(1)
        order = self.engine.place(account, request)
        self.counts(account).book(1)
        return order

    def judge(self, account: SpotAccount, request: OrderRequest) -> None:
        """Raises ApiError for an order that the exchange would not take, whatever the account has."""
        if self.exchange.status(request.symbol) != TRADING:
            raise ApiError(-1013, "Market is closed.")
        listing = self.exchange.tapes[request.symbol].listing
        placement = Placement(
            request,
            self.engine.quantity_of(request),
            self._averages.of(request.symbol),
            account.open_orders(request.symbol),
            account.open_orders(),
            account.held(listing.symbol.base),
        )
        refuse(placement, self.exchange.conditions.filters_of(listing.name, self._filters(listing)), EXCHANGE_FILTERS)

    def deposit(self, account: SpotAccount, asset: str, amount: Decimal) -> None:
        """Add money from outside to what is free, and tell those who listen."""
        account.deposit({asset: amount})
        account.updated_ms = self.exchange.clock.now_ms()
        self.user_data.deposited(account, asset, amount)

    def assets(self) -> dict[str, None]:
        """Every asset that is traded here."""
        symbols = [tape.listing.symbol for tape in self.exchange.listed().values()]
        return dict.fromkeys(asset for symbol in symbols for asset in (symbol.base, symbol.quote))

    def _forgive(self, report: ExecutionReport) -> None:
        self.counts(report.account).forgive(report)
