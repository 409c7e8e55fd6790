"""`trader sim`: the simulated exchange as a server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chalicelib.errors import BadInput
from trader.cli import output
from trader.cli.candle_options import SYMBOLS_OF_FILES, candles_option, refuse_twice
from trader.cli.times import ISO
from trader.sim.faults import GRAMMAR, Fault, parse_faults

if TYPE_CHECKING:
    from trader.sim.exchange import Exchange

DEFAULT_SYMBOL = "BTCUSDT"
GENERATED_HISTORY, RECORDED_HISTORY = 1440, 500
LONGEST_HISTORY = 1_000_000
HIGHEST_PORT = 65_535
DEMO_KEY = "simulated"
DEFAULT_BALANCE = "USDT=10000"
DEFAULT_FEES = "0.001,0.001"

HELP = f"""Serve a simulated exchange: Binance's REST and WebSocket API on one port of 127.0.0.1.

The market is generated from a seed without end, or read from candle files until their last candle. News that reads the
market's mood is served as RSS under /news.rss. One line on stdout says when clients can connect; Ctrl-C ends.

\b
Generated: simulated time starts now, after a day of history.
Files:     simulated time starts when {RECORDED_HISTORY} candles of the first file have closed.

Who sends key and secret trades on one account, matched against the market's candles.

Faults are {GRAMMAR}

\b
Examples:
  trader sim --port 8099                                    a generated BTCUSDT in real time
  trader sim --port 8099 --seed 7 --symbol BTCUSDT,ETHUSDT --speed 60
  trader sim --port 8099 --candles BTCUSDT_1m.parquet --speed 600
  trader sim --port 8099 --faults error=0.1,cut=0.02,429=0.05:2s
  trader sim --port 8099 --key mykey --secret mysecret --balance USDT=10000,BTC=1
  trader klines BTCUSDT --stream --base-url http://127.0.0.1:8099
  trader news --feed http://127.0.0.1:8099/news.rss --watch
"""


@click.command(help=HELP)
@click.option("--port", type=click.IntRange(0, HIGHEST_PORT), required=True, help="Port to serve on; 0: any free one.")
@candles_option("Candle files to replay")
@click.option("--seed", type=int, default=1, show_default=True, help="Decides market, headlines and faults.")
@click.option(
    "--symbol",
    metavar="S[,S]",
    type=SYMBOLS_OF_FILES,
    help=f"Symbols [{DEFAULT_SYMBOL}; of files: as they are named].",
)
@click.option("--speed", type=float, default=1.0, show_default=True, help="Simulated seconds per second.")
@click.option(
    "--start",
    "start_ms",
    type=ISO,
    metavar="ISO",
    help="Simulated time at the start, instead of now. Not with --candles.",
)
@click.option(
    "--history",
    type=click.IntRange(1, LONGEST_HISTORY),
    metavar="N",
    help=f"Minutes before the start [{GENERATED_HISTORY}; with files: {RECORDED_HISTORY} candles].",
)
@click.option("--key", metavar="K", default=DEMO_KEY, show_default=True, help="API key of the account.")
@click.option("--secret", metavar="S", help=f"Secret that its requests are signed with [{DEMO_KEY}].")
@click.option(
    "--public-key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="PEM file of an Ed25519 or RSA key, in place of a secret.",
)
@click.option(
    "--balance", metavar="ASSET=AMOUNT[,..]", default=DEFAULT_BALANCE, show_default=True, help="What the account has."
)
@click.option(
    "--fees",
    metavar="MAKER,TAKER",
    default=DEFAULT_FEES,
    show_default=True,
    help="Commissions, as parts of what is received.",
)
@click.option("--bnb-fees", is_flag=True, help="BNB pays commissions, a quarter less, while there is enough.")
@click.option(
    "--liquidity",
    type=click.Choice(("frictionless", "full")),
    default="frictionless",
    show_default=True,
    help="Full: a spread, a depth that is walked through, partial fills.",
)
@click.option(
    "--record",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write what is asked, answered and done, line by line, to this file.",
)
@click.option("--faults", "fault_spec", metavar="SPEC", help="What goes wrong, and how often; see above.")
def command(
    port: int,
    candles: str | None,
    seed: int,
    symbol: str | None,
    speed: float,
    start_ms: int | None,
    history: int | None,
    key: str,
    secret: str | None,
    public_key: Path | None,
    balance: str,
    fees: str,
    bnb_fees: bool,
    liquidity: str,
    record: Path | None,
    fault_spec: str | None,
) -> None:
    if not (isfinite(speed) and speed > 0.0):
        raise BadInput(f"--speed {speed}: give a number above 0")
    if candles is not None and start_ms is not None:
        raise click.UsageError("--start goes with a generated market; candle files have their own times")
    faults = {} if fault_spec is None else parse_faults(fault_spec)

    if secret is not None and public_key is not None:
        raise click.UsageError("--secret and --public-key are two ways of signing: give one")

    from trader.sim.app import create_app
    from trader.sim.server import HOST, bind, serve
    from trader.sim.trace import recorded
    from trader.sim.trading.floor import TradingFloor
    from trader.sim.trading.liquidity import MODELS
    from trader.sim.trading.opening import member_of, rates_of

    member = member_of(key, secret or DEMO_KEY, public_key.read_bytes() if public_key else None, balance)
    member.account.rates, member.account.pays_in_bnb = rates_of(fees), bnb_fees
    listener = bind(port)
    try:
        if candles is None:
            exchange = _generated(seed, symbol or DEFAULT_SYMBOL, start_ms, history or GENERATED_HISTORY, speed, faults)
        else:
            exchange = _recorded(candles, symbol, seed, history or RECORDED_HISTORY, speed, faults)
        exchange = replace(exchange, liquidity=MODELS[liquidity]())
        floor = TradingFloor(exchange, [member])
    except BaseException:
        listener.close()
        raise
    origin = f"seed {seed}" if candles is None else "candle files"
    address = f"http://{HOST}:{listener.getsockname()[1]}"
    ready = f"simulated exchange ready on {address} ({origin}, {','.join(exchange.tapes)}, speed {speed:g})"
    app = create_app(exchange, floor=floor)
    if record is None:
        serve(app, listener, lambda: output.print_line(ready))
        return
    with recorded(app, floor, record) as recorder:
        serve(recorder, listener, lambda: output.print_line(ready))


def _generated(
    seed: int, symbols: str, start_ms: int | None, history: int, speed: float, faults: Mapping[str, Fault]
) -> Exchange:
    from chalicelib import wiring
    from trader.sim.exchange import generated_exchange

    refuse_twice(symbols)
    now_ms = wiring.system_clock().now_ms() if start_ms is None else start_ms
    return generated_exchange(seed, symbols.split(","), now_ms, history, speed, faults)


def _recorded(
    files: str, symbols: str | None, seed: int, history: int, speed: float, faults: Mapping[str, Fault]
) -> Exchange:
    from trader.data.candle_files import read_candle_files
    from trader.sim.exchange import recorded_exchange

    return recorded_exchange(read_candle_files(files, symbols, say=output.note), seed, history, speed, faults)
