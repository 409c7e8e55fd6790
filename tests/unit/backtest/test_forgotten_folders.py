"""Folders of compiled code that were not used lately go, whoever else is at it."""

from __future__ import annotations

import os
from pathlib import Path, PosixPath

from trader.backtest.compiled import KEPT_FOLDERS, forget_old


class Vanishing(PosixPath):
    """Paths of a folder in which another process removes `gone` once somebody has looked at it."""

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        found = super().stat(follow_symlinks=follow_symlinks)
        if self.name == "used" and self.parent.name == "gone":
            self.unlink()
        return found


def used(parent: Path, name: str, at_s: int) -> None:
    """A folder that was used then."""
    folder = parent / name
    folder.mkdir()
    (folder / "used").touch()
    os.utime(folder / "used", (at_s, at_s))


def test_those_used_last_stay(tmp_path: Path) -> None:
    for number in range(KEPT_FOLDERS + 2):
        used(tmp_path, f"{number}", 1000 + number)
    (tmp_path / "not ours").mkdir()
    forget_old(tmp_path)
    assert {each.name for each in tmp_path.iterdir()} == {"not ours", *map(str, range(2, KEPT_FOLDERS + 2))}


def test_one_that_another_process_removes_meanwhile_is_no_error(tmp_path: Path) -> None:
    for number in range(KEPT_FOLDERS + 1):
        used(tmp_path, f"{number}", 1000 + number)
    used(tmp_path, "gone", 2000)
    forget_old(Vanishing(tmp_path))
    assert not (tmp_path / "0").exists()
