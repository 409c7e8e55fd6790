"""`python -m layers.build`: the layer as a zip whose bytes follow from the pins and the Python version alone.

It is put together from the pinned pure Python wheels themselves, so nothing of this machine gets in: it fits both of
Lambda's processors and every Python from 3.11 on. The bytecode in it is for this one, which halves a cold start.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from chalicelib.errors import BadInput, Unavailable
from layers.authorities import authorities
from layers.bytecode import compiled
from layers.contents import is_needed
from layers.wheels import wheels_of

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "var" / "layer"
FILE_NAME = "ai-trader-layer.zip"
PYTHON_VERSION = "3.11"
PLACE = "/opt"
"""Where Lambda unpacks a layer."""
BEGINNING_OF_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
UNZIPPED_LIMIT_BYTES = 250 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Layer:
    """A built layer. `content_hash` is over names and contents: another zlib may pack the same files otherwise."""

    path: Path
    content_hash: str
    files: int
    zipped_bytes: int
    unzipped_bytes: int
    wheels_bytes: int
    """What the wheels held unpacked, before anything was left out."""


def build(folder: Path = FOLDER) -> Layer:
    """Download the pinned wheels where they are not in the folder yet, and put the layer together.

    Raises Unavailable when a wheel cannot be had, BadInput when a pin has no hash or the layer is too large for Lambda.
    """
    pins = hashed_pins(
        (ROOT / "requirements.txt").read_text("utf-8"), (ROOT / "requirements-dev.lock").read_text("utf-8")
    )
    return assemble(_wheels(pins, folder), folder / FILE_NAME)


def hashed_pins(requirements: str, lock: str) -> str:
    """The lock's entries, with their hashes, of what the requirements pin.

    >>> hashed_pins("six==1.17.0", "idna==3.20 --hash=sha256:a\\nsix==1.17.0 --hash=sha256:b")
    'six==1.17.0 --hash=sha256:b\\n'
    """
    blocks = {block.split()[0]: block.strip() for block in re.split(r"\n(?=\S)", lock) if block.strip()}
    pins = [line.strip() for line in requirements.splitlines() if line.strip() and not line.startswith("#")]
    missing = [pin for pin in pins if pin not in blocks]
    if missing:
        raise BadInput(f"requirements-dev.lock: has no entry for {', '.join(missing)}; run: make lock")
    return "".join(f"{blocks[pin]}\n" for pin in pins)


def assemble(wheels: Iterable[Path], target: Path) -> Layer:
    """What is needed of the wheels, and its bytecode, as a zip in which only names and contents make a difference."""
    contents: dict[str, bytes] = {}
    wheels_bytes = 0
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            for member in archive.infolist():
                wheels_bytes += member.file_size
                name = re.sub(r"^[^/]+\.data/(purelib|platlib)/", "", member.filename)
                if not member.is_dir() and is_needed(name):
                    contents[f"python/{name}"] = archive.read(member)
    contents |= authorities(contents) | compiled(contents, PLACE)
    unzipped_bytes = sum(map(len, contents.values()))
    if unzipped_bytes > UNZIPPED_LIMIT_BYTES:
        raise BadInput(f"{target.name}: {unzipped_bytes} bytes unpacked; Lambda takes {UNZIPPED_LIMIT_BYTES}")
    write_zip(contents, target)
    return Layer(target, content_hash(contents), len(contents), target.stat().st_size, unzipped_bytes, wheels_bytes)


def content_hash(contents: Mapping[str, bytes]) -> str:
    """SHA-256 over the files, whatever their order."""
    digest = hashlib.sha256()
    for name in sorted(contents):
        digest.update(f"{name}\0{len(contents[name])}\0".encode())
        digest.update(contents[name])
    return digest.hexdigest()


def write_zip(contents: Mapping[str, bytes], target: Path) -> None:
    """A zip of these files by name; its bytes follow from them, and the target is the old one or the whole new one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(f".{os.getpid()}.part")  # another process may be building the same
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(contents):
            member = zipfile.ZipInfo(name, BEGINNING_OF_ZIP_TIME)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system = 3  # Unix, wherever it is built
            member.external_attr = 0o644 << 16
            archive.writestr(member, contents[name])
    unfinished.replace(target)


def _wheels(pins: str, folder: Path) -> list[Path]:
    """Of pure Python, each fit for every processor."""
    place = folder / f"wheels-{hashlib.sha256(pins.encode()).hexdigest()[:12]}"
    pure = ["--platform=any", "--implementation=py", "--abi=none", f"--python-version={PYTHON_VERSION}"]
    return wheels_of(pins, place, pure, "layer: the pinned wheels")


def summary(layer: Layer) -> str:
    """One line about its size.

    >>> summary(Layer(Path("x.zip"), "ab" * 32, 2, 1_500_000, 4_000_000, 9_000_000))
    'x.zip: 2 files, 1.5 MB zipped, 4.0 MB unzipped (9.0 MB before leaving out), content abababababab'
    """
    sizes = [f"{size / 1e6:.1f} MB" for size in (layer.zipped_bytes, layer.unzipped_bytes, layer.wheels_bytes)]
    size = f"{sizes[0]} zipped, {sizes[1]} unzipped ({sizes[2]} before leaving out)"
    return f"{layer.path}: {layer.files} files, {size}, content {layer.content_hash[:12]}"


if __name__ == "__main__":
    try:
        sys.stdout.write(f"{summary(build())}\n")
    except (BadInput, Unavailable) as error:
        sys.exit(f"make layer: {error}")
