"""`trader backtest-remote` with what cannot be meant, and without credentials: one line, before anything is started."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.aws import mocked_aws
from trader.cli import run

RANGE = ("--from", "2025-01-01", "--to", "2025-01-31")
GRID = ("--grid", "strategy.settings.rsi_buy=20,30")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person without settings of any kind."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(("AWS_", "TRADER_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (GRID, 2, "--from and --to must say which time"),
        ((*RANGE,), 1, "at least one key must vary"),
        (("--from", "2025-02-01", "--to", "2025-01-01", *GRID), 2, "--from lies after --to"),
        (
            (*RANGE, "--grid", "strategy.settings.rsi_by=1,2"),
            1,
            "unknown setting: rsi_sentiment has rsi_period",
        ),
        ((*RANGE, "--grid", "strategy.settings.rsi_buy=20,101"), 1, "must be a number from 0 to 100"),
        ((*RANGE, *GRID, "--set", "risk.stop_loss=7"), 1, "risk.stop_loss"),
        ((*RANGE, *GRID, "--symbol", "BTC/PERP"), 1, '--symbol "BTC/PERP": must be a symbol of 1 to 20'),
        ((*RANGE, *GRID, "--archive", "ftp://somewhere"), 1, "archive_url: must be http"),
        ((*RANGE, *GRID, "--stage", "no-stage"), 1, "TRADER_STAGE"),
        (("--from", "2099-01-01", "--to", "2099-02-01", *GRID), 1, "must lie before to_ms"),
        (("--run", "a-run", *GRID), 2, "--run names a run that was started"),
        ((*RANGE, *GRID), 1, "no region: set AWS_DEFAULT_REGION"),
        (("--run", "a-run"), 1, "no region: set AWS_DEFAULT_REGION"),
    ],
)
def test_what_cannot_be_meant_is_one_line(
    arguments: tuple[str, ...], code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["backtest-remote", *arguments, "--out", "results"]) == code
    told = capsys.readouterr().err
    assert words in told.splitlines()[-1]
    assert "Traceback" not in told


def test_credentials_are_asked_for(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    assert run(["backtest-remote", *RANGE, *GRID, "--out", "results"]) == 1
    assert "no AWS credentials: run aws configure" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_into_is_found_before_a_run_is_paid_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert run(["backtest-remote", *RANGE, *GRID, "--out", "file/results"]) == 1
    assert "file/results: cannot be made" in capsys.readouterr().err


def test_where_nothing_is_deployed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with mocked_aws(monkeypatch):
        assert run(["backtest-remote", *RANGE, *GRID, "--stage", "dev", "--out", "results"]) == 1
    assert "trader: stage dev: no backtests are deployed here: make deploy, or make stack" in capsys.readouterr().err
