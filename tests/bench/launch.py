"""Run as a script, small on purpose: starts a command and writes down what it took.

A process is charged with the memory of the one that started it, so the benchmark, which is large, must not start what
it measures.

    python -S -E launch.py FIGURES.json COMMAND [ARGUMENT]...
"""

from __future__ import annotations

import json
import os
import sys
import time


def main(figures: str, command: list[str]) -> int:
    """The command's exit code; `figures` becomes {wall_s, cpu_s, peak_mb}."""
    started = time.perf_counter()
    child = os.posix_spawnp(command[0], command, os.environ)
    _, status, used = os.wait4(child, 0)
    wall_s = time.perf_counter() - started
    peak_mb = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6
    with open(figures, "w", encoding="utf-8") as file:
        json.dump({"wall_s": wall_s, "cpu_s": used.ru_utime + used.ru_stime, "peak_mb": peak_mb}, file)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
