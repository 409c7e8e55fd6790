"""The Lambdas of the state machine: parse the event, call one step, return. Each may be called twice for one event."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import cache
from typing import Any

from chalicelib.errors import BadInput
from trader.cloud_backtest.objects import Objects
from trader.cloud_backtest.request import checked_run_id

Event = Mapping[str, Any]


def plan(event: Event, _context: object) -> dict[str, Any]:
    """The months to fetch, where from, and the shards."""
    from trader.cloud_backtest.plan import make_plan

    request, objects, run_id = _given(event, "request", dict), _objects(event), _run_id(event)
    return make_plan(objects, run_id, request, int(_given(event, "memory_mb", str)))


def history(event: Event, _context: object) -> str:
    """The key of an object with the candles of one piece."""
    from trader.cloud_backtest.history import ensure
    from trader.cloud_backtest.pieces import Piece
    from trader.cloud_backtest.sources import bulk_at, exchange_at

    piece, sources = _given(event, "piece", dict), _given(event, "sources", dict)
    bulk = bulk_at(str(sources.get("archive_url", "")))
    return ensure(_objects(event), Piece(**piece), bulk, exchange_at(str(sources.get("base_url", ""))))


def shard(event: Event, _context: object) -> dict[str, Any]:
    """The shard and the key of its rows."""
    from trader.cloud_backtest.shard import run_shard

    number = _given(event, "shard", int)
    return run_shard(_objects(event), _run_id(event), number, _given(event, "history", list))


def reduce(event: Event, _context: object) -> dict[str, Any]:
    """What came of the run."""
    from trader.cloud_backtest.reduce import reduce_run

    past, outcomes = _given(event, "history", list), _given(event, "outcomes", list)
    return reduce_run(_objects(event), _run_id(event), past, outcomes, time.time_ns() // 1_000_000)


def _objects(event: Event) -> Objects:
    return _bucket(_given(event, "bucket", str))


@cache
def _bucket(name: str) -> Objects:
    """Kept while the process is warm: making a client takes 50 ms."""
    from trader.cloud_backtest.s3 import S3Objects, s3_client

    return S3Objects(s3_client(), name)


def _run_id(event: Event) -> str:
    return checked_run_id(event.get("run_id"))


def _given(event: Event, name: str, kind: type) -> Any:
    """Raises BadInput for an event that is not of this machine's making."""
    value = event.get(name)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise BadInput(f"event: {name}: must be {kind.__name__}")
    return value
