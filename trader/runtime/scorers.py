"""What scores the headlines of a run, by where its headlines come from and whose time it lives in."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from threading import Event

from chalicelib.config import Config
from chalicelib.domain import FeedState
from chalicelib.errors import Unavailable
from chalicelib.services.cached_analyzer import AT_ONCE
from chalicelib.wiring.local_scoring import live_scorer, patient_scorer, seeded_scorer
from chalicelib.wiring.scoring import Scorer, lexicon
from trader.runtime.markets import RunHeadlines
from trader.runtime.realtime import Say


def scorer_in_simulated_time(config: Config, headlines: RunHeadlines, say: Say) -> Scorer:
    """Raises Unavailable or BadInput where the models are asked for by name and cannot be used."""
    if not headlines.feeds:
        return _nobody(config)
    return seeded_scorer(config, say) if headlines.generated else patient_scorer(config, say)


def scorer_in_real_time(config: Config, headlines: RunHeadlines, say: Say) -> Scorer:
    """Raises as `scorer_in_simulated_time`."""
    return live_scorer(config, say) if headlines.feeds else _nobody(config)


def score_ahead(scorer: Scorer, headlines: RunHeadlines, until_ms: int, stop: Event, say: Say) -> None:
    """Have language models score what was known by then, a batch at a time until `stop`, so that it is remembered.

    An archive takes minutes, in which a minute of the run would hold its store and mind no Ctrl-C.
    """
    if scorer.fallback is None:  # the word list, which takes no time
        return
    pages = [headlines.news.fetch(feed, FeedState(), until_ms) for feed in headlines.feeds]
    titles = list(dict.fromkeys(item.title for page in pages for item in page.items))
    if len(titles) > AT_ONCE:
        say(f"scoring {len(titles):,} headlines from before the first minute")
    for start in range(0, len(titles), AT_ONCE):
        if stop.is_set():
            return
        with suppress(Unavailable):  # the minute will say so
            scorer.analyzer.score(titles[start : start + AT_ONCE])


def _nobody(config: Config) -> Scorer:
    """Where no headline will come, there is nothing to load and nothing to tell."""
    return replace(lexicon(config), told="")
