"""One SQLite file: durable, shared by processes, with transactions that nest."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any, NoReturn, Self

from chalicelib.adapters.sqlite.migrations import MIGRATIONS
from chalicelib.adapters.sqlite.turn import Turn
from chalicelib.errors import BadInput, Conflict, Unavailable
from chalicelib.feed_key import feed_key

Value = str | bytes | int | float | None
Row = Any  # a tuple as the query names it; each store knows its own

APPLICATION_ID = 0x41495452  # "AITR": tells our file from another program's
_FOREIGN_VALUES = (OverflowError, UnicodeEncodeError)  # an integer beyond 64 bits, half of a surrogate pair


class Database:
    """A connection, for use in the thread that opened it; other threads and processes open their own on the same file.

    Whatever a `transaction` has committed survives a crash of the machine (WAL with a full sync). Every method raises
    Unavailable when the file cannot be used now (locked, disk full, I/O, not the one at its path any more), Conflict
    when a row exists already, BadInput when the file is damaged or a value has no place in it.
    """

    def __init__(
        self, path: Path | str, timeout_s: float = 10.0, on_new: Callable[[Database], None] = lambda made: None
    ) -> None:
        """Open the file, made with its folder if absent, and bring its schema up to date; ":memory:" is a file in RAM.

        `timeout_s` is how long a writer waits for others. `on_new` writes what a file that had no tables is to hold, in
        the transaction that makes them. Raises BadInput when the file is not ours or cannot be written, Unavailable
        when it stays locked.
        """
        self._path = str(path)
        self._on_new = on_new
        self._level = 0
        self.undone = 0
        """Transactions of this connection that were rolled back: what was read inside one may not be there any more."""
        self._turn: Turn | None = None
        self._file: tuple[int, int] | None = None
        self._opened = ExitStack()
        try:
            self._open(timeout_s)
            self._set_up()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the file back; what no transaction has committed is gone. Closing twice is no error."""
        self._opened.close()

    @property
    def is_moved(self) -> bool:
        """Whether the open file is not the one at its path any more: removed, emptied or replaced, read by nobody."""
        return self._file is not None and _file_at(self._path) != self._file

    def raise_if_moved(self) -> None:
        """Raise Unavailable where the file `is_moved`."""
        if self.is_moved:
            raise Unavailable(moved(self._path))

    @property
    def path(self) -> str:
        """Where the file is."""
        return self._path

    def query(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        """All rows of a SELECT."""
        try:
            return self._connection.execute(sql, parameters).fetchall()
        except (sqlite3.Error, *_FOREIGN_VALUES) as error:
            self._fail(error)

    def execute(self, sql: str, parameters: Sequence[Value] = ()) -> int:
        """Run one statement inside a `transaction`; how many rows it changed."""
        self._require_transaction()
        try:
            return self._connection.execute(sql, parameters).rowcount
        except (sqlite3.Error, *_FOREIGN_VALUES) as error:
            self._fail(error)

    def execute_many(self, sql: str, rows: Iterable[Sequence[Value]]) -> int:
        """Run one statement per row inside a `transaction`; how many rows they changed together."""
        self._require_transaction()
        try:
            return self._connection.executemany(sql, rows).rowcount
        except (sqlite3.Error, *_FOREIGN_VALUES) as error:
            self._fail(error)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the block or nothing, seen by others when it ends.

        A transaction inside another is undone alone when it raises; the outermost commits for all of them, in one sync.
        """
        level = self._level
        self._begin(level)
        self._level = level + 1
        try:
            yield
            self._level = level
            self._commit(level)
        except BaseException:
            self._level = level
            self._roll_back(level)
            raise

    def _begin(self, level: int) -> None:
        if level > 0:
            self._require_transaction()
            self._run("SAVEPOINT nested")
            return
        with self._in_turn():
            self._run("BEGIN IMMEDIATE")

    def _commit(self, level: int) -> None:
        if not self._connection.in_transaction:
            raise Unavailable(f"{self._path}: SQLite undid the transaction after an error; nothing was written")
        if level == 0:
            self.raise_if_moved()
        self._run("RELEASE nested" if level > 0 else "COMMIT")

    def _roll_back(self, level: int) -> None:
        self.undone += 1
        if not self._connection.in_transaction:  # on a full disk or an I/O error SQLite has done so itself
            return
        if level > 0:
            self._run("ROLLBACK TO nested")
            self._run("RELEASE nested")
        else:
            self._run("ROLLBACK")

    def _require_transaction(self) -> None:
        # Without this a statement after SQLite's own rollback would commit alone, half of what belongs together.
        if not self._connection.in_transaction:
            raise Unavailable(f"{self._path}: a write needs a transaction, and none is open")

    def _run(self, sql: str) -> None:
        try:
            self._connection.execute(sql)
        except sqlite3.Error as error:
            self._fail(error)

    def _open(self, timeout_s: float) -> None:
        """Connect, in turn: two processes that both switch a new file to WAL may find it locked without any wait."""
        try:
            if self._path != ":memory:":
                Path(self._path).parent.mkdir(parents=True, exist_ok=True)
                self._turn = Turn(f"{self._path}-queue", timeout_s)
                self._opened.callback(self._release_turn)
            with self._in_turn():
                self._connection = self._connected(timeout_s)
                self._run("PRAGMA journal_mode = WAL")
                self._file = None if self._turn is None else _file_at(self._path)
        except (OSError, sqlite3.Error) as error:
            raise BadInput(f"{self._path}: the store cannot be opened: {error}") from error

    def _connected(self, timeout_s: float) -> sqlite3.Connection:
        """A connection; one to a new file shares neither log nor locks with who still has a lost one open."""
        if self._turn is not None and _file_at(self._path) is None:
            for end in ("-wal", "-shm", ""):
                Path(f"{self._path}{end}").unlink(missing_ok=True)
        opened = sqlite3.connect(self._path, timeout=timeout_s, isolation_level=None)
        return self._opened.enter_context(closing(opened))

    def _in_turn(self) -> AbstractContextManager[None]:
        return nullcontext() if self._turn is None else self._turn.taken()

    def _set_up(self) -> None:
        self._run("PRAGMA synchronous = FULL")
        self._run("PRAGMA foreign_keys = ON")
        if self._known_version() < len(MIGRATIONS):
            with self.transaction():
                self._migrate()

    def _migrate(self) -> None:
        self._connection.create_function("feed_key", 1, feed_key, deterministic=True)
        found = self._known_version()  # read again: another process may have been first
        for version in range(found, len(MIGRATIONS)):
            for statement in MIGRATIONS[version]:
                self._run(statement)
            self._run(f"PRAGMA user_version = {version + 1}")
        self._run(f"PRAGMA application_id = {APPLICATION_ID}")
        if found == 0:
            self._on_new(self)

    def _known_version(self) -> int:
        application, version, tables = self.query(
            "SELECT (SELECT * FROM pragma_application_id), (SELECT * FROM pragma_user_version),"
            " (SELECT count(*) FROM sqlite_master)"
        )[0]
        if application != APPLICATION_ID and (application or version or tables):
            raise BadInput(f"{self._path}: this is another program's SQLite file; the store needs a file of its own")
        if version > len(MIGRATIONS):
            raise BadInput(
                f"{self._path}: written by a newer version of this program (schema {version}, this one knows up to "
                f"{len(MIGRATIONS)}); update the program, or keep the store elsewhere"
            )
        return int(version)

    def _release_turn(self) -> None:
        if self._turn is not None:
            self._turn.close()
            self._turn = None

    def _fail(self, error: Exception) -> NoReturn:
        """Raise what SQLite's error means to a caller; a mistake in our own use of it stays what it is."""
        code = getattr(error, "sqlite_errorname", "")
        if isinstance(error, sqlite3.ProgrammingError):
            raise error
        if self.is_moved:
            raise Unavailable(moved(self._path)) from error
        if code in ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"):
            raise Conflict(f"{self._path}: stored before: {error}") from error
        if isinstance(error, (sqlite3.IntegrityError, *_FOREIGN_VALUES)):
            raise BadInput(f"{self._path}: the store has no place for this value: {error}") from error
        if code == "SQLITE_NOTADB" or code.startswith("SQLITE_CORRUPT"):
            raise BadInput(f"{self._path}: damaged, or not a store of this program: {error}") from error
        if code.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
            raise BadInput(f"{self._path}: the file and its folder must be writable: {error}") from error
        raise Unavailable(f"{self._path}: the store does not answer: {error}") from error


def raise_if_lost(path: Path) -> None:
    """Raise BadInput where a store that was made before is gone, or has no tables any more; nothing is made here."""
    if not path.exists():
        raise _lost(path, "is gone")
    if not path.stat().st_size:
        raise _lost(path, "was emptied")
    if schema_version(path) == 0:
        raise _lost(path, "was emptied")


def schema_version(path: Path) -> int | None:
    """Which schema the file at the path has, 0 for none; None where it cannot be read, as who opens it says."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True)) as connection:
            [(version,)] = connection.execute("PRAGMA user_version").fetchall()
    except sqlite3.Error:
        return None
    return int(version)


def moved(path: str) -> str:
    """What is said where a process has a file open that is not the one at this path any more."""
    return f"{path}: was removed, emptied or replaced while it is in use: stop the agent and start it again"


def _file_at(path: str) -> tuple[int, int] | None:
    """Which file is at the path, None where there is none or an empty one."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if found.st_size else None


def _lost(path: Path, what: str) -> BadInput:
    return BadInput(f"{path}: {what}, with all that this run had recorded: put it back, or remove {path.parent}")
