"""Pages of evidence: the commands that they name, and what each prints again.

`python -m tests.support.evidence_pages [NAME ..]` runs them over the shared candles and writes under each what it
prints, in every page or in those that are named.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.shared_data import SHARED_DATA
from trader.cli import run

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "evidence"
COMMAND = re.compile(
    r"```sh\n(trader strategy evidence (?:[^\n]*\\\n)*[^\n]*)\n```\n\n(.*?)(?=\n## |\n```|\Z)", re.DOTALL
)

SUM = re.compile(
    r"it earned something in (\d+ of \d+) markets and more than holding in (\d+); median (\S+), of holding (\S+)\."
)
HEAD = (
    *("strategy", "bars", "as set: earned", "beat holding", "median", "of holding"),
    *("chosen: earned", "beat holding", "median", "of holding"),
)
INDEX = re.compile(r"(## All of them\n).*?(?=\n\n\*As set)", re.DOTALL)


class Shown(NamedTuple):
    """A command of a page, and what the page says that it prints."""

    page: str
    command: str
    printed: str

    @property
    def arguments(self) -> list[str]:
        """As the command line takes them apart."""
        return shlex.split(self.command.replace("\\\n", " "))[1:]

    @property
    def interval(self) -> str:
        """Of the bars that it decides by."""
        [interval] = re.findall(r"strategy\.interval=(\S+)", self.command)
        return str(interval)


def pages() -> list[Path]:
    """One for each strategy."""
    return sorted(path for path in FOLDER.glob("*.md") if path.stem != "README")


def shown_in(page: Path) -> list[Shown]:
    """The commands of a page in their order."""
    return [Shown(page.stem, *found) for found in COMMAND.findall(page.read_text("utf-8"))]


def printed_by(shown: Shown) -> str:
    """What the command prints where `klines/` holds the shared candles and `docs/` is ours."""
    with _beside_the_candles(), contextlib.redirect_stdout(io.StringIO()) as out:
        assert run(shown.arguments) == 0
    return out.getvalue().rstrip("\n")


def summary() -> str:
    """A row for every command: what its sums say."""
    rows = [_summed(shown) for page in pages() for shown in shown_in(page)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (HEAD, ["---"] * len(HEAD), *rows))


def _summed(shown: Shown) -> list[str]:
    sums = [list(found) for found in SUM.findall(shown.printed)]
    cells = [*sums, ["-"] * len(sums[0])][:2]
    return [shown.page, shown.interval, *(cell for each in cells for cell in each)]


@contextlib.contextmanager
def _beside_the_candles() -> Iterator[None]:
    with tempfile.TemporaryDirectory() as name, contextlib.chdir(name):
        os.symlink(SHARED_DATA / "klines", "klines")
        os.symlink(ROOT / "docs", "docs")
        yield


def rewritten(page: Path) -> str:
    """The text of a page with what its commands print now."""
    text = page.read_text("utf-8")
    for shown in shown_in(page):
        sys.stderr.write(f"{shown.command}\n")
        above = f"{shown.command}\n```\n\n"
        text = text.replace(f"{above}{shown.printed}", f"{above}{printed_by(shown)}\n")
    return text


if __name__ == "__main__":
    for path in pages():
        if path.stem in sys.argv[1:] or not sys.argv[1:]:
            path.write_text(rewritten(path), "utf-8")
    index = FOLDER / "README.md"
    index.write_text(INDEX.sub(lambda found: f"{found[1]}{summary()}", index.read_text("utf-8")), "utf-8")
