"""The container function with an analyzer that needs no model file: the handler, the request and the cache are real.

`handle` is what awslambdaric is told to call. Only that process scores so: who merely imports this keeps the models.
"""

from __future__ import annotations

import hashlib
import os
import signal
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from chalicelib.adapters.sqlite import SqliteScoreCache
from chalicelib.domain import LABELS, Score
from chalicelib.errors import Unavailable
from chalicelib.headlines import scored_form
from chalicelib.ports import ScoreCache, SentimentAnalyzer
from chalicelib.wiring import container
from sentiment_container import handler


class HashAnalyzer:
    """An opinion out of the hash of a headline: strong, and nothing like the lexicon's.

    "UNREADABLE" in a headline makes the batch fail, "DIE" the process, "SLOW" takes longer than anybody waits.
    """

    model = "hash-crypto-1234"

    def score(self, titles: Sequence[str]) -> list[Score]:
        return [self._score(title) for title in titles]

    def _score(self, title: str) -> Score:
        if "UNREADABLE" in title:
            raise Unavailable("cannot read\nthis one")
        if "DIE" in title:
            os.kill(os.getpid(), signal.SIGKILL)
        if "SLOW" in title:
            time.sleep(60.0)
        digest = hashlib.sha256(scored_form(title).encode(errors="replace")).digest()
        value = digest[0] / 127.5 - 1.0
        label = LABELS[1 if abs(value) < 0.1 else 2 if value > 0.0 else 0]
        return Score(value, label, self.model, False, 0.5 + digest[1] / 512, ("disagreement",) * (digest[2] % 2))


def models(domain: str) -> SentimentAnalyzer:
    return HashAnalyzer()


def remembered() -> ScoreCache:
    return SqliteScoreCache(Path(tempfile.mkdtemp()) / "scores.sqlite")


def handle(event: object, context: handler.Context) -> dict[str, object]:
    """As the handler, with the models and the cache of this module."""
    container.models, container.remembered = models, remembered
    return handler.handle(event, context)
