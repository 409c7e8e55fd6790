"""How results look: a table on a terminal, tab-separated lines in a pipe, JSON on request.

Every line that a command writes passes here, so foreign text in it is printable, and a diagnostic shows no secret.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import isfinite
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import click

from chalicelib.foreign_text import escaped
from chalicelib.moments import second_text
from chalicelib.redact import without_forms
from trader.data.money import written_out

if TYPE_CHECKING:
    from rich.console import JustifyMethod

Cell = str | float | int | None
DIGITS = frozenset("0123456789%")
"""What the text of a number ends with; numbers stand flush right."""


RULES = 3
"""Characters that a table with rules takes for a column, beside its text."""
WITHOUT_RULES: Mapping[str, Any] = {"box": None, "padding": (0, 1, 0, 0), "pad_edge": False}
"""How a table looks that would not fit into the terminal otherwise."""


LONGEST_WORD = 24
"""Characters of a word that is broken only where there is no other way; addresses are longer."""


def on_terminal() -> bool:
    """Whether a person reads stdout, not a program."""
    return sys.stdout.isatty()


def print_json(value: object) -> None:
    """One line of JSON on stdout, flushed; NaN becomes null, a NamedTuple an object."""
    line = json.dumps(_finite(value), ensure_ascii=False, allow_nan=False)
    click.echo(line if line.isprintable() else "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line))
    sys.stdout.flush()


def print_line(*cells: Cell) -> None:
    """One line on stdout, flushed, with a tab between two cells: what a stream of results prints."""
    click.echo("\t".join(map(plain, cells)))
    sys.stdout.flush()


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """A rich table on a terminal, `none` without rows; in a pipe a header line and one tab-separated line per row."""
    kept = [list(row) for row in rows]
    if not on_terminal():
        click.echo("\t".join(columns))
        for cells in kept:
            click.echo("\t".join(map(plain, cells)))
        return
    if not kept:
        click.echo(f"{title}: none")
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    texts = [[plain(cell) for cell in row] for row in kept]
    shown = list(zip(columns, *texts, strict=True))
    natural = [max(map(len, column)) for column in shown]
    is_narrow = sum(natural) + RULES * len(shown) >= console.width
    table = Table(title=title, title_justify="left", header_style="bold", **(WITHOUT_RULES if is_narrow else {}))
    widths = column_widths(shown, console.width) if is_narrow else [None] * len(columns)
    for index, column in enumerate(columns):
        is_numeric = all(_looks_numeric(row[index]) for row in kept)
        justify: JustifyMethod = "right" if is_numeric else "left"
        table.add_column(column, justify=justify, overflow="fold", width=widths[index])
    for row in texts:
        table.add_row(*map(Text, row))  # Text: a headline's [brackets] are no markup
    console.print(table)


def column_widths(shown: Sequence[Sequence[str]], width: int) -> list[int | None]:
    """Widths of columns, each given as its texts, where all of them are to fit: first no word is broken.

    >>> column_widths([["a number", "12345678"], ["an address", "https://example.com/path"]], 30)
    [8, 21]
    """
    natural = [max(map(len, texts)) for texts in shown]
    longest = [max((len(word) for text in texts for word in text.split()), default=1) for texts in shown]
    cap, left = LONGEST_WORD, width - len(shown) + 1
    widths = [min(each, cap) for each in longest]
    while cap > 1 and sum(widths) > left:
        cap -= 1
        widths = [min(each, cap) for each in longest]
    while sum(widths) < min(left, sum(natural)):
        neediest = max(range(len(widths)), key=lambda index: natural[index] / widths[index])
        widths[neediest] += 1
    return [*widths]


def _looks_numeric(cell: Cell) -> bool:
    if isinstance(cell, str):
        return cell.lstrip("+-")[:1].isdigit() and cell[-1] in DIGITS
    return True


def print_facts(title: str, facts: Mapping[str, Cell]) -> None:
    """Names and values, one pair a line."""
    if on_terminal():
        click.echo(click.style(title, bold=True))
    width = max((len(name) for name in facts), default=0)
    for name, value in facts.items():
        click.echo(_aligned(name, plain(value), width) if on_terminal() else f"{name}\t{plain(value)}")


def _aligned(name: str, value: str, width: int) -> str:
    """The pair on a terminal: words that have no room stand below the value, never below the name."""
    from rich.console import Console

    room = max(Console().width - width - 2, LONGEST_WORD)
    lines = wrap(value, room, break_long_words=False, break_on_hyphens=False) if len(value) > room else [value]
    return f"\n{'':<{width}}  ".join([f"{name:<{width}}  {lines[0]}", *lines[1:]])


def plain(cell: Cell) -> str:
    """A cell as printable text: floats as they round-trip, nothing as -.

    >>> plain(0.1), plain(None), plain("x")
    ('0.1', '-', 'x')
    """
    if cell is None or (isinstance(cell, float) and not isfinite(cell)):
        return "-"
    return written_out(cell) if isinstance(cell, float) else escaped(str(cell))


def utc(time_ms: int | None) -> str | None:
    """A time as a person reads it.

    >>> utc(0)
    '1970-01-01 00:00:00Z'
    """
    return None if time_ms is None else second_text(time_ms)


def note(message: str) -> None:
    """A diagnostic of one line: on stderr, so that stdout holds results only."""
    click.echo(escaped(without_forms(message)), err=True)


@contextmanager
def progress(length: int | None, label: str) -> Iterator[Callable[[int], None]]:
    """A progress bar on stderr, advanced by the function it gives; silent where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield lambda steps: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn(label), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=length)
        yield lambda steps: bar.advance(task, steps)


def _finite(value: object) -> object:
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return _finite(value._asdict())
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value
