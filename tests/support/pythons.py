"""The Pythons of this machine that the project runs on, by the second number of their version.

python -m tests.support.pythons   prints version and path of the one farthest from this one, nothing if it is alone.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from shutil import which

MINORS = (11, 12, 13)
ROOT = Path(__file__).resolve().parents[2]


def pythons() -> dict[int, str]:
    """Paths of interpreters that work, whatever packages they have; this one first."""
    known = filter(None, (which(f"python3.{minor}") for minor in MINORS))
    kept = (sorted(Path.home().glob(f".pyenv/versions/3.{minor}.*/bin/python3")) for minor in MINORS)
    return _by_minor(
        [*known, *(str(python) for each in kept for python in each)], "import ensurepip, sqlite3, ssl, venv"
    )


def environments() -> dict[int, str]:
    """Paths of those that the project is installed in, which make has set up; this one first."""
    kept = sorted(str(ready.with_name("bin") / "python") for ready in ROOT.glob(".venv*/.ready"))
    return _by_minor(kept, "from importlib.metadata import version; version('ai-trader')")


def farthest() -> tuple[int, str] | None:
    """The interpreter whose version is the most apart from this one's; None where there is no other version."""
    here, *others = pythons().items()
    return max(others, key=lambda each: abs(each[0] - here[0]), default=None)


def _by_minor(paths: Iterable[str], needed: str) -> dict[int, str]:
    """One of each version that can do what is needed; a shim of pyenv may stand there for one that is not activated."""
    found = {sys.version_info.minor: sys.executable}
    for path in paths:
        script = f"{needed}; import sys; print(sys.version_info.minor)"
        told = subprocess.run([path, "-c", script], capture_output=True, text=True, timeout=60, check=False)
        if told.returncode == 0:
            found.setdefault(int(told.stdout), path)
    return found


if __name__ == "__main__":
    if other := farthest():
        print(f"3.{other[0]} {other[1]}")  # noqa: T201 (its result)
