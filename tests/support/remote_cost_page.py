"""The table of costs in docs/backtest-remote.md, made of formula and prices, so that the page cannot lag behind."""

from __future__ import annotations

from pathlib import Path

from chalicelib.errors import BadInput
from trader.cost.backtest import RunSize, run_usd
from trader.cost.prices import read_prices

PAGE = Path(__file__).resolve().parents[2] / "docs" / "backtest-remote.md"
START, END = "<!-- cost -->\n", "<!-- /cost -->"
YEAR = 525_600
RUNS = (
    ("one symbol, a month, 24 sets", 1, YEAR // 12, 24),
    ("one symbol, a year, 100 sets", 12, YEAR, 100),
    ("two symbols, two years, 1,000 sets", 48, 4 * YEAR, 1000),
    ("five symbols, three years, 2,000 sets", 180, 15 * YEAR, 2000),
)


def table() -> str:
    """USD of some runs, by an image and by a zip; a dash where functions would take too long."""
    prices = read_prices()
    lines = [f"| USD, {prices.region}, {prices.date} | image | zip |", "| --- | ---: | ---: |"]
    for name, months, minutes, sets in RUNS:
        sizes = [RunSize(months, minutes, sets, 4, is_compiled) for is_compiled in (True, False)]
        lines.append(f"| {name} | {' | '.join(_usd(size) for size in sizes)} |")
    return "\n".join(lines) + "\n"


def _usd(size: RunSize) -> str:
    try:
        return f"{sum(run_usd(size, read_prices()).values()):.4f}"
    except BadInput:
        return "–"  # noqa: RUF001


def with_table(page: str) -> str:
    """The page with its table as it must be."""
    before, opening, rest = page.partition(START)
    _, closing, after = rest.partition(END)
    if not (opening and closing):
        raise ValueError("docs/backtest-remote.md: no table of costs")
    return f"{before}{START}{table()}{END}{after}"
