"""The layers of trader/ and infra/ hold, and the fence sees an import that goes up."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("chalicelib", "trader", "infra", "layers", "sentiment_container")


def checked(folder: Path) -> tuple[int, str]:
    """Exit code and words of import-linter over the packages in this folder, by its pyproject.toml."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=100)
    return done.returncode, done.stdout + done.stderr


def test_no_module_of_trader_or_infra_imports_what_lies_above_it() -> None:
    code, words = checked(ROOT)
    assert code == 0, words


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("trader/data/files.py", "from trader.backtest import engine", "trader, from the command line"),
        ("trader/checks/market.py", "from trader.tuning import tune", "trader, from the command line"),
        ("infra/account.py", "from infra.deploy import deploy", "infra, from its commands"),
        ("trader/runtime/session.py", "from infra import render", "nothing that runs knows"),
    ],
)
def test_an_import_that_goes_up_is_seen(tmp_path: Path, file: str, line: str, contract: str) -> None:
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package,
            tmp_path / package,
            ignore=lambda _, names: [n for n in names if "." in n and not n.endswith(".py")],
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / file).open("a", encoding="utf-8") as target:
        target.write(f"\n{line}\n")
    code, words = checked(tmp_path)
    assert code == 1
    assert f"{contract}" in words.partition("Broken contracts")[2]
