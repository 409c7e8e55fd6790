"""Objects as files of a folder: a run without any cloud."""

from __future__ import annotations

import shutil
from pathlib import Path

from trader.data.files import make_folder, replace_file


class FolderObjects:
    """Implements remote.objects.Objects."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def has(self, key: str) -> bool:
        return (self._folder / key).is_file()

    def read(self, key: str) -> bytes | None:
        return (self._folder / key).read_bytes() if self.has(key) else None

    def write(self, key: str, content: bytes, kind: str = "") -> None:
        make_folder((self._folder / key).parent)
        replace_file(self._folder / key, lambda path: _wrote(path, content))

    def upload(self, key: str, file: Path, kind: str = "") -> None:
        self.write(key, file.read_bytes(), kind)

    def download(self, key: str, file: Path) -> bool:
        if not self.has(key):
            return False
        replace_file(file, lambda path: _copied(self._folder / key, path))
        return True


def _wrote(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _copied(source: Path, path: Path) -> None:
    shutil.copyfile(source, path)
