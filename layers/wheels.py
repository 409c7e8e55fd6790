"""Pinned wheels, downloaded once."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from chalicelib.errors import Unavailable


def wheels_of(pins: str, place: Path, options: Sequence[str], what: str) -> list[Path]:
    """The wheels of exactly these hashed pins: in this folder, or downloaded into it with these options of pip.

    Raises Unavailable, saying that `what` cannot be downloaded.
    """
    if not place.is_dir():
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent) as scratch:
            requirements, downloaded = Path(scratch) / "pins.txt", Path(scratch) / "wheels"
            requirements.write_text(pins, "utf-8")
            _download(requirements, downloaded, options, what)
            if not place.is_dir():  # another process may have been faster
                downloaded.rename(place)
    return sorted(place.glob("*.whl"))


def _download(requirements: Path, target: Path, options: Sequence[str], what: str) -> None:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "download", "--only-binary=:all:"]
    exact = ["--no-deps", "--require-hashes", f"--dest={target}", f"--requirement={requirements}"]
    done = subprocess.run([*pip, *exact, *options], capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or ["pip failed"]
        raise Unavailable(f"{what} cannot be downloaded: {errors[0]}")
