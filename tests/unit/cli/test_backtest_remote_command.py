"""`trader backtest-remote` with what cannot be meant, and without credentials: one line, before anything is started."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import boto3
import pytest

from tests.support.aws import REGION, mocked_aws
from trader.cli import run
from trader.cloud_backtest import series

TWO_SERIES = Path(__file__).parents[2] / "strategies" / "two_series.py"

RANGE = ("--from", "2025-01-01", "--to", "2025-01-31")
GRID = ("--grid", "strategy.settings.rsi_buy=20,30")
STOPS = ("--grid", "risk.stop_loss=0.01,0.02")


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
        ((*RANGE, *GRID, "--series", "sentiment=mood.csv"), 2, "--series sentiment: on AWS nothing is known of it"),
        ((*RANGE, *GRID, "--series", "mood=mood.csv"), 1, "reads no such series; it reads sentiment"),
        ((*RANGE, *STOPS, "--strategy", "signals", "--series", "entry=none.csv"), 1, "none.csv: cannot be read"),
        ((*RANGE, *STOPS, "--strategy", "signals"), 1, "needs a series that nothing gives here: entry; give --series"),
        ((*RANGE, *STOPS, "--strategy", "none.py"), 1, "none.py: there is no such file"),
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


def test_series_are_put_beside_the_candles_before_a_run_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.py").write_bytes(TWO_SERIES.read_bytes())
    (tmp_path / "funding.csv").write_text("time,value\n1735689600000,1\n", "utf-8")
    given = (*RANGE, *STOPS, "--strategy", "mine.py", "--series", "funding=funding.csv", "--stage", "dev")
    with mocked_aws(monkeypatch):
        client = boto3.client("s3", region_name=REGION)
        client.create_bucket(Bucket=f"ai-trader-dev-123456789012-{REGION}")
        assert run(["backtest-remote", *given, "--out", "results"]) == 1
        [put] = client.list_objects_v2(Bucket=f"ai-trader-dev-123456789012-{REGION}")["Contents"]
    digest = hashlib.sha256((tmp_path / "funding.csv").read_bytes()).hexdigest()
    assert put["Key"] == f"history/series/{digest}.csv"
    told = capsys.readouterr().err.splitlines()
    assert told[:2] == [
        "funding: file funding.csv, 1 rows",
        "mood: no such series is given: what reads it is left out",
    ]
    assert told[2].startswith("mine.py: sent as ")
    assert told[-1].endswith("no backtests are deployed here: make deploy, or make stack")


def test_more_of_series_than_a_run_takes_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "entry.csv").write_text("time,value\n1735689600000,1\n", "utf-8")
    monkeypatch.setattr(series, "MOST_BYTES", 20)
    given = (*RANGE, *STOPS, "--strategy", "signals", "--series", "entry=entry.csv")
    assert run(["backtest-remote", *given, "--out", "results"]) == 1
    assert capsys.readouterr().err.endswith("--series entry: 27 bytes, at most 20: leave out rows long before --from\n")
