"""`--candles` and `--symbol` of the commands that read candle files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from chalicelib.symbol_name import symbol_name, symbol_names

NAMED = "FILE[,FILE]"
FORMS = "FILE is a name, a folder, or a pattern in quotes: 'data/BTCUSDT-1m-2025-*.zip'"


class SymbolsOfFiles(click.ParamType[str]):
    """Names of symbols with a comma between them, one a file: several files may be of one symbol."""

    name = "SYMBOLS"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return ",".join(symbol_name(part, "--symbol") for part in str(value).split(","))


SYMBOLS_OF_FILES = SymbolsOfFiles()


def candles_option(help_text: str, required: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Adds `--candles`, and an answer to a pattern that the shell made several names of."""

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        option = click.option("--candles", metavar=NAMED, required=required, help=f"{help_text}. {FORMS}.")
        more = click.argument("more", nargs=-1, metavar="", expose_value=False, callback=_refuse_more)
        return more(option(command))

    return add


def refuse_twice(symbols: str | None) -> None:
    """Raises BadInput for a symbol that is given twice: without files every one is traded once."""
    if symbols is not None:
        symbol_names(symbols, "--symbol")


def _refuse_more(context: click.Context, parameter: click.Parameter, more: tuple[str, ...]) -> None:
    from trader.data.candle_paths import extension_of

    if not more:
        return
    if all(extension_of(Path(name)) for name in more):
        raise click.UsageError(
            f"{more[0]}: put commas between candle files and quotes around a pattern: --candles 'data/*.zip'", context
        )
    words = " ".join(more)
    raise click.UsageError(f"Got unexpected extra argument{'s' if len(more) > 1 else ''} ({words})", context)
