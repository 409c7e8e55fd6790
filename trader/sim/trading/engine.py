"""The engine: takes orders, moves balances, and lets the market's way meet what rests."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from itertools import count
from typing import TYPE_CHECKING

from chalicelib.domain import MINUTE_MS, Candle, Symbol
from trader.sim.payloads import text
from trader.sim.query import ApiError
from trader.sim.trading.account import SpotAccount
from trader.sim.trading.amounts import WIDE, ZERO, floored, product, rounded_down, total
from trader.sim.trading.book import Book
from trader.sim.trading.commissions import Commissions
from trader.sim.trading.fills import book_trade, locked_asset, needed
from trader.sim.trading.liquidity import Liquidity, Offer, SlowFills
from trader.sim.trading.order import CONTINGENT, NO_LIST, Expiry, OrderRequest, SpotOrder, SpotTrade, Status
from trader.sim.trading.path import PathLeg, legs, price_at, whole_leg
from trader.sim.trading.reports import Execution, ExecutionReport, Listener, ListSteward
from trader.sim.trading.self_trades import SelfTrades
from trader.sim.trading.trade_ids import TradeIds
from trader.sim.trading.trailing import begin_trailing
from trader.sim.view import MarketView

if TYPE_CHECKING:
    from trader.sim.exchange import Exchange
    from trader.sim.tape import MarketPath

UNKNOWN_ORDER = ApiError(-2011, "Unknown order sent.")
SLOW = SlowFills()
CLOSED = ApiError(-2011, "Market is closed.")


class MatchingEngine:
    """One for all accounts. Every method first brings the books to the clock's time."""

    def __init__(self, exchange: Exchange, liquidity: Liquidity) -> None:
        self._exchange = exchange
        self._liquidity = liquidity
        self._books: dict[str, Book] = {}
        self._order_ids = count(1)
        self._execution_ids = count(1)
        self._trade_ids = TradeIds()
        self.commissions = Commissions(exchange)
        self.self_trades = SelfTrades(self)
        self.may_trade: Callable[[SpotOrder, Decimal, int], bool] = lambda order, price, now_ms: True
        """Whether an order that takes may have a price at a time."""
        self.listeners: list[Listener] = []
        """Each hears every report, in the order in which they listen."""
        self.steward: ListSteward | None = None

    def advance(self) -> int:
        """Let everything happen that has happened by now; the time, in milliseconds."""
        now_ms = self._exchange.clock.now_ms()
        for book in list(self._books.values()):
            self._follow(book, now_ms)
        return now_ms

    def place(self, account: SpotAccount, request: OrderRequest) -> SpotOrder:
        """Take an order whose parameters and filters have been judged. Raises ApiError, with nothing changed."""
        now_ms = self.advance()
        order = self.registered(account, request, now_ms, NO_LIST)
        try:
            self.admit(account, order, now_ms)
        except ApiError:
            self.withdraw(account, order)
            raise
        self.start(account, order, now_ms)
        return order

    def registered(self, account: SpotAccount, request: OrderRequest, now_ms: int, list_id: int) -> SpotOrder:
        """An order that has its ids and nothing locked. Raises ApiError where an open one has its client id."""
        order = self._numbered(request, self._book(request.symbol, now_ms), now_ms, list_id)
        account.add(order)
        return order

    def admit(self, account: SpotAccount, order: SpotOrder, now_ms: int, shared: Decimal = ZERO) -> None:
        """Lock what an order needs beyond what is `shared` with it. Raises ApiError, with nothing changed."""
        book = self._book(order.request.symbol, now_ms)
        self._refuse_immediate(order, book, now_ms)
        need = self._price_of(order, book, now_ms) - shared
        account.lock(order, self.given_by(order), max(ZERO, need))
        order.status = "NEW"
        account.updated_ms = now_ms

    def withdraw(self, account: SpotAccount, order: SpotOrder) -> None:
        """Take an order back that was never at work, as if it had not come."""
        account.lock(order, self.given_by(order), ZERO)
        account.forget(order)

    def start(self, account: SpotAccount, order: SpotOrder, now_ms: int) -> None:
        """Put an accepted order to work: it takes and rests, or it waits for its trigger."""
        book = self._book(order.request.symbol, now_ms)
        book.resting[order.order_id] = (account, order)
        self.tell(account, order, "NEW", now_ms)
        if order.request.kind not in CONTINGENT:
            self._work(account, order, book, now_ms)
        elif order.request.trailing_delta and not order.stop_price:
            begin_trailing(order, book.last, book.tick)
            order.trailing_ms = now_ms

    def cancel(self, account: SpotAccount, order: SpotOrder, cancel_id: str = "") -> None:
        """End an open order at its owner's wish. Raises UNKNOWN_ORDER for one that is done by now, CLOSED in a halt."""
        now_ms = self.advance()
        if not order.is_open:
            raise UNKNOWN_ORDER
        if self._exchange.conditions.status(order.request.symbol, now_ms) == "HALT":
            raise CLOSED
        order.cancel_id = cancel_id or f"sim-cancel-{order.order_id}"
        self.end(account, order, "CANCELED", "CANCELED", now_ms)

    def expire(self, account: SpotAccount, order: SpotOrder, why: Expiry, now_ms: int) -> None:
        """End an open order as the exchange does."""
        order.expiry = why
        self.end(account, order, "EXPIRED", "EXPIRED", now_ms)

    def sweep(self, symbol: str | None = None) -> None:
        """End all that rests, or what rests on one symbol, as maintenance does."""
        now_ms = self.advance()
        for name, book in list(self._books.items()):
            for account, order in list(book.resting.values()) if symbol in (None, name) else ():
                if order.is_open:
                    self.expire(account, order, "EXCHANGE_CANCELED", now_ms)

    def end(self, account: SpotAccount, order: SpotOrder, status: Status, execution: Execution, now_ms: int) -> None:
        """Close an open order, unlock what it still held, and tell it."""
        order.status = status
        self._close(account, order, now_ms)
        self.tell(account, order, execution, now_ms)

    def tell(
        self, account: SpotAccount, order: SpotOrder, execution: Execution, now_ms: int, trade: SpotTrade | None = None
    ) -> ExecutionReport:
        """Let everybody know of a step of an order."""
        report = ExecutionReport(account, order, execution, now_ms, next(self._execution_ids), trade)
        for listener in self.listeners:
            listener(report)
        if order.list_id != NO_LIST and self.steward is not None:
            self.steward.heard(report)
        return report

    def prevented(self, account: SpotAccount, order: SpotOrder, *, ends: bool, now_ms: int) -> None:
        """Tell that an order would have traded with its owner; it ends, or what is left of it goes on."""
        if ends:
            self.end(account, order, "EXPIRED_IN_MATCH", "TRADE_PREVENTION", now_ms)
            return
        if order.list_id == NO_LIST:  # what an order of a list holds, another one of it may need whole
            need = needed(order, self._books[order.request.symbol].last)
            account.lock(order, self.given_by(order), min(need, order.locked))
        self.tell(account, order, "TRADE_PREVENTION", now_ms)

    def trade_with_itself(
        self, account: SpotAccount, order: SpotOrder, rival: SpotOrder, offer: Offer, now_ms: int
    ) -> None:
        """Both sides of a trade that are one owner's, under one id: an order that follows one meets neither again."""
        self._clear_the_way(account, rival, now_ms)
        trade_id = self._trade_ids.next(order.request.symbol, now_ms)
        taken = self._booked(account, order, offer, trade_id, now_ms, is_maker=False)
        given = self._booked(account, rival, offer, trade_id, now_ms, is_maker=True)
        self._tell_trade(account, order, taken)
        self._tell_trade(account, rival, given)

    def last_price(self, symbol: str) -> Decimal:
        return self._book(symbol, self.advance()).last

    def price_reached(self, symbol: str) -> Decimal:
        """The price as far as the market has been followed on a symbol that has had orders."""
        return self._books[symbol].last

    def given_by(self, order: SpotOrder) -> str:
        """The asset that an order gives away."""
        return locked_asset(order, self._symbol(order.request))

    def lot_step(self, request: OrderRequest) -> Decimal:
        return Decimal(text(self._symbol(request).lot_step))

    def quantity_of(self, request: OrderRequest) -> Decimal:
        """What an order is about, in units of the base asset, as things are now."""
        if request.quantity:
            return request.quantity
        now_ms = self.advance()
        return self._quantity_for(request, self._book(request.symbol, now_ms), now_ms)

    def _follow(self, book: Book, now_ms: int) -> None:
        """Let the market's way since it was last looked at meet what rests; where a pair stands still nothing does."""
        still_ms = min(now_ms, self._exchange.conditions.still_until_ms(book.tape.listing.name))
        if still_ms > book.reached_ms:
            book.reached_ms, book.last = still_ms, self._last(book.tape, still_ms)
        for candle in book.tape.forward(book.reached_ms - MINUTE_MS + 1, now_ms) if book.resting else ():
            if not book.is_left_alone_by(candle):
                for leg in legs(candle, book.tape.listing, book.reached_ms, now_ms, book.last):
                    self._meet(book, leg)
                    book.last = leg.end
                    self._settle(book, candle, leg.end_ms)
            book.last = price_at(candle, now_ms, book.tape.listing)
        book.reached_ms = now_ms
        book.last = self._last(book.tape, now_ms)

    def _meet(self, book: Book, leg: PathLeg) -> None:
        """Let one piece of the way meet every order that it comes to, in its turn."""
        met: set[int] = set()
        book.trail(leg.start)
        while (found := book.first_met(leg, met)) is not None:
            account, order, price = found
            if order.is_working:
                met.add(order.order_id)
            leg = leg.since(price)
            book.last = price
            self._touch(account, order, book, leg)
            book.trail(leg.start)
        book.trail(leg.end)

    def _touch(self, account: SpotAccount, order: SpotOrder, book: Book, leg: PathLeg) -> None:
        """What happens to an order at its level, where the leg begins."""
        if order.is_working:
            quantity = min(order.remaining, self._liquidity_for(order).arriving(order))
            if quantity > ZERO:
                self._clear_the_way(account, order, leg.start_ms)
                self._fill(account, order, Offer(order.request.price, quantity), leg.start_ms, is_maker=True)
        elif order.request.trailing_delta and not order.peak:
            begin_trailing(order, leg.start, book.tick)
            order.trailing_ms = leg.start_ms
        else:
            self._clear_the_way(account, order, leg.start_ms)
            self._work(account, order, book, leg.start_ms)

    def _clear_the_way(self, account: SpotAccount, order: SpotOrder, now_ms: int) -> None:
        """Let those go that the order is to outlive, and lock for it what they held for it as well."""
        if order.list_id != NO_LIST and self.steward is not None:
            self.steward.before_trade(account, order, now_ms)
            asset = self.given_by(order)
            need = needed(order, self._books[order.request.symbol].last)
            account.lock(order, asset, min(need, account.balance(asset).free + order.locked))

    def _settle(self, book: Book, candle: Candle, end_ms: int) -> None:
        """Let what rested through a whole third of a minute, which ends then, have its part of what has passed."""
        leg = whole_leg(candle, book.tape.listing, end_ms)
        for account, order in list(book.resting.values()) if leg is not None else ():
            if leg is not None and order.is_open and order.is_working and order.working_ms <= leg.start_ms:
                passed = self._liquidity_for(order).passing(order, leg, candle, book.tape.listing)
                quantity = min(order.remaining, passed)
                if quantity > ZERO:
                    self._clear_the_way(account, order, end_ms)
                    self._fill(account, order, Offer(order.request.price, quantity), end_ms, is_maker=True)

    def _liquidity_for(self, order: SpotOrder) -> Liquidity:
        return SLOW if order.is_slow else self._liquidity

    def _work(self, account: SpotAccount, order: SpotOrder, book: Book, now_ms: int) -> None:
        """An order comes into the book: what it can have at once it takes, what is left rests or expires."""
        order.working_ms = order.updated_ms = now_ms
        if order.is_opposed:
            self.self_trades.meet_unseen(account, order, book.last, now_ms)
            return
        offers = self._takeable(order, book, now_ms)
        why = self._obstacle(account, order, offers)
        if why != "NONE":
            self.expire(account, order, why, now_ms)
            return
        within = [offer for offer in offers if self.may_trade(order, offer.price, now_ms)]
        for offer in within:
            self.self_trades.meet(account, order, book, offer.price, now_ms)
            quantity = min(offer.quantity, order.remaining)
            if order.is_open and quantity > ZERO:
                self._fill(account, order, offer._replace(quantity=quantity), now_ms, is_maker=False)
        if order.is_open and len(within) < len(offers):
            self.expire(account, order, "EXECUTION_RULE_PRICE_RANGE_EXCEEDED", now_ms)
        elif order.is_open and order.at_market:
            self.expire(account, order, "INSUFFICIENT_LIQUIDITY", now_ms)
        elif order.is_open and order.request.time_in_force == "IOC":
            self.expire(account, order, "UNFILLED_IOC_QUANTITY_EXPIRED", now_ms)

    def _obstacle(self, account: SpotAccount, order: SpotOrder, offers: list[Offer]) -> Expiry:
        """Why an order that comes into the book gets nothing, NONE where it may."""
        has = account.balance(self.given_by(order)).free + order.locked
        if order.is_buy and _cost(offers) > has:
            return "REJECTED"
        if order.request.time_in_force == "FOK" and total(offer.quantity for offer in offers) < order.remaining:
            return "UNFILLED_FOK_ORDER_EXPIRED"
        return "NONE"

    def _takeable(self, order: SpotOrder, book: Book, now_ms: int) -> list[Offer]:
        """What an order finds within its limit when it comes into the book, the best price first."""
        found: list[Offer] = []
        left = order.remaining
        for price, quantity in self._liquidity.offers(order.request.side, book.last, book.tape, now_ms):
            beyond = price > order.request.price if order.is_buy else price < order.request.price
            if left <= ZERO or (beyond and not order.at_market):
                break
            found.append(Offer(price, min(left, quantity)))
            left -= found[-1].quantity
        return found

    def _fill(self, account: SpotAccount, order: SpotOrder, offer: Offer, time_ms: int, *, is_maker: bool) -> None:
        trade_id = self._trade_ids.next(order.request.symbol, time_ms)
        self._tell_trade(account, order, self._booked(account, order, offer, trade_id, time_ms, is_maker=is_maker))

    def _booked(
        self, account: SpotAccount, order: SpotOrder, offer: Offer, trade_id: int, time_ms: int, *, is_maker: bool
    ) -> SpotTrade:
        symbol = self._symbol(order.request)
        trade = book_trade(account, order, symbol, offer, trade_id, time_ms, self.commissions, is_maker=is_maker)
        order.status = "PARTIALLY_FILLED" if order.remaining else "FILLED"
        order.updated_ms = account.updated_ms = time_ms
        if not order.is_open:
            self._close(account, order, time_ms)
        return trade

    def _tell_trade(self, account: SpotAccount, order: SpotOrder, trade: SpotTrade) -> None:
        if order.list_id != NO_LIST and self.steward is not None:
            self.steward.traded(account, order, trade)
        self.tell(account, order, "TRADE", trade.time_ms, trade)

    def _close(self, account: SpotAccount, order: SpotOrder, now_ms: int) -> None:
        account.lock(order, self.given_by(order), ZERO)
        account.close(order)
        account.updated_ms = order.updated_ms = now_ms
        self._books[order.request.symbol].resting.pop(order.order_id, None)

    def _numbered(self, request: OrderRequest, book: Book, now_ms: int, list_id: int) -> SpotOrder:
        order_id = next(self._order_ids)
        quantity = request.quantity or self._quantity_for(request, book, now_ms)
        client_id = request.client_id or f"sim-{order_id}"
        stop_price = request.stop_price
        return SpotOrder(
            order_id, client_id, request, quantity, now_ms, now_ms, list_id, "PENDING_NEW", stop_price=stop_price
        )

    def _quantity_for(self, request: OrderRequest, book: Book, now_ms: int) -> Decimal:
        """The most lots that a sum in quote currency buys or that earn it, as if the last offer had no end."""
        quantity, left, price = ZERO, request.quote_quantity, book.last
        for price, offered in self._liquidity.offers(request.side, book.last, book.tape, now_ms):
            part = min(WIDE.divide(left, price), offered)
            quantity += part
            left -= product(price, part)
            if left <= ZERO:
                break
        return floored(quantity + WIDE.divide(left, price), self.lot_step(request))

    def _price_of(self, order: SpotOrder, book: Book, now_ms: int) -> Decimal:
        """What is locked for a new order: what it costs or may spend where it takes at once, else what it needs."""
        if order.is_buy and order.request.kind == "MARKET":
            return max(_cost(self._takeable(order, book, now_ms)), order.request.quote_quantity)
        return needed(order, book.last)

    def _refuse_immediate(self, order: SpotOrder, book: Book, now_ms: int) -> None:
        request = order.request
        if request.kind in CONTINGENT and order.is_met_by(book.last):
            raise ApiError(-2010, "Order would trigger immediately.")
        if request.kind == "LIMIT_MAKER" and self._takeable(order, book, now_ms):
            raise ApiError(-2010, "Order would immediately match and take.")

    def _book(self, symbol: str, now_ms: int) -> Book:
        if symbol not in self._books:
            tape = self._exchange.tapes[symbol]
            self._books[symbol] = Book(tape, now_ms, self._last(tape, now_ms))
        return self._books[symbol]

    def _last(self, tape: MarketPath, now_ms: int) -> Decimal:
        return Decimal(text(MarketView(tape, now_ms).last().close))

    def _symbol(self, request: OrderRequest) -> Symbol:
        return self._exchange.tapes[request.symbol].listing.symbol


def _cost(offers: Iterable[Offer]) -> Decimal:
    return total(rounded_down(product(offer.price, offer.quantity)) for offer in offers)
