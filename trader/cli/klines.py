"""trader klines: candles from the exchange, once or as a stream."""

from __future__ import annotations

from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

import click

from trader.cli import output
from trader.cli.symbol_options import SYMBOL
from trader.cli.times import END, ISO, refuse_backwards

if TYPE_CHECKING:
    from chalicelib.domain import Candle

COLUMNS = ("open_time", "open", "high", "low", "close", "volume", "close_time")
DEFAULT, MOST = 500, 100_000


@click.command("klines")
@click.argument("symbol", type=SYMBOL)
@click.option("-n", "count", type=click.IntRange(1, MOST), help="How many at most (default: 500, a stream has no end).")
@click.option("--interval", default="1m", show_default=True, help="1s 1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w 1M")
@click.option("--from", "from_ms", type=ISO, help="Candles that open at this time or later, the oldest first.")
@click.option("--to", "to_ms", type=END, help="Candles that open at this time or earlier; of a day all.")
@click.option("--stream", is_flag=True, help="Every candle as it closes, one line each, until Ctrl-C.")
@click.option("--base-url", metavar="URL", help="REST address of the exchange (default: exchange.base_url).")
@click.option("--json", "as_json", is_flag=True, help="A JSON array; with --stream one object per line.")
def command(
    symbol: str,
    count: int | None,
    interval: str,
    from_ms: int | None,
    to_ms: int | None,
    stream: bool,
    base_url: str | None,
    as_json: bool,
) -> None:
    """Closed candles of SYMBOL, oldest first; rows that are none are left out and told.

    \b
    Examples:
      trader klines BTCUSDT -n 5
      trader klines ETHUSDT --interval 1h --from 2025-05-20 --to 2025-05-20 --json
      trader klines BTCUSDT --stream
      trader klines BTCUSDT --base-url https://data-api.binance.vision
    """
    from chalicelib import wiring
    from chalicelib.candle_rule import odd_line
    from chalicelib.config import load_config

    refuse_backwards(from_ms, to_ms)
    if stream and to_ms is not None:
        raise click.UsageError("--stream has no end: leave out --to")
    address = base_url or load_config().exchange.base_url
    if stream:
        with suppress(KeyboardInterrupt):
            stream_of = wiring.kline_stream(address, [symbol], interval, since_ms=from_ms, tell=output.note)
            for candle in islice(stream_of, count):
                _print_line(candle, as_json)
        return
    market, clock = wiring.binance(address, hear=lambda *odd: output.note(odd_line(*odd)))
    last_ms = clock.now_ms() if to_ms is None else to_ms
    candles = market.candles(symbol, interval, start_ms=from_ms, end_ms=last_ms, limit=count or DEFAULT)
    if as_json:
        output.print_json([candle_object(candle) for candle in candles])
        return
    output.print_table(f"{symbol} {interval}", COLUMNS, [table_row(candle) for candle in candles])


def candle_object(candle: Candle) -> dict[str, int | float]:
    """A candle as the JSON object that scripts read; times in ms."""
    values = (candle.open_ms, candle.open, candle.high, candle.low, candle.close, candle.volume, candle.close_ms)
    return dict(zip(COLUMNS, values, strict=True))


def table_row(candle: Candle) -> tuple[output.Cell, ...]:
    """A candle as a row: times in words for a person, in ms for a program."""
    first, *prices, last = candle_object(candle).values()
    if output.on_terminal():
        return (output.utc(candle.open_ms), *prices, output.utc(candle.close_ms))
    return (first, *prices, last)


def _print_line(candle: Candle, as_json: bool) -> None:
    if as_json:
        output.print_json(candle_object(candle))
    else:
        output.print_line(*candle_object(candle).values())
