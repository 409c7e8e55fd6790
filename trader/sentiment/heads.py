"""Heads for the shipped models: how each reads a headline, fitting on labelled ones, the file that is shipped."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from chalicelib.domain import LABELS
from chalicelib.wiring import sentiment as wiring
from trader.data.files import make_folder, replace_file
from trader.sentiment.evaluation import Quality, quality
from trader.sentiment.labelled import Labelled
from trader.sentiment.logistic import Matrix
from trader.sentiment.prompts import PROMPTS, SUFFIX
from trader.sentiment.state_cache import cached_states
from trader.sentiment.training import BALANCE, FOLDS, LEAD, SEED, Labels, Trained, opinions_of, train

RELATED_STRENGTHS = (0.005, 0.01)
"""Best on the folds of the finance headlines; the lead need not be exact."""
DIGITS = 6
"""Significant digits of a weight in the file."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a head is for, and what is said about its data."""

    domain: str
    model: str
    data_name: str
    selection: Mapping[str, object]
    """Which rows were taken: fold, sources."""
    note: str = ""
    """A remark on the data, such as its licence."""
    related_name: str = ""


class Fitted(NamedTuple):
    """A head ready to be written, and what was held out of it."""

    name: str
    content: dict[str, object]
    trained: Trained
    scores: Mapping[str, float]


def reading_of(domain: str, model: str) -> dict[str, str]:
    """How a shipped model reads headlines of the domain: SmolLM2 after examples, MiniLM alone."""
    if model.startswith("smollm2"):
        return {"pooling": "last", "prefix": PROMPTS[domain], "suffix": SUFFIX}
    return {"pooling": "mean", "prefix": "", "suffix": ""}


def fit_head(
    purpose: Purpose,
    model_file: Path,
    rows: Sequence[Labelled],
    related: Sequence[Labelled] = (),
    cache: Path | None = None,
    tell: Callable[[str], None] = lambda line: None,
) -> Fitted:
    """Read every headline with the model and fit, led by the fit on related headlines if there are any.

    `cache` is a folder of states read before. Raises Unavailable, BadInput.
    """
    reading = reading_of(purpose.domain, purpose.model)
    engine = wiring.engine(model_file, reading["pooling"], reading["prefix"], reading["suffix"])
    read = cached_states(engine.states, (engine.sha256, *reading.values()), cache)

    def states_of(chosen: Sequence[Labelled]) -> Matrix:
        tell(f"{purpose.domain}, {purpose.model}: reading {len(chosen)} headlines")
        return read([wiring.sanitised(row.headline) for row in chosen]).astype(np.float64)

    lead = train(states_of(related), labels_of(related), RELATED_STRENGTHS) if related else None
    labels = labels_of(rows)
    trained = train(states_of(rows), labels, lead=lead.fit if lead else None)
    found = scores(labels, trained)
    content = {
        "format": wiring.head_format(),
        "domain": purpose.domain,
        "model": {"name": purpose.model, "sha256": engine.sha256},
        "reading": reading,
        "classes": list(LABELS),
        **_numbers(trained),
        **_history(purpose, rows, related, trained, lead),
        "scores": {f"{FOLDS} folds": found},
        **({"note": purpose.note} if purpose.note else {}),
    }
    wiring.check_head(content)
    return Fitted(f"{purpose.domain}-{purpose.model}", content, trained, found)


def average_scores(rows: Sequence[Labelled], fitted: Sequence[Fitted]) -> dict[str, float]:
    """Metrics of the plain mean of these heads' probabilities, over the rows that they did not see."""
    return scores(labels_of(rows), *(each.trained for each in fitted))


def labels_of(rows: Sequence[Labelled]) -> Labels:
    """As numbers in a row."""
    return np.array([row.label for row in rows], dtype=np.int64)


def scores(labels: Labels, *trained: Trained) -> dict[str, float]:
    """Metrics of the mean of these over the rows that each did not see."""
    mean = np.mean([each.held_out for each in trained], axis=0)
    found: Quality = quality(labels.tolist(), opinions_of(mean))
    return {name: round(value, 4) for name, value in found._asdict().items() if value == value}


def write_head(fitted: Fitted, folder: Path) -> Path:
    """The head's file, one key a line, whole or not there. Raises BadInput where it cannot be written."""
    path = folder / f"{fitted.name}.json"
    make_folder(folder)
    replace_file(path, lambda draft: _write(draft, fitted.content))
    return path


def _write(path: Path, content: Mapping[str, object]) -> None:
    lines = (f"  {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in content.items())
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def _numbers(trained: Trained) -> dict[str, object]:
    """What decides a probability."""
    return {
        "weights": [[_short(value) for value in row] for row in trained.fit.weights.tolist()],
        "bias": [_short(value) for value in trained.fit.bias.tolist()],
        "temperature": _short(trained.temperature),
    }


def _history(
    purpose: Purpose, rows: Sequence[Labelled], related: Sequence[Labelled], trained: Trained, lead: Trained | None
) -> dict[str, object]:
    """How the numbers came about, and out of what."""
    recipe = {"strength": trained.strength, "balance": BALANCE, "folds": FOLDS, "seed": SEED}
    data = _provenance(purpose.data_name, purpose.selection, rows)
    if lead is None:
        return {"recipe": recipe, "data": data}
    return {
        "recipe": {**recipe, "related_strength": lead.strength, "lead": LEAD},
        "data": data,
        "related_data": _provenance(purpose.related_name, purpose.selection, related),
    }


def _provenance(name: str, selection: Mapping[str, object], rows: Sequence[Labelled]) -> dict[str, object]:
    lines = "\n".join(f"{row.label}\t{row.headline}" for row in rows)
    return {
        "file": name,
        **selection,
        "rows": len(rows),
        "sources": dict(sorted(Counter(row.source for row in rows).items())),
        "labels": {str(label): count for label, count in sorted(Counter(row.label for row in rows).items())},
        "sha256": hashlib.sha256(lines.encode()).hexdigest(),
    }


def _short(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
