"""What the functions are made of: the code that they run, and for a zip the numpy that fits their Python."""

from __future__ import annotations

import hashlib
import platform
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from layers.build import content_hash, write_zip
from layers.wheels import wheels_of

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "var" / "backtest"
ZIP_PINS = Path("infra/backtest/requirements-zip.lock")
IMAGE_FILES = ("infra/backtest/Dockerfile", "infra/backtest/requirements-image.lock", "infra/backtest/start.sh")
NOT_RUN = tuple(f"trader/{name}/*" for name in ("checks", "cli", "cost", "replay", "runtime", "sim"))
"""What only a person's machine runs."""
NUMPY_LEFT_OUT = (
    "*/tests/*",
    "numpy/f2py/*",
    "*.pyi",
    "*.h",
    "*.a",
    "*.lib",
    "bin/*",
    "numpy-*.data/*",
    "*.dist-info/*",
)
MACHINES = {"x86_64": "x86_64", "amd64": "x86_64", "arm64": "arm64", "aarch64": "arm64"}
WHEEL_MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}


@dataclass(frozen=True, slots=True)
class Platform:
    """Where a zip is to run."""

    python: str
    """As 3.11."""
    architecture: str
    """In Lambda's words: arm64 or x86_64."""


def this_machine() -> Platform:
    """What an emulator runs functions on, and what an image is built for."""
    architecture = MACHINES.get(platform.machine().lower(), "x86_64")
    return Platform(f"{sys.version_info.major}.{sys.version_info.minor}", architecture)


def sources(root: Path = ROOT) -> dict[str, bytes]:
    """The code that the functions run, by name."""
    return {name: path.read_bytes() for name, path in sorted(_files(root)) if not _matches(name, NOT_RUN)}


def build_zip(target: Platform, folder: Path = FOLDER) -> Path:
    """The zip, named by what is in it. Raises Unavailable when numpy's wheel cannot be had."""
    contents = {**sources(), **_numpy(_wheel(target, folder))}
    path = folder / f"backtest-{content_hash(contents)[:16]}.zip"
    if not path.exists():
        write_zip(contents, path)
        for older in folder.glob("backtest-*.zip"):
            if older != path:
                older.unlink(missing_ok=True)
    return path


def image_context(folder: Path) -> str:
    """Put together what an image is built from, in an empty folder; its hash."""
    contents = {**sources(), **{name: (ROOT / name).read_bytes() for name in IMAGE_FILES}}
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return content_hash(contents)


def _files(root: Path) -> Iterator[tuple[str, Path]]:
    """Modules and the data that they read; no caches and nothing that an editor leaves behind."""
    for package in ("chalicelib", "trader"):
        for path in (root / package).rglob("*"):
            if path.suffix in (".py", ".toml", ".tsv", ".js", ".css", ".html") and not path.name.startswith("."):
                yield path.relative_to(root).as_posix(), path


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _numpy(wheel: Path) -> dict[str, bytes]:
    """What of the wheel is needed to run."""
    with zipfile.ZipFile(wheel) as archive:
        names = [each.filename for each in archive.infolist() if not each.is_dir()]
        return {name: archive.read(name) for name in names if not _matches(name, NUMPY_LEFT_OUT)}


def _wheel(target: Platform, folder: Path) -> Path:
    """The pinned wheel of numpy, for the oldest C library that Lambda's Pythons have: one fits each of them."""
    pins = (ROOT / ZIP_PINS).read_text("utf-8")
    digest = hashlib.sha256(pins.encode()).hexdigest()[:12]
    machine = f"--platform=manylinux2014_{WHEEL_MACHINES[target.architecture]}"
    [wheel] = wheels_of(
        pins,
        folder / f"numpy-{target.python}-{target.architecture}-{digest}",
        [machine, f"--python-version={target.python}"],
        "backtest: the pinned numpy",
    )
    return wheel
