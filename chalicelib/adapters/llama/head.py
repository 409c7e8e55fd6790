"""What turns a model's state into probabilities: three rows of weights, kept as JSON beside the code.

A head belongs to one model file, by sha256, and to one way of reading it: the same model in another quantisation has
other states, and lost four points of accuracy where that was tried.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

import numpy as np
import numpy.typing as npt

from chalicelib.adapters.llama.engine import Reading, States
from chalicelib.domain import LABELS
from chalicelib.errors import BadInput

FORMAT = 1
POOLINGS = ("last", "mean")

Probabilities = npt.NDArray[np.float64]
"""One row per text, one column per class, in the order of LABELS."""


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """A logistic layer of three classes over states of one width."""

    domain: str
    model_name: str
    model_sha256: str
    reading: Reading
    weights: npt.NDArray[np.float64]
    """Classes x width of a state."""
    bias: npt.NDArray[np.float64]
    temperature: float
    """What logits are divided by, so that a probability of .8 is right four times of five."""

    @property
    def version(self) -> str:
        """A hash of all that decides a probability, in 8 hexadecimal digits."""
        decisive = [self.reading, self.weights.tolist(), self.bias.tolist(), self.temperature]
        return hashlib.sha256(json.dumps(decisive).encode()).hexdigest()[:8]

    def probabilities(self, states: States) -> Probabilities:
        """Of each class, for each row of states; a row adds up to 1."""
        logits = (states.astype(np.float64) @ self.weights.T + self.bias) / self.temperature
        raised = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(raised / raised.sum(axis=1, keepdims=True))

    def check_file(self, sha256: str) -> None:
        """Raises BadInput unless the head was fitted on the model file with this sha256."""
        if sha256 != self.model_sha256:
            raise BadInput(
                f"the head belongs to {self.model_name} with sha256 {self.model_sha256[:12]}…, the model file has "
                f"{sha256[:12]}…: make llama writes the shipped file, trader sentiment train a head for another"
            )

    def check_width(self, width: int) -> None:
        """Raises BadInput unless the head takes states of so many numbers."""
        if width != self.weights.shape[1]:
            raise BadInput(f"this head takes states of {self.weights.shape[1]} numbers, the model gives {width}")


def load_head(path: Path) -> Head:
    """The head in a file. Raises BadInput naming the file and what is wrong with it."""
    try:
        return parse_head(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path}: is not JSON ({error})") from error
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from error


def parse_head(given: object) -> Head:
    """The head that the JSON object describes. Raises BadInput naming the key that is missing or wrong."""
    top = _mapping(given, "a head")
    if top.get("format") != FORMAT:
        raise BadInput(f"format must be {FORMAT}, not {top.get('format')!r}")
    if top.get("classes") != list(LABELS):
        raise BadInput(f"classes must be {', '.join(LABELS)}")
    model, reading = _mapping(top.get("model"), "model"), _mapping(top.get("reading"), "reading")
    if reading.get("pooling") not in POOLINGS:
        raise BadInput(f"reading.pooling must be one of {', '.join(POOLINGS)}")
    weights, bias = _numbers(top.get("weights"), "weights", 2), _numbers(top.get("bias"), "bias", 1)
    temperature = _numbers(top.get("temperature"), "temperature", 0)
    if len(weights) != len(LABELS) or len(bias) != len(LABELS):
        raise BadInput(f"weights and bias must have {len(LABELS)} rows each")
    if temperature <= 0.0:
        raise BadInput("temperature must be above 0")
    return Head(
        domain=_text(top, "domain"),
        model_name=_text(model, "name"),
        model_sha256=_text(model, "sha256"),
        reading=Reading(_text(reading, "pooling"), _text(reading, "prefix"), _text(reading, "suffix")),
        weights=weights,
        bias=bias,
        temperature=float(temperature),
    )


def _mapping(value: object, name: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise BadInput(f"{name} must be an object")
    return value


def _text(mapping: Mapping[str, object], key: str) -> str:
    value = mapping.get(key)
    if not isinstance(value, str):
        raise BadInput(f"{key} must be a text")
    return value


def _numbers(value: object, name: str, dimensions: int) -> npt.NDArray[np.float64]:
    """Finite numbers, in lists nested this deep."""
    try:
        found = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise BadInput(f"{name} must be numbers") from error
    if found.ndim != dimensions or not found.size or not all(map(isfinite, found.ravel())):
        raise BadInput(f"{name} must be finite numbers in {dimensions} dimensions")
    return found
