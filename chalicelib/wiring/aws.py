"""Which adapters a Lambda uses. Everything is made on first use and kept while the process stays warm."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING

from chalicelib import wiring
from chalicelib.address import secrets_in
from chalicelib.api.authorizer import Tokens
from chalicelib.config import Config, Deployment, read_config, tolerated
from chalicelib.config.intervals import refuse_longer_candles
from chalicelib.errors import BadInput, TraderError
from chalicelib.ports import Clock, MarketDataSource, Notifier, ParameterSource, SeriesStore, SharedTexts
from chalicelib.redact import PART_LENGTH, Redactor
from chalicelib.secret import Secret
from chalicelib.series import SENTIMENT
from chalicelib.services.exchange_bars import ExchangeBars, longest_of_candles
from chalicelib.services.fetch_klines import FetchKlines
from chalicelib.services.minute import NO_SERIES
from chalicelib.services.poll_news import PollNews
from chalicelib.services.sleep import FleetSleep
from chalicelib.services.supervise import SupervisedTrade
from chalicelib.services.update_indicators import UpdateIndicators
from chalicelib.services.wake_chain import (
    FetchStage,
    IndicatorStage,
    NewsStage,
    SentimentStage,
    Stage,
    StallAlarm,
    TradeStage,
)
from chalicelib.services.watched import Watched
from chalicelib.strategy.rule import StrategyRule
from chalicelib.wiring.scoring import deployed
from chalicelib.wiring.shared_market import keywords_of, scored_as_most_want

if TYPE_CHECKING:
    from chalicelib.adapters.aws_clients import AwsClients
    from chalicelib.adapters.lambda_log import LambdaLog
    from chalicelib.adapters.lambda_metrics import LatencyMetric
    from chalicelib.adapters.lambda_waker import LambdaWaker

GRACE_MS = 3_000
"""How long after a close an exchange that is asked and lacks the candle makes it a missing one. It has a candle within
a second or two; a minute that waited for the next round of fetching would be the newest no more.
"""
HURRIED = wiring.RetryPolicy(attempts=2, timeout_s=(2.0, 6.0), longest_pause_s=10.0)
"""With a silent exchange a function must end by itself before Lambda ends it, and say why."""
AGENTS = "agents"
API_SECRETS, ALERT_SECRETS = "api", "alerts"
"""Folders of secrets; a function's policy names only the one that it needs."""
WEBHOOK, VIEWER_TOKEN, OPERATOR_TOKEN = "webhook", "viewer-token", "operator-token"


