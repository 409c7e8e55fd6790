"""--series: files of named series that a strategy reads; --sentiment is short for one of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click


class NamedFile(click.ParamType[str]):
    """NAME=FILE."""

    name = "NAME=FILE"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from chalicelib.series_name import NAME_WORDS, is_series_name

        name, _, path = str(value).partition("=")
        if not is_series_name(name) or not path:
            self.fail(f"{value!r} must be NAME=FILE: {NAME_WORDS}, and the path of a file", param, ctx)
        return str(value)


series_option = click.option(
    "--series",
    multiple=True,
    type=NamedFile(),
    help="CSV time,value[,symbol] of a series that the strategy reads; may be repeated.",
)


def sentiment_among(series: Sequence[str], sentiment: Path | None) -> tuple[tuple[str, ...], Path | None]:
    """The series but for sentiment, and the file of that. Raises UsageError for a series that is given twice."""
    from chalicelib.series import SENTIMENT
    from chalicelib.series_name import named

    names = [each.partition("=")[0] for each in series] + ([] if sentiment is None else [SENTIMENT])
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        short = ", which --sentiment is short for" if twice == SENTIMENT and sentiment is not None else ""
        raise click.UsageError(f"--series {twice} is given twice{short}: give one file")
    paths = dict(named(series))
    own = paths.pop(SENTIMENT, None)
    return tuple(f"{name}={path}" for name, path in paths.items()), sentiment if own is None else Path(own)
