"""Every key of agent.toml in one row: type, default, what is allowed and what it is for.

The reader in `config`, docs/configuration.md and agent.example.toml all follow these rows; a key is added here only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum

from chalicelib.assets import default_keywords, may_share_quote
from chalicelib.config.intervals import INTERVAL, INTERVALS_MS, MINUTE
from chalicelib.config.targets import MOST_TARGETS, kept_after, pairs_of, targets
from chalicelib.config.values import (
    OFF,
    Row,
    duration,
    duration_ms,
    key,
    number,
    one_of,
    secret,
    symbol,
    text,
    texts,
    texts_by_name,
    whole,
)
from chalicelib.headline_domain import HeadlineDomain
from chalicelib.kernel import codes
from chalicelib.kernel.account import Costs
from chalicelib.kernel.fold import stale_ms
from chalicelib.kernel.limits import NO_TARGETS, Limits, ProfitTarget
from chalicelib.kernel.lots import SymbolSteps
from chalicelib.kernel.step import Params
from chalicelib.secret import Secret
from chalicelib.series_name import NAME, named

LARGEST_AMOUNT = 1e12
HASH_CHARACTERS = 12
LIVE_DOMAIN = "binance.com"


class Mode(StrEnum):
    """Where orders go."""

    PAPER = "paper"
    TESTNET = "testnet"
    LIVE = "live"


class HaltAction(StrEnum):
    """What a limit that halts does with open positions."""

    FREEZE = "freeze"
    FLATTEN = "flatten"


class Sizing(StrEnum):
    """What the size of an entry follows from."""

    FRACTION = "fraction"
    AMOUNT = "amount"
    RISK = "risk"


SIZINGS = {Sizing.FRACTION: codes.BY_FRACTION, Sizing.AMOUNT: codes.BY_AMOUNT, Sizing.RISK: codes.BY_RISK}


class Analyzer(StrEnum):
    """What scores headlines."""

    AUTO = "auto"
    LLAMA = "llama"
    LEXICON = "lexicon"


_HOST = r"https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?"
_BASE_URL = text(rf"{_HOST}(/[A-Za-z0-9._~/-]*)?", "an http(s) URL without user name, password and query")
_WEBHOOK = text(rf"|{_HOST}([/?#][!-~]*)?", 'an http(s) URL without user name and password, or ""')
_FEED = text(
    rf"{_HOST}([/?#][!-~]*)?|\.{{0,2}}/.+",
    "an http(s) URL without user name and password, or the path of a file that starts with / or ./",
)
AGENT_ID = text("[A-Za-z0-9][A-Za-z0-9_-]{0,31}", "1 to 32 letters, digits, - and _, the first a letter or digit")
_SYMBOL = symbol()
_KEYWORD = text(r"\S(.{0,98}\S)?", "a word or phrase of up to 100 characters")
_STRATEGY = text("[a-z][a-z0-9_]{0,39}", "a strategy's name of up to 40 small letters, digits and _")
STRATEGY_FILE = text(r"|.{0,250}\.py", "the path of a .py file")
_RULE_HASH = text("|[0-9a-f]{16}", "16 hexadecimal digits")
_SERIES_FILE = text(rf"{NAME.pattern}=\S.{{0,250}}", "NAME=FILE")
_SERIES_AGE = text(rf"{NAME.pattern}=(0m|[1-9][0-9]{{0,6}}[mhd])", 'NAME=AGE of minutes, hours or days ("funding=8h")')
NO_AGE = "0m"
DEFAULT_STRATEGY = "rsi_sentiment"
SETTINGS = "strategy.settings."
"""What stands before a strategy's own name of a setting."""


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """Who trades what, with how much."""

    id: str = key(
        "default",
        AGENT_ID,
        "The agent's name in the store, in orders and in records; two agents never share one.",
        decides=False,
    )
    mode: Mode = key(
        Mode.PAPER,
        one_of(Mode),
        "Where orders go: simulated fills, the exchange's test network, real money.",
        decides=False,
    )
    symbols: tuple[str, ...] = key(
        ("BTCUSDT",),
        texts(_SYMBOL, at_least=1),
        "The pairs to trade, in the order in which they are decided. They share one quote currency and one cash.",
    )
    interval: str = key(
        MINUTE, INTERVAL, "Length of a candle; longer than 1m for backtests over files of such candles alone."
    )
    cash: float = key(
        10_000.0, number(0, LARGEST_AMOUNT, low_open=True), "What a paper account starts with, in quote currency."
    )
    seed: int = key(1, whole(0, 2**32 - 1), "Seed of the simulated market and of its headlines.")

    @property
    def step_ms(self) -> int:
        """Length of a candle in ms."""
        return INTERVALS_MS[self.interval]


