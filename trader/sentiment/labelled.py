"""Headlines that people have labelled, from a CSV with the columns headline, label and, where rows are chosen by them,
source and fold."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import NamedTuple

from chalicelib.errors import BadInput


class Labelled(NamedTuple):
    """A headline and what people said of it: -1, 0 or 1."""

    headline: str
    label: int
    source: str = ""


def load_labelled(
    path: Path, fold: str | None = None, sources: Collection[str] = (), without: Collection[str] = ()
) -> list[Labelled]:
    """The file's headlines: of one fold and of these sources if they are named, and of none of the sources `without`.

    Raises BadInput naming the file and the row, or the folds and sources that there are.
    """
    rows = _rows(path)
    labelled = [_labelled(path, number, row) for number, row in enumerate(rows, start=1)]
    chosen = [
        each
        for each, row in zip(labelled, rows, strict=True)
        if fold in (None, row.get("fold")) and (not sources or each.source in sources) and each.source not in without
    ]
    if not rows:
        raise BadInput(f"{path}: holds no headlines")
    if not chosen:
        folds, there = _listed(row.get("fold") for row in rows), _listed(row.source for row in labelled)
        raise BadInput(f"{path}: holds no headlines that were asked for; its folds: {folds}; its sources: {there}")
    return chosen


def refuse_unknown_sources(names: Collection[str], paths: Iterable[Path]) -> None:
    """Raises BadInput for a source that none of the files has: a slip of the pen would leave nothing out."""
    there = {row.get("source") for path in paths for row in _rows(path)}
    unknown = [name for name in names if name not in there]
    if unknown:
        raise BadInput(f"source {unknown[0]!r}: must be one of {_listed(there)}")


def _rows(path: Path) -> list[dict[str, str | None]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror})") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{path}: is not CSV in UTF-8 ({error})") from error


def _labelled(path: Path, number: int, row: dict[str, str | None]) -> Labelled:
    headline, label = row.get("headline"), row.get("label")
    if headline and headline.strip() and label in ("-1", "0", "1"):
        return Labelled(headline, int(label), row.get("source") or "")
    absent = [name for name in ("headline", "label") if name not in row]
    lacking = f"the column{'s' * (len(absent) - 1)} {' and '.join(absent)}"
    found = f"; the file lacks {lacking}" if absent else f", got {headline!r} and {label!r}"
    raise BadInput(f"{path}: row {number} needs a headline and a label of -1, 0 or 1{found}")


def _listed(names: Iterable[str | None]) -> str:
    return ", ".join(sorted({name for name in names if name})) or "none"
