"""The commands of `trader`, and what becomes of what they raise."""

from __future__ import annotations

import importlib
import io
import os
import sys

import click

from chalicelib.config import home
from chalicelib.errors import TraderError
from chalicelib.foreign_text import one_line
from trader.cli import output

COMMANDS = {
    "account": "what the account on an exchange holds",
    "backtest-remote": "backtest on AWS: a grid of settings over history in S3",
    "check-lookahead": "whether anything looks at a later bar",
    "check-recursion": "how many bars each indicator needs to warm up",
    "cost": "what an agent on AWS costs a month",
    "decide": "what the agent would do now, and every input behind it",
    "halt": "stop trading at once",
    "history": "1m candles into the local archive: download, list, renew, drop",
    "indicators": "What the default strategy sees in a candle file",
    "klines": "candles from the exchange, once or as a stream",
    "news": "the last headlines with their scores",
    "order": "place, cancel and look up orders on an exchange by hand",
    "paper": "trade on paper, or over the past",
    "preflight": "what must be right before an agent trades on an exchange",
    "replay": "decide recorded minutes again from their stored inputs",
    "resume": "trade again after a halt",
    "score": "sentiment of headlines",
    "sentiment": "measure sentiment analyzers, fit heads, build model files",
    "series": "values that a strategy reads: put them, show them",
    "sim": "serve the simulated exchange",
    "status": "what the agent holds and whether it trades",
    "strategy": "list and show strategies, begin one of your own, check it",
    "ticker": "the last price, once or as it changes",
    "trades": "what was traded, closed and open; CSV for taxes",
    "tune": "search settings, chosen in-sample and judged out-of-sample",
    "why": "why a trade was made and ended",
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


def answer(arguments: list[str]) -> int:
    """The exit code of the command line with these arguments; see `trader.cli.run`."""
    try:
        code = cli.main(arguments, prog_name="trader", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.exceptions.Abort:  # what click makes of KeyboardInterrupt and of the end of a question's input
        raise KeyboardInterrupt from None
    except SystemExit:  # click met a closed pipe and has put stdout aside: `trader klines BTCUSDT | head -1`
        return 0
    except click.ClickException as error:
        return _explain_usage(error)
    except TraderError as error:
        output.note(f"trader: {error}")
        return 1
    except BrokenPipeError:  # the reader of a pipe left: `trader klines --stream | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        return _explain(error, arguments)


def _explain_usage(error: click.ClickException) -> int:
    """As click shows it: usage, a hint, and what is wrong with what was given."""
    shown = io.StringIO()
    error.show(shown)
    for line in shown.getvalue().splitlines():
        output.note(line)
    return 2 if isinstance(error, click.UsageError) else 1


def _explain(error: Exception, arguments: list[str]) -> int:
    """One line for the user; the traceback goes to a file that a report can attach."""
    from trader.cli.error_log import record, redactor_of

    line = redactor_of(arguments).clean(one_line(str(error)))
    log = record(error, arguments, home())
    output.note(f"trader: unexpected {type(error).__name__}: {line}{f'; the details are in {log}' if log else ''}")
    return 1
