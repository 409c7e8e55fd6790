"""Candle files as `--candles` names them, those of one symbol joined."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from chalicelib.errors import BadInput
from chalicelib.symbol_name import symbol_name
from trader.data.candle_file import CandleFile, read_file, stem_of
from trader.data.candle_paths import paths_of
from trader.data.candles import CandleColumns
from trader.data.file_symbols import symbol_in
from trader.data.joining import joined
from trader.data.spacing import Step
from trader.data.tables.names import COLUMNS as COLUMNS

Say = Callable[[str], None]
MINUTES = Step()

log = logging.getLogger(__name__)


def read_candle_files(
    files: str,
    symbols: str | None = None,
    from_ms: int | None = None,
    to_ms: int | None = None,
    say: Say = log.warning,
    step: Step = MINUTES,
) -> list[CandleColumns]:
    """The candles that open between these times, both inclusive, a symbol each; several files of one are joined.

    They must be `step` apart. A file's symbol is what its column of symbols or its name says unless given. Every row is
    checked, also those that are not kept; `say` hears in one line of all files of which the same is to be said: of what
    was taken for what where the layout is not `COLUMNS` in milliseconds, of rows that are no candles. Raises BadInput
    with the file, the row and what is wrong with it.
    """
    parts = paths_of(files)
    names = _names(parts, symbols)
    named = [(path, name) for part, name in zip(parts, names, strict=True) for path in part]
    read = [read_file(path, name, from_ms, to_ms, step) for path, name in named]
    return _by_symbol(read, say)


def _names(parts: Sequence[Sequence[Path]], symbols: str | None) -> list[str | None]:
    """The symbol of each part where they are given: one a part, or one for all if no name says another."""
    if symbols is None:
        return [None] * len(parts)
    given = [symbol_name(part, "--symbol") for part in symbols.split(",")]
    if len(given) == len(parts):
        for part, name in zip(parts, given, strict=True):
            _refuse_several(part, name)
        return [*given]
    if len(given) == 1 and len(_named_for([path for part in parts for path in part])) <= 1:
        return [given[0]] * len(parts)
    raise BadInput(f"--symbol {symbols!r}: give one symbol per candle file ({len(parts)}), separated by commas")


def _refuse_several(part: Sequence[Path], symbol: str) -> None:
    """Raises BadInput for a folder or a pattern with files of several symbols, which are not all of the one given."""
    if len(found := _named_for(part)) > 1:
        raise BadInput(
            f"--symbol {symbol}: given for files of {', '.join(found[:3])}{' and more' if len(found) > 3 else ''} "
            f"in {part[0].parent}; name those of one symbol by a pattern"
        )


def _named_for(paths: Sequence[Path]) -> list[str]:
    return sorted({symbol for path in paths if (symbol := symbol_in(stem_of(path)))})


def _by_symbol(files: Sequence[CandleFile], say: Say) -> list[CandleColumns]:
    for line in _told(files):
        say(line)
    grouped: dict[str, list[CandleFile]] = {}
    for file in files:
        grouped.setdefault(file.columns.symbol, []).append(file)
    for group in grouped.values():
        if not any(len(file.columns.open_ms) for file in group):
            rows = sum(file.rows for file in group)
            raise BadInput(f"{_named(group)}: none of its {rows} candles opens between --from and --to")
    return [joined([file.columns for file in group], say) for group in grouped.values()]


def _told(files: Sequence[CandleFile]) -> Iterator[str]:
    for words in dict.fromkeys(file.words for file in files if file.words):
        yield f"{_named([file for file in files if file.words == words])}: {words}"
    for file in files:
        if file.odd:
            yield f"{file.path}: {file.odd}"


def _named(files: Sequence[CandleFile]) -> str:
    return f"{files[0].path}{f' and {len(files) - 1} more' if len(files) > 1 else ''}"
