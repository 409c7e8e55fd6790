"""trader ticker: the last price, once or as it changes."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import click

from trader.cli import output
from trader.cli.symbol_options import SYMBOL

if TYPE_CHECKING:
    from chalicelib.domain import Ticker

COLUMNS = ("symbol", "price", "time")


@click.command("ticker")
@click.argument("symbols", metavar="SYMBOL...", type=SYMBOL, nargs=-1, required=True)
@click.option("--stream", is_flag=True, help="Every change of price (one a second at most), until Ctrl-C.")
@click.option("--base-url", metavar="URL", help="REST address of the exchange (default: exchange.base_url).")
@click.option("--json", "as_json", is_flag=True, help="A JSON array; with --stream one object per line.")
def command(symbols: tuple[str, ...], stream: bool, base_url: str | None, as_json: bool) -> None:
    """The last price of each SYMBOL.

    \b
    Examples:
      trader ticker BTCUSDT ETHUSDT
      trader ticker BTCUSDT --stream --json
    """
    from chalicelib import wiring
    from chalicelib.config import load_config

    address = base_url or load_config().exchange.base_url
    if stream:
        with suppress(KeyboardInterrupt):
            for ticker in wiring.ticker_stream(address, symbols, tell=output.note):
                _print_line(ticker, as_json)
        return
    market, _ = wiring.binance(address)
    tickers = [market.ticker(symbol) for symbol in symbols]
    if as_json:
        output.print_json([ticker_object(ticker) for ticker in tickers])
        return
    output.print_table("last prices", COLUMNS, [tuple(ticker_object(ticker).values()) for ticker in tickers])


def ticker_object(ticker: Ticker) -> dict[str, str | int | float]:
    """A price as the JSON object that scripts read; time in ms."""
    return dict(zip(COLUMNS, (ticker.symbol, ticker.price, ticker.time_ms), strict=True))


def _print_line(ticker: Ticker, as_json: bool) -> None:
    if as_json:
        output.print_json(ticker_object(ticker))
    else:
        output.print_line(*ticker_object(ticker).values())
