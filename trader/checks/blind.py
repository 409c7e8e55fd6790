"""A process that is told of a minute only after all that lies before it was asked for.

It is started anew, so whatever the subjects keep between two runs (a global, a cache, a file handle) has never seen a
later minute than the ones it was sent; and what the whole run left behind in the other process is not there.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any, Protocol

import numpy as np

from chalicelib.errors import BadInput, Unavailable
from trader.checks.columns import Columns, Values, fingerprint
from trader.checks.market import CheckedMarket, joined
from trader.checks.stream import Stream
from trader.checks.subjects import Subject

Prints = dict[str, bytes]


class Blind(Protocol):
    """What can be asked of somebody who knows only the minutes that it was sent."""

    def extend(self, part: CheckedMarket, streamed: bool) -> Columns:
        """Take the minutes that come next; their streamed values where asked for."""
        ...

    def prints(self, subject: int, altered: tuple[int, float, float, float] | None) -> Prints:
        """Fingerprints of what this subject gives over all minutes so far, the last bar altered where told to."""
        ...

    def column(self, name: str) -> Values:
        """One column of what was asked for last."""
        ...


class HereAndNow:
    """A Blind in this process: for the process behind `blindfolded`, and for tests."""

    def __init__(self, subjects: Sequence[Subject]) -> None:
        self._subjects = subjects
        self._parts: list[CheckedMarket] = []
        self._stream: Stream | None = None
        self._last: Columns = {}

    def extend(self, part: CheckedMarket, streamed: bool) -> Columns:
        self._parts.append(part)
        self._stream = self._stream or Stream(part)
        return self._stream.take(part) if streamed else {}

    def prints(self, subject: int, altered: tuple[int, float, float, float] | None) -> Prints:
        if len(self._parts) > 1:
            self._parts = [joined(self._parts)]
        market = self._parts[0] if altered is None else self._parts[0].with_last_bar(*altered)
        self._last = self._subjects[subject].give(market)
        if altered is None:
            return {name: fingerprint(column.values) for name, column in self._last.items()}
        return {name: fingerprint(column.values[-1:]) for name, column in self._last.items()}

    def column(self, name: str) -> Values:
        return self._last[name].values


class Elsewhere:
    """A Blind behind a pipe."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def extend(self, part: CheckedMarket, streamed: bool) -> Columns:
        columns: Columns = self._ask("extend", part, streamed)
        return columns

    def prints(self, subject: int, altered: tuple[int, float, float, float] | None) -> Prints:
        found: Prints = self._ask("prints", subject, altered)
        return found

    def column(self, name: str) -> Values:
        values: Values = self._ask("column", name)
        return values

    def _ask(self, method: str, *arguments: object) -> Any:
        try:
            self._pipe.send((method, arguments))
            answer, error = self._pipe.recv()
        except (EOFError, OSError) as gone:
            raise Unavailable(
                "the process that runs truncated histories ended; is the machine out of memory?"
            ) from gone
        if error is not None:
            raise BadInput(error)
        return answer


@contextmanager
def blindfolded(subjects: Sequence[Subject]) -> Iterator[Blind]:
    """A process of its own with these subjects, ended with the block."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, tuple(subjects), list(sys.path)), daemon=True)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # Ctrl-C is not for a process that still starts
    process.start()
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    theirs.close()
    try:
        yield Elsewhere(ours)
    finally:
        ours.close()
        process.join(5.0)
        process.kill()


def _serve(pipe: Connection, subjects: Sequence[Subject], path: Sequence[str]) -> None:
    sys.path[:] = path
    blind = HereAndNow(subjects)
    while True:
        try:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
            method, arguments = pipe.recv()
        except (EOFError, KeyboardInterrupt):
            return
        try:
            with np.errstate(all="ignore"):
                pipe.send((getattr(blind, method)(*arguments), None))
        except KeyboardInterrupt:
            return
        except Exception as error:  # a subject may be anybody's function
            pipe.send((None, str(error) if isinstance(error, BadInput) else f"{type(error).__name__}: {error}"))
