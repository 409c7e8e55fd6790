"""A run whose store was removed or emptied is no fresh run: every command says so, and what halts goes on halting."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.dying_starts import OURS, expect, reasons
from tests.support.interrupted import command

RUN = ("paper", "run", "--speed", "max", "--ticks", "3", "--set", f"agent.id={OURS}", "--set", "news.analyzer=lexicon")
COMMANDS = (("status",), ("resume",), ("halt", "--reason", "fire"), ("replay", "--agent", OURS), RUN)


def emptied(store: Path) -> None:
    store.write_bytes(b"")


def without_tables(store: Path) -> None:
    """As a copy of the file alone may be, whose records stood in the log beside it."""
    store.unlink()
    with closing(sqlite3.connect(store)) as fresh:
        fresh.execute("PRAGMA journal_mode = WAL")


@pytest.mark.parametrize("lose", [Path.unlink, emptied, without_tables])
def test_a_lost_store_is_one_line_and_starts_nothing_anew(lose: Callable[[Path], None], tmp_path: Path) -> None:
    expect(tmp_path, *RUN)
    [store] = tmp_path.glob("runs/*/trader.sqlite")
    for beside in store.parent.glob("trader.sqlite-*"):
        beside.unlink()
    lose(store)
    left = store.read_bytes() if store.exists() else None
    for given in COMMANDS:
        code, printed = command(tmp_path, *given)
        assert code == 1, (given, printed)
        said = [line for line in printed.splitlines() if str(store) in line]
        assert said, (given, printed)
        assert all("put it back, or remove" in line for line in said)
    assert (store.read_bytes() if store.exists() else None) == left
    assert reasons(tmp_path, OURS) == ["fire"]
