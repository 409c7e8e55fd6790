"""Scores that were made once are kept: an analyzer that remembers, by model and text, in an SQLite file.

What is kept can be made again, so nothing that is wrong with the file stops anybody: a damaged one is put aside, one
that cannot be used now is done without.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from hashlib import blake2b
from pathlib import Path

from chalicelib.config import cache_folder
from chalicelib.domain import Score
from chalicelib.ports import SentimentAnalyzer

LOCK_WAIT_S = 5.0
LABELS = frozenset({"negative", "neutral", "positive"})

# The table is named after its layout: another version of this program finds its own beside it.
_TABLE = """CREATE TABLE IF NOT EXISTS scores_1
    (model TEXT, title BLOB, value REAL, label TEXT, PRIMARY KEY (model, title)) WITHOUT ROWID"""
_FIND = "SELECT value, label FROM scores_1 WHERE model = ? AND title = ?"
_KEEP = "INSERT OR REPLACE INTO scores_1 VALUES (?, ?, ?, ?)"


def cache_file() -> Path:
    """Where the scores of this machine's user are kept."""
    return cache_folder() / "scores.sqlite"


class CachedAnalyzer:
    """A SentimentAnalyzer that asks the given one only for titles that its model has not scored before.

    Titles are told apart exactly: they were made plain where they came in, and what is left of case and punctuation
    carries tone. Scores of another model than the analyzer's own, as of a fallback, are not kept.
    """

    def __init__(
        self, analyzer: SentimentAnalyzer, path: Path, say: Callable[[str], None], lock_wait_s: float = LOCK_WAIT_S
    ) -> None:
        """`say` hears of a damaged file in one line."""
        self._analyzer = analyzer
        self._path = path
        self._say = say
        self._lock_wait_s = lock_wait_s

    @property
    def model(self) -> str:
        """The analyzer's own."""
        return self._analyzer.model

    def score(self, titles: Sequence[str]) -> list[Score]:
        """One commit a call: give many at once. Raises Unavailable as the analyzer does."""
        found = self._found(titles)
        missing = [title for title in dict.fromkeys(titles) if title not in found]
        if missing:
            made = dict(zip(missing, self._analyzer.score(missing), strict=True))
            self._keep(made)
            found |= made
        return [found[title] for title in titles]

    def _found(self, titles: Sequence[str]) -> dict[str, Score]:
        found: dict[str, Score] = {}

        def look_up(file: sqlite3.Connection) -> None:
            if not file.execute("SELECT 1 FROM sqlite_master WHERE name = 'scores_1'").fetchall():
                return
            file.execute("BEGIN")  # one lock for all of them
            for title in dict.fromkeys(titles):
                for value, label in file.execute(_FIND, (self.model, _key(title))):
                    if isinstance(value, float) and -1.0 <= value <= 1.0 and label in LABELS:
                        found[title] = Score(value, label, self.model)

        self._with_file(look_up)
        return found

    def _keep(self, made: Mapping[str, Score]) -> None:
        rows = [
            (self.model, _key(title), score.value, score.label)
            for title, score in made.items()
            if score.model == self.model and not score.degraded
        ]

        def write(file: sqlite3.Connection) -> None:
            file.execute("BEGIN IMMEDIATE")
            file.execute(_TABLE)
            file.executemany(_KEEP, rows)
            file.execute("COMMIT")

        if rows:
            self._with_file(write)

    def _with_file(self, work: Callable[[sqlite3.Connection], None]) -> None:
        """The work over a connection of its own, so that threads and forks may share the analyzer, or not at all."""
        opened = None
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._path, timeout=self._lock_wait_s, isolation_level=None)) as file:
                opened = self._path.stat().st_ino
                work(file)
        except (OSError, sqlite3.OperationalError):  # no folder, no space, locked by others
            return
        except sqlite3.DatabaseError as error:
            self._put_aside(opened, error)

    def _put_aside(self, opened: int | None, error: sqlite3.DatabaseError) -> None:
        """Unless another process did so already and has begun a new file."""
        try:
            if self._path.stat().st_ino != opened:
                return
            aside = self._path.with_name(f"{self._path.name}.damaged")
            self._path.replace(aside)
            self._path.with_name(f"{self._path.name}-journal").unlink(missing_ok=True)
        except OSError:
            return
        self._say(f"{self._path}: damaged ({error}): put aside as {aside.name}; headlines are scored anew")


def _key(title: str) -> bytes:
    return blake2b(title.encode("utf-8", "surrogatepass"), digest_size=16).digest()
