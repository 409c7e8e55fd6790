"""The words of the project: frozen, slotted, without behaviour beyond what follows from their own fields.

Times are UTC epoch milliseconds (`*_ms`). Prices and amounts are float64 in quote currency, quantities float64 in base
currency; `Fill` and `Trade` also carry the exchange's exact strings where an exchange gave them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from chalicelib.codec import LEFT_OUT
from chalicelib.kernel.account import Account, Slot

MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000
ALL_AGENTS = "*"
"""The scope of a halt flag that is up for every agent."""


def close_of(minute_ms: int) -> int:
    """The moment at which the minute that opened then closes: what is known by then counts for its decision.

    >>> close_of(60_000)
    120000
    """
    return minute_ms + MINUTE_MS


class Side(StrEnum):
    BUY = "BUY"
    SELL = "SELL"


class Reason(StrEnum):
    """Why an order was decided or a position left, beside a strategy's own words; what files and the API show."""

    SIGNAL = "signal"
    SENTIMENT = "sentiment"
    STOP_LOSS = "stop_loss"
    TAKE_PROFIT = "take_profit"
    TRAILING_STOP = "trailing_stop"
    BREAK_EVEN = "break_even"
    TIME = "time"
    KILL_SWITCH = "kill_switch"
    END = "end"


@dataclass(frozen=True, slots=True)
class Candle:
    """One closed bar. `close_ms` is its last millisecond, as exchanges report it."""

    symbol: str
    open_ms: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    interval_ms: int = MINUTE_MS

    @property
    def close_ms(self) -> int:
        return self.open_ms + self.interval_ms - 1


@dataclass(frozen=True, slots=True)
class Tick:
    """A closed candle with what the strategy saw at its close."""

    candle: Candle
    snapshot: Mapping[str, float]
    """The strategy's values by name, NaN while undefined; empty where it could see nothing."""
    error: str = ""
    """Why it could see nothing."""
    bar: Candle | None = field(default=None, metadata=LEFT_OUT)
    """The longer bar of the strategy that closed with this candle; None where the candle itself is the bar."""
    of_exchange: bool = field(default=False, metadata=LEFT_OUT)
    """Whether the longer bar is the exchange's own, not folded from candles: volumes may differ in their last bits."""


@dataclass(frozen=True, slots=True)
class WarmUp:
    """How many bars a strategy has seen, of those after which all its values are known."""

    bars: int
    needed: int


@dataclass(frozen=True, slots=True)
class Symbol:
    """A tradable pair. The steps are the exchange's filters as floats, 0.0 where it has none."""

    name: str
    base: str
    quote: str
    tick_size: float = 0.0
    lot_step: float = 0.0
    min_quantity: float = 0.0
    min_notional: float = 0.0
    trading: bool = True


@dataclass(frozen=True, slots=True)
class Ticker:
    """The last traded price of a symbol."""

    symbol: str
    price: float
    time_ms: int


@dataclass(frozen=True, slots=True)
class Order:
    """A market order as intended. `client_id` is the same for the same agent, symbol, candle and leg."""

    client_id: str
    agent_id: str
    symbol: str
    side: Side
    quantity: float
    reason: str
    """A Reason, or one of the strategy's own words."""
    decided_ms: int
    """open_ms of the bar at whose close it was decided."""


@dataclass(frozen=True, slots=True)
class Fill:
    """An execution as booked. `exact` holds the exchange's own strings (price, quantity, fee …), empty on paper."""

    client_id: str
    symbol: str
    side: Side
    quantity: float
    price: float
    fee: float
    time_ms: int
    """open_ms of the bar in which it filled."""
    reason: str
    exact: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trade:
    """An exit of a position, of all of it or of a part, as a row of trades.csv."""

    symbol: str
    quantity: float
    entry_ms: int
    entry_price: float
    exit_ms: int
    exit_price: float
    entry_fee: float
    exit_fee: float
    pnl: float
    """Quote currency, after both fees."""
    return_fraction: float
    """pnl over quantity x entry_price."""
    reason: str
    exact: Mapping[str, str] = field(default_factory=dict)
    position: int = field(default=0, metadata=LEFT_OUT)
    """Number of the position, counted by entries from 1; 0 in the records of a version that counted none."""


