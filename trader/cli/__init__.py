"""The `trader` command line: one module per command, imported only when it is called."""

from __future__ import annotations

import importlib
import os
import sys
from datetime import UTC, datetime

import click

from chalicelib.config import home
from chalicelib.errors import TraderError

COMMANDS = {
    "backtest-remote": "backtest on AWS: a grid of settings over history in S3",
    "check-lookahead": "whether anything looks at a later bar",
    "check-recursion": "how many bars each indicator needs to warm up",
    "cost": "what an agent on AWS costs a month",
    "decide": "what the agent would do now, and every input behind it",
    "halt": "stop trading at once",
    "history": "download 1m candles into the local archive",
    "indicators": "RSI, EMA and Bollinger bands of a candle file",
    "klines": "candles from the exchange, once or as a stream",
    "news": "the last headlines with their scores",
    "paper": "trade on paper, or over the past",
    "replay": "decide recorded minutes again from their stored inputs",
    "resume": "trade again after a halt",
    "score": "sentiment of headlines",
    "sentiment": "measure sentiment analyzers, fit heads, build model files",
    "sim": "serve the simulated exchange",
    "status": "what the agent holds and whether it trades",
    "ticker": "the last price, once or as it changes",
    "tune": "search settings, chosen in-sample and judged out-of-sample",
}


class LazyGroup(click.Group):
    """Finds a command in the module of its name, so that `trader klines` does not import the simulator."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"trader.cli.{cmd_name.replace('-', '_')}").command
        assert isinstance(command, click.Command)  # noqa: S101 (a mistake in COMMANDS)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name]) for name in sorted(COMMANDS)])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ai-trader", prog_name="trader")
def cli() -> None:
    """An AI trading agent that needs no server.

    \b
    Examples:
      trader paper run --ticks 500 --speed max     trade 500 simulated minutes on paper
      trader status                                what the agent holds
      trader news -k 5                             the newest headlines and their scores

    The local store lives in the folder TRADER_HOME (default ./var).
    """


def main() -> None:
    """Exit 0 on success, 1 on a failure explained in one line, 2 on wrong usage; no traceback reaches a user."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """The exit code of the command line with these arguments."""
    try:
        code = cli.main(arguments, prog_name="trader", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.exceptions.Abort:
        return 130
    except SystemExit:  # click met a closed pipe and has put stdout aside: `trader klines BTCUSDT | head -1`
        return 0
    except click.ClickException as error:
        error.show()
        return 2 if isinstance(error, click.UsageError) else 1
    except TraderError as error:
        click.echo(f"trader: {error}", err=True)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of a pipe left: `trader klines --stream | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        return _explain(error)


def _explain(error: Exception) -> int:
    """One line for the user; the traceback goes to a file that a report can attach."""
    import traceback

    log = home() / "error.log"
    line = str(error).splitlines()[0] if str(error) else ""
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as file:
            file.write(f"{datetime.now(UTC).isoformat()} {sys.argv}\n{traceback.format_exc()}\n")
        hint = f"; the details are in {log}"
    except OSError:
        hint = ""
    click.echo(f"trader: unexpected {type(error).__name__}: {line}{hint}", err=True)
    return 1
