"""The two lists of pinned dependencies agree, are complete and say nothing of where they were downloaded."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PIN = re.compile(r"^([a-z0-9.-]+)==(\S+)", re.MULTILINE)


def pins(name: str) -> dict[str, str]:
    return dict(PIN.findall((ROOT / name).read_text("utf-8")))


def test_the_lambdas_run_what_the_tests_ran() -> None:
    locked = pins("requirements-dev.lock")
    assert pins("requirements.txt")
    assert {name: locked[name] for name in pins("requirements.txt")} == pins("requirements.txt")


def test_every_direct_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    direct = {re.split(r"[<>=\[ ]", line)[0].lower() for line in project["dependencies"]}
    assert direct <= set(pins("requirements.txt"))


def test_every_pin_has_a_hash_and_no_address() -> None:
    text = (ROOT / "requirements-dev.lock").read_text("utf-8")
    blocks = re.split(r"\n(?=\S)", text.strip())
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in text + (ROOT / "requirements.txt").read_text("utf-8")
