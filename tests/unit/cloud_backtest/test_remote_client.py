"""Starting, following and fetching a run: what is asked of AWS, and every trouble in one line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

from chalicelib.config import Deployment
from chalicelib.errors import BadInput, Rejected, TraderError, Unavailable
from tests.support.aws import REGION, mocked_aws
from trader.cloud_backtest.client import RemoteRuns, RunProgress, follow
from trader.cloud_backtest.request import BacktestRequest, read_request

RUN = "20261125T101500Z-a1b2"
ARN = "arn:aws:states:us-east-1:123456789012"
REQUEST = BacktestRequest(("BTCUSDT",), 0, 3_600_000, grid=("strategy.settings.rsi_buy=20,30",))


def error(code: str, said: str = "said so") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": said}}, "Anything")


@dataclass
class StateMachines:
    """As much of Step Functions as a client asks for. Each look takes the next of `looks`; errors are raised."""

    looks: list[Any] = field(default_factory=list)
    counts: Mapping[str, int] | None = None
    started: list[Mapping[str, Any]] = field(default_factory=list)
    refusal: Exception | None = None

    @property
    def meta(self) -> StateMachines:
        return self

    region_name = REGION

    def start_execution(self, **given: Any) -> None:
        if self.refusal:
            raise self.refusal
        self.started.append(given)

    def describe_execution(self, executionArn: str) -> Mapping[str, Any]:  # noqa: N803
        assert executionArn == f"{ARN}:execution:ai-trader-dev-backtest:{RUN}"
        look = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        if isinstance(look, Exception):
            raise look
        return {"executionArn": executionArn, **look}

    def list_map_runs(self, executionArn: str) -> Mapping[str, Any]:  # noqa: N803
        return {"mapRuns": [] if self.counts is None else [{"mapRunArn": "a-map-run"}]}

    def describe_map_run(self, mapRunArn: str) -> Mapping[str, Any]:  # noqa: N803
        return {"itemCounts": {"succeeded": 0, "failed": 0, "timedOut": 0, "aborted": 0, **(self.counts or {})}}


@dataclass
class Session:
    """Step Functions of ours, everything else of moto."""

    machines: StateMachines
    region: str = REGION

    def client(self, service: str) -> Any:
        make: Any = boto3.client
        return self.machines if service == "stepfunctions" else make(service, region_name=self.region)


@pytest.fixture
def machines(monkeypatch: pytest.MonkeyPatch) -> Iterator[StateMachines]:
    with mocked_aws(monkeypatch):
        yield StateMachines()


def runs_of(machines: StateMachines) -> RemoteRuns:
    return RemoteRuns(Deployment("dev"), cast("boto3.Session", Session(machines)))


def followed(machines: StateMachines) -> list[RunProgress]:
    reported: list[RunProgress] = []
    follow(runs_of(machines), RUN, reported.append, lambda seconds: None)
    return reported


def test_a_run_is_started_with_all_that_its_plan_needs(machines: StateMachines) -> None:
    runs_of(machines).start(RUN, REQUEST)
    [given] = machines.started
    assert (given["stateMachineArn"], given["name"]) == (f"{ARN}:stateMachine:ai-trader-dev-backtest", RUN)
    assert read_request(json.loads(given["input"])) == REQUEST


def test_progress_is_that_of_the_shards(machines: StateMachines) -> None:
    machines.looks = [{"status": "RUNNING"}]
    assert runs_of(machines).progress(RUN) == RunProgress("RUNNING", None, 0)
    machines.counts = {"total": 9, "succeeded": 3, "failed": 1, "running": 2}
    assert runs_of(machines).progress(RUN) == RunProgress("RUNNING", 9, 4)


def test_a_run_is_followed_to_its_end_past_looks_that_fail(machines: StateMachines) -> None:
    running = {"status": "RUNNING"}
    lost = EndpointConnectionError(endpoint_url="https://states")
    machines.looks = [running, error("ThrottlingException"), lost, running, {"status": "SUCCEEDED"}]
    assert [progress.status for progress in followed(machines)] == ["RUNNING", "RUNNING", "SUCCEEDED"]


def test_a_network_that_stays_away_is_an_end(machines: StateMachines) -> None:
    machines.looks = [EndpointConnectionError(endpoint_url="https://states")]
    with pytest.raises(Unavailable, match=f"run {RUN}: Could not connect"):
        followed(machines)


@pytest.mark.parametrize(
    ("ended", "words"),
    [
        (
            {
                "status": "FAILED",
                "error": "BadInput",
                "cause": '{"errorMessage": "the request: symbols", "stackTrace": []}',
            },
            f"run {RUN}: BadInput: the request: symbols",
        ),
        ({"status": "TIMED_OUT"}, f"run {RUN}: TIMED_OUT: no reason was given"),
        ({"status": "ABORTED", "cause": "make destroy"}, f"run {RUN}: ABORTED: make destroy"),
    ],
)
def test_why_a_run_failed_is_one_line(machines: StateMachines, ended: Mapping[str, str], words: str) -> None:
    machines.looks = [ended]
    with pytest.raises(Rejected) as caught:
        followed(machines)
    assert str(caught.value) == words


def test_a_run_without_a_best_set_has_files_to_fetch(machines: StateMachines) -> None:
    machines.looks = [{"status": "FAILED", "error": "NothingToChoose", "cause": "0 of 9 ran"}]
    assert [progress.status for progress in followed(machines)] == ["FAILED"]


@pytest.mark.parametrize(
    ("refusal", "kind", "words"),
    [
        (error("StateMachineDoesNotExist"), BadInput, "stage dev: no backtests are deployed here"),
        (error("AccessDeniedException"), Rejected, "stage dev: AccessDeniedException: said so"),
        (error("ServiceUnavailable"), Unavailable, "stage dev: ServiceUnavailable"),
        (NoCredentialsError(), BadInput, "no AWS credentials: run aws configure"),
    ],
)
def test_what_keeps_a_run_from_starting_is_one_line(
    machines: StateMachines, refusal: Exception, kind: type[TraderError], words: str
) -> None:
    machines.refusal = refusal
    with pytest.raises(kind, match=words):
        runs_of(machines).start(RUN, REQUEST)


@pytest.mark.parametrize("run_id", ["", "a b", "../x", "x" * 81])
def test_what_is_no_run_is_asked_of_nobody(machines: StateMachines, run_id: str) -> None:
    with pytest.raises(BadInput, match="must be 1 to 80"):
        runs_of(machines).progress(run_id)


def test_a_run_that_is_not_there(machines: StateMachines) -> None:
    machines.looks = [error("ExecutionDoesNotExist")]
    with pytest.raises(BadInput, match=f"run {RUN}: there is no such run here"):
        runs_of(machines).progress(RUN)


def test_what_is_there_is_fetched(machines: StateMachines, tmp_path: Path) -> None:
    runs = runs_of(machines)
    assert runs.bucket == "ai-trader-dev-123456789012-us-east-1"
    with pytest.raises(Rejected, match="NoSuchBucket"):
        runs.fetch(RUN, tmp_path)
    client = boto3.client("s3", region_name=REGION)
    client.create_bucket(Bucket=runs.bucket)
    client.put_object(Bucket=runs.bucket, Key=f"runs/{RUN}/sweep.csv", Body=b"set\n0\n")
    assert runs.fetch(RUN, tmp_path / "new") == ["sweep.csv"]
    assert (tmp_path / "new" / "sweep.csv").read_bytes() == b"set\n0\n"
    (tmp_path / "file").touch()
    with pytest.raises(BadInput, match="cannot be made"):
        runs.fetch(RUN, tmp_path / "file" / "below")
