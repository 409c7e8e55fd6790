"""What the README tells a newcomer to type works as written."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.e2e.commands import ROOT, trader
from trader.cli.group import COMMANDS

README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
TYPED = [line.split(" #")[0].strip() for block in BLOCKS for line in block.splitlines() if line.strip()]
ACTIVATE = ". .venv/bin/activate"
LINK = re.compile(r"\]\((?!http)([^)#]+)\)")


def test_the_first_commands_are_make_run_and_make_test() -> None:
    assert TYPED[:2] == ["make run", "make test"]


def test_the_commands_of_the_store_run_in_order(tmp_path: Path) -> None:
    [started] = [block for block in BLOCKS if block.startswith(ACTIVATE)]
    typed = [line.split(" #")[0].strip() for line in started.splitlines()]
    ours = [line.removeprefix("trader ") for line in typed if line.startswith("trader ")]
    assert len(ours) >= 6
    for line in ours:
        assert trader(*shlex.split(line), home=tmp_path).stdout


def test_how_trader_is_found_is_said_before_it_is_first_typed() -> None:
    bare = [place for place, line in enumerate(TYPED) if line.startswith("trader ")]
    assert TYPED.index(ACTIVATE) < bare[0]
    assert (ROOT / ".venv" / "bin" / "activate").exists() or not (ROOT / ".venv").exists()


def test_every_make_target_that_is_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for line in TYPED:
        if line.startswith("make "):
            assert f"\n{line.split()[1]}:" in makefile


def test_every_command_is_in_the_readme() -> None:
    assert [name for name in COMMANDS if f"`{name}`" not in README and f"`trader {name}" not in README] == []


@pytest.mark.parametrize(
    "page", ["README.md", *(str(p.relative_to(ROOT)) for p in sorted((ROOT / "docs").glob("*.md")))]
)
def test_links_lead_somewhere(page: str) -> None:
    folder = (ROOT / page).parent
    text = (ROOT / page).read_text("utf-8")
    assert [link for link in LINK.findall(text) if not (folder / link).exists()] == []
