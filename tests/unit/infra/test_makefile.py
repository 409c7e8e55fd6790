"""Which Python make takes, of those on the PATH."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def taken(folder: Path, works: dict[str, bool]) -> str:
    """The Python of a `make` that finds these, of which some only say that they are not activated."""
    for name, well in works.items():
        script = folder / name
        script.write_text(f"#!/bin/sh\nexit {0 if well else 127}\n", "utf-8")
        script.chmod(0o755)
    more = folder / "more.mk"
    more.write_text("told:\n\t@echo $(PYTHON)\n", "utf-8")
    command = ["make", "-f", "Makefile", "-f", str(more), "told"]
    environment = {"PATH": f"{folder}:/usr/bin:/bin"}  # none of this make's own settings
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("working", "expected"),
    [
        ({11, 12, 13}, "python3.13"),
        ({11, 12}, "python3.12"),
        ({11}, "python3.11"),
        (set(), "python3"),
    ],
)
def test_the_newest_that_works(working: set[int], expected: str, tmp_path: Path) -> None:
    assert taken(tmp_path, {f"python3.{minor}": minor in working for minor in (11, 12, 13)}) == expected
