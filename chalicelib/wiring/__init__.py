"""The only place that knows which adapter is which; each is imported where it is chosen, so a Lambda loads its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from chalicelib.candle_rule import OddCandle, odd_line
from chalicelib.config import Config, Deployment, HaltAction, params
from chalicelib.domain import Candle, Symbol, Ticker
from chalicelib.errors import BadInput
from chalicelib.kernel.lots import ANY, SymbolSteps
from chalicelib.kernel.step import Params, steps_of
from chalicelib.ports import (
    CandleStore,
    Clock,
    Executor,
    FailureStore,
    FeedStore,
    HaltStore,
    IndicatorStore,
    Journal,
    MarketDataSource,
    NewsSource,
    NewsStore,
    Notifier,
    PortfolioStore,
    RuleStore,
    ScoringHistory,
    SentimentAnalyzer,
    SentimentHistory,
    SeriesHistory,
    SeriesStore,
)
from chalicelib.services.exchange_bars import ExchangeBars, longest_of_candles
from chalicelib.services.fetch_klines import FetchKlines
from chalicelib.services.halt import Books, Halt, books_of
from chalicelib.services.liveness import Pulse, TakePulse
from chalicelib.services.minute import NO_SERIES, AgentRules
from chalicelib.services.news import News
from chalicelib.services.poll_news import PollNews
from chalicelib.services.preview import Preview
from chalicelib.services.ready_minutes import Pace
from chalicelib.services.rolling_sentiment import RollingSentiment
from chalicelib.services.silence import SilenceWatch
from chalicelib.services.status import Status
from chalicelib.services.supervise import ErrorLimit, SupervisedTrade
from chalicelib.services.trade import TradeMinutes, TradePorts
from chalicelib.services.update_indicators import UpdateIndicators
from chalicelib.services.watched import watched
from chalicelib.wiring.alerts import Say, alerting, alerting_of_halts, stream_notifier

if TYPE_CHECKING:
    from chalicelib.adapters.sqlite import Database
    from chalicelib.wiring.scoring import Scorer

__all__ = ["Say", "alerting", "alerting_of_halts", "stream_notifier"]
"""Kept in a module of their own."""

REAL_TIME_GRACE_MS = 20_000
CLOCK_AGE_S = 60.0
"""How long a real exchange's time is good for; a simulated exchange may run at any speed and is asked each time."""


@dataclass(frozen=True, slots=True)
class Stores:
    """Every store port, over one database."""

    candles: CandleStore
    indicators: IndicatorStore
    rules: RuleStore
    news: NewsStore
    feeds: FeedStore
    portfolios: PortfolioStore
    halts: HaltStore
    """Every flag that counts here; one thrown here belongs to the agent, whatever it runs."""
    run_halts: HaltStore
    """One thrown here halts in this run alone: for errors of a simulation."""
    failures: FailureStore
    journal: Journal
    scoring: ScoringHistory
    transaction: Callable[[], AbstractContextManager[None]]
    """Makes everything written inside it one durable write."""
    raise_if_moved: Callable[[], None] = lambda: None
    """Raises Unavailable where a file was removed or replaced under this process: nobody else sees what it holds."""


@dataclass(frozen=True, slots=True)
class HomeHalts:
    """The file of a home with the flags that halt its agents."""

    path: Path
    stores: Callable[[], Iterable[Path]]
    """The stores of all its runs, which show that there was such a file before."""


SeriesOf = Callable[[Config], Mapping[str, SeriesHistory]]


def no_series(config: Config) -> Mapping[str, SeriesHistory]:
    """Where nothing is known of any."""
    return {}


@dataclass(frozen=True, slots=True)
class Outside:
    """What a run reads from and talks to, apart from its stores."""

    market: MarketDataSource
    news: NewsSource
    feeds: tuple[str, ...]
    notifier: Notifier
    sentiment: Callable[[int | None], SentimentHistory] | None = None
    """What, by the largest age in ms, stands in place of the rolling average over the stored headlines."""
    scorer: Scorer | None = None
    """None: the lexicon."""
    series: SeriesOf = no_series
    """What an agent of these settings reads besides sentiment, by name."""


@dataclass(frozen=True, slots=True)
class UseCases:
    """One agent's use cases, ready to run."""

    fetch_klines: FetchKlines
    update_indicators: UpdateIndicators
    news: News
    trade: SupervisedTrade
    preview: Preview
    status: Status

    @property
    def every_minute(self) -> EveryMinute:
        """What of them is run each minute."""
        return EveryMinute(self.fetch_klines, (self.update_indicators,), self.news, (self.trade,))


