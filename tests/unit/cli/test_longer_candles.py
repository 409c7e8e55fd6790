"""Candles longer than a minute: which commands run over files of them, and which refuse them in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from trader.cli import run

REAL_TIME = {
    "paper run": ("paper", "run", "--speed", "max", "--ticks", "5"),
    "decide": ("decide",),
}


@pytest.fixture(autouse=True)
def _at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRADER_HOME", str(tmp_path / "home"))


@pytest.mark.parametrize("name", REAL_TIME)
def test_what_trades_as_it_happens_refuses_them_before_anything_is_stored(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("agent.toml").write_text('[agent]\ninterval = "1h"\n', "utf-8")
    assert run([*REAL_TIME[name]]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("trader: agent.toml: agent.interval = 1h: candles longer than 1m are for")
    assert printed.err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["agent.toml"]
