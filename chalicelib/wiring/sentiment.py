"""Analyzers that need a model file, for whoever has llama.cpp: the container, the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from chalicelib.config import models_folder
from chalicelib.errors import Unavailable

if TYPE_CHECKING:
    from chalicelib.adapters.llama.analyzer import LlamaAnalyzer
    from chalicelib.adapters.llama.engine import LlamaEngine
    from chalicelib.adapters.llama.ensemble import EnsembleAnalyzer
    from chalicelib.adapters.llama.head import Head


def llama(
    domain: str = "crypto", models: Path | None = None, heads: Path | None = None, threads: int = 1
) -> EnsembleAnalyzer:
    """The shipped ensemble; `models` holds the model files, `heads` the heads (None: where they are by default).

    Raises Unavailable where `make llama` has not run, BadInput when a head and its model file do not belong together.
    """
    from chalicelib.adapters.llama import HEADS, open_llama

    return open_llama(_present(models), domain, threads, heads or HEADS)


def llama_model(
    name: str, domain: str = "crypto", models: Path | None = None, heads: Path | None = None, threads: int = 1
) -> LlamaAnalyzer:
    """One model of the ensemble by itself. Raises as llama()."""
    from chalicelib.adapters.llama import HEADS, open_model

    return open_model(_present(models), domain, name, threads, heads or HEADS)


def engine(model_file: Path, pooling: str, prefix: str, suffix: str) -> LlamaEngine:
    """A model file, to be read in this way, for fitting heads. Raises Unavailable, BadInput."""
    from chalicelib.adapters.llama.engine import LlamaEngine, Reading

    return LlamaEngine(model_file, Reading(pooling, prefix, suffix))


def sanitised(title: str) -> str:
    """What of a title the models get to read."""
    from chalicelib.adapters.llama.sanitise import sanitise

    return sanitise(title).text


def check_head(given: object) -> Head:
    """The head that a JSON object describes. Raises BadInput naming what is wrong."""
    from chalicelib.adapters.llama.head import parse_head

    return parse_head(given)


def head_format() -> int:
    """What a head's file says of its own form."""
    from chalicelib.adapters.llama.head import FORMAT

    return FORMAT


def sha256_of(model_file: Path) -> str:
    """By which heads know a model file, in hexadecimal. Raises BadInput naming a file that cannot be read."""
    from chalicelib.adapters.llama.files import sha256_of

    return sha256_of(model_file)


def _present(models: Path | None) -> Path:
    folder = models or models_folder()
    if not folder.is_dir():
        raise Unavailable(f"no models in {folder}: run make llama once")
    return folder
