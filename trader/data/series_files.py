"""Files of series that strategies read: which are given, and what is said of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from chalicelib.config import InputsSettings
from chalicelib.errors import BadInput
from chalicelib.foreign_text import printable
from chalicelib.series import SENTIMENT, refuse_absent
from chalicelib.series_name import named
from chalicelib.strategy.rule import Strategy
from trader.data.series_file import SeriesFile

HOW = "give --series NAME=FILE, or inputs.series"


def files_of(strategy: Strategy, inputs: InputsSettings, given: Sequence[str]) -> Mapping[str, SeriesFile]:
    """The series that the strategy reads, of those that the settings and the command line (which counts) name.

    Raises BadInput for a file that cannot be read, and for one on the command line of which the strategy reads nothing.
    """
    on_command_line = named(given)
    refuse_unread(on_command_line, strategy, "--series")
    paths = {**named(inputs.series), **on_command_line}
    read = [name for name in strategy.series if name in paths and name != SENTIMENT]
    return {name: SeriesFile(name, Path(paths[name])) for name in read}


def refuse_unread(names: Iterable[str], strategy: Strategy, where: str) -> None:
    """Raise BadInput for the first that the strategy does not read."""
    for name in names:
        if name not in strategy.series:
            reads = ", ".join(strategy.series) or "none"
            raise BadInput(
                f"{where} {printable(name, 60)}: {printable(strategy.name)} reads no such series; it reads {reads}"
            )


def sentiment_file_of(inputs: InputsSettings, news: Path | None) -> Path | None:
    """The file of sentiment that the settings name, which headlines of a file come before."""
    path = named(inputs.series).get(SENTIMENT)
    return None if path is None or news is not None else Path(path)


def refuse_needed(strategy: Strategy, known: Sequence[str]) -> None:
    """Raise BadInput where a series that the strategy cannot do without is not among the known ones."""
    refuse_absent(strategy.needed_series, known, strategy.name, HOW)


def series_lines(
    strategy: Strategy,
    files: Mapping[str, SeriesFile],
    inputs: InputsSettings,
    symbols: Sequence[str],
    stored: Sequence[str] = (),
) -> list[str]:
    """What is told of each series that the strategy reads, sentiment apart; the `stored` ones come from a store."""
    lines = [_line(file, inputs, symbols) for file in files.values()]
    lines += [f"{name}: what `trader series put {name}` stores{_age(name, inputs)}" for name in stored]
    absent = [name for name in strategy.series if name not in (*files, *stored, SENTIMENT)]
    return [*lines, *(f"{name}: no such series is given: what reads it is left out" for name in absent)]


def _line(file: SeriesFile, inputs: InputsSettings, symbols: Sequence[str]) -> str:
    foreign = sorted(file.symbols - set(symbols))
    words = f"{file.name}: {file.words}, {len(file):,} rows{_age(file.name, inputs)}"
    return words + (f"; rows of {', '.join(foreign)} are of no symbol here" if foreign else "")


def _age(name: str, inputs: InputsSettings) -> str:
    age = named(inputs.series_max_age).get(name)
    return "" if age is None else f", none older than {age}"