@dataclass(frozen=True, slots=True)
class EveryMinute:
    """What a process runs each minute, for all of its agents."""

    fetch_klines: FetchKlines
    updates: Sequence[UpdateIndicators]
    """One for all agents whose strategies observe alike."""
    news: News
    traders: Sequence[SupervisedTrade]


@contextmanager
def sqlite_stores(path: Path | str) -> Iterator[Stores]:
    """A file on its own, closed at the end. Raises BadInput or Unavailable when the file cannot be used."""
    from chalicelib.adapters import sqlite

    with sqlite.Database(path) as database:
        yield stores_over(database)


@contextmanager
def recorded_stores(path: Path) -> Iterator[Stores]:
    """As `sqlite_stores`, of a file that was written before. Raises BadInput for one that is gone or empty now, too."""
    from chalicelib.adapters import sqlite

    sqlite.raise_if_lost(path)
    with sqlite_stores(path) as stores:
        yield stores


@contextmanager
def run_stores(path: Path, home: HomeHalts, agent_ids: Sequence[str]) -> Iterator[Stores]:
    """The embedded default: the file of one run, and the home's with the flags of these agents, which are in the run.

    Raises BadInput or Unavailable when one of the files cannot be used, or has lost what these agents stored in it.
    """
    from chalicelib.adapters import sqlite

    if agent_ids:
        sqlite.raise_if_lost(path)
    with sqlite.home_database(home.path, home.stores) as flags, sqlite.Database(path) as database:
        sqlite.take_over_old_flags(flags, database, agent_ids)

        def raise_if_moved() -> None:
            flags.raise_if_moved()
            database.raise_if_moved()

        @contextmanager
        def transaction() -> Iterator[None]:
            with database.transaction():
                yield
                raise_if_moved()

        stores = stores_over(database, sqlite.SqliteHomeHaltStore(flags, database))
        yield replace(stores, transaction=transaction, raise_if_moved=raise_if_moved)


@contextmanager
def home_halts(home: HomeHalts) -> Iterator[HaltStore]:
    """The flags of all agents of a home, without any run. Raises BadInput or Unavailable."""
    from chalicelib.adapters import sqlite

    with sqlite.home_database(home.path, home.stores) as flags:
        yield sqlite.SqliteHaltStore(flags)


@contextmanager
def home_series(path: Path) -> Iterator[SeriesStore]:
    """The values of series that were put into a home. Raises BadInput or Unavailable when the file cannot be used."""
    from chalicelib.adapters import sqlite

    with sqlite.Database(path) as database:
        yield sqlite.SqliteSeriesStore(database)


def series_of_stage(names: Deployment) -> SeriesStore:
    """The values of series that were put into the tables of a deployed stage; nothing is sent before it is needed."""
    from chalicelib.adapters import dynamodb

    return dynamodb.DynamoSeriesStore(dynamodb.open_tables(names.prefix))


def stored_series(config: Config, names: Iterable[str], store: SeriesStore) -> Mapping[str, SeriesHistory]:
    """These series of the store by name, of the age that the settings allow."""
    from chalicelib.services.stored_series import StoredSeries

    ages_ms = config.inputs.series_max_age_ms
    return {name: StoredSeries(name, store, ages_ms(name)) for name in names}


@contextmanager
def turn(path: str, timeout_s: float) -> Iterator[None]:
    """The right to be the only process at work on something, by a file beside it. Raises Unavailable, OSError."""
    from chalicelib.adapters.sqlite.turn import Turn

    with closing(Turn(path, timeout_s)) as right, right.taken():
        yield


def stores_over(database: Database, halts: HaltStore | None = None) -> Stores:
    """Every store over one open database; `halts` where the flags that count are kept elsewhere."""
    from chalicelib.adapters import sqlite

    news, run_halts = sqlite.SqliteNewsStore(database), sqlite.SqliteHaltStore(database)
    return Stores(
        candles=sqlite.SqliteCandleStore(database),
        indicators=sqlite.SqliteIndicatorStore(database),
        rules=sqlite.SqliteRuleStore(database),
        news=news,
        feeds=sqlite.SqliteFeedStore(database),
        portfolios=sqlite.SqlitePortfolioStore(database, halts),
        halts=halts or run_halts,
        run_halts=run_halts,
        failures=sqlite.SqliteFailureStore(database),
        journal=sqlite.SqliteJournal(database),
        scoring=news,
        transaction=database.transaction,
        raise_if_moved=database.raise_if_moved,
    )


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long an exchange is waited for: how often it is asked, (connect, read) in seconds, and any one pause."""

    attempts: int
    timeout_s: tuple[float, float]
    longest_pause_s: float


PATIENT = RetryPolicy(attempts=5, timeout_s=(5.0, 20.0), longest_pause_s=75.0)
"""Outlasts a minute of the exchange's limits."""


