"""Paths that `--candles` names: files, folders and patterns with commas between them, each file once."""

from __future__ import annotations

from collections.abc import Iterable
from errno import ENAMETOOLONG
from glob import glob, has_magic
from pathlib import Path

from chalicelib.errors import BadInput

EXTENSIONS = (".parquet", ".feather", ".csv", ".csv.gz", ".zip", ".tsv", ".txt", ".json", ".json.gz", ".gz")


def paths_of(given: str) -> list[list[Path]]:
    """The files of each part that is given, in the order of their names where it is a folder or a pattern.

    A name may have commas itself: the longest part that names something counts. Raises BadInput for a part that names
    nothing, and for a file that is named twice.
    """
    words = given.split(",")
    if not all(word.strip() for word in words):
        raise BadInput(f"--candles {given!r}: an empty file name; give FILE or FILE,FILE")
    parts: list[list[Path]] = []
    while words:
        end = next((end for end in range(len(words), 0, -1) if _named(_part(words, end))), 0)
        if not end:
            raise BadInput(_nothing_named(given, words[0].strip()))
        parts.append(_named(_part(words, end)))
        words = words[end:]
    _refuse_twice([path for part in parts for path in part])
    return parts


def extension_of(path: Path) -> str:
    """The extension that a candle file's name ends with, in lower case; empty where it is of none."""
    name = path.name.lower()
    return max((extension for extension in EXTENSIONS if name.endswith(extension)), key=len, default="")


def _part(words: list[str], end: int) -> str:
    return ",".join(words[:end]).strip()


def _named(part: str) -> list[Path]:
    """The files that one part names; what it names but cannot be read is told when it is read."""
    path = Path(part).expanduser()
    if _exists(path) and path.is_dir() and not extension_of(path):
        found = _candle_files(path.iterdir())
        if not found:
            raise BadInput(f"{path}: no candle files in this folder; their names end in {', '.join(EXTENSIONS)}")
        return found
    if _exists(path):
        return [path]
    matching = [Path(each) for each in glob(str(path), recursive=True)] if has_magic(part) else []
    return _candle_files(matching) or sorted(matching)


def _candle_files(paths: Iterable[Path]) -> list[Path]:
    return sorted(path for path in paths if extension_of(path) and not path.name.startswith("."))


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:
        if error.errno == ENAMETOOLONG:
            return False  # a year of names with commas between them is tried as one name first
        raise BadInput(f"{path}: not a file that can be read ({error.strerror})") from error


def _nothing_named(given: str, part: str) -> str:
    if has_magic(part):
        return f"{part}: no file has such a name"
    return f"{part}: no such file" + (f", and none is called {given.strip()}" if part != given.strip() else "")


def _refuse_twice(paths: list[Path]) -> None:
    seen: set[Path] = set()
    for path in paths:
        if path in seen:
            raise BadInput(f"{path}: named twice in --candles")
        seen.add(path)
