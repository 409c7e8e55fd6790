"""Trades by symbol and by the reasons of entry and exit: how many, how they came out, what they earned together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chalicelib.addition import added
from chalicelib.domain import MINUTE_MS
from chalicelib.kernel import codes
from trader.backtest.ledger import ENTRY_MS, EXIT_MS, PNL, RETURN, WHY
from trader.backtest.result import BacktestResult, reason_word
from trader.backtest.walk import REASON, SIDE, SYMBOL, TIME_MS
from trader.data.arrays import Floats, Integers
from trader.report.markup import Markup, element, table
from trader.report.wording import amount, percent, span, spoken

HEAD = ("Share", "Won", "Mean return", "Worst", "Best", "Held (median)", "Profit", "")


@dataclass(frozen=True, slots=True)
class Group:
    """Some of the trades, and what they have in common."""

    name: str
    trades: int
    won: float
    """Fraction of them."""
    mean_return: float
    worst: float
    best: float
    minutes_held: float
    """The median."""
    profit: float
    """Quote currency, after fees."""


def entry_reasons(result: BacktestResult, words: Integers) -> list[str]:
    """Why each of the exits or positions was entered, in their order."""
    buys = result.fill_words[result.fill_words[:, SIDE] == codes.BUY]
    why = dict(zip(map(tuple, buys[:, [SYMBOL, TIME_MS]].tolist()), buys[:, REASON].tolist(), strict=True))
    return [
        reason_word(result.rule, why[symbol, entry_ms]) for symbol, entry_ms in words[:, [SYMBOL, ENTRY_MS]].tolist()
    ]


def by_symbol(result: BacktestResult) -> list[Group]:
    """The positions of every symbol, in the order of the settings, of those without any too."""
    words, amounts = result.trade_words, result.trade_amounts
    return [
        group(name, words[chosen], amounts[chosen])
        for index, name in enumerate(result.symbols)
        for chosen in (words[:, SYMBOL] == index,)
    ]


def by_entry(result: BacktestResult) -> list[Group]:
    """The positions of every reason to enter, the commonest first."""
    return _by_word(entry_reasons(result, result.trade_words), result.trade_words, result.trade_amounts)


def by_exit(result: BacktestResult) -> list[Group]:
    """The exits of every reason, of parts too, the commonest first."""
    words = [reason_word(result.rule, code) for code in result.exit_words[:, WHY].tolist()]
    return _by_word(words, result.exit_words, result.exit_amounts)


def _by_word(reasons: Sequence[str], words: Integers, amounts: Floats) -> list[Group]:
    named = np.array(reasons)
    groups = [group(word, words[named == word], amounts[named == word]) for word in sorted({*reasons})]
    return sorted(groups, key=lambda each: -each.trades)


def group(name: str, words: Integers, amounts: Floats) -> Group:
    """What some trades came to; zeros where there are none."""
    if not len(amounts):
        return Group(name, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    returns, profits = amounts[:, RETURN], amounts[:, PNL]
    return Group(
        name=name,
        trades=len(amounts),
        won=float(np.mean(profits > 0.0)),
        mean_return=float(np.mean(returns)),
        worst=float(returns.min()),
        best=float(returns.max()),
        minutes_held=float(np.median(words[:, EXIT_MS] - words[:, ENTRY_MS])) / MINUTE_MS,
        profit=added(profits.tolist()),
    )


def groups_table(
    caption: str, head: tuple[str, str], groups: Sequence[Group], everything: Group, cash: float
) -> Markup:
    """A row a group, and one for all; what each earned also as a bar."""
    most = max((abs(each.profit) for each in groups), default=0.0)
    rows = [(*row(each, everything.trades, cash), profit_bar(each.profit, most)) for each in groups]
    rows.append((*row(everything, everything.trades, cash), element("td", "")))
    return table(caption, (*head, *HEAD), rows, class_="groups")


def row(each: Group, trades: int, cash: float) -> tuple[str, ...]:
    """The figures of a group as text."""
    earned = element("td", amount(each.profit, cash, signed=True), class_=tone(each.profit))
    if not each.trades:
        return spoken(each.name), "0", *[""] * 6, amount(0.0, cash)
    return (
        spoken(each.name),
        f"{each.trades:,}",
        percent(each.trades / trades, 1),
        percent(each.won, 1),
        percent(each.mean_return, 3, signed=True),
        percent(each.worst),
        percent(each.best),
        span(each.minutes_held),
        earned,
    )


def profit_bar(profit: float, most: float) -> Markup:
    """A bar from the middle of its cell, to the right for what was earned and to the left for what was lost."""
    part = profit / most if most else 0.0
    return element("td", element("i", class_=tone(profit), style=f"--part:{abs(part):.4f}"), class_="bar")


def tone(profit: float) -> str:
    """The class of a colour, empty for nothing."""
    return "gain" if profit > 0.0 else "loss" if profit < 0.0 else ""
