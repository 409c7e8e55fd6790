"""One model with its head, behind the port."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from chalicelib.adapters.llama.engine import LlamaEngine, States
from chalicelib.adapters.llama.files import rules_version
from chalicelib.adapters.llama.head import Head, Probabilities
from chalicelib.adapters.llama.sanitise import Clean, sanitise
from chalicelib.adapters.llama.verdict import HeadlineVerdict, verdict
from chalicelib.domain import Score


class StateReader(Protocol):
    """What an analyzer needs of an engine."""

    @property
    def sha256(self) -> str: ...
    @property
    def width(self) -> int: ...
    def states(self, texts: Sequence[str]) -> States: ...


class LlamaAnalyzer:
    """A SentimentAnalyzer: the engine's state of a sanitised headline, read by the head.

    Raises BadInput when the head was not fitted on the engine's model file.
    """

    def __init__(self, engine: StateReader, head: Head) -> None:
        head.check_file(engine.sha256)
        head.check_width(engine.width)
        self._engine = engine
        self._head = head
        self._model = "-".join((head.model_name, head.domain, head.model_sha256[:8], head.version, rules_version()))

    @property
    def model(self) -> str:
        """Name, domain, hash of the model file, versions of the head and of the rules around it."""
        return self._model

    def score(self, titles: Sequence[str]) -> list[Score]:
        """One score per title, in order. Raises Unavailable when llama.cpp fails."""
        return [each.score() for each in self.verdicts(titles)]

    def verdicts(self, titles: Sequence[str]) -> list[HeadlineVerdict]:
        """As score(), with flags and probabilities."""
        cleans = [sanitise(title) for title in titles]
        rows = self.probabilities(cleans).tolist()
        return [verdict(clean, (row[0], row[1], row[2]), self._model) for clean, row in zip(cleans, rows, strict=True)]

    def probabilities(self, cleans: Sequence[Clean]) -> Probabilities:
        """Of each text, whatever its flags; an empty text is read as any other."""
        return self._head.probabilities(self._engine.states([clean.text for clean in cleans]))


def open_analyzer(models: Path, head: Head, threads: int = 1) -> LlamaAnalyzer:
    """The analyzer of a head whose model file lies in the folder under its name. Raises BadInput, Unavailable."""
    engine = LlamaEngine(models / f"{head.model_name}.gguf", head.reading, threads, accept=head.check_file)
    return LlamaAnalyzer(engine, head)
