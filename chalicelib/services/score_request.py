"""One call of the container function: a batch of headlines, each with its score or with why it has none."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from chalicelib.domain import Score
from chalicelib.errors import BadInput
from chalicelib.foreign_text import one_line
from chalicelib.headline_domain import DOMAINS
from chalicelib.partly_scored import PartlyScored

MOST_HEADLINES = 256
MARGIN_MS = 1_000
"""Left for the answer's way back."""
LONGEST_REASON = 200


class BoundedAnalyzer(Protocol):
    """A SentimentAnalyzer that can be told how long it has; `CachedAnalyzer` is one."""

    @property
    def model(self) -> str: ...
    def score_within(self, titles: Sequence[str], seconds: float) -> list[Score]: ...


def answer(
    event: object,
    left_ms: int,
    analyzer_of: Callable[[str], BoundedAnalyzer],
    elapsed_s: Callable[[], float] = time.monotonic,
) -> dict[str, object]:
    """`{"model", "scores"}` for `{"domain", "headlines", "within_ms"}`; `left_ms` is what Lambda leaves us.

    Opening the analyzer takes some of that time: a cold start loads the models. Raises BadInput for another event,
    Unavailable when no headline could be scored.
    """
    begin_s = elapsed_s()
    domain, headlines, within_ms = _read(event, left_ms)
    analyzer = analyzer_of(domain)
    left_s = within_ms / 1000 - (elapsed_s() - begin_s)
    try:
        scores: Sequence[Score | str] = analyzer.score_within(headlines, left_s)
    except PartlyScored as error:
        scores = error.scores
    return {"model": analyzer.model, "scores": [_plain(each) for each in scores]}


def _read(event: object, left_ms: int) -> tuple[str, list[str], int]:
    if not isinstance(event, Mapping) or not event.keys() <= {"domain", "headlines", "within_ms"}:
        raise BadInput("the event must be an object of domain, headlines, within_ms")
    domain, headlines, within_ms = event.get("domain", DOMAINS[0]), event.get("headlines"), event.get("within_ms")
    if domain not in DOMAINS:
        raise BadInput(f"domain must be one of {', '.join(DOMAINS)}")
    if not isinstance(headlines, list) or not all(isinstance(each, str) for each in headlines):
        raise BadInput("headlines must be a list of texts")
    if len(headlines) > MOST_HEADLINES:
        raise BadInput(f"{len(headlines)} headlines given, at most {MOST_HEADLINES} allowed")
    most_ms = max(left_ms - MARGIN_MS, 0)
    if within_ms is None:
        return str(domain), headlines, most_ms
    if isinstance(within_ms, bool) or not isinstance(within_ms, int) or within_ms < 0:
        raise BadInput("within_ms must be a whole number of milliseconds")
    return str(domain), headlines, min(within_ms, most_ms)


def _plain(each: Score | str) -> dict[str, object]:
    if isinstance(each, str):
        return {"error": one_line(each, LONGEST_REASON) or "no reason given"}
    return {"value": each.value, "label": each.label, "confidence": each.confidence, "flags": list(each.flags)}
