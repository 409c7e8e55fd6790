"""trader history: one-minute candles in bulk into the local archive."""

from __future__ import annotations

import click

from trader.cli import output
from trader.cli.symbol_options import SYMBOL
from trader.cli.times import END, ISO, refuse_backwards


@click.command("history")
@click.argument("symbol", type=SYMBOL)
@click.option("--from", "from_ms", type=ISO, required=True, help="Candles that open at this time or later.")
@click.option("--to", "to_ms", type=END, required=True, help="Candles that open at this time or earlier; of a day all.")
@click.option("--base-url", metavar="URL", help="REST address of the exchange (default: exchange.base_url).")
@click.option("--json", "as_json", is_flag=True, help="Print what is stored as one JSON object.")
def command(symbol: str, from_ms: int, to_ms: int, base_url: str | None, as_json: bool) -> None:
    """Download the one-minute candles of SYMBOL into the local archive.

    What is stored already is not asked for again, so the same command goes on with a download that was stopped. Rows
    of the exchange that are no candles count as missing and are told on one line.

    \b
    Examples:
      trader history BTCUSDT --from 2025-01-01 --to 2025-06-30
      trader history BTCUSDT --from 2025-01 --to 2025-06 --base-url https://data-api.binance.vision
    """
    from chalicelib import wiring
    from chalicelib.candle_rule import OddCandle, odd_line, odd_rows
    from chalicelib.config import home, load_config
    from chalicelib.domain import MINUTE_MS
    from trader.data.archive import Archive
    from trader.data.history import download, minutes_of

    refuse_backwards(from_ms, to_ms)
    odd: list[OddCandle] = []
    address = base_url or load_config().exchange.base_url
    market, clock = wiring.binance(address, hear=lambda symbol, interval, rows: odd.extend(rows))
    to_ms = min(to_ms, clock.now_ms() - MINUTE_MS)  # what is still open is not missing
    bar = output.progress(minutes_of(from_ms, to_ms), symbol)
    with Archive(home() / "archive.sqlite") as archive, bar as advance:
        try:
            report = download(market, archive, symbol, from_ms, to_ms, advance)
        finally:
            if odd:
                output.note(odd_line(symbol, "1m", odd))
    facts = report.as_dict() | {"odd_rows": odd_rows(odd).number}
    if as_json:
        output.print_json(facts)
        return
    output.print_facts(f"{symbol} 1m", facts)