def binance(
    base_url: str,
    clock: Clock | None = None,
    patience: RetryPolicy = PATIENT,
    hear: Callable[[str, str, Sequence[OddCandle]], None] | None = None,
) -> tuple[MarketDataSource, Clock]:
    """Public market data over REST, and its clock: the exchange's own unless one is given.

    `hear` gets symbol, interval and the rows that are no candles; without it they are a line in the log.
    Raises BadInput for what is no URL.
    """
    import requests

    from chalicelib.adapters.binance.clock import ExchangeClock
    from chalicelib.adapters.binance.hosts import is_known, rest_url
    from chalicelib.adapters.binance.market import BinanceMarketData, warn
    from chalicelib.adapters.binance.transport import Transport
    from chalicelib.adapters.tls import SharedTlsAdapter

    session = requests.Session()
    session.mount("https://", SharedTlsAdapter())
    transport = Transport(
        session,
        rest_url(base_url),
        attempts=patience.attempts,
        timeout_s=patience.timeout_s,
        patience_s=patience.longest_pause_s,
    )
    time_of = clock or ExchangeClock(transport, max_age_s=CLOCK_AGE_S if is_known(base_url) else 0.0)
    return BinanceMarketData(transport, time_of, hear or warn), time_of


def market_of(base_url: str) -> str:
    """The name of the market at this address; several addresses of one exchange may be one. Raises BadInput."""
    from chalicelib.adapters.binance import hosts

    return hosts.market_of(base_url)


def address_of(market: str) -> str:
    """An address at which the market of this name can be asked."""
    from chalicelib.adapters.binance import hosts

    return hosts.address_of(market)


def kline_stream(
    base_url: str, symbols: Sequence[str], interval: str, *, since_ms: int | None, tell: Callable[[str], None]
) -> Iterable[Candle]:
    """Closed candles as the exchange streams them; for a person's machine, it needs the websockets package.

    `tell` hears of every trouble in one line. Raises BadInput for an interval that does not exist.
    """
    from chalicelib.adapters.binance.hosts import stream_url
    from chalicelib.adapters.binance.stream import KlineStream

    market, _ = binance(base_url, hear=lambda *odd: tell(odd_line(*odd)))
    return KlineStream(stream_url(base_url), symbols, interval, market, since_ms=since_ms, tell=tell)


def ticker_stream(base_url: str, symbols: Sequence[str], *, tell: Callable[[str], None]) -> Iterable[Ticker]:
    """Last prices as they change; for a person's machine, as `kline_stream`."""
    from chalicelib.adapters.binance.hosts import stream_url
    from chalicelib.adapters.binance.stream import TickerStream

    market, _ = binance(base_url)
    return TickerStream(stream_url(base_url), symbols, market, tell=tell)


@cache
def system_clock() -> Clock:
    """This machine's clock; one, so that it never goes backwards within the process."""
    from chalicelib.adapters.system_clock import SystemClock

    return SystemClock()


@cache
def stopwatch() -> Clock:
    """Ages, whatever this machine's time is set to."""
    from chalicelib.adapters.system_clock import Stopwatch

    return Stopwatch()


def rss() -> NewsSource:
    """Feeds over HTTP."""
    from chalicelib.adapters.rss import RssSource

    return RssSource()


def rules(config: Config, symbols: Mapping[str, Symbol]) -> AgentRules:
    """What the agent trades, with what the market asks of orders for its symbols.

    Raises BadInput where the strategy that the settings name cannot be loaded, or not with its settings.
    """
    from chalicelib.strategy.chosen import config_hash, rule_of

    rule = rule_of(config)
    return AgentRules(
        config.agent.id, config.agent.symbols, rule, params_of(config, symbols), config_hash(config, rule)
    )


def params_of(config: Config, symbols: Mapping[str, Symbol]) -> Params:
    """What money is traded by, whatever the strategy, with what the exchange asks of orders for these symbols."""
    return params(config, [asked_of(symbols[name]) if name in symbols else ANY for name in config.agent.symbols])


def asked_of(symbol: Symbol) -> SymbolSteps:
    """What the exchange asks of orders, as the kernel keeps to it."""
    return SymbolSteps(symbol.lot_step, symbol.tick_size, symbol.min_notional)


