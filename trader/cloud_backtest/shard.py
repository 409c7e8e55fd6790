"""The third step: some parameter sets over everything that is in sample."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trader.backtest.engine import Engine, fastest
from trader.cloud_backtest.market import load_market
from trader.cloud_backtest.objects import Objects
from trader.cloud_backtest.plan import read_plan
from trader.cloud_backtest.request import json_bytes, run_key
from trader.cloud_backtest.rows import rows_as_json
from trader.tuning.sweep import Study


def run_shard(
    objects: Objects, run_id: str, shard: int, history: Sequence[str], engine: Engine | None = None
) -> dict[str, Any]:
    """Run the shard's sets and write their rows; the shard and the key of what was written.

    The same shard of a run writes the same bytes, however often it is run. Raises BadInput, Unavailable, Rejected.
    """
    plan = read_plan(objects, run_id)
    sets = [plan.sets[number] for number in plan.numbers(shard)]
    market = load_market(objects, plan.request, history)
    study = Study(market, plan.keys, engine or fastest())
    spans = plan.spans(len(market.whole.tape.times))
    figures = [study.sweep(sets, span, lambda sets: None) for span in spans]
    key = shard_key(run_id, shard)
    written = {"shard": shard, "engine": study.engine.name, "rows": rows_as_json(figures)}
    objects.write(key, json_bytes(written), "application/json")
    return {"shard": shard, "key": key}


def shard_key(run_id: str, shard: int) -> str:
    """Where a shard's rows are.

    >>> shard_key("a-run", 7)
    'runs/a-run/shards/00007.json'
    """
    return run_key(run_id, f"shards/{shard:05}.json")
