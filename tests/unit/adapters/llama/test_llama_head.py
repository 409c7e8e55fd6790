"""The head's arithmetic by hand, and files that are refused."""

from __future__ import annotations

import json
from math import exp
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chalicelib.adapters.llama import MODELS, shipped_head
from chalicelib.adapters.llama.head import load_head, parse_head
from chalicelib.errors import BadInput
from chalicelib.headline_domain import DOMAINS
from trader.sentiment.building import MODELS as BUILT

SHA = "ab" * 32


def given(**changes: object) -> dict[str, Any]:
    head: dict[str, Any] = {
        "format": 1,
        "domain": "crypto",
        "model": {"name": "small", "sha256": SHA},
        "reading": {"pooling": "last", "prefix": "Headline: ", "suffix": "\nSentiment:"},
        "classes": ["negative", "neutral", "positive"],
        "weights": [[0.0, 0.0], [0.0, 0.0], [1.0, 2.0]],
        "bias": [0.0, 0.0, 1.0],
        "temperature": 2.0,
    }
    return head | changes


def test_probabilities_are_the_softmax_of_the_cooled_logits() -> None:
    found = parse_head(given()).probabilities(np.array([[3.0, 4.0]], dtype=np.float32))
    positive = exp((3.0 + 8.0 + 1.0) / 2.0)
    assert found[0].tolist() == pytest.approx([1 / (2 + positive), 1 / (2 + positive), positive / (2 + positive)])


def test_huge_states_stay_probabilities() -> None:
    found = parse_head(given()).probabilities(np.array([[1e30, 1e30], [-1e30, -1e30]], dtype=np.float32))
    assert found.sum(axis=1).tolist() == [1.0, 1.0]


def test_no_state_is_no_probability() -> None:
    assert parse_head(given()).probabilities(np.empty((0, 2), dtype=np.float32)).shape == (0, 3)


def test_a_version_follows_whatever_decides() -> None:
    versions = {parse_head(given(**change)).version for change in ({}, {"temperature": 1.0}, {"bias": [0, 0, 2]})}
    assert len(versions) == 3
    assert parse_head(given(domain="finance")).version == parse_head(given()).version


def test_another_model_file_is_refused() -> None:
    head = parse_head(given())
    head.check_file(SHA)
    head.check_width(2)
    with pytest.raises(BadInput, match=r"belongs to small with sha256 abababababab…, the model file has cdcdcdcdcdcd"):
        head.check_file("cd" * 32)
    with pytest.raises(BadInput, match="takes states of 2 numbers, the model gives 3"):
        head.check_width(3)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"format": 2}, "format must be 1"),
        ({"classes": ["positive", "neutral", "negative"]}, "classes must be"),
        ({"model": "small"}, "model must be an object"),
        ({"model": {"name": "small"}}, "sha256 must be a text"),
        ({"reading": {"pooling": "max"}}, "pooling must be one of last, mean"),
        ({"weights": [[1.0], [2.0, 3.0], [1.0]]}, "weights must be numbers"),
        ({"weights": [[1.0], [2.0]]}, "3 rows each"),
        ({"weights": [[float("nan")], [2.0], [1.0]]}, "finite"),
        ({"weights": [["x"], ["y"], ["z"]]}, "weights must be numbers"),
        ({"bias": [[1, 2, 3]]}, "finite numbers in 1 dimensions"),
        ({"temperature": 0}, "temperature must be above 0"),
        ({"domain": None}, "domain must be a text"),
    ],
)
def test_a_wrong_head_is_refused_by_the_key(tmp_path: Path, changes: dict[str, object], complaint: str) -> None:
    file = tmp_path / "head.json"
    file.write_text(json.dumps(given(**changes)))
    with pytest.raises(BadInput, match=complaint) as caught:
        load_head(file)
    assert str(caught.value).startswith(f"{file}: ")


@pytest.mark.parametrize("text", ["", "[", "[]", "null", "[" * 100_000, "\x00"])
def test_what_is_no_head_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "head.json"
    file.write_text(text)
    with pytest.raises(BadInput, match="head"):
        load_head(file)


def test_a_missing_head_is_explained(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        load_head(tmp_path / "absent.json")
    with pytest.raises(BadInput, match="'weather': must be one of crypto, finance"):
        shipped_head("weather", MODELS[0])


@pytest.mark.parametrize("changes", [{"domain": "finance"}, {"model": {"name": "another", "sha256": SHA}}])
def test_a_head_in_the_place_of_another_is_refused(tmp_path: Path, changes: dict[str, object]) -> None:
    (tmp_path / "crypto-small.json").write_text(json.dumps(given(**changes)))
    with pytest.raises(BadInput, match="is a head for"):
        shipped_head("crypto", "small", tmp_path)


def test_the_models_that_are_built_are_those_that_are_opened() -> None:
    assert tuple(BUILT.values()) == MODELS


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("model", MODELS)
def test_every_shipped_head_is_for_what_its_name_says(domain: str, model: str) -> None:
    head = shipped_head(domain, model)
    assert (head.domain, head.model_name) == (domain, model)
    assert 0.3 < head.temperature < 3.0
