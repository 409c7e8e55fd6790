"""The real language models, opened once per process."""

from __future__ import annotations

from functools import cache

import pytest

from chalicelib.adapters.llama import MODELS
from chalicelib.adapters.llama.analyzer import LlamaAnalyzer
from chalicelib.adapters.llama.ensemble import EnsembleAnalyzer
from chalicelib.config import models_folder
from chalicelib.wiring import sentiment


def require_models() -> None:
    """Fails, not skips: a suite that passed without them would have proved nothing about them."""
    missing = [name for name in MODELS if not (models_folder() / f"{name}.gguf").is_file()]
    if missing:
        pytest.fail(f"{models_folder()} lacks {', '.join(missing)}: run make llama once")


@cache
def one_model(name: str, domain: str = "crypto") -> LlamaAnalyzer:
    """One shipped model with its head."""
    require_models()
    return sentiment.llama_model(name, domain)


@cache
def ensemble(domain: str = "crypto") -> EnsembleAnalyzer:
    """The shipped ensemble."""
    require_models()
    judges = [one_model(name, domain) for name in MODELS]
    return EnsembleAnalyzer(judges, sceptic=judges[-1])
