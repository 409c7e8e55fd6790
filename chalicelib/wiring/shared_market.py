"""Agents that trade in one market: what must be the same for all of them, and what of it is put together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from chalicelib.config import Analyzer, Config
from chalicelib.config.keys import value_of
from chalicelib.errors import BadInput
from chalicelib.headline_domain import HeadlineDomain

OF_THE_MARKET = ("exchange.base_url", "agent.seed", "agent.interval")
"""What makes the market."""


def scored_as_most_want(configs: Sequence[Config]) -> tuple[Config, dict[str, str]]:
    """Whose `news.analyzer` and `news.domain` score the headlines that all agents share, and who wanted others.

    The agents trade on all the same: nobody is to be kept from its stops by what scores headlines.
    """
    wishes = Counter(map(_wish, configs))
    chosen = max(wishes, key=wishes.__getitem__)
    scoring = next(config for config in configs if _wish(config) == chosen)
    how = f"analyzer = {chosen[0].value!r}, domain = {chosen[1].value!r}"
    told = f"headlines are shared, and scored with {how} as most want"
    return scoring, {f"agent {config.agent.id}": told for config in configs if _wish(config) != chosen}


def _wish(config: Config) -> tuple[Analyzer, HeadlineDomain]:
    return config.news.analyzer, config.news.domain


def keywords_of(configs: Sequence[Config]) -> Mapping[str, tuple[str, ...]]:
    """The keywords of all agents by symbol."""
    words: dict[str, dict[str, None]] = {}
    for config in configs:
        for symbol, keywords in config.news.keywords.items():
            words.setdefault(symbol, {}).update(dict.fromkeys(keywords))
    return {symbol: tuple(keywords) for symbol, keywords in words.items()}


def market_settings(configs: Sequence[Config]) -> Config:
    """The settings of the market that the agents share: the first agent's, with every agent's symbols and news.

    Raises BadInput for two agents of one id, and for agents that would be in different markets.
    """
    first, *others = configs
    for config in others:
        if [each.agent.id for each in configs].count(config.agent.id) > 1:
            raise BadInput(f"agent.id = {config.agent.id!r}: two of the settings have it; each agent needs its own")
        for name in OF_THE_MARKET:
            theirs, ours = value_of(config, name), value_of(first, name)
            if theirs != ours:
                raise BadInput(
                    f"agent {config.agent.id}: {name} = {theirs!r}: agents of one run share the market;"
                    f" {first.agent.id} has {ours!r}"
                )
    scored, _ = scored_as_most_want(configs)
    symbols = tuple(dict.fromkeys(symbol for config in configs for symbol in config.agent.symbols))
    feeds = tuple(dict.fromkeys(feed for config in configs for feed in config.news.feeds))
    news = replace(scored.news, feeds=feeds, keywords=keywords_of(configs))
    return replace(first, agent=replace(first.agent, symbols=symbols), news=news)
