"""Fills folded into trades and cash, by the kernel's own bookkeeping."""

from __future__ import annotations

import numpy as np

from chalicelib.kernel import codes
from chalicelib.kernel.account import FLAT, Costs, Fill, book, entry_fee_share, profit
from trader.backtest.market import MarketColumns
from trader.backtest.walk import FEE, PRICE, QUANTITY, REASON, SIDE, SYMBOL, TIME_MS, Walked
from trader.data.arrays import Floats, Integers

ENTRY_MS, EXIT_MS, WHY = range(1, 4)
"""Columns of the words of a trade, after SYMBOL."""
ENTRY_PRICE, EXIT_PRICE, ENTRY_FEE, EXIT_FEE, PNL, RETURN = range(1, 7)
"""Columns of the amounts of a trade, after QUANTITY."""


def fill_at(words: Integers, amounts: Floats, row: int) -> Fill:
    """One row of the fills as the kernel books it."""
    return Fill(
        words[row, SIDE],
        amounts[row, QUANTITY],
        amounts[row, PRICE],
        amounts[row, FEE],
        words[row, TIME_MS],
        words[row, REASON],
    )


def trades_of(symbols: int, words: Integers, amounts: Floats) -> tuple[Integers, Floats]:
    """One row per exit, in the order they were booked: words (N, 4) and amounts (N, 7)."""
    positions = [FLAT] * symbols
    trade_words = np.empty((len(words), 4), dtype=np.int64)
    trade_amounts = np.empty((len(words), 7))
    count = 0
    for row in range(len(words)):
        fill = fill_at(words, amounts, row)
        symbol = words[row, SYMBOL]
        position = positions[symbol]
        if fill.side == codes.SELL:
            pnl = profit(position, fill)
            trade_words[count, SYMBOL] = symbol
            trade_words[count, ENTRY_MS] = position.entry_ms
            trade_words[count, EXIT_MS] = fill.time_ms
            trade_words[count, WHY] = fill.reason
            trade_amounts[count, QUANTITY] = fill.quantity
            trade_amounts[count, ENTRY_PRICE] = position.entry_price
            trade_amounts[count, EXIT_PRICE] = fill.price
            trade_amounts[count, ENTRY_FEE] = entry_fee_share(position, fill.quantity)
            trade_amounts[count, EXIT_FEE] = fill.fee
            trade_amounts[count, PNL] = pnl
            trade_amounts[count, RETURN] = pnl / (fill.quantity * position.entry_price)
            count += 1
        _, positions[symbol] = book(0.0, position, fill)
    return trade_words[:count], trade_amounts[:count]


def closed_at_the_end(walked: Walked, tape: MarketColumns, costs: Costs) -> tuple[Integers, Floats]:
    """The fills with one more for every position that is still open: in the last minute of all, at its last close.

    A symbol whose data end earlier is held until then, as equity, limits and a live run hold it: at its last bar nobody
    knows that it is the last. A fee is taken as on every fill; slippage is not, since no order met a market.
    """
    words, amounts = [walked.words], [walked.amounts]
    for symbol, slot in enumerate(walked.slots):
        quantity = slot.position.quantity
        if quantity > 0.0:
            fee = quantity * slot.close * costs.fee_rate
            words.append(np.array([[symbol, codes.SELL, tape.times[-1], codes.END]], dtype=np.int64))
            amounts.append(np.array([[quantity, slot.close, fee]]))
    return np.concatenate(words), np.concatenate(amounts)


def cash_at_the_end(walked: Walked, words: Integers, amounts: Floats) -> float:
    """The account's cash after those of the fills that `closed_at_the_end` has added."""
    cash = walked.account.cash
    for row in range(len(walked.words), len(words)):
        cash, _ = book(cash, walked.slots[words[row, SYMBOL]].position, fill_at(words, amounts, row))
    return cash


def cash_after(cash: float, words: Integers, amounts: Floats) -> Floats:
    """The cash before the first fill and after each one, (N + 1,)."""
    after = np.empty(len(words) + 1)
    after[0] = cash
    positions = [FLAT] * (1 + max([0, *words[:, SYMBOL].tolist()]))
    for row in range(len(words)):
        symbol = words[row, SYMBOL]
        cash, positions[symbol] = book(cash, positions[symbol], fill_at(words, amounts, row))
        after[row + 1] = cash
    return after
