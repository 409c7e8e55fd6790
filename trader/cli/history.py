"""trader history: one-minute candles in bulk into the local archive, and what it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from trader.cli import output
from trader.cli.symbol_options import SYMBOL
from trader.cli.times import END, ISO, refuse_backwards

if TYPE_CHECKING:
    from pathlib import Path

    from chalicelib.ports import MarketDataSource
    from trader.data.history import HistoryReport

LISTED = ("host", "symbol", "from", "to", "candles", "gaps", "missing_minutes", "size_bytes")


@click.command("history")
@click.argument("symbol", type=SYMBOL, required=False)
@click.option("--from", "from_ms", type=ISO, help="Candles that open at this time or later.")
@click.option("--to", "to_ms", type=END, help="Candles that open at this time or earlier; of a day all.")
@click.option("--base-url", metavar="URL", help="REST address of the exchange (default: exchange.base_url).")
@click.option("--list", "what", flag_value="list", help="What is stored: host, symbol, range, candles, gaps, size.")
@click.option(
    "--refresh", "what", flag_value="refresh", help="Ask for the range (or all that is stored) anew and replace it."
)
@click.option(
    "--drop", "what", flag_value="drop", help="Delete the candles of SYMBOL, of a range alone if one is given."
)
@click.option("--host", help="With --list and --drop: the host whose candles are meant, as --list names it.")
@click.option("--json", "as_json", is_flag=True, help="Print what is stored as JSON.")
def command(
    symbol: str | None,
    from_ms: int | None,
    to_ms: int | None,
    base_url: str | None,
    what: str | None,
    host: str | None,
    as_json: bool,
) -> None:
    """Download the one-minute candles of SYMBOL into the local archive.

    What is stored already is not asked for again, so the same command goes on with a download that was stopped. Rows
    of the exchange that are no candles count as missing and are told on one line. The archive keeps the candles of
    every host apart; a backtest takes those of exchange.base_url.

    \b
    Examples:
      trader history BTCUSDT --from 2025-01-01 --to 2025-06-30
      trader history BTCUSDT --from 2025-01 --to 2025-06 --base-url https://data-api.binance.vision
      trader history --list
      trader history BTCUSDT --from 2025-01 --to 2025-01 --refresh
      trader history BTCUSDT --drop --host testnet.binance.vision
    """
    refuse_backwards(from_ms, to_ms)
    if host is not None and what not in ("list", "drop"):
        raise click.UsageError("--host goes with --list and --drop; to download, name the exchange by --base-url")
    if base_url is not None and what in ("list", "drop"):
        raise click.UsageError("--base-url is asked for candles: with --list and --drop name what is stored by --host")
    if what == "list":
        _list(symbol, host, as_json)
    elif symbol is None:
        raise click.UsageError("Missing argument 'SYMBOL'.")
    elif what == "drop":
        _drop(symbol, host, from_ms, to_ms, as_json)
    elif (from_ms is None or to_ms is None) and what != "refresh":
        raise click.UsageError(f"Missing option '--{'from' if from_ms is None else 'to'}'.")
    else:
        _fetch(symbol, from_ms, to_ms, base_url, as_json, is_anew=what == "refresh")


def _fetch(
    symbol: str, from_ms: int | None, to_ms: int | None, base_url: str | None, as_json: bool, *, is_anew: bool
) -> None:
    from chalicelib import wiring
    from chalicelib.candle_rule import OddCandle, odd_line, odd_rows
    from chalicelib.config import home, load_config
    from chalicelib.domain import MINUTE_MS
    from trader.data.archive import Archive
    from trader.data.history import download, minutes_of, refresh
    from trader.data.symbols_info import SYMBOLS_FOLDER

    odd: list[OddCandle] = []
    address = base_url or load_config().exchange.base_url
    market, clock = wiring.binance(address, hear=lambda symbol, interval, rows: odd.extend(rows))
    if from_ms is None or to_ms is None:
        first_ms, last_ms = _stored_range(symbol, wiring.market_of(address))
        from_ms, to_ms = (first_ms if from_ms is None else from_ms, last_ms if to_ms is None else to_ms)
    to_ms = min(to_ms, clock.now_ms() - MINUTE_MS)  # what is still open is not missing
    bar = output.progress(minutes_of(from_ms, to_ms), symbol)
    with Archive(home() / "archive.sqlite", wiring.market_of(address), output.note) as archive, bar as advance:
        try:
            report = (refresh if is_anew else download)(market, archive, symbol, from_ms, to_ms, advance)
        finally:
            if odd:
                output.note(odd_line(symbol, "1m", odd))
    _keep_steps(market, home() / SYMBOLS_FOLDER / f"{wiring.market_of(address)}.json", symbol)
    _show(report, odd_rows(odd).number, as_json)


def _keep_steps(market: MarketDataSource, path: Path, symbol: str) -> None:
    """Keep what the exchange asks of the symbol's orders; the candles are there without it."""
    from chalicelib.errors import BadInput, Rejected, Unavailable
    from trader.data.symbols_info import remember_symbols

    try:
        remember_symbols(path, [market.symbol(symbol)])
    except (BadInput, Rejected, Unavailable) as error:
        output.note(f"lot steps, ticks and least orders of {symbol} are not kept: {error}")


def _stored_range(symbol: str, market: str) -> tuple[int, int]:
    from chalicelib.config import home
    from chalicelib.errors import BadInput
    from trader.data.archive_contents import contents
    from trader.data.archive_file import ArchiveFile

    with ArchiveFile(home() / "archive.sqlite", output.note) as file:
        for each in contents(file, market, symbol):
            return each.first_ms, each.last_ms
    raise BadInput(f"no candles of {symbol} on {market} are stored: download them with --from and --to")


def _show(report: HistoryReport, odd_rows: int, as_json: bool) -> None:
    for line in report.notes():
        output.note(line)
    facts = report.as_dict() | {"odd_rows": odd_rows}
    if as_json:
        output.print_json(facts)
    else:
        output.print_facts(f"{report.symbol} 1m", facts)


def _list(symbol: str | None, host: str | None, as_json: bool) -> None:
    from chalicelib.config import home
    from trader.data.archive_contents import contents
    from trader.data.archive_file import ArchiveFile

    with ArchiveFile(home() / "archive.sqlite", output.note) as file:
        found = contents(file, host, symbol)
    if as_json:
        output.print_json([each._asdict() for each in found])
        return
    if not found:
        output.note("nothing is stored; trader history SYMBOL --from TIME --to TIME downloads candles")
    rows = [(each.host, each.symbol, output.utc(each.first_ms), output.utc(each.last_ms), *each[4:]) for each in found]
    output.print_table("Archive", LISTED, rows)


def _drop(symbol: str, host: str | None, from_ms: int | None, to_ms: int | None, as_json: bool) -> None:
    from chalicelib.config import home
    from trader.data.archive_contents import BEGINNING_MS, END_MS, drop, market_named
    from trader.data.archive_file import ArchiveFile

    first_ms, last_ms = BEGINNING_MS if from_ms is None else from_ms, END_MS if to_ms is None else to_ms
    with ArchiveFile(home() / "archive.sqlite", output.note) as file:
        market = market_named(file, symbol, host)
        dropped = drop(file, market, symbol, first_ms, last_ms)
    facts: dict[str, output.Cell] = {"market": market, "symbol": symbol, "dropped": dropped}
    if as_json:
        output.print_json(facts)
    else:
        output.print_facts(f"{symbol} 1m", facts)
