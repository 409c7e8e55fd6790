"""trader series: values that a strategy reads besides candles, put where running agents find them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chalicelib.errors import BadInput
from trader.cli import output

if TYPE_CHECKING:
    from chalicelib.domain import SeriesValue
    from chalicelib.ports import SeriesStore

LONGEST_EVIDENCE = 200
COLUMNS = ("known since", "symbol", "value", "evidence")


class SeriesName(click.ParamType[str]):
    """The name of a series, but for that of headlines."""

    name = "NAME"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from chalicelib.series import SENTIMENT
        from chalicelib.series_name import NAME_WORDS, is_series_name

        text = str(value)
        if not is_series_name(text):
            self.fail(f"{text!r} must be {NAME_WORDS}", param, ctx)
        if text == SENTIMENT:
            self.fail(f"{SENTIMENT} is made of headlines, which feeds bring: no value of it can be put", param, ctx)
        return text


STAGE = click.option("--stage", metavar="S", help="The tables of this deployed stage instead of the local store.")


@click.group("series")
def command() -> None:
    """Values of named series for agents that run: each counts from when it is known, and is never changed.

    \b
    Examples:
      trader series put funding --value 0.0001 --symbol BTCUSDT --evidence "settled at 08:00"
      trader series put mood --file mood.csv
      trader series show funding --symbol BTCUSDT
    """


@command.command("put")
@click.argument("name", type=SeriesName())
@click.option("--value", type=float, metavar="X", help="Known from now on; nan: unknown from now on.")
@click.option("--file", type=click.Path(path_type=Path), help="CSV time,value[,symbol]: each known from its time on.")
@click.option("--symbol", metavar="S", help="Which symbol it is of [all]; with --file of rows that name none.")
@click.option("--evidence", metavar="TEXT", help="Where it comes from, for the records of decisions.")
@STAGE
def put(
    name: str, value: float | None, file: Path | None, symbol: str | None, evidence: str | None, stage: str | None
) -> None:
    """Put a value, or those of a file, into the store that running agents read at each close.

    What is stored already is passed over; what would change it, or come before the newest of its symbol, is refused.
    With --stage it is the store of the deployed agents: credentials, region and AWS_ENDPOINT_URL are those of the
    environment, and may write to the table of headlines.

    \b
    Examples:
      trader series put funding --value 0.0001 --symbol BTCUSDT
      trader series put mood --file mood.csv --stage dev
    """
    if (value is None) == (file is None):
        raise click.UsageError("give one of --value X and --file FILE")
    values = _values(name, value, file, _symbol(symbol), _evidence(evidence))
    with _store(stage) as store:
        count = store.put(values)
    known = len(values) - count
    output.print_line(f"{name}: {count:,} stored" + (f", {known:,} were there before" if known else ""))


@command.command("show")
@click.argument("name", type=SeriesName())
@click.option("--symbol", metavar="S", help="Those of this symbol [those of all symbols].")
@click.option("-k", "count", default=10, show_default=True, type=click.IntRange(min=1), help="How many values.")
@STAGE
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
def show(name: str, symbol: str | None, count: int, stage: str | None, as_json: bool) -> None:
    """The newest values of a series, newest first.

    \b
    Examples:
      trader series show mood
      trader series show funding --symbol BTCUSDT -k 3 --json
    """
    with _store(stage) as store:
        values = store.latest(name, _symbol(symbol), count)
    if as_json:
        output.print_json([_as_json(each) for each in values])
    elif values:
        output.print_table(f"Series {name}", COLUMNS, [_row(each) for each in values])
    else:
        of = f" of {symbol}" if symbol else " that counts for all symbols"
        output.note(f"no value of {name}{of} is stored: `trader series put {name} --value X` puts one")


def _values(name: str, value: float | None, file: Path | None, symbol: str, evidence: str) -> Sequence[SeriesValue]:
    from chalicelib.domain import SeriesValue

    if file is None:
        assert value is not None  # noqa: S101 (one of the two is given)
        if not isfinite(value) and value == value:
            raise BadInput(f"--value {value}: must be a number, or nan where it is unknown from now on")
        return [SeriesValue(name, symbol, value, time.time_ns() // 1_000_000, evidence)]
    from trader.data.series_file import rows_of

    words = evidence or file.name[:LONGEST_EVIDENCE]
    return [SeriesValue(name, of or symbol, number, known_ms, words) for known_ms, number, of in rows_of(file)]


def _symbol(given: str | None) -> str:
    from chalicelib.symbol_name import symbol_name

    return "" if given is None else symbol_name(given, "--symbol")


def _evidence(given: str | None) -> str:
    """The words as a record keeps them. Raises BadInput for what is no short line."""
    if given is not None and (len(given) > LONGEST_EVIDENCE or not given.isprintable()):
        raise BadInput(f"--evidence: must be one line of at most {LONGEST_EVIDENCE} characters")
    return given or ""


@contextmanager
def _store(stage: str | None) -> Iterator[SeriesStore]:
    from chalicelib import wiring
    from chalicelib.config import deployment, home
    from trader.runtime.runs import RunFolder

    if stage is not None:
        yield wiring.series_of_stage(deployment({"TRADER_STAGE": stage}))
        return
    with wiring.home_series(RunFolder(home()).series) as store:
        yield store


def _row(value: SeriesValue) -> list[output.Cell]:
    return [output.utc(value.known_ms), value.symbol or "all", value.value, value.evidence]


def _as_json(value: SeriesValue) -> dict[str, str | int | float | None]:
    return {
        "known_ms": value.known_ms,
        "symbol": value.symbol,
        "value": value.value if value.value == value.value else None,
        "evidence": value.evidence,
    }
