"""The word list: what it knows beyond VADER, and that nothing in a title upsets it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.adapters.lexicon import DOMAINS, TERMS_FILE, LexiconAnalyzer, load_terms
from chalicelib.errors import BadInput
from chalicelib.ports import SentimentAnalyzer
from tests.shared_data import shared
from tests.support.measuring import quality_of
from trader.sentiment.labelled import load_labelled

CRYPTO = LexiconAnalyzer()
PLAIN = LexiconAnalyzer("plain")


@pytest.mark.parametrize(
    ("title", "label"),
    [
        ("Bitcoin hits an all-time high", "positive"),
        ("Bitcoin hits an all time high", "positive"),
        ("Startup raises $25M in Series A funding round", "positive"),
        ("Exchange hacked, $600 million stolen", "negative"),
        ("DeFi protocol loses funds in rug-pull", "negative"),
        ("Solana plunges as regulators crack down", "negative"),
        ("Grayscale Trust shares", "neutral"),
        ("What is a blockchain?", "neutral"),
    ],
)
def test_crypto_terms_have_their_tone(title: str, label: str) -> None:
    assert CRYPTO.score([title])[0].label == label


@pytest.mark.parametrize(
    ("title", "label"),
    [
        ("Net profit falls 20 % on weak demand", "negative"),
        ("Quarterly loss narrows", "positive"),
        ("Shares", "neutral"),
    ],
)
def test_finance_terms_have_their_tone(title: str, label: str) -> None:
    assert LexiconAnalyzer("finance").score([title])[0].label == label


def test_it_is_an_analyzer_with_one_score_per_title_in_order() -> None:
    analyzer: SentimentAnalyzer = CRYPTO
    good, bad = analyzer.score(["Bitcoin soars", "Bitcoin crashes"])
    assert bad.value < 0.0 < good.value
    assert good.model == analyzer.model
    assert not good.degraded
    assert analyzer.score([]) == []


def test_typography_does_not_change_a_score() -> None:
    plain, typeset = CRYPTO.score(["Bitcoin isn't falling - it soars", "Bitcoin isn\u2019t falling \u2014 it soars"])
    assert plain == typeset


def test_the_model_s_name_tells_word_lists_apart() -> None:
    names = {LexiconAnalyzer(domain).model for domain in DOMAINS}
    assert len(names) == len(DOMAINS)
    assert CRYPTO.model == LexiconAnalyzer("crypto").model
    assert CRYPTO.model.startswith("lexicon-crypto-")


def test_an_unknown_domain_is_explained() -> None:
    with pytest.raises(BadInput, match="'weather': must be one of crypto, finance, plain"):
        LexiconAnalyzer("weather")


@given(st.text() | st.text(st.sampled_from("but no not! ?,.😀\x00\u202e<&"), max_size=400))
def test_any_title_has_the_same_score_each_time(title: str) -> None:
    first, again = CRYPTO.score([title, title])
    assert first == again
    assert -1.0 <= first.value <= 1.0
    assert first.label in ("negative", "neutral", "positive")


@pytest.mark.parametrize("unit", ["but ", "soars ", "!", "😀", "a", "<b", "اخبار "])
def test_a_huge_title_is_scored_by_its_beginning(unit: str) -> None:
    assert -1.0 <= CRYPTO.score([unit * 100_000])[0].value <= 1.0


def test_every_term_is_lower_case_and_in_range() -> None:
    for term, valence in load_terms(TERMS_FILE, ("finance", "crypto")).items():
        assert term == " ".join(term.lower().split())
        assert "-" not in term
        assert -4.0 <= valence <= 4.0


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("finance\tup\n", "line 1 must be"),
        ("a\t1\tx\na\t2\tx\n", "line 2 repeats x"),
        ("a\tmuch\tx\n", "line 1 must be"),
    ],
)
def test_a_mistake_in_the_terms_names_its_line(tmp_path: Path, text: str, complaint: str) -> None:
    file = tmp_path / "terms.tsv"
    file.write_text(text)
    with pytest.raises(BadInput, match=complaint):
        load_terms(file, ("a",))


def test_a_later_section_overrides_an_earlier_one(tmp_path: Path) -> None:
    file = tmp_path / "terms.tsv"
    file.write_text("# why\n\nb\t2\tx, y z\na\t-1\tx\n")
    assert load_terms(file, ("a", "b")) == {"x": 2.0, "y z": 2.0}
    assert load_terms(file, ("a",)) == {"x": -1.0}


@pytest.mark.parametrize(
    ("file", "domain", "auc", "macro_f1"), [("crypto", "crypto", 0.9, 0.6), ("finance", "finance", 0.92, 0.7)]
)
def test_the_added_terms_gain_what_the_documentation_says(file: str, domain: str, auc: float, macro_f1: float) -> None:
    rows = load_labelled(shared(f"headlines/{file}_dev.csv"), "train")[::5]
    plain, ours = quality_of(PLAIN, rows), quality_of(LexiconAnalyzer(domain), rows)
    assert ours.auc > max(auc, plain.auc + 0.15)
    assert ours.macro_f1 > max(macro_f1, plain.macro_f1 + 0.1)


def test_importing_the_adapter_loads_nothing_heavy() -> None:
    code = "import sys, chalicelib.adapters.lexicon; print({'numpy', 'requests', 'nltk'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
