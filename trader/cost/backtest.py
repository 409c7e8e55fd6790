"""What one backtest on Step Functions costs: a formula over list prices, in its assumptions on the safe side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trader.cloud_backtest.plan import LAST_STEP_RUNS, per_shard_of, speed_of
from trader.cost.prices import Prices

GB = 1024.0
STEP_MB, RUN_MB = 512, 1769
"""Memory of the functions in infra/backtest/template.yaml: of plan and history, of shard and reduce."""
START_S = 2.0
"""A cold start, billed since August 2025."""
FETCH_S = 6.0
"""A month of a symbol: an archive takes 2 s, asking the exchange for it 9."""
READ_S = 0.05
"""A month of a symbol from the store, 2 MB."""
STATES = 7
"""Of every run, beside one for each month and one for each shard."""
FILES = 11
"""That a run leaves, its marker included."""


@dataclass(frozen=True, slots=True)
class RunSize:
    """How large a run is."""

    months: int
    """Of all symbols together."""
    minutes: int
    """Of all symbols together."""
    sets: int
    folds: int
    is_compiled: bool


def run_usd(size: RunSize, prices: Prices) -> Mapping[str, float]:
    """USD by what it is paid for, without retries and without the free tier."""
    per_shard = per_shard_of(size.minutes, size.sets, size.folds, size.is_compiled)
    shards = -(-size.sets // per_shard)
    once_s = size.minutes / speed_of(size.is_compiled)
    load_s = START_S + READ_S * size.months
    steps_s = START_S + size.months * (START_S + FETCH_S)
    runs_s = (shards + 1) * load_s + size.sets * once_s * max(size.folds / 2.0, 1.0)
    runs_s += once_s * (size.folds + LAST_STEP_RUNS)
    return {
        "lambda duration": prices.each["lambda_duration"].of((steps_s * STEP_MB + runs_s * RUN_MB) / GB),
        "lambda requests": prices.each["lambda_requests"].of(2 + size.months + shards),
        "state transitions": prices.backtest["state_transitions"].of(STATES + size.months + shards),
        "s3 writes": prices.each["s3_writes"].of(1 + size.months + shards + FILES),
        "s3 reads": prices.backtest["s3_reads"].of(size.months + (shards + 1) * (2 + size.months) + shards + FILES),
    }
