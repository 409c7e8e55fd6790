"""Fitting heads on data whose answer is known."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from chalicelib.domain import Score
from chalicelib.errors import BadInput
from tests.support.measuring import quality_of
from trader.sentiment.heads import Fitted, write_head
from trader.sentiment.labelled import Labelled, load_labelled
from trader.sentiment.logistic import Matrix, fit, softmax
from trader.sentiment.state_cache import cached_states
from trader.sentiment.training import FOLDS, Labels, fold_of, held_out_logits, log_loss, train


def clouds(rows: int = 300, width: int = 12, seed: int = 5) -> tuple[Matrix, Labels]:
    """Three clouds of points, one a class, the first rare, of which only the first number tells them apart."""
    draw = np.random.default_rng(seed)
    labels = draw.choice([-1, 0, 1], size=rows, p=[0.15, 0.35, 0.5])
    points = draw.normal(size=(rows, width)) * np.linspace(0.5, 40.0, width)
    points[:, 0] = labels * 1.5 + draw.normal(size=rows) * 0.7
    return points, labels.astype(np.int64)


def accuracy(probabilities: Matrix, labels: Labels) -> float:
    return float((probabilities.argmax(axis=1) - 1 == labels).mean())


def test_the_weights_are_where_the_loss_is_least() -> None:
    points, labels = clouds()
    found = fit(points, labels, 0.01, balance=0.0)
    mean, spread = points.mean(axis=0), points.std(axis=0) + 1e-6
    scaled = found.weights * spread
    error = softmax(found.logits(points)) - (labels[:, None] == np.array([-1, 0, 1]))
    gradient = error.T @ ((points - mean) / spread) + scaled / 0.01
    assert np.abs(gradient).max() < 1e-4 * len(points)


def test_a_stronger_penalty_gives_smaller_weights() -> None:
    points, labels = clouds()
    sizes = [float(np.abs(fit(points, labels, strength).weights).sum()) for strength in (0.0001, 0.001, 0.01)]
    assert sizes == sorted(sizes)


def test_balance_gives_a_rare_class_more() -> None:
    points, labels = clouds()
    found = [softmax(fit(points, labels, 0.01, balance).logits(points))[:, 0].mean() for balance in (0.0, 0.5, 1.0)]
    assert found == sorted(found)
    assert found[2] > found[0] + 0.02


def test_training_finds_what_tells_the_classes_apart() -> None:
    points, labels = clouds()
    trained = train(points, labels, (0.001, 0.01, 0.1))
    assert accuracy(trained.held_out, labels) > 0.75
    fresh, truth = clouds(seed=6)
    assert accuracy(softmax(trained.fit.logits(fresh)), truth) > 0.75


def test_the_temperature_makes_held_out_probabilities_better() -> None:
    points, labels = clouds()
    trained = train(points, labels, (0.0005,))
    plain = softmax(held_out_logits(points, labels, 0.0005))
    assert trained.temperature < 0.9  # a strong penalty leaves the fit too unsure
    assert log_loss(trained.held_out, labels) < log_loss(plain, labels)


def test_labels_of_chance_are_not_learnt() -> None:
    points, labels = clouds()
    shuffled = np.random.default_rng(1).permutation(labels)
    assert accuracy(train(points, shuffled, (0.001,)).held_out, shuffled) < 0.6


def test_every_fold_has_its_share_of_each_class() -> None:
    _, labels = clouds()
    folds = fold_of(labels)
    for label in (-1, 0, 1):
        counts = np.bincount(folds[labels == label], minlength=FOLDS)
        assert counts.max() - counts.min() <= 1
    assert (folds == fold_of(labels)).all()


def test_a_state_is_read_once(tmp_path: Path) -> None:
    asked: list[str] = []

    def read(texts: Sequence[str]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        asked.extend(texts)
        return np.array([[float(len(text))] for text in texts], dtype=np.float32)

    states = cached_states(read, ("model",), tmp_path)
    assert states(["a", "bb", "a"]).ravel().tolist() == [1.0, 2.0, 1.0]
    assert cached_states(read, ("model",), tmp_path)(["bb", "ccc"]).ravel().tolist() == [2.0, 3.0]
    assert asked == ["a", "bb", "ccc"]
    assert cached_states(read, ("another",), tmp_path)(["a"]).tolist() == [[1.0]]


@pytest.mark.parametrize("spoilt", [b"", b"PK spoilt", b"\x93NUMPY"])
def test_a_spoilt_cache_is_read_anew(tmp_path: Path, spoilt: bytes) -> None:
    def read(texts: Sequence[str]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        return np.ones((len(texts), 2), dtype=np.float32)

    states = cached_states(read, ("model",), tmp_path)
    states(["a"])
    [file] = tmp_path.iterdir()
    file.write_bytes(spoilt)
    assert states(["a"]) == pytest.approx(np.ones((1, 2)))
    assert list(tmp_path.iterdir()) == [file]


def test_a_folder_that_cannot_hold_states_is_said_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    def read(texts: Sequence[str]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        raise AssertionError("read")

    with pytest.raises(BadInput, match="cannot be made"):
        cached_states(read, ("model",), tmp_path / "file")


def test_a_head_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    points, labels = clouds(rows=60)
    head = Fitted("crypto-small", {"format": 1, "bias": [0.5]}, train(points, labels, (0.001,)), {})
    file = write_head(head, tmp_path / "heads")
    assert json.loads(file.read_text()) == {"format": 1, "bias": [0.5]}
    with pytest.raises(UnicodeEncodeError):
        write_head(head._replace(content={"format": 2, "note": "\udcff"}), tmp_path / "heads")
    assert json.loads(file.read_text())["format"] == 1
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("title,label\na,1\n", "row 1 .* lacks the column headline"),
        ("x\n1\n", "lacks the columns headline and label"),
        ("headline,label\na,1\n ,1\n", "row 2 .* got ' ' and '1'"),
        ("headline,label\na,\n", "row 1 .* got 'a' and ''"),
        ("headline,label\na\n", "row 1 .* got 'a' and None"),
    ],
)
def test_a_row_that_cannot_be_used_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    file = tmp_path / "labelled.csv"
    file.write_text(text)
    with pytest.raises(BadInput, match=complaint):
        load_labelled(file)


def test_a_fold_that_is_not_there_is_answered_with_those_that_are(tmp_path: Path) -> None:
    file = tmp_path / "labelled.csv"
    file.write_text("headline,label,source,fold\na,1,x,train\nb,0,y,test\n")
    with pytest.raises(BadInput, match="its folds: test, train; its sources: x, y"):
        load_labelled(file, "dev")


class Sure:
    model = "sure"

    def score(self, titles: Sequence[str]) -> list[Score]:
        return [Score(0.9, "positive", self.model, confidence=0.9) for _ in titles]


def test_confidence_is_held_against_what_was_right() -> None:
    found = quality_of(Sure(), [Labelled("a", 1), Labelled("b", -1)])
    assert found.calibration_error == pytest.approx(0.4)


def test_a_lead_from_related_data_helps_and_folds_into_the_weights() -> None:
    related, theirs = clouds(rows=2000, seed=7)
    points, labels = clouds(rows=60, seed=8)
    lead = fit(related, theirs, 0.01)
    alone, led = train(points, labels, (0.001,)), train(points, labels, (0.001,), lead)
    assert log_loss(led.held_out, labels) < log_loss(alone.held_out, labels)
    assert led.fit.weights.shape == (3, points.shape[1])
    fresh, truth = clouds(seed=9)
    assert accuracy(softmax(led.fit.logits(fresh)), truth) >= accuracy(softmax(alone.fit.logits(fresh)), truth)
