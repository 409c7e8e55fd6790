"""trader paper run: the agent on a simulated market, candle files or real prices."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from threading import Event
from types import FrameType
from typing import TYPE_CHECKING

import click

from chalicelib.errors import BadInput
from chalicelib.moments import minute_text
from trader.cli import output
from trader.cli.candle_options import SYMBOLS_OF_FILES, candles_option, refuse_twice
from trader.cli.series_option import sentiment_among, series_option
from trader.cli.strategy_option import overrides_of, strategy_option
from trader.data.money import amount_text, money, money_text, price_text

if TYPE_CHECKING:
    from chalicelib.domain import Trade
    from trader.runtime.runs import Beat, Run, RunFolder
    from trader.runtime.session import Controls, Ended, OnMinute, RunRequest
    from trader.runtime.summary import Summary

SHOWN_TRADES = 50
SHORT_COLUMNS = ("symbol", "amount", "entered", "at", "left", "at", "reason", "pnl")
FILE = click.Path(path_type=Path)
DEFAULT_PORT, HIGHEST_PORT = 8000, 65_535


class Speed(click.ParamType[float]):
    """A number above 0 (times real time) or max, as seconds per simulated minute."""

    name = "X|max"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if value == "max":
            return 0.0
        try:
            speed = float(str(value))
        except ValueError:
            speed = 0.0
        if not 0.0 < speed <= 1e6:
            self.fail(f"{value!r} must be a number above 0 (times real time) or max", param, ctx)
        return 60.0 / speed


@click.command("run")
@click.option(
    "--config",
    metavar="FILE[,FILE]",
    help="Settings of the agent, of several agents a file each (default: ./agent.toml if there is one).",
)
@strategy_option
@click.option(
    "--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Override one setting: risk.stop_loss=0.03."
)
@click.option(
    "--ticks", type=click.IntRange(min=1), metavar="N", help="Stop after N traded minutes, whatever strategy.interval."
)
@click.option("--speed", type=Speed(), help="Simulated time, X times as fast as real time, or max.")
@click.option("--market", type=click.Choice(["sim", "binance"]), help="The built-in market (default) or real prices.")
@candles_option("Trade candle files instead of a market")
@click.option(
    "--symbol", metavar="S[,S]", type=SYMBOLS_OF_FILES, help="Symbols to trade; with --candles, what the files hold."
)
@click.option("--sentiment", type=FILE, help="CSV time,score in place of headlines.")
@series_option
@click.option("--news", type=FILE, help="CSV time,title,source,url in place of feeds.")
@click.option("--signals", type=FILE, help="CSV time,signal (enter, exit): short for --strategy signals over it.")
@click.option(
    "--port",
    type=click.IntRange(0, HIGHEST_PORT),
    metavar="P",
    help=f"Serve the HTTP routes there; 0: do not [{DEFAULT_PORT} in real time, else 0].",
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON object.")
def run(
    config: str | None,
    strategy: str | None,
    overrides: tuple[str, ...],
    ticks: int | None,
    speed: float | None,
    market: str | None,
    candles: str | None,
    symbol: str | None,
    sentiment: Path | None,
    series: tuple[str, ...],
    news: Path | None,
    signals: Path | None,
    port: int | None,
    as_json: bool,
) -> None:
    """Run the agent on paper and print what it earned.

    On the built-in market a candle comes every minute; with --speed, and for candle files, time is simulated and every
    minute is traded. Ctrl-C ends a run with its summary; the same command goes on with a run that was stopped or killed
    and starts a finished one anew. In real time its state and its kill switch are served over HTTP on 127.0.0.1.

    \b
    Examples:
      trader paper run --ticks 500 --speed max
      trader paper run --candles BTCUSDT_1m.parquet --ticks 20000 --speed max --json
      trader paper run --strategy my_strategy.py --ticks 500 --speed max
      trader paper run --market binance --symbol BTCUSDT,ETHUSDT
    """
    from chalicelib.assets import refuse_mixed_quotes
    from chalicelib.config import config_file, home, load_config
    from chalicelib.config.intervals import refuse_longer_candles
    from trader.data.candle_files import read_candle_files
    from trader.data.candle_paths import paths_of
    from trader.data.series_files import sentiment_file_of
    from trader.data.signal_series import STRATEGY as SIGNALS
    from trader.runtime.run_series import RunSeries
    from trader.runtime.runs import RunFolder
    from trader.runtime.session import RunRequest

    if market is not None and candles is not None:
        raise click.UsageError("--market and --candles are two markets: give one of them")
    if market == "binance" and speed is not None:
        raise click.UsageError(
            "--speed needs simulated time and real prices have none: leave it out, or use --market sim"
        )
    if "" in (candles, symbol):
        raise click.UsageError("--candles and --symbol must name something: an empty value was given")
    series, sentiment = sentiment_among(series, sentiment)
    if news is not None and sentiment is not None:
        raise click.UsageError("--news and --sentiment are two sources of sentiment: give one of them")
    if signals is not None and (strategy is not None or series):
        raise click.UsageError("--signals stand in for --strategy and --series: leave those out")
    if not candles:
        refuse_twice(symbol)
    files = read_candle_files(candles, symbol, say=output.note) if candles else []
    chosen = [None] if config is None else [Path(part.strip()) for part in config.split(",")]
    symbols = ",".join(columns.symbol for columns in files) if files and len(chosen) == 1 else symbol
    refuse_mixed_quotes((symbols or "").split(","), "--candles" if files else "--symbol")
    decider = overrides_of(strategy if signals is None else SIGNALS)
    given = [*decider, *overrides, *([f"agent.symbols={symbols}"] if symbols else [])]
    configs = [load_config(each, given, output.note) for each in chosen]
    for each in configs:
        refuse_longer_candles(each.agent.interval, each.strategy.where)
    moods = sentiment or sentiment_file_of(configs[0].inputs, news)
    paths = [path for part in paths_of(candles) for path in part] if candles else []
    is_simulated = speed is not None or bool(files)
    read = RunSeries(configs, series, signals, in_real_time=not is_simulated)
    request = RunRequest(configs, ticks, files, paths, news, moods, read, [config_file(each) for each in chosen])
    refuse_symbols_without_candles(request)
    in_bulk = is_simulated and not speed
    served = port if port is not None else 0 if is_simulated else DEFAULT_PORT
    folder = RunFolder(home())
    _ = request.shared  # agents that cannot share a market are refused before anything is locked
    with ExitStack() as locks:
        beats = [locks.enter_context(folder.only_process(agent_id)) for agent_id in request.agent_ids]
        controls = locks.enter_context(_controls(request, is_simulated, in_bulk, served, beats))
        ended = _run(request, market, speed, folder, controls)
    _show(ended, as_json)


def refuse_symbols_without_candles(request: RunRequest) -> None:
    """Raises BadInput for an agent whose symbols are in none of the candle files."""
    known = [columns.symbol for columns in request.files]
    for config in request.configs:
        missing = [symbol for symbol in config.agent.symbols if known and symbol not in known]
        if missing:
            raise BadInput(f"agent {config.agent.id}: no candle file has {missing[0]}; they have {', '.join(known)}")


def _run(request: RunRequest, market: str | None, speed: float | None, folder: RunFolder, controls: Controls) -> Ended:
    from trader.runtime import session

    if market == "binance":
        return session.run_on_binance(request, folder, controls)
    if request.files or speed is not None:
        return session.run_simulated(request, speed or 0.0, folder, controls)
    return session.run_generated_in_real_time(request, folder, controls)


@contextmanager
def _controls(
    request: RunRequest, is_simulated: bool, in_bulk: bool, port: int, beats: Sequence[Beat]
) -> Iterator[Controls]:
    """Ctrl-C and SIGTERM stop after the current minute; a second one stops at once."""
    from chalicelib.config import home
    from trader.runtime.session import Controls, serve_nothing

    def serve(run: Run) -> AbstractContextManager[str]:
        from trader.runtime.http_server import serving

        return serving(home(), run, port, output.note)

    stop, wake = Event(), Event()

    def beat(now_ms: int | None) -> None:
        for each in beats:
            each(now_ms)

    def stop_soon(number: int, frame: FrameType | None) -> None:
        stop.set()
        wake.set()
        signal.signal(number, signal.SIG_DFL)

    before = {number: signal.signal(number, stop_soon) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with _teller(request, is_simulated, in_bulk) as tell:
            yield Controls(stop, wake, tell, output.note, serve if port else serve_nothing, beat)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _teller(request: RunRequest, is_simulated: bool, in_bulk: bool) -> Iterator[OnMinute]:
    """What to show of each minute: a progress bar in bulk, a line each otherwise."""
    if not in_bulk:
        from trader.cli.minute_lines import MinuteLines

        yield MinuteLines(request.configs, output.note, counts_candles=is_simulated)
        return
    with output.progress(request.ticks, "trading") as advance:
        first = request.agent_ids[0]
        yield lambda reports: advance(len(reports[first].changes) if first in reports else 0)


def _show(ended: Ended, as_json: bool) -> None:
    if as_json:
        found = [summary.as_dict() for summary in ended.summaries]
        output.print_json(found[0] if len(found) == 1 else {"agents": found})
        return
    for summary in ended.summaries:
        _show_one(summary, ended.finished)


def _show_one(summary: Summary, finished: bool) -> None:
    from trader.data.trade_rows import TRADE_COLUMNS, trade_row

    output.print_facts(
        "Paper run" if finished else "Paper run, stopped: the same command goes on with it",
        {
            "agent": summary.agent,
            "minutes": summary.ticks,
            **({"minutes recorded": summary.recorded} if summary.recorded != summary.ticks else {}),
            "equity": money(summary.equity, summary.equity),
            "pnl": money(summary.pnl, summary.equity),
            "max drawdown": f"{summary.max_drawdown:.2%}",
            "win rate": f"{summary.win_rate:.1%}",
            "fees": money(summary.fees, summary.equity),
            "trades": len(summary.trades),
            **open_facts(summary),
        },
    )
    if not output.on_terminal():
        output.print_table("Trades", TRADE_COLUMNS, [trade_row(trade) for trade in summary.trades])
        return
    shown = summary.trades[-SHOWN_TRADES:]
    more = f", the last {SHOWN_TRADES} of {len(summary.trades)} (--json has all)" if shown != summary.trades else ""
    output.print_table(f"Trades{more}", SHORT_COLUMNS, [short_row(trade, summary.equity) for trade in shown])


def open_facts(summary: Summary) -> dict[str, output.Cell]:
    """What is held yet, which is no trade: without it the trades would not add up to the pnl."""
    if not summary.still_open:
        return {}
    return {
        "still open": f"{summary.still_open}, {money_text(summary.unrealized_pnl, summary.equity, signed=True)} by now"
    }


def short_row(trade: Trade, equity: float) -> tuple[output.Cell, ...]:
    """A trade as a person reads it, its pnl after fees; rows in a pipe and in JSON are exact."""
    return (
        trade.symbol,
        amount_text(trade.quantity),
        minute_text(trade.entry_ms),
        price_text(trade.entry_price),
        minute_text(trade.exit_ms),
        price_text(trade.exit_price),
        trade.reason,
        f"{money_text(trade.pnl, equity, signed=True)} {trade.return_fraction:+.2%}",
    )
