"""One agent over stores in memory, fed candle by candle, traded at any time by the clock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from chalicelib import wiring
from chalicelib.adapters.sqlite import Database
from chalicelib.config import load_config
from chalicelib.domain import MINUTE_MS, Candle, Change, Portfolio, Sentiment
from chalicelib.errors import Unavailable
from chalicelib.ports import Executor, Notifier, SentimentHistory
from chalicelib.services.halt import Books, Halt, Resume, books_of
from chalicelib.services.preview import Preview
from chalicelib.services.ready_minutes import Pace
from chalicelib.services.status import AgentStatus, Status
from chalicelib.services.trade import TradeMinutes, TradePorts
from chalicelib.services.update_indicators import UpdateIndicators
from chalicelib.services.watched import watched
from tests.support.markets import START_MS
from tests.support.world import AGENT, Silent

REAL_TIME = Pace(20_000, 180_000)
FALLING = (100.0, 99.0, 98.0)
"""Closes after which an RSI of two periods is 0: the rule wants to enter."""

SETTINGS = (
    "strategy.settings.rsi_period=2",
    "strategy.settings.sentiment_buy=-1",
    "strategy.settings.sentiment_sell=-1",
    "risk.position_fraction=0.5",
    "risk.max_exposure=0",
    "risk.take_profit=0",
    "fees.rate=0",
)


class Neutral:
    """A sentiment history in which nothing was ever said."""

    def at(self, symbol: str, close_ms: int) -> Sentiment:
        return Sentiment(0.0)


class DeadNotifier:
    """A channel that is down."""

    def notify(self, alert: object) -> None:
        raise Unavailable(f"no route for {alert}")


def open_of(minute: int) -> int:
    """open_ms of a minute by its number."""
    return START_MS + minute * MINUTE_MS


def after_close(minute: int, seconds: float) -> int:
    """So many seconds after the close of a minute."""
    return open_of(minute) + MINUTE_MS + round(seconds * 1000)


class Desk:
    """`feed` makes candles known, `trade` is one wake-up; `alerts` keeps what was told."""

    def __init__(
        self,
        database: Database,
        symbols: Sequence[str] = ("AAAUSDT",),
        settings: Sequence[str] = (),
        pace: Pace = REAL_TIME,
        notifier: Notifier | None = None,
        sentiment: SentimentHistory | None = None,
        stores: wiring.Stores | None = None,
    ) -> None:
        """Over the database, or over the given `stores`."""
        self.told = Silent()
        self.stores = stores or wiring.stores_over(database)
        self.config = load_config(None, [*SETTINGS, f"agent.symbols={','.join(symbols)}", *settings])
        self.rules = wiring.rules(self.config, {})
        self.executor: Executor = wiring.executor("paper", self.rules.symbols, self.rules.params)
        told, stores, cash = notifier or self.told, self.stores, self.config.agent.cash
        sentiment = sentiment or Neutral()
        ports = TradePorts(
            stores.portfolios,
            stores.halts,
            stores.candles,
            stores.indicators,
            stores.rules,
            sentiment,
            self.executor,
            told,
        )
        needed = watched(stores.portfolios, AGENT, self.rules.symbols)
        self.indicators = UpdateIndicators(stores.candles, stores.indicators, needed, self.rules.rule)
        self.use_case = TradeMinutes(self.rules, cash, pace, ports)
        books = books_of(self.config.agent.id, Books(stores.portfolios, stores.halts, stores.failures, self.executor))
        self.halt = Halt(stores.halts, books, told)
        self.resume = Resume(stores.halts, books)
        self.preview = Preview(self.rules, cash, pace, stores.portfolios, stores.halts, stores.indicators, sentiment)

    def feed(self, symbol: str, first_minute: int, *closes: float, low: float | None = None) -> None:
        """Candles without a range, one minute after the other; `low` is that of each."""
        self.stores.candles.append(
            [
                Candle(symbol, open_of(first_minute + index), close, close, low or close, close, 1.0)
                for index, close in enumerate(closes)
            ]
        )
        self.indicators.run()

    def trade(self, now_ms: int) -> tuple[Change, ...]:
        """What one wake-up committed."""
        return self.use_case.run(now_ms).changes

    def minutes(self, first_minute: int, *closes: float, symbol: str = "AAAUSDT") -> list[Change]:
        """Feed and trade minute by minute, three seconds after each close."""
        changes: list[Change] = []
        for minute, close in enumerate(closes, start=first_minute):
            self.feed(symbol, minute, close)
            changes.extend(self.trade(after_close(minute, 3)))
        return changes

    def portfolio(self) -> Portfolio:
        """As stored; the agent must have traded."""
        portfolio = self.stores.portfolios.load(AGENT)
        assert portfolio is not None
        return portfolio

    def status(self) -> AgentStatus:
        """What a user sees."""
        limits = self.rules.params.limits
        stores = self.stores
        sources = stores.portfolios, stores.halts, stores.scoring, stores.feeds
        status = Status(*sources, "paper", self.config.agent.cash, limits)
        return status.run(AGENT)

    def held(self, symbol: str = "AAAUSDT") -> float:
        """The quantity of the open position."""
        return self.portfolio().slots[symbol].position.quantity


@contextmanager
def desk(
    symbols: Sequence[str] = ("AAAUSDT",),
    settings: Sequence[str] = (),
    pace: Pace = REAL_TIME,
    notifier: Notifier | None = None,
) -> Iterator[Desk]:
    """A desk whose database is closed at the end."""
    with Database(":memory:") as database:
        yield Desk(database, symbols, settings, pace, notifier)


def outcomes(changes: Sequence[Change], symbol: str = "AAAUSDT") -> list[str]:
    """What became of the symbol's decision, minute by minute."""
    return [decision.outcome for change in changes for decision in change.decisions if decision.symbol == symbol]