class Fleet:
    """The agents of one stage, over its tables; made anew when somebody's settings change."""

    def __init__(self, configs: Sequence[Config], refused: Mapping[str, BadInput]) -> None:
        """`refused` says by id whose settings cannot be used: they keep no other from trading, and can be halted."""
        self.configs = tuple(configs)
        self._refused = dict(refused)
        self._traders: dict[str, SupervisedTrade] = {}
        self._fetching = lru_cache(maxsize=1)(self._fetch_stage)  # made anew when what is watched changes
        self._folding = lru_cache(maxsize=1)(self._indicator_stage)

    @property
    def refused(self) -> tuple[BadInput, ...]:
        """What is wrong with the agents that are left out."""
        return tuple(self._refused.values())

    @property
    def left_out(self) -> frozenset[str]:
        """Ids of the agents whose settings cannot be used."""
        return frozenset(self._refused)

    def stage_of(self, name: str) -> Stage:
        """The stage of this function, made when it is first asked for. Raises BadInput where no agent can run."""
        if not self.configs:
            nobody = f"{this_stage().path(AGENTS)}: no agent is configured; deploying stores the settings of agent.toml"
            raise self.refused[0] if self.refused else BadInput(nobody)
        stage: Stage = getattr(self, name)
        return stage

    @property
    def fetch_klines(self) -> FetchStage:
        """Every symbol that some agent trades or still holds, in the order of the agents."""
        symbols = (symbol for needed in self._watched.by_agent().values() for symbol in needed)
        return self._fetching(tuple(dict.fromkeys(symbols)))

    @property
    def update_indicators(self) -> IndicatorStage:
        """One use case for all agents whose strategies observe alike, over the symbols of any of them."""
        by_key: dict[str, dict[str, None]] = {}
        needed = self._watched.by_agent()
        for agent_id, rule in self._rules.items():
            if rule.strategy.missing:
                continue
            by_key.setdefault(rule.key, {}).update(dict.fromkeys(needed[agent_id]))
        return self._folding(tuple((key, tuple(symbols)) for key, symbols in by_key.items()))

    def _fetch_stage(self, symbols: Sequence[str]) -> FetchStage:
        market, _ = self._exchange
        longest_ms = longest_of_candles(config.strategy.interval_ms for config in self.configs)
        fetch = FetchKlines(market, stores().candles, symbols, longest_ms)
        return FetchStage(fetch, waker(), self._sleep.needs_candles, self._sleep.fetches_ahead)

    def _indicator_stage(self, by_key: Sequence[tuple[str, Sequence[str]]]) -> IndicatorStage:
        candles, indicators = stores().candles, stores().indicators
        rules = {rule.key: rule for rule in self._rules.values()}
        history = ExchangeBars(self._exchange[0], candles)
        updates = [UpdateIndicators(candles, indicators, symbols, rules[key], history) for key, symbols in by_key]
        return IndicatorStage(updates, waker(), self._sleep.needs_folding)

    @cached_property
    def _rules(self) -> Mapping[str, StrategyRule]:
        """The strategy of every agent by its id; one whose settings do not fit it keeps no other from its candles."""
        from chalicelib.strategy.chosen import rule_of

        found = {}
        for config in self.configs:
            with suppress(BadInput):  # told by the stage that trades
                found[config.agent.id] = rule_of(config)
        return found

    @property
    def trade(self) -> StallAlarm:
        """Those agents that can trade now; one whose symbols cannot be looked up is tried again the next time."""
        left_out: list[TraderError] = []
        for config in self.configs:
            try:
                if config.agent.id not in self._traders:
                    self._traders[config.agent.id] = self._trader(config)
            except TraderError as error:
                left_out.append(error)
        return StallAlarm(TradeStage(list(self._traders.values()), left_out))

    @cached_property
    def _sleep(self) -> FleetSleep:
        intervals_ms = {config.agent.id: config.strategy.interval_ms for config in self.configs}
        return FleetSleep(stores().portfolios, intervals_ms)

    @cached_property
    def _watched(self) -> Watched:
        from chalicelib.adapters.system_clock import Stopwatch

        named = {config.agent.id: config.agent.symbols for config in self.configs}
        return Watched(stores().portfolios, named, Stopwatch())

    def _trader(self, config: Config) -> SupervisedTrade:
        market, _ = self._exchange
        steps = {name: market.symbol(name) for name in config.agent.symbols}
        sentiment = wiring.rolling_sentiment(config, stores())
        rules, pace = wiring.rules(config, steps), replace(wiring.real_time(config), grace_ms=GRACE_MS)
        names = [name for name in rules.rule.strategy.series if name != SENTIMENT]
        series = wiring.stored_series(config, names, series_store()) if names else NO_SERIES
        return wiring.trade(config, stores(), notifier("trade"), rules, pace, sentiment, series)

    @cached_property
    def poll_news(self) -> NewsStage:
        feeds = tuple(feed for config in self.configs for feed in config.news.feeds)
        redactor().hide(*(Secret(part) for feed in feeds for part in secrets_in(feed) if len(part) >= PART_LENGTH))
        poll = PollNews(wiring.rss(), feeds, stores().feeds, stores().news, keywords_of(self.configs))
        return NewsStage(poll, stores().news, waker(), self._sleep.needs_news)

    @cached_property
    def sentiment(self) -> SentimentStage:
        config, troubles = scored_as_most_want(self.configs)
        return SentimentStage(deployed(config, this_stage(), clients()).use_case(stores().news, self.clock), troubles)

    def settings(self) -> dict[str, Config]:
        """Of every agent by id; unknown ones stand for those that cannot be used."""
        configs = {config.agent.id: config for config in self.configs}
        return configs | {name: wiring.unknown_config(name) for name in self._refused}

    @property
    def clock(self) -> Clock:
        """The market's time."""
        return self._exchange[1]

    @cached_property
    def _exchange(self) -> tuple[MarketDataSource, Clock]:
        """A real exchange goes by real time, which a Lambda's own clock shows for nothing; a simulated one is asked."""
        from chalicelib.adapters.binance.hosts import is_known

        address = self.configs[0].exchange.base_url
        return wiring.binance(address, wiring.system_clock() if is_known(address) else None, HURRIED)


def fleet() -> Fleet:
    """The agents as they are configured now. Raises Unavailable."""
    folder = this_stage().path(AGENTS)
    return fleet_of(folder, tuple(sorted(parameters().texts(folder).items())))


@lru_cache(maxsize=1)
def fleet_of(folder: str, texts: tuple[tuple[str, str], ...]) -> Fleet:
    """The agents with these settings, by id, that stand in this folder."""
    configs: dict[str, Config] = {}
    refused: dict[str, BadInput] = {}
    for agent_id, text in texts:
        try:
            configs[agent_id] = _config(f"{folder}/{agent_id}", agent_id, text)
        except BadInput as error:
            refused[agent_id] = error
    addresses = Counter(config.exchange.base_url for config in configs.values())
    shared = max(addresses, key=addresses.__getitem__, default="")
    for agent_id, config in configs.items():
        address = config.exchange.base_url
        if address != shared:
            refused[agent_id] = BadInput(
                f"{folder}/{agent_id}: exchange.base_url = {address!r}: agents share market data; most have {shared!r}"
            )
    return Fleet([config for agent_id, config in configs.items() if agent_id not in refused], refused)


