"""Runs tests against one changed file, in a copy of the project: what is worked on here is never touched."""

from __future__ import annotations

import difflib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

BASE_S = 30.0
"""How much longer than without a change tests may take at least, whatever the machine does besides."""
FACTOR = 4.0


@dataclass(frozen=True, slots=True)
class Mutant:
    """A module (its path from the root) with one small change."""

    module: str
    line: int
    kind: str
    original: str
    source: str

    @property
    def diff(self) -> str:
        """The lines that are different."""
        before, after = self.original.splitlines(), self.source.splitlines()
        lines = list(difflib.unified_diff(before, after, lineterm="", n=0))
        return "\n".join(line for line in lines if not line.startswith(("---", "+++", "@@")))

    def __str__(self) -> str:
        return f"{self.module}:{self.line}: {self.kind}"


class Copy:
    """The files of a project that git knows or would know, in a folder that may be spoiled."""

    def __init__(self, root: Path, folder: Path, python: str) -> None:
        self.root, self._python = folder, python
        told = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=root,
            capture_output=True,
            text=True,
            check=True,
        )
        for name in filter(None, told.stdout.split("\0")):
            if (root / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(root / name, folder / name)

    def seconds(self, tests: Sequence[str]) -> float:
        """How long they take. Raises RuntimeError if they fail without any change."""
        begin_s = time.monotonic()
        if not self._passes(tests, None):
            raise RuntimeError(f"fail without any change: {' '.join(tests)}")
        return time.monotonic() - begin_s

    def survives(self, mutant: Mutant, tests: Sequence[str], usual_s: float) -> bool:
        """Whether the tests pass all the same; those that take much longer than usual do not."""
        path = self.root / mutant.module
        path.write_text(mutant.source, "utf-8")
        try:
            return self._passes(tests, BASE_S + FACTOR * usual_s)
        finally:
            path.write_text(mutant.original, "utf-8")

    def _passes(self, tests: Sequence[str], timeout_s: float | None) -> bool:
        command = [self._python, "-m", "pytest", "-q", "-x", *tests]
        environment = {**os.environ, "PYTHONPATH": str(self.root), "PYTHONDONTWRITEBYTECODE": "1"}
        process = subprocess.Popen(
            command,
            cwd=self.root,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            return process.wait(timeout_s) == 0
        except subprocess.TimeoutExpired:
            return False
        finally:
            if process.poll() is None:  # it hangs, or this run is interrupted
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
