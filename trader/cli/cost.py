"""trader cost: what an agent on AWS costs a month."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from chalicelib.addition import added
from trader.cli import output

if TYPE_CHECKING:
    from trader.cost.report import CostReport

MOST_SYMBOLS = 1000


@click.command("cost")
@click.option("--symbols", metavar="N", type=click.IntRange(1, MOST_SYMBOLS), help="Also for this many symbols.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(symbols: int | None, as_json: bool) -> None:
    """What an agent on AWS costs a month, from metered figures and list prices.

    \b
    Every charge of 30.4 days, no free tier, storage as after a year. What language models in a
    container add is told beside it, a fixed IP address is not in it. What is metered and what is
    assumed: docs/cost.md.

    \b
    Examples:
      trader cost
      trader cost --symbols 3
      trader cost --json
    """
    from trader.cost.figures import read_figures
    from trader.cost.prices import read_prices
    from trader.cost.report import report

    found = report(read_figures(), read_prices(), [symbols] if symbols else [])
    if as_json:
        output.print_json(asdict(found))
        return
    _print(found)


def _print(found: CostReport) -> None:
    numbers = list(found.monthly_usd)
    columns = ("USD a month", *(f"{number} symbol{'' if number == '1' else 's'}" for number in numbers))
    rows: list[tuple[str, ...]] = [
        (kind.replace("_", " "), *(f"{found.by_symbols[number][kind]:.4f}" for number in numbers))
        for kind in sorted(found.by, key=lambda kind: -found.by[kind])
        if any(found.by_symbols[number][kind] for number in numbers)
    ]
    rows.append(("total", *(f"{found.monthly_usd[number]:.4f}" for number in numbers)))
    rows.append(("total by bars of 1h", *(f"{found.hourly_usd[number]:.4f}" for number in numbers)))
    output.print_table(f"List prices of {found.region}, {found.prices_date}", columns, rows)
    output.note(
        "By bars of 1h (strategy.interval) while nothing is held; each hour of the day in which something is adds "
        f"{found.held_hour_usd:.3f} USD. Each further symbol adds {found.each_further_symbol:.3f} USD, language models "
        f"that score headlines, where their image is deployed, {added(found.llama_usd.values()):.3f}. "
        f"Each series of inputs.series adds {found.series_usd['1m']:.3f} a symbol, by hours "
        f"{found.series_usd['1h']:.4f}. No free tier is counted. Not in it: a fixed IP address, taxes. "
        "What is metered and what assumed: docs/cost.md"
    )
