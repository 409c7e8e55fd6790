"""`trader indicators`: the kernel's indicators over a candle file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chalicelib.config.intervals import INTERVALS_MS, MINUTE
from chalicelib.errors import BadInput
from chalicelib.kernel.bar import Bar
from chalicelib.strategies.rsi_sentiment import Settings, Values, observe, start
from trader.cli.candle_options import candles_option
from trader.cli.output import note, progress
from trader.cli.symbol_options import SYMBOL
from trader.data.files import replace_file

if TYPE_CHECKING:
    import pyarrow as pa

    from chalicelib.strategy.rule import StrategyRule

SETTINGS = Settings(rsi_period=14)
COLUMNS = ("rsi_14", "ema_50", "ema_200", "bb_upper", "bb_middle", "bb_lower")
"""The values of rsi_sentiment under the names of the file's columns."""
PROGRESS_ROWS = 5_000


@click.command()
@candles_option("Candle files of one symbol", required=True)
@click.option("--out", required=True, metavar="FILE", help="What to write: .parquet, .csv or .csv.gz.")
@click.option("--symbol", metavar="S", type=SYMBOL, help="Symbol of the files [as they are named].")
@click.option(
    "--interval", type=click.Choice([*INTERVALS_MS]), default=MINUTE, help=f"How far apart candles are [{MINUTE}]."
)
@click.option(
    "--strategy-interval", type=click.Choice([*INTERVALS_MS]), help="Bars to fold them into first [each is a bar]."
)
def command(candles: str, out: str, symbol: str | None, interval: str, strategy_interval: str | None) -> None:
    """RSI 14, EMA 50 and 200 and Bollinger bands (20, 2) of every candle in a file, or of longer bars made of them.

    \b
    Columns: open_time, rsi_14, ema_50, ema_200, bb_upper, bb_middle, bb_lower
    (empty or NaN where not yet defined). Gaps are ignored: the next row is the next bar.

    With --strategy-interval a row is a bar that is over, by its open_time: what a strategy with that strategy.interval
    sees at its close. A first bar that began before the file is left out, as is a last one that is not over.

    \b
    Examples:
      trader indicators --candles BTCUSDT_1m.parquet --out indicators.csv
      trader indicators --candles BTCUSDT_1m.csv.gz --strategy-interval 15m --out indicators.parquet
    """
    import pyarrow as pa

    from chalicelib.domain import MINUTE_MS
    from trader.backtest.folding import bars_as_seen
    from trader.backtest.market import tape_of
    from trader.backtest.steps import candles_word
    from trader.data.candle_files import read_candle_files
    from trader.data.candles import gaps
    from trader.data.spacing import Step

    target = Path(out)
    write = writer_for(target)
    rule = rule_over(interval, strategy_interval or interval)
    step = Step(rule.step_ms, "--interval ")
    columns, *others = read_candle_files(candles, symbol, say=note, step=step)
    if others:
        raise BadInput(
            f"--candles {candles}: files of {columns.symbol} and {others[0].symbol}; give those of one symbol"
        )
    bars = bars_as_seen(tape_of([columns], step.ms), 0, rule)
    with progress(len(bars), columns.symbol) as advance:
        snapshots = observe_all(bars, advance)
    rows = [(bar.time_ms, *values) for bar, values in zip(bars, snapshots, strict=True)]
    kinds = dict.fromkeys(("open_time", *COLUMNS), pa.float64()) | {"open_time": pa.int64()}
    table = pa.table({name: pa.array([row[at] for row in rows], kinds[name]) for at, name in enumerate(kinds)})
    replace_file(target, lambda temporary: write(table, temporary))
    missing = gaps(columns, step.ms)
    of = f"{missing.minutes * MINUTE_MS // step.ms} {candles_word(step.ms)} missing in {missing.runs} gaps"
    counted = f"{table.num_rows} rows" if strategy_interval is None else f"{table.num_rows} bars of {strategy_interval}"
    note(f"{columns.symbol}: {counted}, {of} -> {target}")


def rule_over(interval: str, strategy_interval: str) -> StrategyRule:
    """The rule of the default strategy by bars of this length. Raises BadInput where candles do not make them up."""
    from chalicelib.config import Config
    from chalicelib.config.keys import with_value
    from chalicelib.strategy.chosen import unchecked_rule_of

    if INTERVALS_MS[strategy_interval] % INTERVALS_MS[interval]:
        raise BadInput(
            f"--strategy-interval {strategy_interval}: must be a multiple of --interval, which is {interval}"
        )
    stepping = with_value(Config(), "agent.interval", interval)
    return unchecked_rule_of(with_value(stepping, "strategy.interval", strategy_interval))


def observe_all(bars: Iterable[Bar], advance: Callable[[int], object]) -> list[Values]:
    """The indicators after each bar, undefined ones NaN; calls `advance` with the number of rows done since."""
    state = start(SETTINGS)
    snapshots: list[Values] = []
    for bar in bars:
        state, values = observe(state, bar, SETTINGS)
        snapshots.append(values)
        if len(snapshots) % PROGRESS_ROWS == 0:
            advance(PROGRESS_ROWS)
    advance(len(snapshots) % PROGRESS_ROWS)
    return snapshots


def writer_for(target: Path) -> Callable[[pa.Table, Path], None]:
    """The function that writes a table in the format of the target's extension.

    Raises BadInput for another extension, and for a folder that is not there: known before the work, not after it.
    """
    if not target.parent.is_dir():
        raise BadInput(f"{target}: cannot be written, there is no folder {target.parent}")
    if target.name.endswith(".parquet"):
        return _write_parquet
    if target.name.endswith(".csv"):
        return _write_csv
    if target.name.endswith(".csv.gz"):
        return _write_csv_gz
    raise BadInput(f"{target}: cannot write this format; the name must end in .parquet, .csv or .csv.gz")


def _write_parquet(table: pa.Table, path: Path) -> None:
    from pyarrow import parquet

    parquet.write_table(table, path)


def _write_csv(table: pa.Table, path: Path) -> None:
    import pyarrow as pa

    with pa.OSFile(str(path), "wb") as stream:
        _write_rows(table, stream)


def _write_csv_gz(table: pa.Table, path: Path) -> None:
    import pyarrow as pa

    with pa.CompressedOutputStream(str(path), "gzip") as stream:
        _write_rows(table, stream)


def _write_rows(table: pa.Table, stream: pa.NativeFile) -> None:
    from pyarrow import csv

    stream.write((",".join(table.column_names) + "\n").encode())  # Arrow's own header line is quoted
    csv.write_csv(_blank_undefined(table), stream, csv.WriteOptions(include_header=False))


def _blank_undefined(table: pa.Table) -> pa.Table:
    """NaN as null, which a CSV file shows as an empty cell."""
    import pyarrow as pa

    columns = [pa.array(column.to_numpy(), from_pandas=True) for column in table.columns]
    return pa.table(columns, names=table.column_names)
