"""What became of every shard: its rows, or why there are none."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.foreign_text import one_line
from trader.cloud_backtest.objects import Objects
from trader.cloud_backtest.plan import ShardPlan
from trader.cloud_backtest.rows import Row
from trader.cloud_backtest.shard import shard_key

REASON_CHARACTERS = 300
Outcome = Mapping[str, Any]
"""Of the state machine: `shard` and `key`, or `shard`, `error` and `cause`."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A shard without rows."""

    shard: int
    first_set: int
    last_set: int
    error: str
    reason: str

    @property
    def sets(self) -> range:
        """The numbers of its sets."""
        return range(self.first_set, self.last_set + 1)

    def __str__(self) -> str:
        return f"shard {self.shard} (sets {self.first_set} to {self.last_set}): {self.error}: {self.reason}"


def gather(
    objects: Objects, run_id: str, plan: ShardPlan, outcomes: Sequence[Outcome | None]
) -> tuple[list[Row | None], list[Failure]]:
    """A row for every set, None for each set of a shard that left none, and those shards.

    What counts is what is stored: a shard of which nothing was heard failed, whatever else is said.
    """
    series = {outcome["shard"]: outcome for outcome in outcomes if outcome}
    rows: list[Row | None] = []
    failures: list[Failure] = []
    for shard in range(plan.shards):
        numbers = plan.numbers(shard)
        outcome = series.get(shard, {"error": "NoOutcome", "cause": "nothing was heard of it"})
        content = None if "error" in outcome else objects.read(shard_key(run_id, shard))
        if content is not None:
            rows += json.loads(content)["rows"]
            continue
        error, reason = str(outcome.get("error", "NoResult")), reason_of(outcome.get("cause", "its rows are not there"))
        failures.append(Failure(shard, numbers[0], numbers[-1], error, reason))
        rows += [None] * len(numbers)
    return rows, failures


def reason_of(cause: object) -> str:
    """The message in a cause of Step Functions: the JSON of a Lambda's error, cut anywhere, or any other text.

    >>> reason_of('{"errorMessage": "no candles", "errorType": "BadInput", "stackTr'), reason_of("timed out")
    ('no candles', 'timed out')
    """
    found = re.search(r'"errorMessage": ?("(?:[^"\\]|\\.)*")', str(cause))
    text = str(json.loads(found[1])) if found else str(cause)
    return one_line(text, REASON_CHARACTERS)
