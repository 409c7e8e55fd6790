"""Which Python `make` takes: the newest that works, by any of the names there are; one clear line where none fits."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
TOOLS = ("sh", "make", "cat", "cksum", "cut", "echo", "grep", "uname")
WORKS, FAILS = "exit 0", "echo 'pyenv: not activated' >&2; exit 127"


def made(folder: Path, pythons: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """`make` where nothing but these Pythons, by what they do, and its tools are found."""
    found = folder / "bin"
    found.mkdir()
    for tool in TOOLS:
        (found / tool).symlink_to(shutil.which(tool) or tool)
    for name, does in pythons.items():
        (found / name).write_text(f"#!{found / 'sh'}\n{does}\n", "utf-8")
        (found / name).chmod(0o755)
    for needed in ("requirements-dev.lock", "pyproject.toml", "requirements-llama.lock"):
        (folder / needed).touch()
    command = ["make", "-f", str(ROOT / "Makefile"), *arguments]
    environment = {"PATH": str(found), "HOME": os.environ.get("HOME", "/")}
    return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize(
    ("pythons", "chosen"),
    [
        ({"python3.12": WORKS}, "python3.12"),
        ({"python3.13": FAILS, "python3.12": WORKS, "python3.11": WORKS}, "python3.12"),
        ({"python3.13": WORKS, "python3.11": WORKS, "python3": WORKS}, "python3.13"),
        ({"python3": WORKS}, "python3"),
    ],
)
def test_the_newest_that_works_is_taken(tmp_path: Path, pythons: Mapping[str, str], chosen: str) -> None:
    done = made(tmp_path, pythons, "--eval", "show: ; @echo $(PYTHON)", "show")
    assert done.stdout == f"{chosen}\n"


@pytest.mark.parametrize("pythons", [{}, {"python3": "exit 1"}, {"python3.12": FAILS}])
def test_where_none_fits_one_line_says_so(tmp_path: Path, pythons: Mapping[str, str]) -> None:
    done = made(tmp_path, pythons, "setup")
    first, *_ = done.stderr.splitlines()
    words = "ai-trader needs Python 3.11 to 3.13, and python3 is none: make PYTHON=/path/to/python3.12 setup"
    assert (done.returncode, first) == (2, words)
