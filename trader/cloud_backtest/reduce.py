"""The last step: what `trader tune` makes of its sweep, made of the shards' rows; and what failed."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from chalicelib.alert_text import alert_text
from chalicelib.domain import Alert
from trader.backtest.engine import Engine, fastest
from trader.backtest.files import write_metrics
from trader.cloud_backtest.market import StoredMarket, load_market
from trader.cloud_backtest.objects import Objects
from trader.cloud_backtest.outcomes import Failure, Outcome, gather
from trader.cloud_backtest.plan import ShardPlan, read_plan
from trader.cloud_backtest.request import json_bytes, run_key
from trader.cloud_backtest.rows import Row, add_errors, figures_of, write_plain_sweep
from trader.tuning.files import write_tuning
from trader.tuning.search import Tried
from trader.tuning.spans import Span
from trader.tuning.sweep import Advance, Study
from trader.tuning.tune import Tuned, tune
from trader.tuning.verdict import headline

KINDS = {"csv": "text/csv", "json": "application/json", "html": "text/html", "toml": "application/toml"}
SUBJECT_CHARACTERS = 100
"""https://docs.aws.amazon.com/sns/latest/api/API_Publish.html: ASCII, no line break."""


def reduce_run(
    objects: Objects,
    run_id: str,
    history: Sequence[str],
    outcomes: Sequence[Outcome | None],
    now_ms: int,
    engine: Engine | None = None,
) -> dict[str, Any]:
    """Write the run's files and say what came of it; `best` is None if there is no set to choose.

    Done once for the same outcomes: called again it gives the same answer and writes nothing. Raises BadInput,
    Unavailable, Rejected.
    """
    given = hashlib.sha256(json_bytes([list(history), list(outcomes)])).hexdigest()
    marker = run_key(run_id, "reduced.json")
    before: dict[str, Any] = json.loads(objects.read(marker) or b"{}")
    if before.get("given") == given:
        return dict(before["answer"])
    plan = read_plan(objects, run_id)
    rows, failures = gather(objects, run_id, plan, outcomes)
    market = load_market(objects, plan.request, history)
    swept = Swept(plan, rows, plan.spans(len(market.whole.tape.times)))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        tuned = swept.tuned(market, engine or fastest()) if swept.has_a_best else None
        write_files(folder, run_id, swept, failures, tuned)
        files = sorted(path.name for path in folder.iterdir())
        for name in files:
            objects.upload(run_key(run_id, name), folder / name, KINDS[name.rpartition(".")[2]])
    answer = {
        "run_id": run_id,
        "best": tuned.best if tuned else None,
        "files": files,
        **message(run_id, swept, failures, tuned, now_ms),
    }
    objects.write(marker, json_bytes({"given": given, "answer": answer}), "application/json")
    return answer


@dataclass(frozen=True, slots=True)
class Swept:
    """What all shards found. Implements tuning.search.Search: the sets have been tried already."""

    plan: ShardPlan
    rows: Sequence[Row | None]
    """By set, None of one that was not run."""
    spans: Sequence[Span]
    name: str = "grid"
    is_same_everywhere: bool = True

    @property
    def trials(self) -> int:
        """One a set."""
        return len(self.plan.sets)

    @property
    def failed(self) -> int:
        """Sets that were not run."""
        return sum(row is None for row in self.rows)

    def tried(self, span: Span) -> Tried:
        """What was found over one of the spans."""
        return Tried(self.plan.sets, figures_of(self.rows, self.spans.index(span)), self.plan.left_out)

    def over(self, study: Study, span: Span, seed: int, advance: Advance) -> Tried:
        """As tuning.search.Search says."""
        return self.tried(span)

    @property
    def has_a_best(self) -> bool:
        """Whether a set can be chosen on the most minutes in sample."""
        return self.plan.tuning.choice.among(self.tried(self.spans[-1])) is not None

    def tuned(self, market: StoredMarket, engine: Engine) -> Tuned:
        """The best set, walked forward and judged."""
        return tune(market, self.plan.keys.base, self.plan.tuning, engine, silently, self)


@contextmanager
def silently(length: int | None, label: str) -> Iterator[Advance]:
    """Implements tuning.tune.Progress where nobody looks."""
    yield lambda steps: None


def write_files(folder: Path, run_id: str, swept: Swept, failures: Sequence[Failure], tuned: Tuned | None) -> None:
    """Everything that `trader tune` writes, to the byte where no shard failed, and in metrics.json what did.

    Without a set to choose only sweep.csv and metrics.json.
    """
    choice = swept.plan.tuning.choice
    facts: dict[str, object] = {
        "run_id": run_id,
        "parameter_sets_tried": len(swept.rows) - swept.failed,
        "parameter_sets_failed": swept.failed,
        "failed_shards": [asdict(failure) for failure in failures],
        "objective": choice.objective,
        "min_trades": choice.min_trades,
        "best_set": tuned.best if tuned else None,
        "best_values": dict(zip(swept.plan.keys.names, tuned.values, strict=True)) if tuned else None,
        "verdict": headline(list(tuned.findings)) if tuned else None,
    }
    sweep, metrics = folder / "sweep.csv", folder / "metrics.json"
    if tuned:
        write_tuning(folder, tuned)
        facts = {**json.loads(metrics.read_text("utf-8")), **facts}
    else:
        figures = swept.tried(swept.spans[-1]).figures
        write_plain_sweep(sweep, swept.plan.keys, swept.plan.sets, figures)
    write_metrics(metrics, facts)
    if failures:
        add_errors(sweep, {number: str(failure) for failure in failures for number in failure.sets})


def message(run_id: str, swept: Swept, failures: Sequence[Failure], tuned: Tuned | None, now_ms: int) -> dict[str, str]:
    """What is published when the run ends."""
    sets, choice = len(swept.rows), swept.plan.tuning.choice
    subject = f"backtest {run_id}: {sets - swept.failed} of {sets} parameter sets ran"
    if tuned:
        values = zip(swept.plan.keys.names, tuned.values, strict=True)
        told = [
            f"Best in sample: {', '.join(f'{name}={value}' for name, value in values)}.",
            headline(list(tuned.findings)),
        ]
    else:
        told = [f"No set has a {choice.objective} and at least {choice.min_trades} trades."]
    body = "\n".join([*told, *(f"Failed: {failure}" for failure in failures)])
    return {"subject": subject[:SUBJECT_CHARACTERS], "message": alert_text(Alert(subject, body, now_ms))}
