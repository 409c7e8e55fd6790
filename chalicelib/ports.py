"""What the use cases need from outside, as small Protocols in domain types. The docstrings are the contracts, the
suites in tests/contract the proofs. All times are UTC epoch milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from chalicelib.domain import (
    Alert,
    Candle,
    Change,
    Decision,
    EquityPoint,
    FeedHealth,
    FeedPage,
    FeedState,
    Fill,
    HaltFlag,
    IndicatorRecord,
    KnownValue,
    NewsItem,
    Order,
    Portfolio,
    RuleSources,
    Score,
    ScoredNews,
    Scoring,
    Sentiment,
    SeriesValue,
    Symbol,
    Tick,
    Ticker,
    Trade,
)
from chalicelib.kernel.account import Fill as KernelFill
from chalicelib.kernel.account import Slot
from chalicelib.kernel.bar import Bar


class Clock(Protocol):
    def now_ms(self) -> int:
        """The current time; never goes backwards within one process."""
        ...


class MarketDataSource(Protocol):
    def candles(
        self, symbol: str, interval: str, *, start_ms: int | None, end_ms: int | None, limit: int
    ) -> list[Candle]:
        """Closed candles only, oldest first, at most `limit`, bounds on open_ms and inclusive.

        With `start_ms` the oldest from there on, without it the newest up to `end_ms` (or now). What is no candle is
        left out and told; without `end_ms` PartlyRead is raised where that is the newest: it may be told better soon.
        Raises Unavailable, BadInput for a symbol or interval that does not exist.
        """
        ...

    def symbol(self, name: str) -> Symbol:
        """The pair and its filters. Raises Unavailable, BadInput if there is no such pair."""
        ...

    def ticker(self, symbol: str) -> Ticker:
        """The last price. Raises Unavailable, BadInput."""
        ...

    def server_time_ms(self) -> int:
        """The exchange's clock. Raises Unavailable."""
        ...


class NewsSource(Protocol):
    def fetch(self, feed: str, state: FeedState, now_ms: int) -> FeedPage:
        """The feed's items as clean text, in its order; none when it did not change since `state`.

        Raises Unavailable when it cannot be read now, BadInput when what it serves is not a feed.
        """
        ...


class SentimentAnalyzer(Protocol):
    @property
    def model(self) -> str:
        """Name and version or hash of what scores."""
        ...

    def score(self, titles: Sequence[str]) -> list[Score]:
        """One score per title, in order. Raises Unavailable; never anything else, whatever the title.

        Raises PartlyScored, which is one, where some titles have their scores all the same.
        """
        ...


class ScoreCache(Protocol):
    """Scores by headline and model; the model's name stands for its file, its head and its domain."""

    def find(self, model: str, titles: Sequence[str]) -> dict[str, Score]:
        """What this model once made of these titles, by title; those not kept are left out. Raises Unavailable."""
        ...

    def keep(self, model: str, scores: Mapping[str, Score]) -> dict[str, Score]:
        """Remember scores by title, for some weeks at least, and give what is remembered: a title's first score stays.

        Raises Unavailable.
        """
        ...


class ScoringHistory(Protocol):
    def scoring(self) -> Scoring:
        """How scoring goes, by what is stored. Raises Unavailable."""
        ...


class SentimentHistory(Protocol):
    def at(self, symbol: str, close_ms: int) -> Sentiment:
        """Sentiment of the symbol as known at that time: nothing that became known later counts."""
        ...


class SeriesHistory(Protocol):
    def at(self, symbol: str, close_ms: int) -> KnownValue:
        """A series as known at that time: nothing that became known later counts."""
        ...


class SeriesStore(Protocol):
    """Values of named series, each known from a time on. What is known once stays, and nothing is put before it."""

    def put(self, values: Sequence[SeriesValue]) -> int:
        """Store values, those of a series and symbol oldest first; how many were new. Those stored already may be among
        them.

        Raises BadInput naming a value that would change one that is stored, or come before the newest of its series
        and symbol; Conflict where somebody else put some meanwhile, Unavailable. Values before that one may be stored.
        """
        ...

    def known(self, name: str, symbol: str, at_ms: int) -> SeriesValue | None:
        """The newest value with known_ms <= at_ms that is of the symbol or, unless it has one as new, of all."""
        ...

    def latest(self, name: str, symbol: str, count: int) -> list[SeriesValue]:
        """The newest values of exactly this symbol, empty for those of all, newest first."""
        ...


