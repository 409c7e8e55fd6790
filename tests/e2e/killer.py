"""Runs a `trader` command again and again in child processes and kills them with SIGKILL at random moments.

python -m tests.e2e.killer KILLS SEED trader-arguments...   prints the output of every child that lived to its end, one
JSON object a line, then how many were killed. The modules are imported once, so that most of a child's life is work.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import trader.cli
import trader.runtime.session
from chalicelib import wiring
from trader.cli import indicators, paper, paper_run  # noqa: F401 (imported here, not in every child)

SHORTEST_S, LONGEST_S = 0.02, 0.3


def child(arguments: list[str], output: Path) -> int:
    """Start one; its process id."""
    process = os.fork()
    if process:
        return process
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(descriptor, sys.stdout.fileno())
    code = trader.cli.run(arguments)
    sys.stdout.flush()
    os._exit(code)


def lived(process: int, seconds: float) -> bool:
    """Whether it ended by itself in that time; otherwise it is killed. Raises RuntimeError if it failed."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            if status:
                raise RuntimeError(f"the command failed with wait status {status}")
            return True
        time.sleep(0.001)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    return False


def main(kills: int, seed: int, arguments: list[str]) -> None:
    """Kill that many, then let the last one live."""
    chance = random.Random(seed)
    wiring.analyzer()
    killed = 0
    with TemporaryDirectory() as folder:
        output = Path(folder) / "out"
        while True:
            patience_s = chance.uniform(SHORTEST_S, LONGEST_S) if killed < kills else 600.0
            if not lived(child(arguments, output), patience_s):
                killed += 1
                continue
            print(output.read_text("utf-8").strip(), flush=True)  # noqa: T201 (its result)
            if killed >= kills:
                break
    print(killed)  # noqa: T201 (its result)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
