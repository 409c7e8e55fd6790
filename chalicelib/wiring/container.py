"""What the container function is made of: the language models of this image, behind the stage's cache."""

from __future__ import annotations

from functools import cache

from chalicelib.config import threads, tolerated
from chalicelib.ports import ScoreCache, SentimentAnalyzer
from chalicelib.services.cached_analyzer import CachedAnalyzer
from chalicelib.services.score_request import answer


def score_headlines(event: object, left_ms: int) -> dict[str, object]:
    """The answer to one call. Raises BadInput, Unavailable."""
    return answer(event, left_ms, scorer)


@cache
def scorer(domain: str) -> CachedAnalyzer:
    """Loaded at the first call for this domain, kept while the process stays warm."""
    return CachedAnalyzer(models(domain), remembered())


def models(domain: str) -> SentimentAnalyzer:
    """The models, with as many threads as the function's memory pays for."""
    from chalicelib.wiring.sentiment import llama

    return llama(domain, threads=threads())


def remembered() -> ScoreCache:
    """The stage's table of scores; nothing is sent before it is needed."""
    from chalicelib.adapters import dynamodb

    return dynamodb.DynamoScoreCache(dynamodb.open_tables(tolerated()[0].prefix))
