"""Self-trade prevention: what happens where both sides of a trade would be one owner's.

An account's own resting orders stand before the market's offers at their prices. The mode of the
order that takes decides.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from typing import TYPE_CHECKING

from trader.sim.trading.account import KEPT, SpotAccount
from trader.sim.trading.amounts import ZERO
from trader.sim.trading.book import Book
from trader.sim.trading.liquidity import Offer
from trader.sim.trading.order import PreventedMatch, SpotOrder

if TYPE_CHECKING:
    from trader.sim.trading.engine import MatchingEngine


@dataclass(frozen=True, slots=True)
class PreventionMode:
    """Which of the two orders gives way; neither where both lose just what would have been traded."""

    taker_ends: bool = False
    maker_ends: bool = False


UNSEEN = 0
"""The order of an account that nobody sees."""
DECREMENT = PreventionMode()
MODES = {
    "EXPIRE_TAKER": PreventionMode(taker_ends=True),
    "EXPIRE_MAKER": PreventionMode(maker_ends=True),
    "EXPIRE_BOTH": PreventionMode(taker_ends=True, maker_ends=True),
    "DECREMENT": DECREMENT,
    "TRANSFER": DECREMENT,  # between accounts of one group it would move coins; this is one account
}
"""All but NONE, with which an account trades with itself."""


class SelfTrades:
    """Lets an order that takes meet its owner's orders before it gets to an offer."""

    def __init__(self, engine: MatchingEngine) -> None:
        self._engine = engine
        self._ids = count(1)
        self._recent: deque[PreventedMatch] = deque(maxlen=KEPT)

    def of(self, account: SpotAccount, symbol: str) -> list[PreventedMatch]:
        """The matches that were prevented, the oldest first; the last 10,000 of all accounts are remembered."""
        return [each for each in self._recent if each.account_id == account.uid and each.symbol == symbol]

    def meet(self, account: SpotAccount, order: SpotOrder, book: Book, price: Decimal, now_ms: int) -> None:
        """Everything of its owner that an order meets before it gets something at this price."""
        while order.is_open and order.remaining > ZERO and (rival := _first_rival(account, order, book, price)):
            mode = MODES.get(order.request.self_trade_mode)
            if mode is None:
                offer = Offer(rival.request.price, min(order.remaining, rival.remaining))
                self._engine.trade_with_itself(account, order, rival, offer, now_ms)
            else:
                self._prevent(account, order, rival, mode, now_ms)

    def meet_unseen(self, account: SpotAccount, order: SpotOrder, last: Decimal, now_ms: int) -> None:
        """End an order as if another account of its owner had come to take it."""
        price, mode = order.request.price or last, order.request.self_trade_mode
        match = PreventedMatch(
            next(self._ids),
            order.request.symbol,
            account.uid,
            UNSEEN,
            order.order_id,
            mode,
            price,
            order.remaining,
            now_ms,
        )
        self._recent.append(match)
        self._lose(account, order, match, ends=True)

    def _prevent(
        self, account: SpotAccount, order: SpotOrder, rival: SpotOrder, mode: PreventionMode, now_ms: int
    ) -> None:
        quantity = min(order.remaining, rival.remaining)
        match = PreventedMatch(
            next(self._ids), order.request.symbol, account.uid, order.order_id, rival.order_id,
            order.request.self_trade_mode, rival.request.price, quantity, now_ms,
        )  # fmt: skip
        self._recent.append(match)
        for each, ends in ((rival, mode.maker_ends), (order, mode.taker_ends)):
            if ends or mode is DECREMENT:
                self._lose(account, each, match, ends=ends)

    def _lose(self, account: SpotAccount, order: SpotOrder, match: PreventedMatch, *, ends: bool) -> None:
        order.prevented = match
        order.prevented_quantity += match.quantity
        self._engine.prevented(account, order, ends=ends or order.remaining == ZERO, now_ms=match.time_ms)


def _first_rival(account: SpotAccount, order: SpotOrder, book: Book, price: Decimal) -> SpotOrder | None:
    """The owner's order on the other side that is met first on the way to a price: the best, of those the oldest."""
    way = 1 if order.is_buy else -1
    found = [
        (way * rival.request.price, rival.order_id, rival)
        for owner, rival in book.resting.values()
        if owner is account and rival.is_working and rival.is_open and rival.is_buy != order.is_buy
    ]
    ahead = [each for each in found if each[0] <= way * price]
    return min(ahead)[2] if ahead else None
