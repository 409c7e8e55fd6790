"""The real `trader` command in real processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMMAND = str(Path(sys.executable).with_name("trader"))


def environment(home: Path, **more: str) -> dict[str, str]:
    """The environment of a user whose store is in this folder."""
    return {**os.environ, "TRADER_HOME": str(home), "PYTHONWARNINGS": "default", "NO_COLOR": "1", **more}


def trader(
    *arguments: str, home: Path, cwd: Path = ROOT, code: int = 0, timeout_s: float = 120.0
) -> subprocess.CompletedProcess[str]:
    """Run it to its end; it must exit with `code` and never show a traceback."""
    done = subprocess.run(
        [COMMAND, *arguments],
        env=environment(home),
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    assert done.returncode == code, f"exit {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    assert "Traceback" not in done.stderr + done.stdout
    return done


def start(*arguments: str, home: Path, cwd: Path = ROOT) -> subprocess.Popen[str]:
    """Start it in the background."""
    return subprocess.Popen(
        [COMMAND, *arguments],
        env=environment(home),
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