@dataclass(frozen=True, slots=True)
class StrategySettings:
    """When to enter and when to leave: the strategy, and what its file calls Settings under [strategy.settings]."""

    name: str = key(
        DEFAULT_STRATEGY, _STRATEGY, "A built-in strategy; `trader strategy list` names them.", decides=False
    )
    file: str = key("", STRATEGY_FILE, "A strategy file of your own in place of it, beside agent.toml.", decides=False)
    hash: str = key(
        "",
        _RULE_HASH,
        "The deployed strategy file, by its hash: deploying writes it, leave it out.",
        decides=False,
    )
    interval: str = key(
        MINUTE,
        INTERVAL,
        "Length of the bars it decides by, a multiple of agent.interval, which it is where left out; aligned to UTC.",
        came_later=True,
    )
    settings: Mapping[str, object] = field(default_factory=dict)
    """By the strategy's own names; what they may be only the strategy knows."""
    where: str = field(default="", compare=False)
    """What they were read from, for messages about them."""

    @property
    def interval_ms(self) -> int:
        """Length of its bars in ms."""
        return INTERVALS_MS[self.interval]


@dataclass(frozen=True, slots=True)
class InputsSettings:
    """What a strategy reads besides candles."""

    sentiment_window: int = key(20, whole(1, 1000), "Newest headlines that sentiment averages over.")
    sentiment_max_age: str = key(
        OFF,
        duration(most="3650d"),
        "Headlines older than this when a candle closes do not count, nor does such a row of a sentiment file.",
        of_new_agents="24h",
    )
    series: tuple[str, ...] = key(
        (),
        texts(_SERIES_FILE),
        "Files of series that the strategy reads, columns time,value[,symbol]; a path is seen from this file.",
        decides=False,
        came_later=True,
    )
    series_max_age: tuple[str, ...] = key(
        (),
        texts(_SERIES_AGE),
        "From which age on a value of a series is unknown; 0m: it counts at the close that it is of, at no later one.",
        came_later=True,
    )
    says_max_age: bool = field(default=False, compare=False)
    """Whether it was given: where it was not, an agent that begins in real time begins as new agents do."""

    def series_max_age_ms(self, name: str) -> int | None:
        """None: a value of this series counts until the next one."""
        given = named(self.series_max_age).get(name, OFF)
        return 0 if given == NO_AGE else duration_ms(given)

    @property
    def sentiment_max_age_ms(self) -> int | None:
        """None: headlines count whatever their age."""
        return duration_ms(self.sentiment_max_age)


