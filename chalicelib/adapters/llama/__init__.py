"""Sentiment by small language models in llama.cpp: a hidden state, read by a logistic head. No text is ever generated.

This package itself imports nothing heavy; numpy and llama.cpp come with what is opened.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from chalicelib.errors import BadInput
from chalicelib.headline_domain import DOMAINS

if TYPE_CHECKING:
    from chalicelib.adapters.llama.analyzer import LlamaAnalyzer
    from chalicelib.adapters.llama.ensemble import EnsembleAnalyzer
    from chalicelib.adapters.llama.head import Head

MODELS = ("smollm2-135m-22-q8_0", "minilm-l6-v2-q8_0")
"""The shipped models by the name of their file, the primary first."""
HEADS = Path(__file__).parent / "heads"


def shipped_head(domain: str, model: str, folder: Path = HEADS) -> Head:
    """The head of this model for headlines of this domain.

    Raises BadInput for one that is not in the folder, or that is for something else than its file's name says.
    """
    from chalicelib.adapters.llama.head import load_head

    if domain not in DOMAINS:
        raise BadInput(f"sentiment domain {domain!r}: must be one of {', '.join(DOMAINS)}")
    path = folder / f"{domain}-{model}.json"
    head = load_head(path)
    if (head.domain, head.model_name) != (domain, model):
        raise BadInput(f"{path}: is a head for {head.domain} headlines and {head.model_name}")
    return head


def open_model(models: Path, domain: str, model: str, threads: int = 1, heads: Path = HEADS) -> LlamaAnalyzer:
    """One model of the folder with its head. Raises BadInput for a file or head that is absent or of another model,
    Unavailable where llama.cpp is not installed."""
    from chalicelib.adapters.llama.analyzer import open_analyzer

    return open_analyzer(models, shipped_head(domain, model, heads), threads)


def open_llama(models: Path, domain: str, threads: int = 1, heads: Path = HEADS) -> EnsembleAnalyzer:
    """What `llama` means: every shipped model of the folder, averaged. Raises as open_model."""
    from chalicelib.adapters.llama.ensemble import EnsembleAnalyzer

    judges = [open_model(models, domain, model, threads, heads) for model in MODELS]
    return EnsembleAnalyzer(judges, sceptic=judges[-1])
