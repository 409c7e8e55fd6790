"""A whole run through its handlers, over a folder and over S3: the bytes of `trader tune`, and failures reported."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from chalicelib.errors import BadInput
from tests.fakes.archive_server import ArchiveServer, publishing
from tests.support.aws import REGION, mocked_aws
from tests.support.markets import wave
from tests.support.remote_run import BUCKET, RUN_ID, Machine, request_for, run_files, tuned_here
from trader.cloud_backtest import handlers
from trader.cloud_backtest.folder import FolderObjects
from trader.cloud_backtest.objects import Objects
from trader.cloud_backtest.pieces import pieces_of
from trader.cloud_backtest.s3 import S3Objects
from trader.cloud_backtest.tables import packed
from trader.data.candles import between
from trader.tuning.files import FILES

MINUTES = 1500
CANDLES = [wave("AAAUSDT", MINUTES, 1), wave("BBBUSDT", MINUTES, 2, frozenset(range(500, 520)))]
CSV = tuple(name for name in FILES if name.endswith(".csv"))
NEVER_THE_SAME = {"seconds", "engine"}


@pytest.fixture(scope="module")
def server() -> Iterator[ArchiveServer]:
    with publishing(CANDLES) as served:
        yield served


@pytest.fixture
def objects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Objects:
    """The store that the handlers use, a folder."""
    store = FolderObjects(tmp_path / "store")
    monkeypatch.setattr(handlers, "_bucket", lambda name: store)
    return store


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Objects]:
    """The same in S3, over a client that the handlers make themselves."""
    with mocked_aws(monkeypatch):
        client = boto3.client("s3", region_name=REGION)
        client.create_bucket(Bucket=BUCKET)
        handlers._bucket.cache_clear()
        yield S3Objects(client, BUCKET)
        handlers._bucket.cache_clear()


def keys(objects: Objects) -> list[str]:
    """Of the history of CANDLES, which is what the only months hold."""
    [month] = {piece.month for piece in pieces_of(["AAAUSDT"], int(CANDLES[0].open_ms[0]), int(CANDLES[0].open_ms[-1]))}
    return [f"{each.symbol}/1m/{month}.npy" for each in CANDLES]


@pytest.mark.parametrize("store", ["objects", "bucket"])
def test_a_run_writes_what_tune_writes(
    server: ArchiveServer, store: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    it_writes_what_tune_writes(server, request.getfixturevalue(store), tmp_path)


def it_writes_what_tune_writes(server: ArchiveServer, objects: Objects, tmp_path: Path) -> None:
    request = request_for(CANDLES, server.url)
    answer = Machine(twice=True).run(request)
    host = server.url.removeprefix("http://").replace(":", "_")
    tuned_here(request, objects, [f"history/{host}/{key}" for key in keys(objects)], tmp_path / "here")
    here = {path.name: path.read_bytes() for path in (tmp_path / "here").iterdir()}
    there = run_files(objects, FILES)
    assert set(there) == set(here) == set(answer["files"])
    assert {name: there[name] for name in CSV} == {name: here[name] for name in CSV}
    assert len(there["sweep.csv"].splitlines()) == 1 + 18
    assert len(there["trades.csv"].splitlines()) > 10
    local, remote = json.loads(here["metrics.json"]), json.loads(there["metrics.json"])
    assert {name for name, value in local.items() if remote[name] != value} <= NEVER_THE_SAME
    assert (remote["run_id"], remote["failed_shards"], remote["best_set"]) == (RUN_ID, [], answer["best"])
    assert "18 of 18 parameter sets ran" in answer["subject"]


def test_each_archive_is_fetched_once(server: ArchiveServer, bucket: Objects) -> None:
    request = request_for(CANDLES, server.url)
    Machine().run(request)
    before = server.asked.total()
    Machine(twice=True).run(request)
    assert server.asked.total() == before


def _rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


def test_a_shard_that_failed_is_reported_and_the_others_count(server: ArchiveServer, objects: Objects) -> None:
    error = RuntimeError('out of memory, it said "so"')
    answer = Machine({1: error}).run(request_for(CANDLES, server.url))
    files = run_files(objects, FILES)
    rows = _rows(files["sweep.csv"])
    assert [row["set"] for row in rows] == [str(number) for number in range(18)]
    failed = range(8, 16)
    for number, row in enumerate(rows):
        assert bool(row["error"]) == (number in failed) == (not row["total_return"])
    assert rows[8]["error"] == f"shard 1 (sets 8 to 15): RuntimeError: {error}"
    metrics = json.loads(files["metrics.json"])
    [told] = metrics["failed_shards"]
    assert (told["shard"], told["first_set"], told["last_set"], told["reason"]) == (1, 8, 15, str(error))
    assert (metrics["parameter_sets_tried"], metrics["parameter_sets_failed"]) == (10, 8)
    assert answer["best"] == metrics["best_set"]
    assert answer["best"] not in failed
    assert "10 of 18 parameter sets ran" in answer["subject"]
    assert "out of memory" in answer["message"]


def test_the_best_of_what_ran_is_the_best_of_those(server: ArchiveServer, objects: Objects) -> None:
    """Without the shard of the best set another one is chosen, by the same rule."""
    request = request_for(CANDLES, server.url)
    best = Machine().run(request)["best"]
    rows = _rows(run_files(objects, FILES)["sweep.csv"])
    others = [row for row in rows if int(row["set"]) // 8 != best // 8]
    expected = max(others, key=lambda row: float(row["total_return"]))
    assert Machine({best // 8: RuntimeError("gone")}).run(request)["best"] == int(expected["set"])


def test_a_run_of_which_every_shard_failed_leaves_its_table_and_the_reasons(
    server: ArchiveServer, objects: Objects
) -> None:
    answer = Machine({shard: TimeoutError("too slow") for shard in range(3)}).run(request_for(CANDLES, server.url))
    assert (answer["best"], answer["files"]) == (None, ["metrics.json", "sweep.csv"])
    files = run_files(objects, FILES)
    assert all("TimeoutError: too slow" in row["error"] for row in _rows(files["sweep.csv"]))
    metrics = json.loads(files["metrics.json"])
    assert (len(metrics["failed_shards"]), metrics["best_set"]) == (3, None)


def test_nothing_to_choose_is_said(server: ArchiveServer, objects: Objects) -> None:
    answer = Machine().run(request_for(CANDLES, server.url, min_trades=100_000))
    assert answer["best"] is None
    assert "at least 100000 trades" in answer["message"]
    assert "error" not in _rows(run_files(objects, FILES)["sweep.csv"])[0]


def _event(**given: Any) -> dict[str, Any]:
    return {"bucket": BUCKET, "run_id": RUN_ID, **given}


def test_a_shard_whose_rows_are_gone_failed_whatever_was_said(server: ArchiveServer, objects: Objects) -> None:
    request = request_for(CANDLES, server.url)
    planned = handlers.plan(_event(request=request.as_json(), memory_mb="1769"), None)
    history = [handlers.history(_event(piece=each, sources=planned["sources"]), None) for each in planned["pieces"]]
    outcomes = [handlers.shard(_event(shard=0, history=history), None), {"shard": 1, "key": "runs/x/gone"}, None]
    handlers.reduce(_event(history=history, outcomes=outcomes), None)
    told = json.loads(run_files(objects, FILES)["metrics.json"])["failed_shards"]
    assert [(each["shard"], each["error"]) for each in told] == [(1, "NoResult"), (2, "NoOutcome")]


def test_history_that_expired_is_explained(server: ArchiveServer, objects: Objects) -> None:
    handlers.plan(_event(request=request_for(CANDLES, server.url).as_json(), memory_mb="1769"), None)
    with pytest.raises(BadInput, match="has expired or was never written"):
        handlers.shard(_event(shard=0, history=["history/a.npy", "history/b.npy"]), None)
    with pytest.raises(BadInput, match="1 objects for 2 months"):
        handlers.shard(_event(shard=0, history=["history/a.npy"]), None)


def test_a_symbol_without_candles_is_named(server: ArchiveServer, objects: Objects) -> None:
    request = request_for(CANDLES, server.url)
    handlers.plan(_event(request=request.as_json(), memory_mb="1769"), None)
    host = server.url.removeprefix("http://").replace(":", "_")
    there, empty = f"history/{host}/a.npy", f"history/{host}/b.npy"
    objects.write(there, packed(CANDLES[0]))
    objects.write(empty, packed(between(CANDLES[1], 0, 0)))
    with pytest.raises(BadInput, match="BBBUSDT: no candles from 2023-11-14"):
        handlers.shard(_event(shard=0, history=[there, empty]), None)


@pytest.mark.parametrize(
    ("handler", "event", "words"),
    [
        (handlers.plan, {"request": {}}, "event: bucket"),
        (handlers.plan, _event(request={}), "event: memory_mb"),
        (handlers.plan, _event(request="x", memory_mb="512"), "event: request"),
        (
            handlers.plan,
            {"bucket": "b", "run_id": "../x", "request": {}, "memory_mb": "512"},
            "must be 1 to 80 letters",
        ),
        (handlers.history, _event(piece=[], sources={}), "event: piece"),
        (handlers.shard, _event(shard=True, history=[]), "event: shard"),
        (handlers.shard, _event(shard=0, history=[]), "there is no such run"),
        (handlers.reduce, _event(history=[], outcomes={}), "event: outcomes"),
    ],
)
def test_an_event_of_another_make_is_refused(objects: Objects, handler: Any, event: Any, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        handler(event, None)