def executor(mode: str, symbols: Sequence[str], kept: Params) -> Executor:
    """The venue of this mode. Raises BadInput for one that cannot trade yet."""
    from chalicelib.adapters.paper import PaperExecutor

    if mode != "paper":
        raise BadInput(f'agent.mode = {mode}: this version trades on paper only; set mode = "paper"')
    steps = {symbol: steps_of(kept, index) for index, symbol in enumerate(symbols)}
    return PaperExecutor(kept.limits, kept.costs, steps)


@cache
def analyzer(domain: str = "crypto") -> SentimentAnalyzer:
    """The word list; it has no state, and reading it takes 20 ms."""
    from chalicelib.adapters.lexicon import LexiconAnalyzer

    return LexiconAnalyzer(domain)


@dataclass(frozen=True, slots=True)
class RunningAgent:
    """An agent of a process that runs several beside each other, and who is told of it."""

    config: Config
    rules: AgentRules
    notifier: Notifier


def every_minute(
    agents: Sequence[RunningAgent], shared: Config, stores: Stores, outside: Outside, pace_of: Callable[[Config], Pace]
) -> EveryMinute:
    """What the agents need each minute; `shared` are the settings of their market and of its headlines."""
    needed = {
        agent.config.agent.id: watched(stores.portfolios, agent.config.agent.id, agent.rules.symbols)
        for agent in agents
    }
    symbols = tuple(dict.fromkeys(symbol for of_agent in needed.values() for symbol in of_agent))
    history = _history(pace_of(shared), stores, outside)
    intervals_ms = [agent.rules.rule.interval_ms for agent in agents]
    return EveryMinute(
        FetchKlines(outside.market, stores.candles, symbols, _longest_ms(intervals_ms, history)),
        _updates(agents, needed, stores, history),
        news(shared, stores, outside),
        [
            trade(
                agent.config,
                stores,
                agent.notifier,
                agent.rules,
                pace_of(agent.config),
                _sentiment(agent.config, stores, outside),
                outside.series(agent.config),
            )
            for agent in agents
        ],
    )


def _updates(
    agents: Sequence[RunningAgent],
    needed: Mapping[str, Sequence[str]],
    stores: Stores,
    history: ExchangeBars | None,
) -> list[UpdateIndicators]:
    """One for all agents whose strategies observe alike, over the symbols of any of them."""
    there = [agent for agent in agents if not agent.rules.rule.strategy.missing]
    rules = {agent.rules.rule.key: agent.rules.rule for agent in there}
    symbols: dict[str, dict[str, None]] = {}
    for agent in there:
        symbols.setdefault(agent.rules.rule.key, {}).update(dict.fromkeys(needed[agent.config.agent.id]))
    return [
        UpdateIndicators(stores.candles, stores.indicators, tuple(symbols[key]), rules[key], history) for key in rules
    ]


def _history(pace: Pace, stores: Stores, outside: Outside) -> ExchangeBars | None:
    """None in simulated time: there a strategy begins with the candles that a backtest has."""
    return None if pace == SIMULATED_TIME else ExchangeBars(outside.market, stores.candles)


def _longest_ms(intervals_ms: Sequence[int], history: ExchangeBars | None) -> int:
    """The longest bars that minutes are fetched for."""
    return max(intervals_ms) if history is None else longest_of_candles(intervals_ms)


def use_cases(config: Config, stores: Stores, outside: Outside, agent: AgentRules, pace: Pace) -> UseCases:
    """Everything that one agent's minute needs."""
    sentiment, series = _sentiment(config, stores, outside), outside.series(config)
    symbols = watched(stores.portfolios, agent.agent_id, agent.symbols)
    history = _history(pace, stores, outside)
    longest_ms = _longest_ms([agent.rule.interval_ms], history)
    return UseCases(
        fetch_klines=FetchKlines(outside.market, stores.candles, symbols, longest_ms),
        update_indicators=UpdateIndicators(stores.candles, stores.indicators, symbols, agent.rule, history),
        news=news(config, stores, outside),
        trade=trade(config, stores, outside.notifier, agent, pace, sentiment, series),
        preview=_preview(config, stores, agent, pace, sentiment, series),
        status=status(config, stores),
    )


