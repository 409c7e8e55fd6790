"""`trader backtest-remote` on the local AWS: the bytes of a run on this machine, and every failure told.

One test, since what is deployed serves all of it. History comes from an archive server, whose first answer is a wrong
one, and from the simulated exchange for the month that no archive has.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from chalicelib.config import Deployment
from infra import layer_versions
from infra.account import LOCAL_IDENTITY, LOCAL_REGION, AwsAccount
from infra.backtest import package
from infra.backtest.deploy import deploy as deploy_backtests
from infra.cloudformation import Stack
from infra.deploy import TEMPLATE
from layers.build import build
from tests.e2e.commands import COMMAND
from tests.e2e.exchange import simulated_exchange
from tests.fakes.archive_server import ArchiveServer, archive_of, archive_server, path_of
from tests.support.emulator import Emulator, emulator
from tests.support.markets import wave
from trader.cloud_backtest.pieces import pieces_of
from trader.data.candle_files import COLUMNS
from trader.data.candles import CandleColumns, between

NAMES = Deployment("local")
ACCOUNT_ID = "000000000000"
BUCKET = f"{NAMES.prefix}-{ACCOUNT_ID}-{LOCAL_REGION}"
SYMBOLS = ("AAAUSDT", "BBBUSDT")
MINUTES = 2 * 1440
START_MS = 1_701_302_400_000
"""2023-11-30: a day of November, one of December."""
RANGE = ("--from", "2023-11-30T00:00:00Z", "--to", "2023-12-01T20:00:00Z")
GRID = (
    *("--grid", "strategy.settings.rsi_buy=20,25,30,35"),
    *("--grid", "strategy.settings.rsi_sell=65,70,75"),
    *("--grid", "risk.stop_loss=0.01,0.02"),
    *("--set", "strategy.settings.rsi_period=5", "--walk-forward", "2", "--objective", "total_return"),
)
SETS = 24
TWO_SERIES = Path(__file__).parents[1] / "strategies" / "two_series.py"
CSV_FILES = ("sweep.csv", "walk_forward.csv", "out_of_sample.csv", "trades.csv", "equity.csv")
PLANTED = """
from pathlib import Path

from chalicelib.errors import Unavailable
from trader.cloud_backtest import handlers

def shard(event, context):
    if event["shard"] == 1:
        raise RuntimeError("planted: this shard never works")
    if event["shard"] == 2 and not Path("{marker}").exists():
        Path("{marker}").touch()
        raise Unavailable("planted: the first attempt")
    return handlers.shard(event, context)
"""


class Said(NamedTuple):
    """What a command printed."""

    stdout: str
    stderr: str


@dataclass(frozen=True)
class Journey:
    """What is deployed, where history comes from, and a folder."""

    aws: Emulator
    archive: ArchiveServer
    folder: Path
    files: tuple[Path, ...]

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """The command, running, as a person with the credentials of the local AWS starts it."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TRADER_"))}
        own = {**LOCAL_IDENTITY, "AWS_ENDPOINT_URL": self.aws.url, "TRADER_HOME": str(self.folder / "home")}
        return subprocess.Popen(
            [COMMAND, *arguments],
            env={**kept, **own, "NO_COLOR": "1"},
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def trader(self, *arguments: str, code: int = 0) -> Said:
        """The command, which must end so and never show a traceback."""
        with self.start(*arguments) as process:
            try:
                said = Said(*process.communicate(timeout=120))
            finally:
                process.kill()
        assert process.returncode == code, f"{said.stdout[-2000:]}\n{said.stderr[-2000:]}\n{self.said()}"
        assert "Traceback" not in said.stdout + said.stderr
        return said

    def remote(self, *arguments: str, code: int = 0) -> Said:
        return self.trader("backtest-remote", *self.asked(), *arguments, code=code)

    def asked(self) -> tuple[str, ...]:
        """The options of every run."""
        return ("--symbol", ",".join(SYMBOLS), *RANGE, *GRID, "--archive", self.archive.url)

    def said(self) -> str:
        """The end of the emulator's log."""
        return (self.folder / "emulator" / "emulator.log").read_text("utf-8", "replace")[-2000:]

    def alerts(self) -> list[str]:
        """Subjects and messages published since the last look."""
        queue = self.aws.client("sqs").get_queue_url(QueueName="told")["QueueUrl"]
        found = self.aws.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        for each in found:
            self.aws.client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=each["ReceiptHandle"])
        bodies = [json.loads(each["Body"]) for each in found]
        return [f"{body['Subject']}\n{body['Message']}" for body in bodies]