@dataclass(frozen=True, slots=True)
class Position:
    """What a user sees of an open position."""

    symbol: str
    quantity: float
    entry_price: float
    entry_ms: int
    mark_price: float
    unrealized_pnl: float
    stop_price: float | None
    take_profit_price: float | None
    entry_fee: float | None = field(default=None, metadata=LEFT_OUT)
    """What its entries cost in fees, without the shares of parts that were sold; None where a version told none."""
    position: int = field(default=0, metadata=LEFT_OUT)
    """Its number, as `Trade.position`."""


LABELS = ("negative", "neutral", "positive")
"""Classes of tone, in the order in which heads and probabilities have them."""
_HASHES = re.compile("(-[0-9a-f]{8})+$")
FALLBACK_WEIGHT = 0.3
"""What a fallback's score is multiplied by: it may lean, not decide."""


@dataclass(frozen=True, slots=True)
class Score:
    """An analyzer's verdict on one headline: value in -1..1, and which model said so."""

    value: float
    label: str
    """negative, neutral or positive."""
    model: str
    """Name and hash of the model, so that a stored score can be explained."""
    degraded: bool = False
    """True when a fallback stood in for the analyzer that was asked for."""
    confidence: float = 0.0
    """Probability of the label as the analyzer sees it, 0..1; 0 where it knows of none."""
    flags: tuple[str, ...] = ()
    """What was found odd: `disagreement` of two models, what a sanitiser took out of the title, `fallback` …"""

    @property
    def made_by(self) -> str:
        """The model, and whether it only stood in for another one.

        >>> fallback_score(Score(0.5, "positive", "lexicon")).made_by
        'lexicon (fallback)'
        """
        return f"{self.model} (fallback)" if self.degraded else self.model

    @property
    def is_sound(self) -> bool:
        """Whether it can be traded on: nothing that is no number or out of bounds (NaN fails every comparison).

        >>> Score(0.5, "positive", "m").is_sound, Score(float("nan"), "neutral", "m").is_sound
        (True, False)
        """
        return -1.0 <= self.value <= 1.0 and 0.0 <= self.confidence <= 1.0 and self.label in LABELS and bool(self.model)


def without_hashes(model: str) -> str:
    """A model's name as people read it, without the hashes that explain a stored score.

    >>> without_hashes("smollm2-135m-22-q8_0-crypto-683de271-dfd4db03+lexicon-crypto-ca398890")
    'smollm2-135m-22-q8_0-crypto + lexicon-crypto'
    """
    return " + ".join(_HASHES.sub("", part) for part in model.split("+"))


def fallback_score(score: Score) -> Score:
    """A fallback's score as it is stored: weakened, and marked.

    >>> fallback_score(Score(-0.5, "negative", "lexicon"))
    Score(value=-0.15, label='negative', model='lexicon', degraded=True, confidence=0.0, flags=('fallback',))
    """
    return replace(score, value=FALLBACK_WEIGHT * score.value, degraded=True, flags=(*score.flags, "fallback"))


@dataclass(frozen=True, slots=True)
class NewsItem:
    """A headline as plain text. `published_ms` is None where the feed gave no date or an impossible one."""

    published_ms: int | None
    fetched_ms: int
    source: str
    title: str
    url: str
    guid: str = ""
    symbols: tuple[str, ...] = ()
    """Symbols it was matched to by keyword; empty means it concerns all."""


@dataclass(frozen=True, slots=True)
class ScoredNews:
    """A stored headline with its first score, known to decisions from `known_ms` on; never replaced."""

    id: str
    item: NewsItem
    score: Score
    known_ms: int


