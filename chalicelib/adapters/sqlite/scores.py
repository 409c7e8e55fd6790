"""Scores by headline and model, in a file of their own that all runs and backtests of this machine's user share.

What is kept can be made again, so a damaged file is put aside, and one that cannot be used now is Unavailable.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path

from chalicelib import codec
from chalicelib.domain import Score
from chalicelib.errors import BadInput, Unavailable
from chalicelib.headlines import score_key

LOCK_WAIT_S = 5.0
_DAY_MS = 86_400_000

# The table is named after its layout: another version of this program finds its own beside it.
_TABLE = "CREATE TABLE IF NOT EXISTS scores_2 (key TEXT PRIMARY KEY, body TEXT, kept_ms INTEGER) WITHOUT ROWID"
_BY_AGE = "CREATE INDEX IF NOT EXISTS scores_2_age ON scores_2 (kept_ms)"
_EXISTS = "SELECT 1 FROM sqlite_master WHERE name = 'scores_2'"
_FIND = "SELECT body FROM scores_2 WHERE key = ?"
_KEEP = "INSERT OR REPLACE INTO scores_2 VALUES (?, ?, ?)"
_PRUNE = "DELETE FROM scores_2 WHERE kept_ms < ?"


class SqliteScoreCache:
    """`ScoreCache` in a file, for any number of threads and processes."""

    def __init__(
        self,
        path: Path,
        say: Callable[[str], None] = lambda line: None,
        kept_days: int = 90,
        lock_wait_s: float = LOCK_WAIT_S,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        """`say` hears once, in one line, of a file that is damaged or cannot be used.

        `now_s` is the real time, by which scores age, whatever time a run lives in.
        """
        self._path = path
        self._say = say
        self._kept_days = kept_days
        self._lock_wait_s = lock_wait_s
        self._now_s = now_s
        self._complained = False

    def find(self, model: str, titles: Sequence[str]) -> dict[str, Score]:
        def look_up(file: sqlite3.Connection) -> dict[str, Score]:
            if not file.execute(_EXISTS).fetchall():
                return {}
            file.execute("BEGIN")  # one lock for all of them
            return _found(file, model, titles)

        return self._with_file(look_up) or {}

    def keep(self, model: str, scores: Mapping[str, Score]) -> dict[str, Score]:
        now_ms = int(self._now_s() * 1000)

        def write(file: sqlite3.Connection) -> dict[str, Score]:
            file.execute("BEGIN IMMEDIATE")
            file.execute(_TABLE)
            file.execute(_BY_AGE)
            file.execute(_PRUNE, (now_ms - self._kept_days * _DAY_MS,))
            earlier = _found(file, model, list(scores))
            new = {title: score for title, score in scores.items() if title not in earlier}
            rows = [(score_key(model, title), codec.dump(score), now_ms) for title, score in new.items()]
            file.executemany(_KEEP, rows)
            file.execute("COMMIT")
            return {**scores, **earlier}

        return (self._with_file(write) if scores else None) or dict(scores)

    def _with_file(self, work: Callable[[sqlite3.Connection], dict[str, Score]]) -> dict[str, Score] | None:
        """What the work gives over a connection of its own, so that threads and forks may share the cache.

        None where the file turned out to be damaged. Raises Unavailable.
        """
        opened = None
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._path, timeout=self._lock_wait_s, isolation_level=None)) as file:
                opened = self._path.stat().st_ino
                return work(file)
        except (OSError, sqlite3.OperationalError) as error:  # no folder, no space, locked by others
            self._complain(f"{self._path}: cannot be used ({error}); headlines are scored anew")
            raise Unavailable(f"{self._path}: {error}") from error
        except sqlite3.DatabaseError as error:
            self._put_aside(opened, error)
            return None

    def _complain(self, line: str) -> None:
        """Once, as it would be said again for every batch."""
        if not self._complained:
            self._complained = True
            self._say(line)

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


def _found(file: sqlite3.Connection, model: str, titles: Sequence[str]) -> dict[str, Score]:
    """What is kept of these titles; nonsense is as good as nothing."""
    found: dict[str, Score] = {}
    for title in dict.fromkeys(titles):
        for (body,) in file.execute(_FIND, (score_key(model, title),)):
            with suppress(BadInput):
                found[title] = codec.load(Score, str(body))
    return {title: score for title, score in found.items() if score.is_sound}
