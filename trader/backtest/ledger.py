"""Fills folded into trades and cash, by the kernel's own bookkeeping."""

from __future__ import annotations

from operator import mul

import numpy as np

from chalicelib.addition import added
from chalicelib.kernel import codes
from chalicelib.kernel.account import FLAT, Costs, Fill, book, entry_fee_share, profit
from trader.backtest.market import MarketColumns
from trader.backtest.walk import FEE, PRICE, QUANTITY, REASON, SIDE, SYMBOL, TIME_MS, Walked
from trader.data.arrays import Floats, Integers

ENTRY_MS, EXIT_MS, WHY, POSITION = range(1, 5)
"""Columns of the words of a trade, after SYMBOL; positions are numbered by their entries, from 1."""
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
    """One row per exit, in the order they were booked: words (N, 5) and amounts (N, 7)."""
    positions = [FLAT] * symbols
    numbers = [0] * symbols
    entered = 0
    trade_words = np.empty((len(words), 5), dtype=np.int64)
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
            trade_words[count, POSITION] = numbers[symbol]
            trade_amounts[count, QUANTITY] = fill.quantity
            trade_amounts[count, ENTRY_PRICE] = position.entry_price
            trade_amounts[count, EXIT_PRICE] = fill.price
            trade_amounts[count, ENTRY_FEE] = entry_fee_share(position, fill.quantity)
            trade_amounts[count, EXIT_FEE] = fill.fee
            trade_amounts[count, PNL] = pnl
            trade_amounts[count, RETURN] = pnl / (fill.quantity * position.entry_price)
            count += 1
        elif position.quantity == 0.0:
            entered += 1
            numbers[symbol] = entered
        _, positions[symbol] = book(0.0, position, fill)
    return trade_words[:count], trade_amounts[:count]


def by_position(words: Integers, amounts: Floats) -> tuple[Integers, Floats]:
    """A row for each position from one for each exit: what it came to in all, in the order of the last exits."""
    rows: dict[int, list[int]] = {}
    for row, number in enumerate(words[:, POSITION].tolist()):
        rows.setdefault(number, []).append(row)
    if len(rows) == len(words):
        return words, amounts
    ends = sorted(rows.values(), key=lambda each: each[-1])
    return words[[each[-1] for each in ends]], np.array([_in_all(amounts[each]) for each in ends])


def _in_all(amounts: Floats) -> list[float]:
    """The amounts of one position: prices are means by quantity."""
    columns = amounts.T.tolist()
    quantities = columns[QUANTITY]
    quantity = added(quantities)
    entry, exit_ = (
        added(map(mul, quantities, columns[price])) / quantity if len(quantities) > 1 else columns[price][0]
        for price in (ENTRY_PRICE, EXIT_PRICE)
    )
    pnl = added(columns[PNL])
    return [quantity, entry, exit_, added(columns[ENTRY_FEE]), added(columns[EXIT_FEE]), pnl, pnl / (quantity * entry)]


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