@dataclass(frozen=True, slots=True)
class Scoring:
    """How scoring goes, over all headlines that were ever stored."""

    model: str = ""
    """What gave the newest score; empty before the first."""
    degraded: bool = False
    """Whether the newest score is a fallback's."""
    last_scored_ms: int | None = None
    """known_ms of the newest score."""
    waiting: int = 0
    """Headlines without a score."""
    scored: int = 0
    degraded_scored: int = 0
    """Of those scored, how many by a fallback."""


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """The health of one feed: how it has fared. Times are epoch milliseconds, None where there is none yet."""

    name: str = ""
    """The feed as a message names it: without what only its owner should know."""
    asked_ms: int | None = None
    """When it was asked; while nothing changes, to the hour."""
    answered_ms: int | None = None
    """When it last gave a feed or said that nothing changed; to the hour, too."""
    newest_ms: int | None = None
    """When its newest headline was published, or first seen where it has no date."""
    read: int = 0
    """Headlines of its last page that were taken."""
    skipped: int = 0
    """Items of its last page that were not."""
    stopped: bool = False
    """Whether it answers, but had nothing new for a day."""
    failures: int = 0
    """How many times it failed in a row."""
    reason: str = ""
    """What it failed for last, empty while it answers."""
    silent_until_ms: int | None = None
    """Until when it is left alone; None while it answers."""


@dataclass(frozen=True, slots=True)
class FeedState:
    """The memory of one feed: what conditional GET needs, which its source gives, and how it has fared."""

    etag: str = ""
    last_modified: str = ""
    health: FeedHealth = FeedHealth()


@dataclass(frozen=True, slots=True)
class FeedReading:
    """Numbers of items of one document by what became of them."""

    read: int = 0
    from_text: int = 0
    """Of those read, how many have no title, so that their headline is the beginning of their text."""
    undated: int = 0
    """Of those read, how many have dates none of which is understood."""
    without_text: int = 0
    """Skipped, for they have neither a title nor a text."""
    unreadable: int = 0
    """Skipped, for the parser fails at them."""
    beyond_limit: int = 0
    """Not looked at, for the feed is longer than what is read of one."""

    @property
    def skipped(self) -> int:
        """The number of items that became no headline."""
        return self.without_text + self.unreadable + self.beyond_limit


@dataclass(frozen=True, slots=True)
class FeedPage:
    """What one poll of one feed gave; `items` is empty when nothing changed."""

    items: tuple[NewsItem, ...]
    state: FeedState
    reading: FeedReading | None = None
    """None where no document was read, because it did not change or the source has none."""


@dataclass(frozen=True, slots=True)
class Sentiment:
    """Sentiment as known at a close: value in -1..1 (0.0 when nothing is known) and what it rests on."""

    value: float
    evidence: tuple[tuple[str, float], ...] = ()
    """(headline id, score), newest first."""
    model: str = ""
    max_age_ms: int | None = None
    """How old a headline could be and still count (inputs.sentiment_max_age); None where any could."""


@dataclass(frozen=True, slots=True)
class KnownValue:
    """What was known of a named series at a close; `value` is NaN where nothing was."""

    name: str
    value: float
    known_ms: int | None = None
    """Since when; None where nothing is known, or what was is too old."""
    evidence: str = ""
    """Where it comes from, in words."""


@dataclass(frozen=True, slots=True)
class SeriesValue:
    """A value of a named series as somebody stored it; NaN says that it is unknown from then on."""

    name: str
    symbol: str
    """Empty where it counts for all."""
    value: float
    known_ms: int
    evidence: str = ""
    """Where it comes from, in the words of who stored it."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Every input and the outcome of one symbol's minute: enough to decide it again."""

    agent_id: str
    symbol: str
    minute_ms: int
    """open_ms of the minute."""
    candle: Candle | None
    """None in a minute in which the symbol had none."""
    snapshot: Mapping[str, float]
    """The strategy's values by name, NaN while undefined."""
    sentiment: Sentiment
    signals: tuple[str, ...]
    in_position: bool
    action: str
    """enter, exit or hold: what the strategy wanted."""
    outcome: str
    """ordered, or why risk refused: halted, stale, pending, cooldown …"""
    reason: str | None
    quantity: float
    equity: float
    config_hash: str
    decided_ms: int
    """Clock time of the decision."""
    rule: str = ""
    """Hash of the strategy that decided, empty in the records of a version that had one only."""
    error: str = ""
    """What kept the strategy from deciding."""
    bar: Candle | None = field(default=None, metadata=LEFT_OUT)
    """The strategy's longer bar that was decided; None where the candle is the bar, or none had closed."""
    inputs: tuple[KnownValue, ...] = field(default=(), metadata=LEFT_OUT)
    """What was known of every series that the strategy reads besides sentiment, in the order in which it does."""


