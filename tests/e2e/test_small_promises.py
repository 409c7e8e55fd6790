"""What a user takes for granted: pipes that close early, halts that last, gaps that are told."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.e2e.commands import COMMAND, environment, trader

RUN = ("paper", "run", "--ticks", "200", "--speed", "max")


@pytest.mark.parametrize("arguments", [RUN, ("score", "a", "b", "c"), ("--help",)])
def test_a_reader_that_leaves_early_is_no_failure(arguments: tuple[str, ...], tmp_path: Path) -> None:
    shell = 'set -o pipefail; "$@" | head -c 1 > /dev/null'
    for _ in range(3):
        done = subprocess.run(
            ["bash", "-c", shell, "-", COMMAND, *arguments],
            env=environment(tmp_path),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0
        assert "Traceback" not in done.stderr
        assert "Exception" not in done.stderr


def test_a_halt_outlives_its_run_until_resume(tmp_path: Path) -> None:
    other = (*RUN, "--set", "risk.stop_loss=0.03", "--json")
    trader(*RUN, home=tmp_path)
    trader("halt", "--reason", "odd", home=tmp_path)
    done = trader(*other, home=tmp_path)
    assert json.loads(done.stdout)["fees"] == 0.0
    assert "halted (odd)" in done.stderr
    assert json.loads(trader("status", "--json", home=tmp_path).stdout)["halted"]
    assert json.loads(trader(*other, home=tmp_path).stdout)["fees"] == 0.0  # started anew, still halted
    trader("resume", home=tmp_path)
    assert json.loads(trader(*other, home=tmp_path).stdout)["fees"] > 0.0


def test_gaps_of_a_candle_file_are_told(tmp_path: Path) -> None:
    file = tmp_path / "A_1m.csv"
    rows = [f"{minute * 60_000},1,1,1,1,1" for minute in (1, 3, 4, 9)]
    file.write_text("\n".join(["open_time,open,high,low,close,volume", *rows]), "utf-8")
    done = trader("paper", "run", "--candles", str(file), "--json", home=tmp_path / "home")
    assert json.loads(done.stdout)["ticks"] == 4
    assert "A: 5 minutes are missing in 2 gaps" in done.stderr


def test_an_empty_value_is_not_taken_for_none(tmp_path: Path) -> None:
    assert "--candles" in trader("paper", "run", "--candles", "", home=tmp_path, code=2).stderr
