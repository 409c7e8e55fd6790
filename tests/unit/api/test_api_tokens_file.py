"""The tokens of the local runtime."""

from __future__ import annotations

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from chalicelib.errors import BadInput, Unavailable
from trader.runtime.tokens import OPERATOR, VIEWER, ensure_tokens, keep_to_owner, read_tokens


def test_they_are_made_once_for_the_owner_only(tmp_path: Path) -> None:
    file = ensure_tokens(tmp_path / "home")
    content = file.read_text("utf-8")
    assert file == tmp_path / "home" / "tokens.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    given = json.loads(content)
    assert set(given) == {VIEWER, OPERATOR}
    assert len({*given.values()}) == 2
    assert all(len(token) >= 40 for token in given.values())
    assert ensure_tokens(tmp_path / "home").read_text("utf-8") == content
    assert [path.name for path in file.parent.iterdir()] == ["tokens.json"]


def test_all_that_start_at_once_have_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        files = list(pool.map(lambda number: ensure_tokens(tmp_path), range(8)))
    assert len({file.read_text("utf-8") for file in files}) == 1


def test_another_pair_on_disk_counts_from_then_on(tmp_path: Path) -> None:
    file = ensure_tokens(tmp_path)
    file.write_text(json.dumps({VIEWER: "a", OPERATOR: "b"}), "utf-8")
    tokens = read_tokens(file)
    assert (tokens.viewer.reveal(), tokens.operator.reveal()) == ("a", "b")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        b'{"viewer_token": "hush", "operator_token": 5}',
        b'{"viewer_token": "hush"}',
    ],
)
def test_a_damaged_file_is_named_and_not_shown(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "tokens.json"
    file.write_bytes(content)
    with pytest.raises(BadInput, match="remove it") as caught:
        ensure_tokens(tmp_path)
    assert "hush" not in str(caught.value)


def test_a_home_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("", "utf-8")
    with pytest.raises((Unavailable, BadInput), match="home"):
        ensure_tokens(tmp_path / "home")


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_file_that_others_can_read_is_mended_and_said(tmp_path: Path, mode: int) -> None:
    file = ensure_tokens(tmp_path)
    file.chmod(mode)
    said: list[str] = []
    keep_to_owner(file, said.append)
    keep_to_owner(file, said.append)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(said) == 1
    assert "others could read the tokens" in said[0]


def test_one_that_nobody_else_can_read_is_left_alone(tmp_path: Path) -> None:
    file = ensure_tokens(tmp_path)
    file.chmod(0o400)
    said: list[str] = []
    keep_to_owner(file, said.append)
    assert (stat.S_IMODE(file.stat().st_mode), said) == (0o400, [])
