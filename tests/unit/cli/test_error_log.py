"""What a report of a defect attaches: no secret of this machine stands in it, and its owner alone can read it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from trader.cli.error_log import record


def recorded(home: Path, *arguments: str, text: str = "x") -> str:
    try:
        raise RuntimeError(text)
    except RuntimeError as error:
        path = record(error, arguments, home)
    assert path is not None
    return path.read_text("utf-8")


@pytest.mark.parametrize(
    "arguments",
    [
        ("halt", "--url", "https://host/api", "--token", "hush-hush"),
        ("halt", "--token=hush-hush"),
        ("sim", "--key", "k", "--secret", "hush-hush"),
        ("paper", "run", "--set", 'alerts.webhook="hush-hush"'),
        ("paper", "run", "--set=alerts.webhook=hush-hush"),
        ("news", "--feed", "https://me:hush-hush@host/rss"),
        ("news", "--feed", "https://host/rss?q=btc&auth_token=hush-hush"),
        ("news", "--feed", "https://host/rss?feed_key=hush-hush"),
        ("news", "--feed", "https://host/rss?q=btc&pw=hush-hush"),
        ("klines", "--base-url", "https://host/?apiKey=hush-hush"),
    ],
)
def test_a_secret_of_the_command_line_is_in_neither_line_nor_traceback(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    text = recorded(tmp_path, *arguments, text=f"failed with {arguments[-1].replace('--token', '')}")
    assert "hush" not in text
    assert "RuntimeError" in text
    assert arguments[0] in text


@pytest.mark.parametrize("option", ["--feed={}", "--set=news.feeds=['{}']"])
def test_what_an_address_hides_is_not_quoted_in_parts_either(tmp_path: Path, option: str) -> None:
    argument = option.format("https://host/feed/Hush0hush1Hush2/rss?x=hush-hush-hush")
    text = recorded(tmp_path, "news", argument, text="/feed/Hush0hush1Hush2/rss failed, and hush-hush-hush")
    assert "hush" not in text


def test_neither_are_those_of_the_environment_and_of_dotenv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRADER_TOKEN", "hush-token")
    monkeypatch.delenv("BINANCE_API_SECRET")
    monkeypatch.delenv("TRADER_WEBHOOK")
    (tmp_path / ".env").write_text("BINANCE_API_SECRET=hush-secret\nTRADER_WEBHOOK=https://h.example/hush/path-of-it\n")
    text = recorded(tmp_path, "status", text="hush-token, hush-secret, /hush/path-of-it")
    assert "hush" not in text


def test_neither_are_other_programs_secrets_and_those_of_a_dotenv_that_counts_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "AWS_SECRET_ACCESS_KEY": "hush-aws-key",
        "AWS_SESSION_TOKEN": "hush-session",
        "TOKENS": "on",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TRADER_TOKEN", "hush-token")
    (tmp_path / ".env").write_text("TRADER_TOKEN=hush-of-before\nOTHER_API_KEY=hush-other\n")
    text = recorded(tmp_path, "status", text="on hush-aws-key hush-session hush-token hush-of-before hush-other")
    assert "hush" not in text
    assert "RuntimeError: on ***" in text


def test_a_dotenv_that_cannot_be_read_keeps_nothing_else_from_being_hidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRADER_TOKEN", "hush-token")
    (tmp_path / ".env").write_bytes("TRADER_WEBHOOK=x".encode("utf-16"))
    assert "hush" not in recorded(tmp_path, "status", text="hush-token")


def test_only_its_owner_can_read_it_one_of_before_included(tmp_path: Path) -> None:
    file = tmp_path / "error.log"
    file.write_text("before\n")
    file.chmod(0o644)
    assert recorded(tmp_path, "status").startswith("before\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert recorded(tmp_path / "new", "status")
    assert stat.S_IMODE((tmp_path / "new" / "error.log").stat().st_mode) == 0o600


def test_what_no_terminal_should_be_sent_stands_there_as_escapes(tmp_path: Path) -> None:
    assert "\x1b" not in recorded(tmp_path, "status", "\x1b[2J", text="a\x1b[31mb\x9bc")


def test_a_home_that_cannot_be_written_is_no_second_error(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    assert record(RuntimeError("x"), ["status"], tmp_path / "home") is None