@dataclass(frozen=True, slots=True)
class RiskSettings:
    """How much to risk, and when to stop."""

    stop_loss: float = key(0.02, number(0, 1, high_open=True), "Exit this fraction below the fill price; 0: off.")
    take_profit: float = key(0.04, number(0, 100), "Exit this fraction above the fill price; 0: off.")
    take_profits: str = key(
        OFF,
        targets(MOST_TARGETS),
        "In place of take_profit: how far above the fill price to sell which part of the quantity that was entered.",
        came_later=True,
    )
    trailing_stop: float = key(
        0.0, number(0, 1, high_open=True), "Exit this fraction below the highest high since the fill; 0: off."
    )
    trailing_distance: float = key(
        0.0,
        number(0, LARGEST_AMOUNT),
        "Exit this far below the highest high since the fill, in quote currency; 0: off. The higher of both acts.",
        came_later=True,
    )
    break_even_at: float = key(
        0.0,
        number(0, 100),
        "Once a high was this fraction above the entry price, exit no lower than at that price; 0: off.",
        came_later=True,
    )
    max_bars_held: int = key(
        0,
        whole(0, 1_000_000),
        "Bars of the strategy after which a position is left at the next open, that of the entry included; 0: off.",
        came_later=True,
    )
    max_entries: int = key(
        1,
        whole(1, 1000),
        "Entries of one position: the first, and those that add to it at a mean price, its stop never lowered.",
        came_later=True,
    )
    sizing: Sizing = key(
        Sizing.FRACTION,
        one_of(Sizing),
        "What an entry buys for: position_fraction, entry_amount, or so much that its stop costs risk_per_trade.",
        came_later=True,
    )
    position_fraction: float = key(0.1, number(0, 1, low_open=True), "Fraction of equity that one entry buys for.")
    entry_amount: float = key(
        0.0,
        number(0, LARGEST_AMOUNT),
        'Quote currency that one entry buys for, its costs included, where sizing = "amount".',
        came_later=True,
    )
    risk_per_trade: float = key(
        0.01,
        number(0, 1, low_open=True),
        'Fraction of equity that is lost, costs included, where an entry is left at its stop; sizing = "risk".',
        came_later=True,
    )
    min_notional: float = key(
        0.0, number(0, LARGEST_AMOUNT), "Smallest entry, and smallest part that is sold, in quote currency; 0: off."
    )
    max_notional: float = key(
        0.0, number(0, LARGEST_AMOUNT), "Largest entry, in quote currency, at least min_notional; 0: off."
    )
    daily_loss_limit: float = key(
        0.05, number(0, 1), "Fraction of the day before's last equity whose loss halts until the next UTC day; 0: off."
    )
    max_drawdown: float = key(0.0, number(0, 1), "Fraction below the highest equity that halts until resumed; 0: off.")
    max_exposure: float = key(0.5, number(0, 1), "Fraction of equity that positions and entries may hold; 0: off.")
    max_open_positions: int = key(0, whole(0, 1000), "Positions and pending entries at one time; 0: off.")
    cooldown_bars: int = key(0, whole(0, 1_000_000), "Candles without an entry after an exit of the symbol; 0: off.")
    stale_after_s: int = key(
        180,
        whole(0, 86_400),
        "Seconds after its close when a bar is too old to trade; left out, a 20th of strategy.interval if that is more;"
        " 0: off.",
    )
    says_stale_after: bool = field(default=False, compare=False)
    """Whether it was given: where it was not, it follows strategy.interval."""
    error_limit: int = key(5, whole(0, 1000), "Failed minutes in a row that halt the agent; 0: off.")
    halt_action: HaltAction = key(
        HaltAction.FREEZE,
        one_of(HaltAction),
        "What a halt does with open positions: keep them and their protection, or close them.",
    )
    says_take_profit: bool = field(default=False, compare=False)
    """Whether take_profit was given: beside take_profits it is no default that gives way."""

    @property
    def targets(self) -> tuple[ProfitTarget, ProfitTarget, ProfitTarget]:
        """Of take_profits, as the kernel has them."""
        found: list[ProfitTarget] = []
        parts: list[float] = []
        for distance, part in pairs_of(self.take_profits):
            parts.append(part)
            found.append(ProfitTarget(distance, kept_after(parts)))
        first, second, third = [*found, *NO_TARGETS][:MOST_TARGETS]
        return first, second, third


