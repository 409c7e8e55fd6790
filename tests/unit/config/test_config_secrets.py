"""Secrets: where they come from, and that nothing shows them."""

from __future__ import annotations

import copy
import json
import os
import pickle
import traceback
from pathlib import Path

import pytest

from chalicelib.config import Config, Secret, Secrets, load_config, load_secrets
from chalicelib.errors import BadInput

EMPTY = Path(os.devnull)
TEXT = "hunter2-hunter2"


def test_a_secret_is_stars_however_it_is_printed() -> None:
    secret = Secret(TEXT)
    for printed in (
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret:>20}",
        f"{secret!r}",
        str([secret]),
        f"{[secret]}",
    ):
        assert TEXT not in printed
        assert "***" in printed
    assert TEXT not in repr(Secrets(binance_api_secret=secret))


def test_a_secret_stays_hidden_in_json_errors_and_tracebacks() -> None:
    secrets = Secrets(binance_api_key=Secret(TEXT))
    try:
        json.dumps({"key": secrets.binance_api_key})
    except TypeError as error:
        report = traceback.TracebackException.from_exception(error, capture_locals=True)
        assert "***" in "".join(report.format())
        assert TEXT not in "".join(report.format())
    else:
        pytest.fail("a secret was written as JSON")


def test_only_reveal_gives_the_text() -> None:
    assert Secret(TEXT).reveal() == TEXT
    assert Secret(TEXT) == Secret(TEXT) != Secret("other")
    assert Secret(TEXT) != TEXT
    assert len({Secret(TEXT), Secret(TEXT)}) == 1
    assert not Secret()
    assert not hasattr(Secret(TEXT), "__dict__")


def test_a_configuration_with_a_secret_can_be_copied_and_sent_to_a_worker() -> None:
    config = load_config(EMPTY, [f"alerts.webhook=https://127.0.0.1/{TEXT}"])
    assert TEXT not in repr(config)
    for twin in (copy.deepcopy(config), pickle.loads(pickle.dumps(config))):  # noqa: S301 (our own bytes)
        assert twin == config
        assert twin.alerts.webhook.reveal() == f"https://127.0.0.1/{TEXT}"


@pytest.mark.parametrize("key", ["api_key", "apikey", "API_SECRET", "key", "token", "password", "bot_token"])
@pytest.mark.parametrize("section", ["exchange", "alerts", "binance"])
def test_a_secret_in_the_file_or_on_the_command_line_is_refused_unseen(tmp_path: Path, section: str, key: str) -> None:
    file = tmp_path / "agent.toml"
    file.write_text(f'[exchange]\n{key} = "{TEXT}"\n')
    for arguments in ((file, []), (EMPTY, [f"{section}.{key}={TEXT}"])):
        with pytest.raises(BadInput, match=r"a secret must not stand here: put it into \.env") as caught:
            load_config(*arguments)
        assert TEXT not in str(caught.value)


def test_a_wrong_webhook_and_a_password_in_a_url_are_not_repeated() -> None:
    for override in (f"alerts.webhook=ftp://{TEXT}", f"exchange.base_url=https://me:{TEXT}@127.0.0.1/"):
        with pytest.raises(BadInput, match=r"\*\*\*") as caught:
            load_config(EMPTY, [override])
        assert TEXT not in str(caught.value)


def test_secrets_come_from_the_environment_first_and_then_from_the_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("# mine\nexport BINANCE_API_KEY='file'\nBINANCE_API_SECRET=\"a${b}c\"\nTRADER_WEBHOOK=http://h/\n")
    secrets = load_secrets(file, {"BINANCE_API_KEY": "environment", "TRADER_WEBHOOK": ""})
    assert secrets == Secrets(Secret("environment"), Secret("a${b}c"), Secret())


def test_without_file_and_variables_there_are_no_secrets(tmp_path: Path) -> None:
    assert load_secrets(tmp_path / ".env", {}) == Secrets()


def test_the_process_environment_is_read_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BINANCE_API_KEY", f" {TEXT}\n")
    assert load_secrets(tmp_path / ".env").binance_api_key.reveal() == TEXT


@pytest.mark.parametrize("text", ["two words", "line\nbreak", "schlüssel", "nul\0"])
def test_a_secret_that_no_header_carries_is_refused_unseen(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadInput, match="BINANCE_API_KEY: must be printable ASCII without spaces") as caught:
        load_secrets(tmp_path / ".env", {"BINANCE_API_KEY": text})
    assert text not in str(caught.value)


def test_an_env_file_that_is_no_text_is_explained(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes(b"BINANCE_API_KEY=\xff\xfe")
    with pytest.raises(BadInput, match=r"\.env: cannot be read: it is not UTF-8 text"):
        load_secrets(file, {})


def test_the_default_configuration_has_no_webhook() -> None:
    assert not Config().alerts.webhook
