"""The first step: check what was asked, and say what has to be fetched and how the parameter sets are split."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.util import find_spec
from math import ceil
from typing import Any

import numpy as np

from chalicelib.errors import BadInput
from chalicelib.strategy.chosen import strategy_of
from trader.backtest.data import Data
from trader.backtest.market import tape_of
from trader.cloud_backtest.objects import Objects
from trader.cloud_backtest.pieces import pieces_of
from trader.cloud_backtest.request import BacktestRequest, json_bytes, read_request, run_key
from trader.data.candles import CandleColumns
from trader.data.history import minutes_of
from trader.tuning import tune
from trader.tuning.axes import Values, read_axes
from trader.tuning.idle import refuse_idle
from trader.tuning.sets import Keys, full_grid, keys_of
from trader.tuning.spans import Span, anchored
from trader.tuning.walk_forward import ChosenSet

MOST_PIECES = 500
MOST_SHARDS = 200
"""Pieces, and outcomes of shards, travel from step to step in at most 256 KB."""
SETS_A_SHARD = 8
"""As many are looked at in one pass over the closes."""
SHARD_S = 600.0
"""What a shard may take by the speeds below, two thirds of Lambda's fifteen minutes."""
COMPILED_BARS_A_SECOND, PLAIN_BARS_A_SECOND = 10_000_000.0, 60_000.0
"""On one of Lambda's processors; measured on one core here: 34 million and 130 thousand."""
BASE_MB, BYTES_A_BAR = 250, 400
"""What the last step takes of memory, which takes the most; measured: 310 to 390 bytes a bar and symbol."""
LAST_STEP_RUNS = 4
"""Of the best set over everything, besides one for every fold."""


@dataclass(frozen=True, slots=True)
class ShardPlan:
    """What the later steps are told."""

    request: BacktestRequest
    tuning: tune.TuningPlan
    """The same in the words of `trader tune`."""
    keys: Keys
    """The request's settings, and what varies."""
    sets: tuple[Values, ...]
    left_out: int
    """Sets of the grid that contradict themselves."""
    per_shard: int

    @property
    def shards(self) -> int:
        """How many there are."""
        return ceil(len(self.sets) / self.per_shard)

    def numbers(self, shard: int) -> range:
        """The numbers of the sets in this shard. Raises BadInput where there is no such shard."""
        if not 0 <= shard < self.shards:
            raise BadInput(f"shard {shard}: there are {self.shards}")
        return range(shard * self.per_shard, min((shard + 1) * self.per_shard, len(self.sets)))

    def spans(self, minutes: int) -> list[Span]:
        """The minutes that every set is run over: those in sample of each fold. Raises BadInput for too few."""
        return [fold.in_sample for fold in anchored(minutes, self.tuning.folds)] or [Span(0, minutes)]


def plan_of(request: BacktestRequest, per_shard: int | None = None, is_compiled: bool = False) -> ShardPlan:
    """The plan of a request, which the same request always makes. Raises BadInput for a grid that cannot be run."""
    axes = read_axes(request.grid, strategy_of(request.config()))
    base = request.config()
    refuse_idle(axes, base, _unseen(request))
    keys = keys_of(base, axes)
    sets, left_out = full_grid(keys, axes)
    minutes = minutes_of(request.from_ms, request.to_ms) * len(request.symbols)
    size = per_shard or per_shard_of(minutes, len(sets), request.folds, is_compiled)
    tuning = tune.TuningPlan(axes, None, request.folds, ChosenSet(request.objective, request.min_trades))
    return ShardPlan(request, tuning, keys, tuple(sets), left_out, size)


def make_plan(
    objects: Objects, run_id: str, given: object, memory_mb: int, is_compiled: bool | None = None
) -> dict[str, Any]:
    """Write the run's request.json and say what comes next: months to fetch, their sources, and shards.

    `memory_mb` is what the later steps have. Raises BadInput, Unavailable, Rejected.
    """
    request = read_request(given)
    refuse_too_large(request, memory_mb)
    pieces = pieces_of(request.symbols, request.from_ms, request.to_ms)
    if len(pieces) > MOST_PIECES:
        raise BadInput(f"{len(pieces)} months of all symbols together: at most {MOST_PIECES} in one run")
    plan = plan_of(request, None, find_spec("numba") is not None if is_compiled is None else is_compiled)
    stored = {"request": request.as_json(), "per_shard": plan.per_shard}
    objects.write(run_key(run_id, "request.json"), json_bytes(stored), "application/json")
    return {
        "pieces": [piece._asdict() for piece in pieces],
        "sources": {"base_url": plan.keys.base.exchange.base_url, "archive_url": request.archive_url},
        "shards": list(range(plan.shards)),
    }


def read_plan(objects: Objects, run_id: str) -> ShardPlan:
    """What the plan of this run left. Raises BadInput where there is none."""
    key = run_key(run_id, "request.json")
    content = objects.read(key)
    if content is None:
        raise BadInput(f"{key}: there is no such run, or it has expired")
    stored = json.loads(content)
    return plan_of(read_request(stored["request"]), stored["per_shard"])


def refuse_too_large(request: BacktestRequest, memory_mb: int) -> None:
    """Raises BadInput for a market that does not fit into this much memory."""
    bars = minutes_of(request.from_ms, request.to_ms) * len(request.symbols)
    needed_mb = BASE_MB + ceil(bars * BYTES_A_BAR / 2**20)
    if needed_mb > memory_mb:
        raise BadInput(
            f"{bars} bars take about {needed_mb} MB and the functions have {memory_mb}: give a shorter range, or "
            f'make deploy PARAMETERS="BacktestMemory={needed_mb}" (10240 at most)'
        )


def per_shard_of(minutes: int, sets: int, folds: int, is_compiled: bool) -> int:
    """Sets a shard: few for many shards at once, more where there would be too many shards.

    `minutes` are those of all symbols together. Raises BadInput where even so a step would take longer than a function
    may.
    """
    once_s = minutes / speed_of(is_compiled)
    set_s = once_s * max(folds / 2.0, 1.0)  # fold k of K is k/(K+1) of the range
    fitting = int(SHARD_S / set_s)
    per_shard = max(min(SETS_A_SHARD, fitting), ceil(sets / MOST_SHARDS))
    if per_shard > fitting or once_s * (folds + LAST_STEP_RUNS) > SHARD_S:
        most = fitting * MOST_SHARDS
        raise BadInput(
            f"{sets} parameter sets in {folds} folds over this range take longer than functions may: "
            f"{f'at most {most} sets fit' if most else 'give a shorter range'}, or fewer --walk-forward folds"
        )
    return per_shard


def speed_of(is_compiled: bool) -> float:
    """Bars of one symbol for one parameter set that a function works through in a second."""
    return COMPILED_BARS_A_SECOND if is_compiled else PLAIN_BARS_A_SECOND


def _unseen(request: BacktestRequest) -> Data:
    """The market before its candles are known: its symbols, and that nothing is known of sentiment."""
    none = CandleColumns(request.symbols[0], np.empty(0, np.int64), *(np.empty(0),) * 5)
    return Data(request.symbols, tape_of([none]), (), ())
