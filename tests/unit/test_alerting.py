"""Whom a run on this machine tells: its own terminal always, a webhook where one is set."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest

from chalicelib import wiring
from chalicelib.config import load_config
from chalicelib.domain import Alert
from chalicelib.errors import BadInput
from tests.fakes.web_server import dead_url, serving

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


def test_a_halt_by_hand_is_posted_before_it_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as server:
        monkeypatch.setenv("TRADER_WEBHOOK", server.url)
        stream = StringIO()
        wiring.alerts_at_once(stream).notify(ALERT)
        assert len(server.received) == 1
    assert ALERT.subject in stream.getvalue()