def trade(
    config: Config,
    stores: Stores,
    notifier: Notifier,
    agent: AgentRules,
    pace: Pace,
    sentiment: SentimentHistory,
    series: Mapping[str, SeriesHistory] = NO_SERIES,
) -> SupervisedTrade:
    """One agent's trading, halted after the configured number of failures in a row."""
    ports = TradePorts(
        stores.portfolios,
        stores.halts,
        stores.candles,
        stores.indicators,
        stores.rules,
        sentiment,
        executor(config.agent.mode, agent.symbols, agent.params),
        notifier,
        series,
    )
    flatten = config.risk.halt_action == HaltAction.FLATTEN
    return SupervisedTrade(
        TradeMinutes(agent, config.agent.cash, pace, ports),
        stores.portfolios,
        stores.halts,
        stores.failures,
        _error_halt(config, stores, notifier, pace),
        ErrorLimit(config.agent.id, config.risk.error_limit, flatten),
        SilenceWatch(agent.rule, pace.silent_after_ms, stores.portfolios, stores.candles, notifier),
    )


def _error_halt(config: Config, stores: Stores, notifier: Notifier, pace: Pace) -> Halt:
    """What errors in a row halt: in real time the agent, whatever it runs; in simulated time this run alone."""
    halts = stores.run_halts if pace == SIMULATED_TIME else stores.halts
    books = Books(stores.portfolios, halts, stores.failures, halting_venue(config.agent.mode))
    return Halt(halts, books_of(config.agent.id, books), notifier)


def books(stores: Stores, mode: str) -> Books:
    """What the kill switch needs of an agent of this mode. Raises BadInput for one that cannot trade yet."""
    return Books(stores.portfolios, stores.halts, stores.failures, halting_venue(mode))


def halting_venue(mode: str) -> Executor:
    """The venue as a halt needs it, whatever the agent's rules: it withdraws and sends, and judges no fill."""
    return executor(mode, (), params(Config(), ()))


def status(config: Config, stores: Stores, take_pulse: TakePulse = lambda agent_id: Pulse()) -> Status:
    """What one agent owns, whether it may trade and, by its pulse, whether it does."""
    limits, agent = params(config, ()).limits, config.agent
    sources = stores.portfolios, stores.halts, stores.scoring, stores.feeds
    return Status(*sources, agent.mode, agent.cash, limits, take_pulse)


def pulse_of_functions(stores: Stores, clock: Clock, interval_ms: int) -> TakePulse:
    """The pulse of agents that functions trade for: they lived when they last decided."""

    def take(agent_id: str) -> Pulse:
        newest, _ = stores.journal.decisions(agent_id, 1)
        return Pulse(None, newest[0].decided_ms if newest else None, clock.now_ms(), interval_ms)

    return take


def unknown_config(agent_id: str) -> Config:
    """Stands for settings that cannot be read: they show no protective levels, and a halt closes nothing by itself."""
    config = Config()
    return replace(
        config,
        agent=replace(config.agent, id=agent_id),
        risk=replace(config.risk, stop_loss=0.0, take_profit=0.0, halt_action=HaltAction.FREEZE),
    )


def preview(
    config: Config, stores: Stores, agent: AgentRules, pace: Pace, series: Mapping[str, SeriesHistory] = NO_SERIES
) -> Preview:
    """What the agent would decide, from these stores and series alone."""
    return _preview(config, stores, agent, pace, rolling_sentiment(config, stores), series)


def _preview(
    config: Config,
    stores: Stores,
    agent: AgentRules,
    pace: Pace,
    sentiment: SentimentHistory,
    series: Mapping[str, SeriesHistory],
) -> Preview:
    return Preview(
        agent, config.agent.cash, pace, stores.portfolios, stores.halts, stores.indicators, sentiment, series
    )


def _sentiment(config: Config, stores: Stores, outside: Outside) -> SentimentHistory:
    if outside.sentiment is None:
        return rolling_sentiment(config, stores)
    return outside.sentiment(config.inputs.sentiment_max_age_ms)


def rolling_sentiment(config: Config, stores: Stores) -> SentimentHistory:
    """The average over the configured number of stored headlines of the configured age."""
    return RollingSentiment(stores.news, config.inputs.sentiment_window, config.inputs.sentiment_max_age_ms)


def news(config: Config, stores: Stores, outside: Outside, clock: Clock | None = None) -> News:
    """The configured feeds into these stores; `clock` tells when a score was stored, without it the run's own time."""
    from chalicelib.wiring.scoring import lexicon

    poll = PollNews(outside.news, outside.feeds, stores.feeds, stores.news, config.news.keywords)
    return News(poll, (outside.scorer or lexicon(config)).use_case(stores.news, clock))


def real_time(config: Config) -> Pace:
    """Minutes wait 20 s for late candles; closes older than configured are not acted on, older still they are told."""
    return Pace(REAL_TIME_GRACE_MS, config.risk.stale_after_s * 1000, config.alerts.silent_after_s * 1000)


SIMULATED_TIME = Pace(0, 0)
"""Time is the stored cursor: whatever closed is in, and nothing is late."""