@pytest.mark.slow
def test_backtests_on_step_functions(tmp_path: Path) -> None:
    markets = [shifted(wave(symbol, MINUTES, seed), START_MS) for seed, symbol in enumerate(SYMBOLS, 1)]
    files = tuple(written(columns, tmp_path) for columns in markets)
    with (
        archive_server() as archive,
        simulated_exchange(
            tmp_path / "sim", "--candles", ",".join(map(str, files)), "--history", str(MINUTES - 10)
        ) as exchange_url,
        emulator(tmp_path / "emulator", SFN_WAIT_SCALE="0.02") as aws,
    ):
        (tmp_path / "agent.toml").write_text(f'[exchange]\nbase_url = "{exchange_url}"\n', "utf-8")
        for columns in markets:
            publish_november(archive, columns)
        deployed(aws)
        journey = Journey(aws, archive, tmp_path, files)
        it_equals_the_run_on_this_machine(journey)
        it_runs_a_file_of_ones_own_with_its_series(journey)
        it_reports_a_shard_that_fails(journey)
        it_reports_an_archive_that_is_never_what_was_published(journey)
        it_explains_what_is_not_there(journey)


def shifted(columns: CandleColumns, start_ms: int) -> CandleColumns:
    return columns._replace(open_ms=columns.open_ms - columns.open_ms[0] + start_ms)


def written(columns: CandleColumns, folder: Path) -> Path:
    path = folder / f"{columns.symbol}_1m.parquet"
    parquet.write_table(pa.table([np.asarray(column) for column in columns[1:]], names=list(COLUMNS)), path)
    return path


def publish_november(archive: ArchiveServer, columns: CandleColumns) -> None:
    """The whole month, of which the run is over two days; what comes first for one of the archives is another's."""
    november, _ = pieces_of([columns.symbol], int(columns.open_ms[0]), int(columns.open_ms[-1]))
    archive.publish(between(columns, november.first_ms, november.last_ms))
    if columns.symbol == SYMBOLS[0]:
        wrong = archive_of(shifted(wave(columns.symbol, 60, 9), START_MS), f"{columns.symbol}-1m-2023-11.csv")
        archive.wrong[path_of(columns.symbol, "2023-11")] = (1, wrong)


def deployed(aws: Emulator) -> None:
    """As `make stack` does, without the functions that trade; and a queue that hears the topic."""
    account = AwsAccount(ACCOUNT_ID, LOCAL_REGION, endpoint=aws.url)
    stack = Stack(account, NAMES.prefix)
    stack.deploy(TEMPLATE.read_text("utf-8"), {"Stage": NAMES.stage}, {})
    layer_arn = layer_versions.publish(account, NAMES, build())
    said = deploy_backtests(account, NAMES, stack.outputs()["BucketName"], layer_arn)
    assert said == "a zip of plain Python (an emulator)"
    queue = aws.client("sqs").create_queue(QueueName="told")["QueueUrl"]
    arn = aws.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    aws.client("sns").subscribe(TopicArn=stack.outputs()["TopicArn"], Protocol="sqs", Endpoint=arn)


def it_equals_the_run_on_this_machine(journey: Journey) -> None:
    """24 sets of 2 symbols; the archive that came wrong was refused, asked for again, and no one noticed."""
    run_id = it_goes_on_after_ctrl_c(journey)
    journey.trader("backtest-remote", "--run", run_id, "--out", "remote")
    candles = ("--candles", ",".join(map(str, journey.files)))
    journey.trader("tune", *candles, *RANGE, *GRID, "--out", "local")
    remote, local = journey.folder / "remote", journey.folder / "local"
    for name in CSV_FILES:
        assert (remote / name).read_bytes() == (local / name).read_bytes(), name
    assert {path.name for path in remote.iterdir()} == {path.name for path in local.iterdir()}
    metrics = json.loads((remote / "metrics.json").read_text("utf-8"))
    assert (metrics["engine"], metrics["parameter_sets_tried"], metrics["failed_shards"]) == ("plain Python", SETS, [])

    best = [f"--set={name}={value}" for name, value in metrics["best_values"].items()]
    period = "--set=strategy.settings.rsi_period=5"
    journey.trader("paper", "backtest", *candles, *RANGE, period, *best, "--no-report", "--out", "alone")
    for name in ("trades.csv", "equity.csv"):
        assert (remote / name).read_bytes() == (journey.folder / "alone" / name).read_bytes(), name

    assert fetched(journey.archive) == [2, 1]
    [alert] = journey.alerts()
    assert f"{SETS} of {SETS} parameter sets ran" in alert


