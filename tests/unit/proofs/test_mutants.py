"""The tool that mutates: each module has tests that hold it, a copy is what is changed, and what lives is told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutants.areas import AREAS, ROOT, area_of, arguments, modules
from tests.mutants.judge import Copy, Mutant

MODULE = "half.py"
SOURCE = "def half(number: float) -> float:\n    return number / 2.0\n"
TEST = "from half import half\n\ndef test_half() -> None:\n    assert half(0.0) == 0.0\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A module with a weak test."""
    folder = tmp_path / "project"
    folder.mkdir()
    for name, text in ((MODULE, SOURCE), ("test_half.py", TEST), ("left.txt", ""), (".gitignore", "left.txt")):
        (folder / name).write_text(text, "utf-8")
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    return folder


def mutant(before: str, after: str) -> Mutant:
    return Mutant(MODULE, 2, "Change", SOURCE, SOURCE.replace(before, after))


def test_what_no_test_notices_lives_and_nothing_stays_changed(project: Path, tmp_path: Path) -> None:
    copy = Copy(project, tmp_path / "copy", sys.executable)
    assert not (copy.root / "left.txt").exists()
    usual_s = copy.seconds(["test_half.py"])
    assert copy.survives(mutant("/ 2.0", "* 2.0"), ["test_half.py"], usual_s)
    assert not copy.survives(mutant("/ 2.0", "+ 2.0"), ["test_half.py"], usual_s)
    assert (copy.root / MODULE).read_text("utf-8") == (project / MODULE).read_text("utf-8") == SOURCE


def test_tests_that_fail_by_themselves_prove_nothing(project: Path, tmp_path: Path) -> None:
    (project / "test_half.py").write_text("assert False\n", "utf-8")
    with pytest.raises(RuntimeError, match=r"fail without any change: test_half\.py"):
        Copy(project, tmp_path / "copy", sys.executable).seconds(["test_half.py"])


def test_a_survivor_is_shown_by_its_lines() -> None:
    found = mutant("/ 2.0", "* 2.0")
    assert str(found) == "half.py:2: Change"
    assert found.diff == "-    return number / 2.0\n+    return number * 2.0"


def test_every_module_has_tests_that_are_there() -> None:
    assert {Path(module).parent.name for module in modules()} == {"kernel", "filters", "services", "sqlite", "dynamodb"}
    assert all(area_of(module) for module in modules())
    for area in AREAS:
        paths = [each for each in arguments(area, ROOT) if "/" in each]
        assert len(paths) >= len([each for each in area.tests if "/" in each])
        assert [path for path in paths if not (ROOT / path).exists()] == []
