"""What a command does to the files of a home, step by step: each file operation and each SQL statement is one.

For processes of their own: an audit hook cannot be taken off.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout, suppress
from io import StringIO
from pathlib import Path
from typing import Any

from trader.cli import run

FILE_EVENTS = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree"}
DIED = 9

_watch: Callable[[], None] | None = None
_home = ""
_opened: list[sqlite3.Connection] = []
"""Connections on which nothing can be set yet; whatever the store does next comes after their opening."""


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if _watch is None:
        return
    if event == "sqlite3.connect/handle":
        _opened.append(arguments[0])
        return
    while _opened:
        with suppress(sqlite3.ProgrammingError):  # closed again already
            _opened.pop().set_trace_callback(lambda _: _watch() if _watch is not None else None)
    if event == "fcntl.flock" or (event in FILE_EVENTS and str(arguments[0]).startswith(_home)):
        _watch()


def watch(home: Path, step: Callable[[], None]) -> None:
    """Call `step` before each step from now on, of connections that are opened from now on."""
    global _watch, _home
    if not _home:
        sys.addaudithook(_hook)
    _watch, _home = step, str(home)


def unwatch() -> None:
    """Call nothing any more."""
    global _watch
    _watch = None


def command(home: Path, *arguments: str) -> tuple[int, str]:
    """The exit code of the command line in this home, in this process, and all that it printed."""
    os.environ["TRADER_HOME"] = str(home)
    printed = StringIO()
    with redirect_stdout(printed), redirect_stderr(printed):
        code = run(list(arguments))
    return code, printed.getvalue()


def dies(home: Path, at: int, *arguments: str) -> bool:
    """Whether the command, which dies before its step number `at`, got that far."""
    process = os.fork()
    if not process:
        left = at

        def step() -> None:
            nonlocal left
            if left == 0:
                os._exit(DIED)
            left -= 1

        watch(home, step)
        command(home, *arguments)
        os._exit(0)
    _, status = os.waitpid(process, 0)
    return os.waitstatus_to_exitcode(status) == DIED


def steps_of(home: Path, *arguments: str) -> int:
    """How many steps the command takes."""
    counted = 0

    def step() -> None:
        nonlocal counted
        counted += 1

    watch(home, step)
    command(home, *arguments)
    unwatch()
    return counted