class Executor(Protocol):
    """A venue; an order is known to it by its client id only.

    What may still happen is never answered with "nothing happened": then the lookups and `cancel` raise Unavailable.
    """

    def send(self, order: Order) -> None:
        """Place the order. Raises Unavailable when the outcome is unknown, Rejected when it was refused for good."""
        ...

    def cancel(self, order: Order) -> bool:
        """Withdraw the order: True once it can never fill, False if it has filled. Safe to repeat.

        Raises Unavailable when its fate is unknown.
        """
        ...

    def order_fill(self, order: Order, bar: Bar, cash: float) -> KernelFill:
        """What became of a sent order by the close of this bar of its symbol; NO_FILL if it will never fill.

        Raises Unavailable while it may still fill, or cannot be looked up.
        """
        ...

    def exit_fill(self, symbol: str, slot: Slot, bar: Bar) -> KernelFill:
        """What became of the position's protective legs in this bar; NO_FILL if they still rest. Raises Unavailable.

        Several targets may fill in one bar: after each fill that leaves some of the position it is asked again, with
        the slot as that fill left it.
        """
        ...


class CandleStore(Protocol):
    """A ring buffer of closed candles per symbol: the newest are kept, the tail may be dropped."""

    def append(self, candles: Sequence[Candle], kept: int = 0) -> int:
        """Store candles not stored yet; how many were new. A stored candle is never changed. Raises Unavailable.

        The newest `kept` of each symbol stay at least, where the store itself would keep fewer.
        """
        ...

    def after(self, symbol: str, open_ms: int | None, limit: int) -> list[Candle]:
        """The oldest candles with a later open_ms (from the oldest kept where None), oldest first."""
        ...

    def last(self, symbol: str, count: int) -> list[Candle]:
        """The newest candles, oldest first."""
        ...


class IndicatorStore(Protocol):
    def load(self, key: str) -> IndicatorRecord:
        """The state under this key, fresh at version 0 if there is none. Raises Unavailable."""
        ...

    def commit(self, record: IndicatorRecord, ticks: Sequence[Tick]) -> None:
        """Store record and ticks, all or nothing. Raises Conflict unless the stored version is record.version - 1."""
        ...

    def ticks(self, key: str, after_ms: int | None, limit: int) -> list[Tick]:
        """The oldest ticks with a later open_ms (from the oldest kept where None), oldest first."""
        ...


class NewsStore(Protocol):
    def add(self, items: Sequence[NewsItem], shared: frozenset[str] = frozenset()) -> list[tuple[str, NewsItem]]:
        """Store the items not seen before, whatever feed they came from; returns them with their new ids.

        What seen means says `same_news`; `shared` are the `shared_keys` of the pages that the items stand on.
        """
        ...

    def unscored(self, limit: int) -> list[tuple[str, NewsItem]]:
        """Stored items that wait for their first score, oldest first."""
        ...

    def record(self, scored: Sequence[ScoredNews]) -> None:
        """Store first scores; an item that has one keeps it, and its known_ms."""
        ...

    def known(self, symbol: str, at_ms: int, count: int) -> list[ScoredNews]:
        """The newest `count` scored items with known_ms <= at_ms that match the symbol or no symbol, newest first."""
        ...

    def latest(self, count: int) -> list[tuple[NewsItem, Score | None]]:
        """The newest items with the scores they have, newest first."""
        ...


class FeedStore(Protocol):
    def load(self, feed: str) -> FeedState:
        """What was remembered of this feed, empty if nothing. Raises Unavailable."""
        ...

    def save(self, feed: str, state: FeedState) -> None:
        """Remember it; the feed's address, which may hold a secret, is not kept. Raises Unavailable."""
        ...

    def health(self) -> list[FeedHealth]:
        """How every feed that was ever saved has fared, by name. Raises Unavailable."""
        ...


