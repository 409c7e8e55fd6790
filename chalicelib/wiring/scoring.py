"""What scores the headlines of a run, and what stands in for it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import inf
from typing import TYPE_CHECKING

from chalicelib import wiring
from chalicelib.config import Analyzer, Config
from chalicelib.domain import without_hashes
from chalicelib.ports import Clock, NewsStore, SentimentAnalyzer
from chalicelib.services.score_news import ScoreNews

if TYPE_CHECKING:
    from chalicelib.adapters.aws_clients import AwsClients
    from chalicelib.config import Deployment

DEADLINE_S = 20.0
"""How long headlines wait for the language models before the lexicon scores them; a function of 50 s can afford two."""
CONTAINER = "llama"
"""The container function's name behind the prefix."""


@dataclass(frozen=True, slots=True)
class Scorer:
    """An analyzer, what scores when it does not, and one line that says so."""

    analyzer: SentimentAnalyzer
    fallback: SentimentAnalyzer | None = None
    deadline_s: float = inf
    told: str = ""

    def use_case(self, news: NewsStore, clock: Clock | None) -> ScoreNews:
        """The use case over this store; `clock` as `ScoreNews` has it."""
        return ScoreNews(news, self.analyzer, self.fallback, clock, self.deadline_s)


def lexicon(config: Config, why: str = 'news.analyzer = "lexicon"') -> Scorer:
    """The word list alone; it never fails."""
    scorer = wiring.analyzer(config.news.domain.value)
    return Scorer(scorer, told=f"headlines are scored by {without_hashes(scorer.model)} ({why})")


def deployed(config: Config, stage: Deployment, clients: AwsClients) -> Scorer:
    """The container function where it is deployed or asked for, else the word list."""
    asked = config.news.analyzer
    if asked is Analyzer.LEXICON:
        return lexicon(config)
    if asked is Analyzer.AUTO and not stage.llama:
        return lexicon(config, "the container function is not deployed")
    from chalicelib.adapters.lambda_sentiment import LambdaAnalyzer

    function, domain = stage.name(CONTAINER), config.news.domain.value
    client = cache(lambda: clients.waiting_functions(DEADLINE_S))
    fallback = wiring.analyzer(domain)
    told = f"headlines are scored by {function}, by {without_hashes(fallback.model)} where that fails"
    return Scorer(LambdaAnalyzer(function, domain, client, DEADLINE_S), fallback, DEADLINE_S, told)