@dataclass(frozen=True, slots=True)
class EquityPoint:
    """Equity after the mark of one minute; `drawdown` is the fraction below the highest mark.

    With what else the minute was traded under: no decision says it, and none could be made again without it.
    """

    time_ms: int
    equity: float
    cash: float
    drawdown: float
    switch: str = ""
    """The switch: off, halted or flatten; empty in the records of a version that did not keep it."""
    found: Portfolio | None = None
    """The portfolio before the minute, where somebody else than a minute of the same strategy had written it last."""


@dataclass(frozen=True, slots=True)
class HaltFlag:
    """A thrown switch. `scope` is an agent id, or ALL_AGENTS."""

    scope: str
    reason: str
    since_ms: int
    flatten: bool = False


@dataclass(frozen=True, slots=True)
class Portfolio:
    """All that an agent owns and waits for, under one version; `version` 0 is an agent that never traded."""

    agent_id: str
    version: int
    account: Account
    slots: Mapping[str, Slot]
    """Kernel state by symbol: position, pending order, last close, cooldown."""
    orders: tuple[Order, ...] = ()
    """Pending intents, oldest first; each mirrors the `order` of its symbol's slot."""
    minute_ms: int | None = None
    """open_ms of the newest traded minute."""
    reducing: tuple[str, ...] = ()
    """Symbols held after that minute though the settings no longer name them: they are left, never entered."""
    silent: Mapping[str, int] = field(default_factory=dict)
    """Symbols whose candles stay away, as was told: the close of the newest one, by symbol."""
    touched: bool = True
    """Whether somebody else than a minute wrote it last: a halt, a resume, a refused order, a version that said not."""
    rule: str = ""
    """Hash of the strategy that its newest minute was decided by."""
    strategy_errors: int = 0
    """Closes in a row at which the strategy could not decide."""
    unfinished: tuple[str, ...] = field(default=(), metadata=LEFT_OUT)
    """Symbols whose longer bar should have been over by that minute, but whose candles had not come: any may end it."""
    positions: int = field(default=0, metadata=LEFT_OUT)
    """Positions entered so far."""
    numbers: Mapping[str, int] = field(default_factory=dict, metadata=LEFT_OUT)
    """Those of the positions that are held, by symbol."""
    warming: Mapping[str, WarmUp] = field(default_factory=dict, metadata=LEFT_OUT)
    """Symbols of which the strategy has seen too few longer bars by that minute."""


@dataclass(frozen=True, slots=True)
class Change:
    """What one commit writes, all or nothing: the portfolio's next version and what is appended with it."""

    portfolio: Portfolio
    entries: tuple[Order, ...] = ()
    """New orders that open or add to a position; none may commit while a halt flag is up."""
    exits: tuple[Order, ...] = ()
    """New orders by which the rule leaves a position; none may commit while a flag is up. A halt's own closings may."""
    fills: tuple[Fill, ...] = ()
    trades: tuple[Trade, ...] = ()
    decisions: tuple[Decision, ...] = ()
    equity: EquityPoint | None = None

    @property
    def is_refused_while_halted(self) -> bool:
        """Whether a halt flag keeps this change from being committed."""
        return bool(self.entries or self.exits)


@dataclass(frozen=True, slots=True)
class IndicatorRecord:
    """A strategy's state of one symbol, under an optimistic version."""

    key: str
    version: int
    state: object
    """As plain JSON values, which only the strategy can read; None before the first bar."""
    cursor_ms: int | None = None
    """open_ms of the newest candle folded in."""


@dataclass(frozen=True, slots=True)
class RuleSources:
    """A strategy as it decided: what its hash covers."""

    hash: str
    name: str
    """Of a built-in, or the file's."""
    parts: Mapping[str, str]
    """Source texts by name; `file` is the strategy's own."""


@dataclass(frozen=True, slots=True)
class Alert:
    """Something a person should hear of; `subject` fits a phone's notification line."""

    subject: str
    body: str
    time_ms: int
