"""An agent in simulated time whose every port can be watched, interrupted or meddled with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, fields, replace
from threading import Event
from typing import Any

from chalicelib import wiring
from chalicelib.adapters.sqlite import Database, SqlitePortfolioStore
from chalicelib.config import Config, load_config
from chalicelib.domain import MINUTE_MS, Alert, Decision, EquityPoint, Fill, Portfolio, Trade
from chalicelib.ports import Executor, HaltStore, SeriesHistory
from chalicelib.services.halt import Books, Halt, Resume, books_of
from chalicelib.services.trade import TradeMinutes as TradeUseCase
from chalicelib.services.trade import TradePorts, TradeReport
from chalicelib.services.trade_story import all_trades
from tests.contract.backends import sqlite_stores
from tests.support.markets import wave
from trader.data.candles import CandleColumns
from trader.runtime.lockstep import LockStep, StepClock
from trader.runtime.markets import recorded_market

AGENT = "default"
SETTINGS = (
    "strategy.settings.rsi_buy=48",
    "strategy.settings.rsi_sell=52",
    "strategy.settings.rsi_period=3",
    "strategy.settings.sentiment_buy=-1",
    "strategy.settings.sentiment_sell=-1",
    "risk.position_fraction=0.4",
    "risk.max_exposure=0.7",
    "risk.stop_loss=0.015",
    "risk.take_profit=0.012",
    "risk.daily_loss_limit=0",
    "fees.slippage=0.0005",
)

Wrap = Callable[[str, Any], Any]
"""Given a port's name and the port, what stands in its place."""


def as_it_is(name: str, port: Any) -> Any:
    return port


class Silent:
    """A notifier that keeps what it was told."""

    def __init__(self) -> None:
        self.alerts: list[Alert] = []

    def notify(self, alert: Alert) -> None:
        self.alerts.append(alert)


@dataclass(frozen=True)
class Record:
    """Everything that a run left behind."""

    portfolio: Portfolio | None
    fills: list[Fill]
    trades: list[Trade]
    equity: list[EquityPoint]
    decisions: list[Decision]

    def same_money(self, other: Record) -> bool:
        """Equal but for the version, which counts interruptions too."""
        if self.portfolio is None or other.portfolio is None:
            return self == other
        return replace(self, portfolio=replace(self.portfolio, version=other.portfolio.version)) == other


class World:
    """Stores in memory, a market in memory; `use_cases` and `run` may be called again as after a crash."""

    def __init__(
        self,
        files: list[CandleColumns] | None = None,
        settings: tuple[str, ...] = (),
        portfolio_store: type[SqlitePortfolioStore] = SqlitePortfolioStore,
        stores: wiring.Stores | None = None,
        usual: tuple[str, ...] = SETTINGS,
    ) -> None:
        """Over SQLite in memory with this portfolio store, or over the given `stores`, whoever keeps them.

        `settings` come after those that are `usual`.
        """
        self.files = files or [wave("AAAUSDT", 30, 1), wave("BBBUSDT", 30, 2, frozenset({9, 10, 21}))]
        symbols = ",".join(columns.symbol for columns in self.files)
        self.config: Config = load_config(None, [*usual, f"agent.symbols={symbols}", *settings])
        self.database = Database(":memory:")
        self.stores = stores or sqlite_stores(self.database, portfolio_store)
        self.notifier = Silent()
        self.clock = StepClock()
        self.reports: list[TradeReport] = []
        self.series: Mapping[str, SeriesHistory] = {}
        self.market, self.timeline = recorded_market(self.config, self.files, self.clock, None)
        self.rules = wiring.rules(self.config, {})
        self.executor: Executor = wiring.executor("paper", self.rules.symbols, self.rules.params)

    def close(self) -> None:
        self.database.close()

    def use_cases(self, wrap: Wrap = as_it_is, trade: type[TradeUseCase] = TradeUseCase) -> wiring.UseCases:
        """Fresh use cases over the same stores, with every port wrapped."""
        named = {field.name: wrap(field.name, getattr(self.stores, field.name)) for field in fields(self.stores)}
        stores = wiring.Stores(**named)
        outside = wiring.Outside(
            wrap("market", self.market.source),
            wrap("news", self.market.headlines.news),
            self.market.headlines.feeds,
            wrap("notifier", self.notifier),
        )
        made = wiring.use_cases(self.config, stores, outside, self.rules, wiring.SIMULATED_TIME)
        sentiment = wiring.rolling_sentiment(self.config, stores)
        ports = TradePorts(
            stores.portfolios,
            stores.halts,
            stores.candles,
            stores.indicators,
            stores.rules,
            sentiment,
            wrap("executor", self.executor),
            wrap("notifier", self.notifier),
            self.series,
        )
        traded = trade(self.rules, self.config.agent.cash, wiring.SIMULATED_TIME, ports)
        return replace(made, trade=replace(made.trade, trade=traded, halt=self.halt(wrap)))

    def halt(self, wrap: Wrap = as_it_is) -> Halt:
        """The kill switch over the same stores, with every port wrapped."""
        halts = wrap("halts", self.stores.halts)
        return Halt(halts, books_of(AGENT, self._books(halts, wrap)), wrap("notifier", self.notifier))

    def resume(self) -> Resume:
        """What ends a halt."""
        return Resume(self.stores.halts, books_of(AGENT, self._books(self.stores.halts, as_it_is)))

    def _books(self, halts: HaltStore, wrap: Wrap) -> Books:
        portfolios, failures = wrap("portfolios", self.stores.portfolios), wrap("failures", self.stores.failures)
        return Books(portfolios, halts, failures, wrap("executor", self.executor))

    def run(self, minutes: int | None = None, wrap: Wrap = as_it_is, trade: type[TradeUseCase] = TradeUseCase) -> None:
        """Trade on from where the stores stand, every commit on its own."""
        portfolio = self.stores.portfolios.load(AGENT)
        cursor_ms = None if portfolio is None else portfolio.minute_ms
        if (
            self.rules.rule.has_longer_bars
        ):  # no minute between two closes moves a portfolio: the newest is played again
            newest = [candle.open_ms for name in self.rules.symbols for candle in self.stores.candles.last(name, 1)]
            cursor_ms = max(newest) - MINUTE_MS if newest else None
        lockstep = LockStep(self.use_cases(wrap, trade).every_minute, self.clock, self.timeline, nullcontext, 0.0)
        lockstep.run(cursor_ms, minutes, Event(), lambda reports: self.reports.extend(reports.values()))

    def record(self) -> Record:
        """What is stored now."""
        return record_of(self.stores)


def record_of(stores: wiring.Stores, agent_id: str = AGENT) -> Record:
    """What an agent left in these stores, decisions newest first."""
    decisions: list[Decision] = []
    before = None
    while True:
        page, before = stores.journal.decisions(agent_id, 10_000, before)
        decisions += page
        if before is None:
            break
    return Record(
        stores.portfolios.load(agent_id),
        stores.journal.fills(agent_id),
        list(all_trades(stores.journal, agent_id)),
        stores.journal.equity(agent_id, 0, 2**62),
        decisions,
    )