def _config(source: str, agent_id: str, text: str) -> Config:
    """One agent's settings. Raises BadInput naming the parameter."""
    config = read_config(text, source)
    if config.agent.id != agent_id:
        raise BadInput(f"{source}: agent.id = {config.agent.id!r}: must be {agent_id!r}")
    refuse_longer_candles(config.agent.interval, source)
    try:
        wiring.halting_venue(config.agent.mode)
    except BadInput as error:
        raise BadInput(f"{source}: {error}") from None
    return config


@cache
def this_stage() -> Deployment:
    return tolerated()[0]


@cache
def clients() -> AwsClients:
    from chalicelib.adapters.aws_clients import AwsClients

    return AwsClients()


@cache
def parameters() -> ParameterSource:
    from chalicelib.adapters.parameters import SsmParameters
    from chalicelib.adapters.system_clock import Stopwatch

    return SsmParameters(clients().parameters, Stopwatch())


@cache
def waker() -> LambdaWaker:
    from chalicelib.adapters.lambda_waker import LambdaWaker

    return LambdaWaker(this_stage().prefix, clients().region, clients().functions)


@cache
def notifier(function: str) -> Notifier:
    """The topic of this stage; what it does not take is a line in the log of the function."""
    from chalicelib.adapters.reporting_notifier import ReportingNotifier
    from chalicelib.adapters.sns import SnsNotifier

    topic = SnsNotifier(this_stage().topic_arn, clients().topics)
    return ReportingNotifier(topic, lambda line: log(function).warn(line))


@cache
def stores() -> wiring.Stores:
    """Every store over the tables of this stage."""
    from chalicelib.adapters import dynamodb

    tables = dynamodb.open_tables(this_stage().prefix)
    news, halts = dynamodb.DynamoNewsStore(tables), dynamodb.DynamoHaltStore(tables)
    return wiring.Stores(
        candles=dynamodb.DynamoCandleStore(tables),
        indicators=dynamodb.DynamoIndicatorStore(tables),
        rules=dynamodb.DynamoRuleStore(tables),
        news=news,
        feeds=dynamodb.DynamoFeedStore(tables),
        portfolios=dynamodb.DynamoPortfolioStore(tables),
        halts=halts,
        run_halts=halts,
        failures=dynamodb.DynamoFailureStore(tables),
        journal=dynamodb.DynamoJournal(tables),
        scoring=news,
        transaction=nullcontext,
    )


@cache
def shared_texts() -> SharedTexts:
    """By which all functions that place orders by one key count them together."""
    from chalicelib.adapters import dynamodb

    return dynamodb.DynamoTexts(dynamodb.open_tables(this_stage().prefix))


@cache
def series_store() -> SeriesStore:
    """The values of series that were put into the tables of this stage."""
    return wiring.series_of_stage(this_stage())


def tokens(max_age_ms: int) -> Tokens:
    """The API's tokens, not older than that. Raises Unavailable."""
    found = secrets(API_SECRETS, max_age_ms)
    return Tokens(found.get(VIEWER_TOKEN, Secret()), found.get(OPERATOR_TOKEN, Secret()))


def webhook() -> Notifier | None:
    """Where alerts are posted to, None where no webhook is set. Raises BadInput for one that cannot be posted to."""
    from chalicelib.adapters.webhook import WebhookNotifier

    url = secrets(ALERT_SECRETS).get(WEBHOOK, Secret())
    return WebhookNotifier(url) if url else None


def secrets(folder: str, max_age_ms: int = 300_000) -> Mapping[str, Secret]:
    """The secrets in a folder of the stage by name; from now on no log shows them. Raises Unavailable."""
    texts = parameters().texts(this_stage().path(folder), max_age_ms)
    found = {name: Secret(text.strip()) for name, text in texts.items()}  # as in .env
    redactor().hide(*found.values())
    return found


@cache
def redactor() -> Redactor:
    return Redactor()


@cache
def latency_metric() -> LatencyMetric | None:
    """Where latencies are recorded, None where nobody pays for that."""
    if not this_stage().metrics:
        return None
    from chalicelib.adapters.lambda_metrics import LatencyMetric

    return LatencyMetric(this_stage().stage)


@cache
def log(function: str) -> LambdaLog:
    """The log of one function. Its first lines tell what the environment gets wrong."""
    from chalicelib.adapters.lambda_log import LambdaLog

    made = LambdaLog(function, redactor(), level=this_stage().log_level)
    for mistake in tolerated()[1]:
        made.warn(f"{mistake}: its default holds")
    return made
