"""The trading floor: the engine, who may trade on it, and what it counts of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import cache
from time import time_ns

from trader.sim.conditions import TRADING, WHOLE_EXCHANGE
from trader.sim.exchange import Exchange
from trader.sim.exchange_info import EXCHANGE_FILTERS, filters
from trader.sim.query import ApiError
from trader.sim.trading.account import SpotAccount
from trader.sim.trading.amounts import ZERO
from trader.sim.trading.average_prices import AveragePrices
from trader.sim.trading.distortions import Distortions
from trader.sim.trading.engine import MatchingEngine
from trader.sim.trading.list_rules import refuse_more_lists
from trader.sim.trading.lists import OrderLists
from trader.sim.trading.members import KeyHolder, Members
from trader.sim.trading.order import OrderRequest, SpotOrder
from trader.sim.trading.order_counts import OrderCounts
from trader.sim.trading.order_list import OrderList, OrderListRequest
from trader.sim.trading.price_range import PriceRange
from trader.sim.trading.reports import ExecutionReport
from trader.sim.trading.rules import Filter, Placement, refuse, refuse_beside_others, refuse_by_itself
from trader.sim.trading.user_data import UserData
from trader.sim.view import MarketView


class TradingFloor:
    """What the endpoints of accounts and orders work on."""

    def __init__(self, exchange: Exchange, members: Iterable[KeyHolder]) -> None:
        """Raises BadInput where somebody pays commissions in BNB and nobody knows what it costs."""
        self.exchange = exchange
        self.members = Members(members)
        self.engine = MatchingEngine(exchange, exchange.liquidity)
        if any(account.pays_in_bnb for account in self.members.accounts()):
            self.engine.commissions.refuse_without_price()
        self.lists = OrderLists(self.engine, self._judge_follower)
        self._averages = AveragePrices(exchange)
        self.engine.may_trade = PriceRange(exchange, self._averages).allows
        self._filters = cache(filters)
        self._counts: defaultdict[int, OrderCounts] = defaultdict(OrderCounts)
        self.distortions = Distortions(exchange, self.engine, self.members.accounts())
        self.user_data = UserData(exchange)
        self.lists.listeners.append(self.user_data.hear_list)
        self.engine.listeners += [self._forgive, self.user_data.hear]

    def clocks_ms(self, endpoint: str = "") -> tuple[int, int]:
        """Simulated time and real time: clients stamp requests by their own clocks, which know of no other market."""
        skew_ms = self.exchange.faults.skew_ms(endpoint)
        return self.exchange.clock.now_ms() + skew_ms, time_ns() // 1_000_000 + skew_ms

    def counts(self, account: SpotAccount) -> OrderCounts:
        return self._counts[account.uid]

    def place(self, account: SpotAccount, request: OrderRequest) -> SpotOrder:
        """A new order, judged and counted. Raises ApiError, with nothing changed."""
        self._judge(account, request)
        with self.counts(account).booked(1):
            return self.engine.place(account, request)

    def judge_alone(self, request: OrderRequest) -> None:
        """Raises ApiError for an order that would not come as far as the engine, whatever else the account has."""
        self._refuse_closed(request.symbol, self.exchange.clock.now_ms())
        average = self._averages.of(request.symbol)
        placement = Placement(request, self.engine.quantity_of(request), average, (), (), ZERO)
        refuse_by_itself(placement, self.filters_of(request.symbol))

    def _judge(self, account: SpotAccount, request: OrderRequest) -> None:
        self._refuse_closed(request.symbol, self.exchange.clock.now_ms())
        quantity = self.engine.quantity_of(request)
        placement = self._placement(account, request, quantity, account.open_orders())
        refuse(placement, self.filters_of(request.symbol), self.exchange_filters())

    def place_list(self, account: SpotAccount, request: OrderListRequest) -> tuple[OrderList, Sequence[SpotOrder]]:
        """A new list, judged and counted, and its orders as the answer tells them. Raises ApiError, nothing changed."""
        self._judge_list(account, request)
        with self.counts(account).booked(len(request.legs)):
            return self.lists.place(account, request)

    def _judge_list(self, account: SpotAccount, request: OrderListRequest) -> None:
        """Each order beside those before it; one of no quantity yet is judged by itself when it follows."""
        self._refuse_closed(request.symbol, self.exchange.clock.now_ms())
        self.engine.advance()
        rules, rules_of_all = self.filters_of(request.symbol), self.exchange_filters()
        open_lists = self.lists.open_of(account)
        open_here = [found for found in open_lists if found.request.symbol == request.symbol]
        refuse_more_lists(len(open_here), len(open_lists), (*rules, *rules_of_all))
        beside = account.open_orders()
        for leg in request.legs:
            placement = self._placement(account, leg, leg.quantity, beside)
            if leg.quantity:
                refuse_by_itself(placement, rules)
            refuse_beside_others(placement, (*rules, *rules_of_all))
            beside = [*beside, SpotOrder(0, "", leg, leg.quantity, 0, 0)]

    def _judge_follower(self, order: SpotOrder, time_ms: int) -> None:
        """Whether an order that waited may go out; it was counted among the open ones when it came."""
        self.judge_by_itself(order.request, order.quantity, time_ms)

    def judge_by_itself(self, request: OrderRequest, quantity: Decimal, time_ms: int) -> None:
        """Raises ApiError for what the exchange would not take of an order that is counted already."""
        self._refuse_closed(request.symbol, time_ms)
        average = self._averages.at(request.symbol, time_ms)
        refuse_by_itself(Placement(request, quantity, average, (), (), ZERO), self.filters_of(request.symbol))

    def _refuse_closed(self, symbol: str, time_ms: int) -> None:
        trades = MarketView(self.exchange.tapes[symbol], time_ms).trades
        if not trades or self.exchange.conditions.status(symbol, time_ms) != TRADING:
            raise ApiError(-1013, "Market is closed.")

    def _placement(
        self, account: SpotAccount, request: OrderRequest, quantity: Decimal, beside: Sequence[SpotOrder]
    ) -> Placement:
        here = [order for order in beside if order.request.symbol == request.symbol]
        holding = account.held(self.exchange.tapes[request.symbol].listing.symbol.base)
        return Placement(request, quantity, self._averages.of(request.symbol), here, beside, holding)

    def filters_of(self, symbol: str) -> Sequence[Filter]:
        """A pair's filters as they are now."""
        return self.exchange.conditions.filters_of(symbol, self._filters(self.exchange.tapes[symbol].listing))

    def exchange_filters(self) -> Sequence[Filter]:
        """What holds over all pairs now."""
        return self.exchange.conditions.filters_of(WHOLE_EXCHANGE, EXCHANGE_FILTERS)

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
