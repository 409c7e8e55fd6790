"""Metrics of an analyzer, against values worked out by hand, and the labelled file they are taken from."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain import Score
from chalicelib.errors import BadInput
from tests.support.measuring import quality_of
from trader.sentiment.evaluation import Opinion, intervals
from trader.sentiment.labelled import Labelled, load_labelled
from trader.sentiment.metrics import accuracy, auc, calibration_error, macro_f1, sign_accuracy, spearman

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
    quality = quality_of(Cheerful(), [Labelled("a", 1), Labelled("b", -1)])
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
    [("headline,label\na,2\n", "row 1 needs"), ("x\n1\n", "row 1 needs"), ("headline,label\n", "no headlines")],
)
def test_a_file_of_another_form_is_explained(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(BadInput, match=complaint):
        load_labelled(labelled_file(tmp_path, text))


def test_rows_are_chosen_by_source(tmp_path: Path) -> None:
    file = labelled_file(tmp_path, "headline,label,source\na,1,x\nb,-1,y\nc,0,z\n")
    assert [row.headline for row in load_labelled(file, without=["y"])] == ["a", "c"]
    assert [row.headline for row in load_labelled(file, sources=["y"])] == ["b"]
    with pytest.raises(BadInput, match="no headlines that were asked for"):
        load_labelled(file, sources=["w"])


def test_calibration_compares_confidence_with_what_was_right() -> None:
    # bin .9: one of two right, .45 off, two rows; bin .5: right, .5 off, one row
    assert calibration_error([True, False, True], [0.95, 0.95, 0.5]) == pytest.approx((2 * 0.45 + 0.5) / 3)
    assert isnan(calibration_error([], []))


def test_an_interval_holds_the_metric_and_is_the_same_each_time() -> None:
    labels = [1, -1] * 20
    found = [Opinion(1, 0.5)] * 40
    low, high = intervals(labels, found, 200)["accuracy"]
    assert low < 0.5 < high
    assert intervals(labels, found, 200)["accuracy"] == (low, high)