@dataclass(frozen=True, slots=True)
class FeesSettings:
    """What a fill costs; a backtest and paper charge it."""

    rate: float = key(0.001, number(0, 1, high_open=True), "Fraction of the traded amount paid on every fill.")
    slippage: float = key(
        0.0, number(0, 1, high_open=True), "Fraction by which market and stop fills are worse than the price."
    )


@dataclass(frozen=True, slots=True)
class NewsSettings:
    """Where headlines come from, and whom they concern."""

    feeds: tuple[str, ...] = key(
        (
            "https://www.coindesk.com/arc/outboundfeeds/rss/",
            "https://cointelegraph.com/rss",
            "https://decrypt.co/feed",
            "https://www.theblock.co/rss.xml",
        ),
        texts(_FEED),
        "RSS and Atom feeds, polled every minute; an empty list: no news.",
    )
    keywords: Mapping[str, tuple[str, ...]] = key(
        {"BTCUSDT": default_keywords("BTCUSDT")},
        texts_by_name(_SYMBOL, texts(_KEYWORD, at_least=1)),
        "Words that make a headline one about the symbol (=NEAR: so written only). One without any gets its names.",
    )
    analyzer: Analyzer = key(
        Analyzer.AUTO,
        one_of(Analyzer),
        "What scores headlines: language models, a word list, or the models wherever they are installed or deployed.",
    )
    domain: HeadlineDomain = key(
        HeadlineDomain.CRYPTO, one_of(HeadlineDomain), "The kind of headlines that the analyzer is fitted to."
    )


@dataclass(frozen=True, slots=True)
class ExchangeSettings:
    """Where prices come from, and where orders go."""

    base_url: str = key("https://api.binance.com", _BASE_URL, "The exchange's REST API.", decides=False)
    recv_window_ms: int = key(
        5000, whole(1, 60_000), "Milliseconds after which the exchange must refuse a late order.", decides=False
    )


@dataclass(frozen=True, slots=True)
class AlertsSettings:
    """Whom to tell."""

    webhook: Secret = key(
        Secret(),
        secret(_WEBHOOK),
        "URL that alerts are posted to; TRADER_WEBHOOK in .env, the better place for one with a token, comes first.",
        decides=False,
    )
    silent_after_s: int = key(
        180,
        whole(0, 86_400),
        "Seconds without a new candle of a symbol after which an alert tells of it; 0: off.",
        decides=False,
    )


@dataclass(frozen=True, slots=True)
class Config:
    """One agent's settings, a section each; the defaults are those of an agent without any file."""

    agent: AgentSettings = field(default_factory=AgentSettings)
    strategy: StrategySettings = field(default_factory=StrategySettings)
    inputs: InputsSettings = field(default_factory=InputsSettings)
    risk: RiskSettings = field(default_factory=RiskSettings)
    fees: FeesSettings = field(default_factory=FeesSettings)
    news: NewsSettings = field(default_factory=NewsSettings)
    exchange: ExchangeSettings = field(default_factory=ExchangeSettings)
    alerts: AlertsSettings = field(default_factory=AlertsSettings)

    def hash_with(self, rule_hash: str, settings: Mapping[str, object]) -> str:
        """12 hexadecimal digits over everything that can change a decision: the strategy, its settings and these.

        Agent id, mode, exchange and alerts are left out: the same rules have the same hash in backtest, paper and live.
        """
        import json
        from hashlib import sha256

        deciding = {name: value_of(self, name) for name, row in ROWS.items() if self._is_hashed(name, row)}
        text = json.dumps([rule_hash, settings, deciding], sort_keys=True, separators=(",", ":"))
        return sha256(text.encode()).hexdigest()[:HASH_CHARACTERS]

    def _is_hashed(self, name: str, row: Row) -> bool:
        is_silent = row.came_later and value_of(self, name) == value_of(Config(), name)
        return row.decides and not is_silent


ROWS: Mapping[str, Row] = {
    f"{section.name}.{each.name}": each.metadata["row"]
    for section in fields(Config)
    for each in fields(getattr(Config(), section.name))
    if "row" in each.metadata
}
"""Every key by its full name "section.key", in the order of the sections."""
SECTIONS: tuple[str, ...] = tuple(section.name for section in fields(Config))


