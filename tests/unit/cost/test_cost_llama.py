"""What the container function adds to the bill: by examples computed by hand, and as what is deployed has it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import cast

import pytest

from chalicelib import codec
from chalicelib.adapters.dynamodb.items import packed, size_bytes, text
from chalicelib.adapters.llama import MODELS
from chalicelib.domain import Score
from chalicelib.headlines import score_key
from tests.support.cloudformation import TEMPLATE, Json, properties, read_template, resources
from tests.support.metering_file import memory_sizes
from trader.cost.bill import BillLine, bill, total
from trader.cost.figures import Figures, read_figures, read_llama_figures
from trader.cost.prices import read_prices

FIGURES = read_llama_figures(read_figures())
INDEXING_BYTES = 100
"""That DynamoDB adds to each item when it bills storage."""
HEADLINES = 500 * 30.4


def charges(figures: Figures = FIGURES) -> dict[tuple[str, str], BillLine]:
    return {(charge.kind, charge.resource): charge for charge in bill(figures, read_prices(), 1)}


def test_a_headline_is_read_written_and_thought_about_once() -> None:
    found = charges()
    assert found["dynamodb_writes", "scores"].quantity == pytest.approx(HEADLINES)
    assert found["dynamodb_reads", "scores"].quantity == pytest.approx(HEADLINES)
    assert found["lambda_requests", "llama"].quantity == pytest.approx(HEADLINES)
    thought = HEADLINES * 0.09 * 1769 / 1024
    assert thought < found["lambda_duration", "llama"].quantity < 3 * thought


def test_who_asks_waits_at_its_own_size() -> None:
    waited = (HEADLINES * (0.09 + 0.04) + 24 * 30.4 * 2.9) * 128 / 1024
    assert waited < charges()["lambda_duration", "sentiment"].quantity < 2 * waited
    assert charges()["lambda_requests", "sentiment"].quantity == 0.0


def test_the_image_is_paid_while_nothing_is_scored() -> None:
    quiet = replace(FIGURES, events={})
    assert {kind: charge.usd for (kind, _), charge in charges(quiet).items() if charge.usd} == {"images": 0.6 * 0.1}


def test_ten_times_the_headlines_cost_less_than_ten_times_as_much() -> None:
    prices = read_prices()
    more = bill(FIGURES.more_often("headline", 10.0), prices, 1)
    assert total(bill(FIGURES, prices, 1)) < total(more) < 10 * total(bill(FIGURES, prices, 1))


def test_it_waits_as_long_as_the_other_one_thinks() -> None:
    headline, start = FIGURES.events["headline"], FIGURES.events["cold_start"].functions["llama"]
    assert FIGURES.assumed.wait_ms["llama_headline"] == headline.functions["llama"].cpu_ms.first
    assert FIGURES.assumed.wait_ms["llama_start"] == start.cpu_ms.first + start.init_ms.first


def test_the_rest_is_assumed_as_for_the_agent() -> None:
    usual = read_figures().assumed
    known = {kind: wait_ms for kind, wait_ms in FIGURES.assumed.wait_ms.items() if not kind.startswith("llama")}
    assert replace(FIGURES.assumed, wait_ms=known) == usual


def test_sizes_are_those_that_are_deployed() -> None:
    deployed = read_template(TEMPLATE.read_text("utf-8"))
    [function] = resources(deployed, "AWS::Lambda::Function").values()
    assert FIGURES.memory_mb == {
        "llama": properties(function)["MemorySize"],
        "sentiment": memory_sizes()["sentiment"],
    }
    repository = properties(resources(deployed)["SentimentRepository"])
    kept = json.loads(str(cast("Json", repository["LifecyclePolicy"])["LifecyclePolicyText"]))
    assert kept["rules"][0]["selection"]["countNumber"] == 3  # as monthly.images has it
    assert FIGURES.tables == {"scores": read_figures().tables["scores"]}


def test_an_item_is_no_larger_than_assumed() -> None:
    model = "+".join(f"{name}-finance-01234567-89abcdef" for name in MODELS)
    score = Score(-0.123456789012345678, "negative", model, False, 0.8765432109876543, ("disagreement",))
    key = text(score_key(model, "Bitcoin rallies"))
    item = {"key": key, "body": packed(codec.dump(score)), "expires_at": {"N": "1795000000"}}
    assert size_bytes(item) + INDEXING_BYTES <= FIGURES.events["headline"].stored_bytes["scores"].first
    assert FIGURES.events["headline"].writes["scores"].first == -(-size_bytes(item) // 1024)
