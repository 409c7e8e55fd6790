"""How trades came out, why they ended, how long they were held and how much was invested."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from chalicelib.domain import MINUTE_MS
from trader.backtest.baselines import held_by
from trader.backtest.data import Data
from trader.backtest.ledger import ENTRY_MS, EXIT_MS, RETURN
from trader.backtest.metrics import exposure
from trader.backtest.result import BacktestResult
from trader.backtest.walk import SYMBOL
from trader.data.arrays import Floats, Integers
from trader.report.groups import by_entry, by_exit, by_symbol, group, groups_table
from trader.report.markup import Markup, element, joined, section, table
from trader.report.wording import count, percent, span

COLUMNS = 41
"""Of the histogram of returns, odd so that 0 may stand within one."""
TAIL = 1.0
"""Percent of the trades at either end that share the outermost column."""
HOLDINGS = (1, 5, 15, 60, 240, 720, 1440, 4320, 10080)
"""Minutes below which a holding time falls into a column; the last column has no end."""


def trades_sections(data: Data, result: BacktestResult) -> Markup:
    """Distribution, reasons and exposure; a sentence where nothing was traded."""
    words, amounts = result.trade_words, result.trade_amounts
    if not len(words):
        nothing = element("p", "No trade was made: there is nothing to distribute.", class_="note")
        return section("Distribution of trades", "distribution", nothing)
    returns, minutes = amounts[:, RETURN], minutes_held(words)
    charts = element("div", returns_chart(returns), holding_chart(minutes), class_="pair")
    return joined(
        (
            section("Distribution of trades", "distribution", charts),
            section("Profit by symbol and reason", "groups", *group_tables(result)),
            section("Exposure", "exposure", exposure_table(data, result)),
        )
    )


def group_tables(result: BacktestResult) -> Iterator[Markup]:
    """What trades earned by symbol, by the reason of their entry and by that of their exit."""
    positions = group("all", result.trade_words, result.trade_amounts)
    exits = group("all", result.exit_words, result.exit_amounts)
    for caption, head, groups, everything in (
        ("Profit by symbol, after fees", ("Symbol", "Trades"), by_symbol(result), positions),
        ("Trades by the reason of their entry", ("Entry", "Trades"), by_entry(result), positions),
        ("Exits by their reason", ("Exit", "Exits"), by_exit(result), exits),
    ):
        yield groups_table(caption, head, groups, everything, result.start_cash)


def minutes_held(words: Integers) -> Integers:
    """From the bar of the entry to the bar of the exit."""
    return np.asarray((words[:, EXIT_MS] - words[:, ENTRY_MS]) // MINUTE_MS)


def returns_chart(returns: Floats) -> Markup:
    """A histogram of what trades returned after fees."""
    low, high = np.percentile(returns, (TAIL, 100.0 - TAIL)).tolist()
    reach = max(abs(low), abs(high)) or 0.01
    edges = np.linspace(-reach, reach, COLUMNS + 1)
    counts, _ = np.histogram(np.clip(returns, -reach, reach), edges)
    middles = (edges[:-1] + edges[1:]) / 2
    tones = ["gain" if middle > reach / COLUMNS else "loss" if middle < -reach / COLUMNS else "" for middle in middles]
    names = [f"{percent(left)} to {percent(right)}" for left, right in pairwise(edges.tolist())]
    mean, median = float(np.mean(returns)), float(np.median(returns))
    words = (
        f"Returns of {count(len(returns), 'trade')} after fees: mean {percent(mean, 3)}, median {percent(median, 3)}, "
        f"from {percent(float(returns.min()))} to {percent(float(returns.max()))}."
    )
    ends = (f"\N{LESS-THAN OR EQUAL TO} {percent(-reach)}", "0", f"\N{GREATER-THAN OR EQUAL TO} {percent(reach)}")
    return columns_chart("Return of a trade", words, counts.tolist(), names, tones, ends)


def holding_chart(minutes: Integers) -> Markup:
    """How long trades were held."""
    starts = (0, *HOLDINGS)
    counts = np.bincount(np.searchsorted(HOLDINGS, minutes, side="right"), minlength=len(starts)).tolist()
    names = [f"{span(low)} to {span(high)}" for low, high in zip(starts[:-1], HOLDINGS, strict=True)]
    names = ["within one bar", *names[1:], f"{span(HOLDINGS[-1])} and more"]
    words = (
        f"Held for {span(float(np.mean(minutes)))} on average, median {span(float(np.median(minutes)))}, "
        f"longest {span(int(minutes.max()))}."
    )
    ends = tuple(span(start) for start in starts)
    return columns_chart("Time held", words, counts, names, [""] * len(counts), ends)


def columns_chart(
    title: str, words: str, counts: Sequence[int], names: Sequence[str], tones: Sequence[str], ends: Sequence[str]
) -> Markup:
    """Upright bars with their names as tooltips; `ends` label the axis, evenly spaced."""
    tallest = max(counts)
    bars = [
        element("i", title=f"{name}: {count(each, 'trade')}", class_=tone or None, style=f"--part:{each / tallest:.4f}")
        for each, name, tone in zip(counts, names, tones, strict=True)
    ]
    axis = element("div", *(element("span", end) for end in ends), class_="axis" if len(ends) == 3 else "axis each")
    drawn = element("div", element("div", *bars, class_="bars"), axis, role="img", aria_label=f"{title}. {words}")
    return element("figure", element("figcaption", element("b", title), " ", words), drawn)


def exposure_table(data: Data, result: BacktestResult) -> Markup:
    """How much of the time each symbol was held, and with how much of the equity."""
    rows = []
    for symbol, name in enumerate(data.symbols):
        words = result.trade_words[result.trade_words[:, SYMBOL] == symbol]
        held = held_by(data.tape, result, symbol)
        rows.append((name, f"{len(words):,}", percent(exposure(result.times, words), 1), *shares(held.shares)))
    everything = [held_by(data.tape, result, symbol).shares for symbol in range(len(data.symbols))]
    if len(data.symbols) > 1:
        time_held = percent(exposure(result.times, result.trade_words), 1)
        rows.append(("any", f"{len(result.trade_words):,}", time_held, *shares(np.concatenate(everything))))
    head = ("Symbol", "Trades", "Time held", "Mean entry", "Largest entry")
    caption = "Exposure: bars at whose close the symbol was held, and entries as a share of equity"
    return table(caption, head, rows)


def shares(values: Floats) -> tuple[str, str]:
    """Mean and largest."""
    return (percent(float(np.mean(values)), 1), percent(float(np.max(values)), 1)) if len(values) else ("", "")