def value_of(config: Config, name: str) -> object:
    """The value of a key by its full name.

    >>> value_of(Config(), "risk.stop_loss")
    0.02
    """
    section, _, own = name.partition(".")
    value: object = getattr(getattr(config, section), own)
    return value


def with_value(config: Config, name: str, value: object) -> Config:
    """The settings with another value of a key, by its full name."""
    section, _, own = name.partition(".")
    before = getattr(config, section)
    if name.startswith(SETTINGS):
        settings = {**config.strategy.settings, name[len(SETTINGS) :]: value}
        return replace(config, strategy=replace(config.strategy, settings=settings))
    said = {"says_stale_after": True} if name == "risk.stale_after_s" else {}
    changed = replace(config, **{section: replace(before, **{own: value}, **said)})
    return with_fitting_staleness(changed) if name == "strategy.interval" else changed


def with_fitting_staleness(config: Config) -> Config:
    """The settings with the staleness that fits the strategy's bars, where nobody gave another."""
    if config.risk.says_stale_after:
        return config
    seconds = stale_ms(config.strategy.interval_ms) // 1000
    return replace(config, risk=replace(config.risk, stale_after_s=seconds))


def contradictions(config: Config) -> Iterator[tuple[str, str]]:
    """(key, what it must be) of every value that is fine alone and wrong beside another."""
    agent, risk = config.agent, config.risk
    if config.strategy.interval_ms % agent.step_ms:
        yield "strategy.interval", f"a multiple of agent.interval, which is {agent.interval}"
    if 0.0 < risk.max_notional < risk.min_notional:
        yield "risk.max_notional", f"at least risk.min_notional, which is {risk.min_notional:g}, or 0 (off)"
    if risk.take_profits != OFF and risk.says_take_profit and risk.take_profit > 0.0:
        yield "risk.take_profits", f"{OFF} beside risk.take_profit = {risk.take_profit:g}: give one of the two"
    if risk.sizing is Sizing.AMOUNT and risk.entry_amount == 0.0:
        yield "risk.entry_amount", 'above 0 while risk.sizing = "amount"'
    if not may_share_quote(agent.symbols):
        yield "agent.symbols", "pairs of one quote currency: they share one cash"
    if agent.mode is Mode.TESTNET and LIVE_DOMAIN in config.exchange.base_url.lower():
        yield "exchange.base_url", 'a test network\'s while agent.mode = "testnet", e.g. https://testnet.binance.vision'


def params(config: Config, steps: Sequence[SymbolSteps]) -> Params:
    """The kernel's parameters; `steps` has one entry per symbol, in config order."""
    risk, fees = config.risk, config.fees
    limits = Limits(
        stop_loss=risk.stop_loss,
        take_profit=risk.take_profit,
        trailing_stop=risk.trailing_stop,
        position_fraction=risk.position_fraction,
        min_notional=risk.min_notional,
        max_notional=risk.max_notional,
        daily_loss_limit=risk.daily_loss_limit,
        max_drawdown=risk.max_drawdown,
        max_exposure=risk.max_exposure,
        max_open_positions=risk.max_open_positions,
        cooldown_bars=risk.cooldown_bars,
        flatten=risk.halt_action is HaltAction.FLATTEN,
        trailing_distance=risk.trailing_distance,
        break_even_at=risk.break_even_at,
        max_bars_held=risk.max_bars_held,
        max_entries=risk.max_entries,
        sizing=SIZINGS[risk.sizing],
        entry_amount=risk.entry_amount,
        risk_per_trade=risk.risk_per_trade,
        targets=risk.targets,
    )
    lots, ticks, least = zip(*steps, strict=True) if steps else ((), (), ())
    return Params(limits, Costs(fee_rate=fees.rate, slippage=fees.slippage), lots, ticks, least)
