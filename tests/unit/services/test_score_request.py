"""One call of the container function: how its time is spent. The rest goes through the runtime interface client."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from chalicelib.domain import Score
from chalicelib.services.score_request import MARGIN_MS, answer


class Watch:
    """Seconds that pass only when a test says so."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def elapsed_s(self) -> float:
        return self.now_s


class Bounded:
    """Keeps how long it was given."""

    model = "m"

    def __init__(self) -> None:
        self.given_s: list[float] = []

    def score_within(self, titles: Sequence[str], seconds: float) -> list[Score]:
        self.given_s.append(seconds)
        return [Score(0.0, "neutral", "m")] * len(titles)


@pytest.mark.parametrize(
    ("within_ms", "left_ms", "load_s", "given_s"),
    [
        (18_000, 30_000, 0.0, 18.0),
        (18_000, 30_000, 2.5, 15.5),
        (18_000, 30_000, 20.0, -2.0),
        (18_000, 5_000, 1.0, (5_000 - MARGIN_MS) / 1000 - 1.0),
        (None, 30_000, 1.0, (30_000 - MARGIN_MS) / 1000 - 1.0),
    ],
)
def test_loading_the_models_is_part_of_the_time(
    within_ms: int | None, left_ms: int, load_s: float, given_s: float
) -> None:
    """Else a cold start would answer when nobody waits any more."""
    watch, analyzer = Watch(), Bounded()

    def load(domain: str) -> Bounded:
        watch.now_s += load_s
        return analyzer

    event = {"headlines": ["x"], **({} if within_ms is None else {"within_ms": within_ms})}
    assert answer(event, left_ms, load, watch.elapsed_s)["model"] == "m"
    assert analyzer.given_s == [pytest.approx(given_s)]
