"""Metrics of an analyzer, against values worked out by hand, and the labelled file they are taken from."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain import Score
from chalicelib.errors import BadInput
from trader.sentiment_eval import (
    Labelled,
    accuracy,
    auc,
    evaluate,
    load_labelled,
    macro_f1,
    main,
    sign_accuracy,
    spearman,
)

LABELS = st.lists(st.sampled_from([-1, 0, 1]), min_size=1, max_size=30)


def test_macro_f1_counts_every_class_alike() -> None:
    # class 1: 2·3/(2·3+1) = 6/7; class -1: 0, never found
    assert macro_f1([1, 1, 1, -1], [1, 1, 1, 1]) == pytest.approx((6 / 7 + 0) / 2)


def test_auc_is_one_half_for_a_constant_score() -> None:
    assert auc([1, -1, -1], [0.3, 0.3, 0.3]) == 0.5


def test_metrics_that_the_headlines_do_not_allow_are_undefined() -> None:
    assert isnan(auc([1, 0], [0.1, 0.2]))
    assert isnan(sign_accuracy([0], [0.5]))
    assert isnan(spearman([1, 1], [0.1, 0.2]))
    assert isnan(accuracy([], []))


def test_spearman_gives_ties_their_mean_rank() -> None:
    assert spearman([-1, -1, 1, 1], [0.1, 0.2, 0.3, 0.4]) == pytest.approx(0.8944271909999159)


@given(LABELS)
def test_a_perfect_analyzer_has_perfect_metrics(labels: list[int]) -> None:
    assert accuracy(labels, labels) == macro_f1(labels, labels) == 1.0
    if {-1, 1} <= set(labels):
        assert auc(labels, labels) == sign_accuracy(labels, labels) == 1.0
        assert spearman(labels, labels) == pytest.approx(1.0)


@given(LABELS)
def test_auc_of_the_opposite_is_its_complement(labels: list[int]) -> None:
    if {-1, 1} <= set(labels):
        assert auc(labels, [-label for label in labels]) == 0.0


class Cheerful:
    model = "cheerful"

    def score(self, titles: Sequence[str]) -> list[Score]:
        return [Score(0.5, "positive", self.model) for _ in titles]


def test_an_analyzer_is_measured_by_its_labels_and_scores() -> None:
    quality = evaluate(Cheerful(), [Labelled("a", 1), Labelled("b", -1)])
    assert (quality.headlines, quality.accuracy, quality.sign_accuracy, quality.auc) == (2, 0.5, 0.5, 0.5)


def labelled_file(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "labelled.csv"
    file.write_text(text)
    return file


def test_a_fold_is_read_alone(tmp_path: Path) -> None:
    file = labelled_file(tmp_path, "headline,label,fold\na,1,train\nb,-1,test\n")
    assert load_labelled(file, "test") == [Labelled("b", -1)]
    assert len(load_labelled(file)) == 2


@pytest.mark.parametrize(
    ("text", "complaint"),
    [("headline,label\na,2\n", "row 2 needs"), ("x\n1\n", "row 2 needs"), ("headline,label\n", "no headlines")],
)
def test_a_file_of_another_form_is_explained(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(BadInput, match=complaint):
        load_labelled(labelled_file(tmp_path, text))


def test_the_comparison_prints_a_line_per_analyzer(tmp_path: Path) -> None:
    file = labelled_file(tmp_path, "headline,label\nBitcoin soars,1\nBitcoin crashes,-1\n")
    lines = CliRunner().invoke(main, ["--data", str(file)]).output.splitlines()
    assert [line.split("\t")[0].rpartition("-")[0] for line in lines[1:]] == ["lexicon-plain", "lexicon-crypto"]


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["--data", str(tmp_path / "absent.csv")])
    assert done.exit_code == 1
    assert len(done.output.strip().splitlines()) == 1