class PortfolioStore(Protocol):
    def load(self, agent_id: str) -> Portfolio | None:
        """The agent's portfolio, None if it never committed one. Raises Unavailable."""
        ...

    def commit(self, change: Change) -> None:
        """All of the change or nothing.

        Raises Conflict unless the stored version is change.portfolio.version - 1, Halted if it has entries or exits
        while a halt flag of the agent or of all agents is up, Unavailable when the outcome is unknown.
        """
        ...

    def agents(self) -> list[str]:
        """Ids of all agents that ever committed, sorted."""
        ...


class HaltStore(Protocol):
    def flags(self, agent_id: str) -> list[HaltFlag]:
        """The flags that halt this agent: its own and the one for all. Empty when it may trade. Raises Unavailable."""
        ...

    def throw(self, flag: HaltFlag) -> None:
        """Set the flag; once it returns no order of the rule commits, neither entry nor exit.

        One that is up keeps its reason and since_ms; `flatten` is added to it.
        """
        ...

    def clear(self, scope: str) -> None:
        """Take the flag of this scope down; none is no error."""
        ...


class RuleStore(Protocol):
    """The sources of every strategy that ever decided here, once each."""

    def keep(self, sources: RuleSources) -> None:
        """Remember them under their hash; what is kept there stays as it is. Raises Unavailable."""
        ...

    def find(self, rule_hash: str) -> RuleSources | None:
        """The sources, None where they are not kept. Raises Unavailable, BadInput where they are damaged."""
        ...


class FailureStore(Protocol):
    def count(self, agent_id: str, cursor_ms: int | None) -> int:
        """Count one more failure while the agent's newest traded minute is `cursor_ms`; how many in a row that makes.

        Another cursor starts again at 1: a minute was traded in between. Raises Unavailable.
        """
        ...

    def forget(self, agent_id: str) -> None:
        """Start the agent's count anew: the next failure is its first. Raises Unavailable."""
        ...


class SharedTexts(Protocol):
    def change(self, name: str, make: Callable[[str], str]) -> str:
        """Put `make(text)` in place of the text under this name, which is empty at first; the text that it was made of.

        Nobody changes it in between, in whatever process: `make` is called again where somebody did, so it may have no
        effects. Raises Unavailable, and what `make` raises, with nothing changed.
        """
        ...


class Journal(Protocol):
    """What commits appended. Pages are newest first; `before` is None for the newest, else the cursor of a page."""

    def fills(self, agent_id: str) -> list[Fill]:
        """All fills in the order they were booked, oldest first."""
        ...

    def trades(self, agent_id: str, limit: int, before: int | None = None) -> tuple[list[Trade], int | None]:
        """A page of trades and the cursor of the next, None at the end."""
        ...

    def decisions(self, agent_id: str, limit: int, before: int | None = None) -> tuple[list[Decision], int | None]:
        """A page of decisions and the cursor of the next, None at the end."""
        ...

    def decided_at(self, agent_id: str, minute_ms: int) -> list[Decision]:
        """The decisions of one minute, as it recorded them; empty where it has none, or keeps them no more."""
        ...

    def equity(self, agent_id: str, from_ms: int, to_ms: int) -> list[EquityPoint]:
        """Points with from_ms <= time_ms <= to_ms, oldest first."""
        ...


class Notifier(Protocol):
    def notify(self, alert: Alert) -> None:
        """Tell a person. Raises Unavailable, Rejected where asking again is no use; neither stops a trade or a halt.

        What wiring hands to a use case has said by then, in one line for the operator, what was not delivered.
        """
        ...


class Waker(Protocol):
    def wake(self, name: str, event_ms: int, asked_ms: int | None = None) -> None:
        """Have the stage of this name run soon, for an event of that time; returning says that the wish was accepted.

        `asked_ms` is when the exchange was asked for everything that the stage will find, None where nobody knows.

        Raises Unavailable; callers never let that fail their work, the schedules wake every stage anyway.
        """
        ...


class ParameterSource(Protocol):
    def texts(self, path: str, max_age_ms: int = 300_000) -> Mapping[str, str]:
        """Every parameter right below the path, decrypted, by the last part of its name; empty if there is none.

        They are at most this old, unless they cannot be read now: then what was read within the last hour goes on.
        Raises Unavailable without that, BadInput for what is no path; both name the path and never a value.
        """
        ...
