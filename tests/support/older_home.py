"""A home that an earlier commit wrote, and the commands that people give in it."""

from __future__ import annotations

import io
import json
import tarfile
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from trader.cli import run

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"


def moved_into(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The home of this fixture unpacked in the folder; commands given here find it until the test ends."""
    with tarfile.open(FIXTURES / f"{name}.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    monkeypatch.setenv("TRADER_HOME", str(folder / "var"))
    monkeypatch.chdir(folder)


def trader(*arguments: str, code: int = 0) -> tuple[str, str]:
    """What a command prints to stdout and stderr."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        assert run(list(arguments)) == code, err.getvalue()
    return out.getvalue(), err.getvalue()


def printed(*arguments: str) -> Any:
    """What a command prints as JSON."""
    return json.loads(trader(*arguments, "--json")[0])
