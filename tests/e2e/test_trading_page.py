"""docs/trading.md, typed as it stands: from keys to filled in under a minute."""

from __future__ import annotations

import re
import shlex
import subprocess
import time
from pathlib import Path

from tests.e2e.commands import COMMAND, ROOT, environment
from tests.e2e.exchange import simulated_exchange

PAGE = (ROOT / "docs" / "trading.md").read_text("utf-8")
ADDRESS = "http://127.0.0.1:8099"


def block(language: str) -> str:
    """The first block of the page in this language."""
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def typed(line: str, folder: Path) -> str:
    """What the command prints there; no key in the environment comes before those of .env."""
    known = {name: value for name, value in environment(folder / "var").items() if not name.startswith("BINANCE_")}
    command = [COMMAND, *shlex.split(line)[1:]]
    done = subprocess.run(command, env=known, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"{line}: {done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return done.stdout


def test_the_page_goes_from_keys_to_filled_in_under_a_minute(tmp_path: Path) -> None:
    assert shlex.split(block("sh")) == ["trader", "sim", "--port", ADDRESS.rpartition(":")[2]]
    began_s = time.monotonic()
    with simulated_exchange(tmp_path / "exchange") as url:
        (tmp_path / ".env").write_text(block("ini"), "utf-8")
        (tmp_path / "agent.toml").write_text(block("toml").replace(ADDRESS, url), "utf-8")
        told = [typed(line, tmp_path) for line in block("console").splitlines()]
    assert time.monotonic() - began_s < 60
    assert ["FILLED" in words for words in told] == [False, True, False, False, False, False, False]
    assert ["CANCELED" in words for words in told] == [False] * 5 + [True, True]
