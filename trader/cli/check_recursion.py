"""trader check-recursion: how many bars of history an indicator needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from trader.cli import output
from trader.cli.data_options import data_options, read_inputs

if TYPE_CHECKING:
    from trader.checks.recursion import Need, Warmth

DEFAULT_TOLERANCE = 1e-9
DEFAULT_STARTS = 50
MOST_STARTS = 10_000


@click.command("check-recursion")
@data_options
@click.option(
    "--tolerance", type=click.FloatRange(0.0, 1.0, max_open=True), default=DEFAULT_TOLERANCE, help="Relative [1e-9]."
)
@click.option(
    "--starts",
    type=click.IntRange(1, MOST_STARTS),
    default=DEFAULT_STARTS,
    metavar="N",
    help=f"Begin anew at so many bars, evenly spread [{DEFAULT_STARTS}].",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
def command(tolerance: float, starts: int, as_json: bool, **options: Any) -> None:
    """How many bars each value of the strategy needs until it agrees with the one that saw the whole history.

    Many indicators never forget their beginning entirely. Each value of the strategy is begun anew at --starts bars of
    the data and compared with the one that began with the first bar: the bars needed to agree to the tolerance, as
    printed (to eight digits) and to the last bit, in the worst case. A live agent begins with 1,000 minutes, or
    with 200 bars of its strategy.interval where these are more.

    \b
    Examples:
      trader check-recursion --candles BTCUSDT_1m.parquet
      trader check-recursion --candles BTCUSDT_1m.parquet --set strategy.settings.rsi_period=50 --starts 200 --json
    """
    from chalicelib.strategy.chosen import rule_of
    from trader.backtest.folding import bars_as_seen
    from trader.checks.recursion import warmth_of

    inputs = read_inputs(**options)
    rows: list[Warmth] = []
    with output.progress(starts * len(inputs.symbols), "beginnings") as advance:
        rule = rule_of(inputs.config)
        for number, symbol in enumerate(inputs.symbols):
            rows += warmth_of(symbol, bars_as_seen(inputs.tape, number, rule), rule, starts, tolerance, advance)
    if as_json:
        output.print_json([asdict(row) for row in rows])
        return
    show(rows, tolerance)


def show(rows: Sequence[Warmth], tolerance: float) -> None:
    """A row for each indicator of each symbol, and what it means for the rule."""
    columns = (
        "symbol",
        "indicator",
        "defined after",
        f"within {tolerance:g} after",
        "typically",
        "as printed after",
        "to the last bit after",
        f"off after {rows[0].live_start} bars",
    )
    table = [
        (
            row.symbol,
            row.indicator,
            row.undefined + 1,
            bars(row.tolerance, row),
            row.tolerance.typical,
            bars(row.printed, row),
            bars(row.exact, row),
            off_text(row.off_at_live_start) if output.on_terminal() else row.off_at_live_start,
        )
        for row in rows
    ]
    output.print_table(f"Bars of history needed, the worst of {rows[0].starts} beginnings", columns, table)
    for row in rows:
        if (row.tolerance.worst or row.compared) > row.live_start:
            output.note(
                f"{row.symbol}: {row.indicator} needs {bars(row.tolerance, row)} bars; "
                f"a live agent begins with {row.live_start}"
            )


def bars(need: Need, row: Warmth) -> output.Cell:
    """The bars needed, or that there were too few to tell."""
    return need.worst if need.worst is not None else f"more than {row.compared}"


def off_text(off: float | None) -> str | None:
    """How far off a value is, in three digits.

    >>> off_text(0.000001859279148687926), off_text(0.0), off_text(None)
    ('0.00000186', '0', None)
    """
    return None if off is None else output.plain(float(f"{off:.3g}")).removesuffix(".0")