def it_runs_a_file_of_ones_own_with_its_series(journey: Journey) -> None:
    """By bars of 15 minutes; the file goes with the request, its series into the bucket."""
    (journey.folder / "mine.py").write_bytes(TWO_SERIES.read_bytes())
    rows = [f"{START_MS + minute * 60_000},{1 - minute // 40 % 2 * 2}\n" for minute in range(0, MINUTES, 20)]
    (journey.folder / "funding.csv").write_text("time,value\n" + "".join(rows), "utf-8")
    own = ("--strategy", "mine.py", "--series", "funding=funding.csv", "--set", "strategy.interval=15m")
    asked = (*RANGE, *own, "--grid", "risk.stop_loss=0.01,0.02", "--objective", "total_return")
    symbols = ("--symbol", ",".join(SYMBOLS), "--archive", journey.archive.url)
    journey.trader("backtest-remote", *symbols, *asked, "--out", "own-remote")
    journey.trader("tune", "--candles", ",".join(map(str, journey.files)), *asked, "--out", "own-local")
    remote, local = journey.folder / "own-remote", journey.folder / "own-local"
    for name in (*CSV_FILES, "best.toml"):
        assert (remote / name).read_bytes() == (local / name).read_bytes(), name
    assert len((remote / "trades.csv").read_text("utf-8").splitlines()) > 20
    [alert] = journey.alerts()
    assert "2 of 2 parameter sets ran" in alert


def it_goes_on_after_ctrl_c(journey: Journey) -> str:
    """A run that is no longer followed; its id, as the command tells it."""
    with journey.start("backtest-remote", *journey.asked(), "--out", "remote") as process:
        try:
            assert process.stderr is not None
            assert process.stderr.readline() == f"{SETS} parameter sets\n"
            started = re.fullmatch(r"run (\S+) started\n", process.stderr.readline())
            assert started is not None
            process.send_signal(signal.SIGINT)
            said = Said(*process.communicate(timeout=30))
        finally:
            process.kill()
    assert process.returncode == 130, said.stderr
    assert said.stderr.strip().splitlines() == [
        f"run {started[1]} goes on; to follow and fetch it:",
        f"  trader backtest-remote --run {started[1]} --stage local --out remote",
    ]
    return started[1]


def it_reports_a_shard_that_fails(journey: Journey) -> None:
    """One shard fails once and is repeated, another one never succeeds. No archive is fetched anew."""
    before = fetched(journey.archive)
    plant(journey.aws, journey.folder)
    done = journey.remote("--out", "partial", code=1)
    assert done.stderr.splitlines()[-1] == "Error: 8 of 24 sets were not run; sweep.csv says which and why"
    assert "shard 1 (sets 8 to 15) failed: planted: this shard never works" in done.stderr
    header, *rows = (journey.folder / "partial" / "sweep.csv").read_text("utf-8").splitlines()
    assert header.endswith(",error")
    assert len(rows) == SETS
    assert [bool(row.rpartition(",")[2]) for row in rows] == [8 <= number < 16 for number in range(SETS)]
    metrics = json.loads((journey.folder / "partial" / "metrics.json").read_text("utf-8"))
    assert [each["error"] for each in metrics["failed_shards"]] == ["RuntimeError"]
    assert (journey.folder / "planted").exists()
    assert fetched(journey.archive) == before
    [alert] = journey.alerts()
    assert "16 of 24 parameter sets ran" in alert
    assert "planted: this shard never works" in alert


def fetched(archive: ArchiveServer) -> list[int]:
    """How often the one archive of each symbol was."""
    return [archive.asked[path_of(symbol, "2023-11")] for symbol in SYMBOLS]


def plant(aws: Emulator, folder: Path) -> None:
    """Another handler in front of the shards'."""
    path = folder / "planted.zip"
    path.write_bytes(package.build_zip(package.this_machine()).read_bytes())
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("planted.py", PLANTED.format(marker=folder / "planted"))
    client, name = aws.client("lambda"), f"{NAMES.prefix}-backtest-shard-zip"
    client.update_function_code(FunctionName=name, ZipFile=path.read_bytes())
    client.update_function_configuration(FunctionName=name, Handler="planted.shard")


def it_reports_an_archive_that_is_never_what_was_published(journey: Journey) -> None:
    for each in objects(journey.aws, "history/"):
        journey.aws.client("s3").delete_object(Bucket=BUCKET, Key=each["Key"])
    journey.archive.wrong[path_of(SYMBOLS[1], "2023-11")] = (99, b"not what was published")
    before = journey.archive.asked[path_of(SYMBOLS[1], "2023-11")]
    done = journey.remote("--out", "refused", code=1)
    told = done.stderr.splitlines()[-1]
    assert told.startswith("trader: run ")
    assert "ChecksumMismatch" in told
    assert "published is" in told
    assert journey.archive.asked[path_of(SYMBOLS[1], "2023-11")] - before == 4  # at first, and three times more
    [alert] = journey.alerts()
    assert alert.startswith("backtest failed\n")
    assert "ChecksumMismatch" in alert


def objects(aws: Emulator, prefix: str) -> list[Mapping[str, Any]]:
    found = aws.client("s3").list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
    assert isinstance(found, list)
    return found


def it_explains_what_is_not_there(journey: Journey) -> None:
    done = journey.trader("backtest-remote", "--run", "20200101T000000Z-none", "--out", "none", code=1)
    assert "there is no such run here" in done.stderr
    done = journey.remote("--stage", "dev", "--out", "none", code=1)
    assert "no backtests are deployed here" in done.stderr
