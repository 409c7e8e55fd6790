"""Whole processes: what one takes in time and in memory, from its start to its end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LAUNCHER = Path(__file__).with_name("launch.py")
TRADER = str(Path(sys.executable).with_name("trader"))


@dataclass(frozen=True, slots=True)
class Took:
    """One process that ended well."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    """Its own memory at most, 1 MB = 10^6 bytes."""
    output: str


def run(folder: Path, command: Sequence[str], cwd: Path = ROOT, **environment: str) -> Took:
    """Run it to its end; `folder` is for notes. Raises CalledProcessError, its diagnostics shown, when it fails."""
    figures = folder / "figures.json"
    done = subprocess.run(
        [sys.executable, "-S", "-E", str(LAUNCHER), str(figures), *command],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        print(done.stderr, file=sys.stderr)  # noqa: T201 (a command of its own)
        raise subprocess.CalledProcessError(done.returncode, list(command))
    taken: dict[str, float] = json.loads(figures.read_text("utf-8"))
    return Took(**taken, output=done.stdout)
