"""What scores the headlines of a run or a backtest on this machine; no Lambda has it in its zip."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from math import inf

from chalicelib import wiring
from chalicelib.config import Analyzer, Config, cache_folder
from chalicelib.domain import without_hashes
from chalicelib.errors import TraderError
from chalicelib.ports import ScoreCache, SentimentAnalyzer
from chalicelib.services.cached_analyzer import CachedAnalyzer
from chalicelib.services.in_time import InTimeAnalyzer
from chalicelib.wiring import scoring
from chalicelib.wiring.scoring import Scorer

Say = Callable[[str], None]
Models = Callable[[str], SentimentAnalyzer]
"""The language models for a domain. Raises Unavailable or BadInput where they cannot be used."""


@cache
def installed_models(domain: str) -> SentimentAnalyzer:
    """`Models` of this machine, one for all threads: they hold some hundred megabytes."""
    from chalicelib.wiring.sentiment import llama

    return llama(domain)


def remembered_scores(say: Say) -> ScoreCache:
    """What the models ever made of headlines on this machine; `say` hears of a damaged file in one line."""
    from chalicelib.adapters.sqlite import SqliteScoreCache

    return SqliteScoreCache(cache_folder() / "scores.sqlite", say)


def live_scorer(
    config: Config, say: Say, models_of: Models = installed_models, deadline_s: float = scoring.DEADLINE_S
) -> Scorer:
    """For a run in real time: the language models within a deadline where they are installed, else the word list.

    Raises Unavailable or BadInput where the models are asked for by name and cannot be used.
    """
    models = _models(config, models_of)
    if isinstance(models, Scorer):
        return models
    return _scorer(config, InTimeAnalyzer(models, deadline_s), deadline_s, say)


def patient_scorer(config: Config, say: Say, models_of: Models = installed_models) -> Scorer:
    """For given headlines in simulated time and in backtests: as `live_scorer`, but the models take their time."""
    models = _models(config, models_of)
    return models if isinstance(models, Scorer) else _scorer(config, models, inf, say)


def seeded_scorer(config: Config, say: Say, models_of: Models = installed_models) -> Scorer:
    """For headlines that a seed makes up in simulated time: the word list, unless the models are asked for by name.

    The same seed is then the same run on every machine.
    """
    if config.news.analyzer is Analyzer.AUTO:
        return replace(scoring.lexicon(config), told="")  # as it always is: nothing to say
    return patient_scorer(config, say, models_of)


def _models(config: Config, models_of: Models) -> SentimentAnalyzer | Scorer:
    """The models, or the word list that scores in their place and says why."""
    if config.news.analyzer is Analyzer.LEXICON:
        return scoring.lexicon(config)
    try:
        return models_of(config.news.domain.value)
    except TraderError as error:
        if config.news.analyzer is Analyzer.LLAMA:
            raise
        return scoring.lexicon(config, str(error))


def _scorer(config: Config, models: SentimentAnalyzer, patience_s: float, say: Say) -> Scorer:
    fallback = wiring.analyzer(config.news.domain.value)
    names = without_hashes(models.model), without_hashes(fallback.model)
    told = f"headlines are scored by {names[0]} on this machine, by {names[1]} where that fails"
    return Scorer(CachedAnalyzer(models, remembered_scores(say), patience_s), fallback, patience_s, told)
