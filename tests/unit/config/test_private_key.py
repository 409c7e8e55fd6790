"""Private keys by .env: as the file that is named, or as a line."""

from __future__ import annotations

from pathlib import Path

import pytest

from chalicelib.config import given_secrets, load_secrets, private_key_file
from chalicelib.errors import BadInput

BODY = "MC4CAQAwBQYDK2VwBCIEIAAAAAAAAAAAAAAAAAAA"
PEM = f"-----BEGIN PRIVATE KEY-----\n{BODY}\n-----END PRIVATE KEY-----"


def test_a_file_holds_the_secret_that_signs(tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    key.write_text(f"Bag Attributes\n{PEM}\n")
    env = tmp_path / ".env"
    env.write_text(f"BINANCE_API_KEY=k\nBINANCE_PRIVATE_KEY_FILE={key}\n")
    found = load_secrets(env, {})
    assert (found.binance_api_key.reveal(), found.binance_api_secret.reveal()) == ("k", PEM)
    assert private_key_file(env, {}) == key
    assert private_key_file(env, {"BINANCE_PRIVATE_KEY_FILE": ""}) is None


@pytest.mark.parametrize("written", [PEM.replace("\n", "\\n"), f'"{PEM}"', '"' + PEM.replace("\n", "\\n") + '"'])
def test_a_line_of_env_holds_a_key(written: str, tmp_path: Path) -> None:
    env = tmp_path / ".env"
    env.write_text(f"BINANCE_API_SECRET={written}\n")
    assert load_secrets(env, {}).binance_api_secret.reveal().replace("\\n", "\n") == PEM


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"", "holds no private key"),
        (b"hunter2", "holds no private key"),
        (b"\x00\xff\xfe", "holds no private key"),
        (PEM.replace("PRIVATE", "PUBLIC").encode(), "holds no private key"),
    ],
)
def test_a_file_without_a_key_gets_one_line_that_shows_none_of_it(
    content: bytes | None, words: str, tmp_path: Path
) -> None:
    file = tmp_path / "key.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(BadInput, match=f"BINANCE_PRIVATE_KEY_FILE = .*key.pem: {words}") as caught:
        load_secrets(tmp_path / ".env", {"BINANCE_PRIVATE_KEY_FILE": str(file)})
    assert "hunter2" not in str(caught.value)
    assert BODY not in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("named", ["a\x00b", "~nobody-of-this-name/key", "."])
def test_what_is_no_file_gets_one_line(named: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"BINANCE_PRIVATE_KEY_FILE = .*: cannot be read: ") as caught:
        load_secrets(tmp_path / ".env", {"BINANCE_PRIVATE_KEY_FILE": named})
    assert str(caught.value).isprintable()


def test_two_ways_of_signing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="two ways of signing: give one"):
        load_secrets(tmp_path / ".env", {"BINANCE_PRIVATE_KEY_FILE": "key.pem", "BINANCE_API_SECRET": "hush"})


@pytest.mark.parametrize("how", ["file", "line", "text"])
def test_each_line_of_a_key_is_a_secret(how: str, tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text(PEM)
    environ = {
        "file": {"BINANCE_PRIVATE_KEY_FILE": str(tmp_path / "key.pem")},
        "line": {"BINANCE_API_SECRET": PEM.replace("\n", "\\n")},
        "text": {"BINANCE_API_SECRET": PEM},
    }[how]
    assert BODY in [secret.reveal() for secret in given_secrets(tmp_path / ".env", environ)]
    assert given_secrets(tmp_path / ".env", {"BINANCE_PRIVATE_KEY_FILE": str(tmp_path / "none")}) == ()
