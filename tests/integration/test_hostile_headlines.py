"""Headlines made to fool the models, beside the plain ones that they are made from; the models are the real ones."""

from __future__ import annotations

import pytest

from chalicelib.adapters.llama import MODELS
from chalicelib.adapters.llama.sanitise import Clean
from chalicelib.adapters.llama.verdict import HeadlineVerdict
from tests.hostile_headlines import PAIRS, TRICKS
from tests.support.models import ensemble, one_model

STRONG = 0.5
FOOLING = ("appended label", "stuffed once", "piled accents", "stuffed before")


def flips(clean: list[HeadlineVerdict], hostile: list[HeadlineVerdict], at_least: float) -> list[tuple[str, str]]:
    """Trick and headline of each strongly signed one that came out with the other sign."""
    return [
        (pair.trick, pair.clean)
        for pair, plain, twin in zip(PAIRS, clean, hostile, strict=True)
        if abs(plain.value) > at_least and plain.value * twin.value < 0.0
    ]


@pytest.mark.parametrize("name", ["ensemble", *MODELS])
def test_no_hostile_twin_changes_the_sign(name: str) -> None:
    analyzer = ensemble() if name == "ensemble" else one_model(name)
    clean = analyzer.verdicts([pair.clean for pair in PAIRS])
    hostile = analyzer.verdicts([pair.hostile for pair in PAIRS])
    assert sum(abs(verdict.value) > STRONG for verdict in clean) > len(PAIRS) / 3
    turned = flips(clean, hostile, STRONG)
    assert turned == [] if name == "ensemble" else len(turned) <= len(PAIRS) // 50
    assert len(flips(clean, hostile, 0.0)) <= len(PAIRS) // (100 if name == "ensemble" else 50)


def test_without_sanitising_a_model_is_fooled() -> None:
    """Else the test above would prove nothing."""
    model = one_model(MODELS[0])
    chosen = [pair for pair in PAIRS if pair.trick in FOOLING]
    plain = model.probabilities([Clean(pair.clean, ()) for pair in chosen])
    raw = model.probabilities([Clean(pair.hostile, ()) for pair in chosen])
    turned = [(a[2] - a[0]) * (b[2] - b[0]) < 0.0 for a, b in zip(plain, raw, strict=True)]
    assert sum(turned) > len(chosen) / 4


def test_the_set_is_large_enough() -> None:
    assert (len(TRICKS), len(PAIRS)) == (51, 357)  # as docs/sentiment.md says
