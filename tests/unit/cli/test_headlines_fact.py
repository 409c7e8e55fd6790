"""How many headlines a sentiment rests on is told with how old they could be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.domain import Sentiment
from chalicelib.services.explained import Explained
from tests.contract.samples import decision
from trader.cli.explaining import headlines_fact

EVIDENCE = (("1", 0.5), ("2", -0.1))


@pytest.mark.parametrize(
    ("known", "words"),
    [
        (Sentiment(0.0), "0"),
        (Sentiment(0.0, max_age_ms=86_400_000), "0 of the last 24 hours"),
        (Sentiment(0.2, EVIDENCE, "m", 5_400_000), "2 of the last 1.5 hours, 2 of them not kept any more"),
        (Sentiment(0.2, EVIDENCE, "m"), "2, 2 of them not kept any more"),
    ],
)
def test_the_number_stands_with_the_age_that_applied(known: Sentiment, words: str) -> None:
    assert headlines_fact(Explained(replace(decision(0), sentiment=known), (), ())) == words
