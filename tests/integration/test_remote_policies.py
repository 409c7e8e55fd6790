"""Each step's role allows what the step calls, and nothing that it never calls."""

from __future__ import annotations

from ast import literal_eval
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import Any

import boto3
import pytest
from botocore.handlers import BUILTIN_HANDLERS

from tests.architecture.backtest_template import role_policies
from tests.fakes.archive_server import archive_server
from tests.support.aws import REGION, mocked_aws
from tests.support.markets import wave
from tests.support.remote_run import BUCKET, GRID, Machine, request_for
from trader.cloud_backtest import handlers

ACTIONS = {"GetObject": "s3:GetObject", "HeadObject": "s3:GetObject", "PutObject": "s3:PutObject"}
FROM_ABSENCE = "s3:ListBucket"
"""Not called: without it S3 answers 403 where an object is not there, as if it were forbidden to look."""
Call = tuple[str, str]


class Listener:
    """Calls of S3 by the handler that was running, as action and key."""

    def __init__(self) -> None:
        self.calls: dict[str, set[Call]] = {}
        self.running = ""

    def note(self, params: Mapping[str, Any], event_name: str, **_: object) -> None:
        if self.running:
            call = (ACTIONS[event_name.rpartition(".")[2]], str(params["Key"]))
            self.calls.setdefault(self.running, set()).add(call)


@contextmanager
def listening(monkeypatch: pytest.MonkeyPatch) -> Iterator[Listener]:
    listener = Listener()
    handler = ("before-parameter-build.s3", listener.note)
    BUILTIN_HANDLERS.append(handler)
    for step in ("plan", "history", "shard", "reduce"):
        monkeypatch.setattr(handlers, step, _named(listener, step))
    try:
        yield listener
    finally:
        BUILTIN_HANDLERS.remove(handler)


def _named(listener: Listener, step: str) -> Any:
    handler = getattr(handlers, step)

    def called(event: Mapping[str, Any], context: object) -> Any:
        listener.running = step
        try:
            return handler(event, context)
        finally:
            listener.running = ""

    return called


def _allowed(step: str, documents: Mapping[str, Any]) -> set[Call]:
    """Action and pattern of keys that the step's role allows."""
    statements = documents[f"{step.capitalize()}Role"]["Statement"]
    pairs = {(action, resource) for each in statements for action in each["Action"] for resource in each["Resource"]}
    return {(action, resource.partition("/")[2]) for action, resource in pairs if action in ACTIONS.values()}


def differences(calls: Mapping[str, set[Call]], documents: Mapping[str, Any]) -> list[str]:
    """A line for every call that is not allowed, and for everything allowed that nothing called."""
    found = []
    for step, made in sorted(calls.items()):
        allowed = _allowed(step, documents)
        used = {(action, pattern) for action, pattern in allowed for call in made if _fits(call, action, pattern)}
        refused = [call for call in made if not any(_fits(call, action, pattern) for action, pattern in allowed)]
        found += [f"{step} is refused {action} on {key}" for action, key in sorted(refused)]
        found += [f"{step} never calls {action} on {pattern}" for action, pattern in sorted(allowed - used)]
    return found


def _fits(call: Call, action: str, pattern: str) -> bool:
    return call[0] == action and fnmatchcase(call[1], pattern)


def test_roles_allow_what_is_called_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    candles = [wave("AAAUSDT", 400, 1)]
    with archive_server() as server, mocked_aws(monkeypatch), listening(monkeypatch) as listener:
        server.publish(candles[0])
        boto3.client("s3", region_name=REGION).create_bucket(Bucket=BUCKET)
        handlers._bucket.cache_clear()
        assert Machine(twice=True).run(request_for(candles, server.url, grid=GRID[:1]))["best"] is not None
        handlers._bucket.cache_clear()
    documents = role_policies()
    assert set(listener.calls) == {"plan", "history", "shard", "reduce"}
    assert differences(listener.calls, documents) == []
    listing = {role for role, each in documents.items() if FROM_ABSENCE in str(each)}
    assert listing == {"HistoryRole", "ReduceRole"}

    planted = str(documents["ShardRole"]).replace("request.json", "sweep.csv")
    wrong = {**documents, "ShardRole": literal_eval(planted)}
    assert [line.partition(" on ")[0] for line in differences(listener.calls, wrong)] == [
        "shard is refused s3:GetObject",
        "shard never calls s3:GetObject",
    ]
