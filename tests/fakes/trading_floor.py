"""A simulated exchange of one pair whose candles and clock a test sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from chalicelib.domain import MINUTE_MS, Candle
from trader.sim.exchange import Exchange
from trader.sim.faults import FaultPlan
from trader.sim.headlines import HeadlineFeed
from trader.sim.listing import listing
from trader.sim.query import ApiError
from trader.sim.tape import MarketPath
from trader.sim.trading.account import SpotAccount
from trader.sim.trading.amending import amend
from trader.sim.trading.engine import MatchingEngine
from trader.sim.trading.liquidity import Frictionless, Liquidity
from trader.sim.trading.lists import OrderLists
from trader.sim.trading.order import Kind, OrderRequest, Side, SpotOrder
from trader.sim.trading.order_list import OrderList, OrderListRequest
from trader.sim.trading.reports import ExecutionReport
from trader.sim.trading.rules import Filter

SYMBOL = "BTCUSDT"
START_MS = 1_750_000_020_000


class HandClock:
    """A clock that stands where it is put."""

    speed = 1.0

    def __init__(self, time_ms: int) -> None:
        self.time_ms = time_ms

    def now_ms(self) -> int:
        return self.time_ms

    def seconds_until(self, time_ms: int) -> float:
        return max(0.0, (time_ms - self.time_ms) / 1000.0)


@dataclass
class Floor:
    """An engine with one account and all that it reported."""

    engine: MatchingEngine
    clock: HandClock
    account: SpotAccount
    reports: list[ExecutionReport] = field(default_factory=list)
    unwelcome: set[str] = field(default_factory=set)
    """Kinds of orders that may not follow in a list."""

    def __post_init__(self) -> None:
        self.lists = OrderLists(self.engine, self._judge)

    def _judge(self, order: SpotOrder, time_ms: int) -> None:
        if order.request.kind in self.unwelcome or not order.quantity:
            raise ApiError(-1013, "Filter failure: LOT_SIZE")

    def order(self, side: Side, kind: Kind, **given: object) -> SpotOrder:
        return self.engine.place(self.account, leg(side, kind, **given))

    def oco(self, *legs: OrderRequest, client_id: str = "") -> OrderList:
        """Two orders of which one cancels the other, the upper one first."""
        return self.lists.place(self.account, OrderListRequest(client_id, legs, has_phases=False))[0]

    def oto(self, *legs: OrderRequest, sells_receipts: bool = False) -> OrderList:
        """One order that one or two others follow."""
        return self.lists.place(self.account, OrderListRequest("", legs, True, sells_receipts))[0]

    def amend(self, number: int, quantity: str) -> None:
        """Make the order of that place among those that are open smaller, if there is one."""
        for order in self.account.open_orders()[number : number + 1]:
            amend(self, self.account, order, Decimal(quantity), "")  # type: ignore[arg-type]

    def filters_of(self, symbol: str) -> Sequence[Filter]:
        return ()

    def judge_by_itself(self, request: OrderRequest, quantity: Decimal, time_ms: int) -> None:
        """Every size will do."""

    def go_to(self, minutes: float) -> None:
        """So many minutes after the start."""
        self.clock.time_ms = START_MS + round(minutes * MINUTE_MS)
        self.engine.advance()

    def told(self) -> list[tuple[str, int]]:
        """Execution and order id of every report."""
        return [(report.execution, report.order.order_id) for report in self.reports]

    def balances(self) -> dict[str, tuple[Decimal, Decimal]]:
        return {asset: (each.free, each.locked) for asset, each in self.account.balances.items()}


AMOUNTS = ("quantity", "quote_quantity", "price", "stop_price", "iceberg")


def leg(side: Side, kind: Kind, **given: object) -> OrderRequest:
    """An order to ask for; amounts may be given as text."""
    amounts = {
        name: Decimal(value) if isinstance(value, str) and name in AMOUNTS else value for name, value in given.items()
    }
    return OrderRequest(SYMBOL, side, kind, **amounts)  # type: ignore[arg-type]


def floor(
    prices: Sequence[tuple[float, float, float, float]], liquidity: Liquidity | None = None, opens: Sequence[int] = ()
) -> Floor:
    """A pair with these minutes (open, high, low, close), 100 USDT in price or so, and an account with 10,000 and 10.

    `opens` are the minutes' numbers where some are missing.
    """
    numbers = opens or range(len(prices))
    candles = [
        Candle(SYMBOL, START_MS + number * MINUTE_MS, *price, 1.0)
        for number, price in zip(numbers, prices, strict=True)
    ]
    tape = MarketPath(listing(SYMBOL, prices[0][0], 2), iter([(candle, 0.0) for candle in candles]))
    clock = HandClock(START_MS)
    tapes = {SYMBOL: tape}
    exchange = Exchange(tapes, clock, HeadlineFeed(1, tapes), FaultPlan({}, 1))  # type: ignore[arg-type]
    engine = MatchingEngine(exchange, liquidity or Frictionless())
    account = SpotAccount("main", 1)
    account.deposit({"USDT": Decimal(10_000), "BTC": Decimal(10)})
    made = Floor(engine, clock, account)
    engine.listeners.append(made.reports.append)
    return made
