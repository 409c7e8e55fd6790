"""A run that is killed at any moment and started again trades as if nothing had happened."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.e2e.commands import environment, trader

RUN = ("paper", "run", "--ticks", "3000", "--speed", "max", "--json", "--set", "strategy.rsi_buy=40")
KILLS = 200


def test_two_hundred_kills_change_no_trade(tmp_path: Path) -> None:
    uninterrupted = trader(*RUN, home=tmp_path / "calm").stdout
    assert len(json.loads(uninterrupted)["trades"]) >= 10

    killer = [sys.executable, "-m", "tests.e2e.killer", str(KILLS), "1", *RUN]
    done = subprocess.run(
        killer, env=environment(tmp_path / "killed"), capture_output=True, text=True, timeout=600, check=True
    )

    *outputs, killed = done.stdout.splitlines()
    assert int(killed) == KILLS
    assert outputs
    assert set(outputs) == {uninterrupted.strip()}
