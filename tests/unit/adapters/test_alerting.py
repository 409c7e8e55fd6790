"""Whom a run on this machine tells: its own terminal always, a webhook where one is set."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest

from chalicelib import wiring
from chalicelib.adapters import repeated_notifier
from chalicelib.config import load_config
from chalicelib.domain import Alert
from chalicelib.errors import BadInput
from tests.fakes.web_server import Answer, dead_url, serving

ALERT = Alert("default halted: too much lost", "equity 9400", 1_750_000_000_000)


@pytest.fixture(autouse=True)
def _no_secrets_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRADER_WEBHOOK", raising=False)


def told(webhook: str, said: list[str]) -> str:
    """What stands on the stream after one alert."""
    stream = StringIO()
    with wiring.alerting(load_config(None, [f"alerts.webhook={webhook}"]), stream, said.append) as notifier:
        notifier.notify(ALERT)
    return stream.getvalue()


def test_an_alert_is_a_line_and_a_post() -> None:
    said: list[str] = []
    with serving() as server:
        assert ALERT.subject in told(f"{server.url}/hook", said)
    assert [request.json()["subject"] for request in server.received] == [ALERT.subject]
    assert said == []


def test_the_secret_comes_before_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as server:
        monkeypatch.setenv("TRADER_WEBHOOK", server.url)
        told(dead_url(), [])
    assert len(server.received) == 1


def test_without_a_webhook_the_line_is_all() -> None:
    assert ALERT.subject in told("", [])


def test_an_address_that_takes_no_post_is_refused_unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADER_WEBHOOK", "ftp://user:word@host/secret-path")
    with pytest.raises(BadInput) as refusal:
        told("", [])
    assert "secret-path" not in str(refusal.value)


def told_of_a_halt(said: list[str], *files: Path) -> str:
    """What stands on the stream after one halt by hand of agents that were started with these settings."""
    stream = StringIO()
    with wiring.alerting_of_halts(lambda: files, stream, said.append) as notifier:
        notifier.notify(ALERT)
    return stream.getvalue()


def test_a_halt_by_hand_is_posted_where_the_settings_say_once_for_each_address(tmp_path: Path) -> None:
    said: list[str] = []
    files = [tmp_path / "a.toml", tmp_path / "b.toml", tmp_path / "c.toml"]
    with serving() as server:
        for file, path in zip(files, ("one", "two", "one"), strict=True):
            other = "[agent]\nsymbols = 5\n" if path == "two" else ""  # a mistake elsewhere in the file is not minded
            file.write_text(f'{other}[alerts]\nwebhook = "{server.url}/{path}"\n')
        assert ALERT.subject in told_of_a_halt(said, *files)
    assert ([request.target for request in server.received], said) == (["/one", "/two"], [])


def test_the_secret_comes_before_the_settings_of_a_halt_whatever_else_is_unusable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said: list[str] = []
    Path(".env").write_bytes("TRADER_TOKEN=x".encode("utf-16"))
    monkeypatch.setenv("BINANCE_API_SECRET", "has space")
    with serving() as server:
        monkeypatch.setenv("TRADER_WEBHOOK", server.url)
        told_of_a_halt(said, tmp_path / "gone.toml")
    assert (len(server.received), said) == (1, [])


@pytest.mark.parametrize(
    ("webhook", "trouble"),
    [
        ("https://example.com/hook#teams", "after # only generic, slack, discord, telegram, card may stand"),
        ("not an address", "TRADER_WEBHOOK: must be printable ASCII without spaces"),
        ("ftp://host/x", "webhook: must be an http(s) URL"),
    ],
)
def test_an_unusable_address_is_one_line_and_no_reason_to_fail(
    webhook: str, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setenv("TRADER_WEBHOOK", webhook)
    assert ALERT.subject in told_of_a_halt(said)
    [line] = said
    assert trouble in line


def test_a_secrets_file_that_cannot_be_read_leaves_the_settings_their_say(tmp_path: Path) -> None:
    said: list[str] = []
    Path(".env").write_bytes("TRADER_WEBHOOK=x".encode("utf-16"))
    with serving() as server:
        file = tmp_path / "agent.toml"
        file.write_text(f'[alerts]\nwebhook = "{server.url}"\n')
        told_of_a_halt(said, file)
    assert (len(server.received), said) == (1, ["alert not posted: .env: cannot be read: it is not UTF-8 text"])


def test_a_halt_that_no_webhook_takes_is_tried_three_times_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    with serving() as server:
        server.otherwise = Answer(302, headers={"Location": f"{server.url}/elsewhere", "Retry-After": "0"})
        monkeypatch.setenv("TRADER_WEBHOOK", server.url)
        monkeypatch.setattr(repeated_notifier, "PAUSE_S", 0.0)
        told_of_a_halt(said)
        assert len(server.received) == repeated_notifier.ATTEMPTS
    assert said == [f"alert not delivered: webhook: answered 302: a redirect, and none is followed ({ALERT.subject})"]
