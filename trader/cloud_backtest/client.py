"""Start a run on Step Functions, follow it, fetch what it left: from a person's machine, with their own credentials."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError, PartialCredentialsError

from chalicelib.config import Deployment
from chalicelib.errors import BadInput, Rejected, TraderError, Unavailable
from chalicelib.foreign_text import one_line
from trader.cloud_backtest.outcomes import reason_of
from trader.cloud_backtest.request import BacktestRequest, checked_run_id, run_key
from trader.cloud_backtest.s3 import S3Objects, code_of
from trader.cloud_backtest.series import put_series
from trader.data.files import make_folder
from trader.tuning.files import FILES

FIRST_LOOK_S, LONGEST_LOOK_S = 0.2, 3.0
"""Between two looks; each is slower than the one before."""
NOTHING_TO_CHOOSE = "NothingToChoose"
"""The error of a run that left its table and no best set."""


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How far a run is. Shards are known once its history is there."""

    status: str
    shards: int | None
    shards_done: int


def new_run_id(now: datetime) -> str:
    """By which a run is found again; in the order of their starts.

    >>> new_run_id(datetime(2026, 11, 25, 10, 15, tzinfo=UTC))[:17]
    '20261125T101500Z-'
    """
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"


class RemoteRuns:
    """The runs of one stage. Its methods raise BadInput, Rejected and Unavailable in one line."""

    def __init__(self, names: Deployment, session: boto3.Session) -> None:
        with _in_one_line("credentials"):
            self._machine = session.client("stepfunctions")
            identity = session.client("sts").get_caller_identity()
            region = self._machine.meta.region_name
            self.bucket = f"{names.prefix}-{identity['Account']}-{region}"
            self._objects = S3Objects(session.client("s3"), self.bucket)
        place = f"arn:{identity['Arn'].split(':')[1]}:states:{region}:{identity['Account']}"
        self._stage = names.stage
        self._machine_arn = f"{place}:stateMachine:{names.name('backtest')}"
        self._execution_arn = f"{place}:execution:{names.name('backtest')}"

    def start(self, run_id: str, request: BacktestRequest, series: Iterable[bytes] = ()) -> None:
        """Start a run of this id, which reads these files of series; asked twice for the same it starts one."""
        with _in_one_line(f"stage {self._stage}"):
            put_series(self._objects, series)
            self._machine.start_execution(
                stateMachineArn=self._machine_arn,
                name=run_id,
                input=json.dumps(request.as_json(), ensure_ascii=False),  # at most 256 KB, of UTF-8
            )

    def progress(self, run_id: str) -> RunProgress:
        """How far the run is."""
        execution = self._described(run_id)
        with _in_one_line(f"run {run_id}"):
            runs = self._machine.list_map_runs(executionArn=execution["executionArn"])["mapRuns"]
            if not runs:
                return RunProgress(execution["status"], None, 0)
            counts = self._machine.describe_map_run(mapRunArn=runs[0]["mapRunArn"])["itemCounts"]
        done = sum(int(counts[name]) for name in ("succeeded", "failed", "timedOut", "aborted"))
        return RunProgress(execution["status"], int(counts["total"]), done)

    def refuse_failed(self, run_id: str) -> None:
        """Raises Rejected, with the reason, for a run that ended without any result."""
        execution = self._described(run_id)
        if execution["status"] in ("RUNNING", "SUCCEEDED") or execution.get("error") == NOTHING_TO_CHOOSE:
            return
        error, cause = execution.get("error", execution["status"]), execution.get("cause", "")
        raise Rejected(f"run {run_id}: {error}: {reason_of(cause) or 'no reason was given'}")

    def fetch(self, run_id: str, folder: Path) -> list[str]:
        """Download what the run left; the names of the files."""
        make_folder(folder)
        return [name for name in FILES if self._objects.download(run_key(run_id, name), folder / name)]

    def _described(self, run_id: str) -> Any:
        with _in_one_line(f"run {run_id}"):
            return self._machine.describe_execution(executionArn=f"{self._execution_arn}:{checked_run_id(run_id)}")


def follow(runs: RemoteRuns, run_id: str, hear: Callable[[RunProgress], None], sleep: Callable[[float], None]) -> None:
    """Look until the run has ended; `hear` is told at every look. A look that fails for once is not the end.

    Raises Rejected for a run that ended without any result, Unavailable when AWS has not answered several times.
    """
    pause_s, failures = FIRST_LOOK_S, 0
    while True:
        try:
            progress = runs.progress(run_id)
            failures = 0
        except Unavailable:
            failures += 1
            if failures > 3:
                raise
        else:
            hear(progress)
            if progress.status != "RUNNING":
                return runs.refuse_failed(run_id)
        sleep(pause_s)
        pause_s = min(pause_s * 1.3, LONGEST_LOOK_S)


@contextmanager
def _in_one_line(what: str) -> Iterator[None]:
    try:
        yield
    except TraderError:
        raise
    except (NoCredentialsError, PartialCredentialsError):
        raise BadInput("no AWS credentials: run aws configure (or aws sso login), or set AWS_PROFILE") from None
    except NoRegionError:
        raise BadInput("no region: set AWS_DEFAULT_REGION, or a region in ~/.aws/config") from None
    except ClientError as error:
        raise _explained(what, error) from error
    except BotoCoreError as error:
        raise Unavailable(f"{what}: {one_line(str(error))}") from error


def _explained(what: str, error: ClientError) -> TraderError:
    code = code_of(error)
    said = one_line(str(error.response.get("Error", {}).get("Message", "")))
    if code == "StateMachineDoesNotExist":
        return BadInput(f"{what}: no backtests are deployed here: make deploy, or make stack")
    if code == "ExecutionDoesNotExist":
        return BadInput(f"{what}: there is no such run here")
    again = code.startswith("Throttl") or code in ("ServiceUnavailable", "InternalFailure", "RequestTimeout")
    return (Unavailable if again else Rejected)(f"{what}: {code}: {said}")
