"""A run that is killed at any moment and started again trades as if nothing had happened."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.e2e.commands import environment, trader
from tests.support.effort import SEED, repeats

RUN = ("paper", "run", "--ticks", "3000", "--speed", "max", "--json", "--set", "strategy.settings.rsi_buy=40")
KILLS = repeats(60, 2_000)


def test_kills_change_no_trade(tmp_path: Path) -> None:
    uninterrupted = trader(*RUN, home=tmp_path / "calm").stdout
    assert len(json.loads(uninterrupted)["trades"]) >= 10

    killer = [sys.executable, "-m", "tests.e2e.killer", str(KILLS), str(SEED), *RUN]
    done = subprocess.run(
        killer, env=environment(tmp_path / "killed"), capture_output=True, text=True, timeout=3600, check=True
    )

    *outputs, killed = done.stdout.splitlines()
    assert int(killed) == KILLS
    assert outputs
    assert set(outputs) == {uninterrupted.strip()}
