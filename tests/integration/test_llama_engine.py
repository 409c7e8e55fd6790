"""Files and prompts that an engine refuses, and what it remembers of a prompt; the model is the real one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from chalicelib.adapters.llama import MODELS, open_model
from chalicelib.adapters.llama.engine import LlamaEngine, Reading
from chalicelib.config import models_folder
from chalicelib.errors import BadInput
from tests.support.models import require_models

EXAMPLE = "Headline: Bitcoin plunges\nSentiment: negative\n\n"
PROMPT = Reading("last", f"{EXAMPLE}Headline: ", "\nSentiment:")
TEXT = "Ether rallies to a record high"


@pytest.fixture(scope="module")
def primary() -> Path:
    require_models()
    return models_folder() / f"{MODELS[0]}.gguf"


def test_a_file_that_is_absent_is_explained(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"absent\.gguf: .* make llama"):
        LlamaEngine(tmp_path / "absent.gguf", PROMPT)


def test_a_file_that_is_refused_never_reaches_llama_cpp(tmp_path: Path) -> None:
    """A damaged one may end the process."""
    (tmp_path / "file.gguf").write_bytes(b"GGUF and then nothing that it should be")

    def refuse(sha256: str) -> None:
        raise BadInput(f"not {sha256[:8]}")

    with pytest.raises(BadInput, match=r"not [0-9a-f]{8}"):
        LlamaEngine(tmp_path / "file.gguf", PROMPT, accept=refuse)


@pytest.mark.parametrize("size", [0, 4, 1_000, 5_000_000])
def test_half_a_model_is_no_model(primary: Path, tmp_path: Path, size: int) -> None:
    half = tmp_path / primary.name
    with primary.open("rb") as file:
        half.write_bytes(file.read(size))
    with pytest.raises(BadInput, match="cannot read it as a model"):
        LlamaEngine(half, PROMPT)
    with pytest.raises(BadInput, match="belongs to smollm2"):
        open_model(tmp_path, "crypto", MODELS[0])


@pytest.mark.parametrize(
    ("reading", "complaint"),
    [
        (Reading("last", "", "\nSentiment:"), "a prefix of 0 tokens"),
        (Reading("last", "word " * 600, ""), "a prefix of 600 tokens: must be 1 to 512"),
        (Reading("last", "Headline: ", " word" * 400), "a suffix of 400 tokens: must be at most 352"),
    ],
)
def test_a_prompt_that_does_not_fit_is_refused(primary: Path, reading: Reading, complaint: str) -> None:
    with pytest.raises(BadInput, match=complaint):
        LlamaEngine(primary, reading)


def test_a_remembered_prompt_is_as_good_as_one_read_with_the_text(primary: Path) -> None:
    remembered = LlamaEngine(primary, PROMPT).states(["Markets open", TEXT, "Exchange hacked"])[1]
    read_along = LlamaEngine(primary, Reading("last", "Headline:", "\nSentiment:")).states(
        [f"{EXAMPLE.removeprefix('Headline: ')}Headline: {TEXT}"]
    )[0]
    likeness = remembered @ read_along / np.linalg.norm(remembered) / np.linalg.norm(read_along)
    assert likeness > 0.999


def test_no_text_is_no_state(primary: Path) -> None:
    assert LlamaEngine(primary, PROMPT).states([]).shape == (0, 576)
