"""The story of one trade: both orders with the decisions behind them, as far as they are still kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from chalicelib.domain import MINUTE_MS, Candle, Decision, Fill, Position, Side, Trade
from chalicelib.errors import BadInput
from chalicelib.ports import Journal, NewsStore
from chalicelib.services.explained import Explained, explained
from chalicelib.services.minute import client_id
from chalicelib.services.status import Status
from chalicelib.strategy.condition_words import conditions_in_words
from chalicelib.strategy.rule import StrategyRule

LATEST = "latest"
PAGE = 1000
LONGEST_GAP = 43_200
"""Minutes without candles, 30 days of them, over which an order may have waited to be filled."""

RuleOf = Callable[[Decision], StrategyRule | None]
"""The strategy with its settings that a decision was made by, None where it is not kept."""


@dataclass(frozen=True, slots=True)
class TradeEnd:
    """An entry or an exit."""

    fill: Fill
    candle: Candle | None = None
    """Of the bar in which it filled, None where its record is not kept."""
    decided_ms: int | None = None
    """The minute at whose close it was ordered; None for a level that was met, and where the order is not kept."""
    why: Explained | None = None
    """The decision of that minute, None where there was none or its record is not kept."""
    strategy: str | None = None
    """The name of the strategy that decided, None where it is not known."""


@dataclass(frozen=True, slots=True)
class TradeStory:
    """A trade from entry to exit, or what is held as far as it came."""

    agent: str
    symbol: str
    number: int | None
    """Counted from the agent's first trade; None while it is open."""
    trade: Trade | None
    position: Position | None
    """Where it is still open."""
    entry: TradeEnd | None
    exit: TradeEnd | None


class TradeStories:
    """The stories of the trades of an agent. Reads only."""

    def __init__(self, status: Status, journal: Journal, news: NewsStore, rule_of: RuleOf) -> None:
        self._status = status
        self._journal = journal
        self._news = news
        self._rule_of = rule_of

    def run(self, agent_id: str, wanted: str) -> TradeStory:
        """The trade of a number, `latest`, or a symbol's newest. Raises BadInput naming what there is, Unavailable."""
        trades = [*all_trades(self._journal, agent_id)][::-1]
        positions = self._status.run(agent_id).positions
        found = _found(trades, positions, wanted)
        fills = self._journal.fills(agent_id)
        if isinstance(found, Position):
            entry = self._end(agent_id, _fill(fills, found.symbol, Side.BUY, found.entry_ms), found.entry_ms)
            return TradeStory(agent_id, found.symbol, None, None, found, entry, None)
        trade = trades[found - 1]
        entry = self._end(agent_id, _fill(fills, trade.symbol, Side.BUY, trade.entry_ms), trade.entry_ms)
        left = self._end(agent_id, _exit_fill(fills, trade), trade.entry_ms)
        return TradeStory(agent_id, trade.symbol, found, trade, None, entry, left)

    def conditions(self, decision: Decision) -> tuple[str, ...]:
        """Comparisons of the strategy when it decided, in words; empty where it is not kept."""
        rule = self._rule_of(decision)
        return () if rule is None else conditions_in_words(rule, decision)

    def _end(self, agent_id: str, fill: Fill | None, entry_ms: int) -> TradeEnd | None:
        if fill is None:
            return None
        candle = next((each.candle for each in self._decided(agent_id, fill.symbol, fill.time_ms)), None)
        if fill.client_id == client_id(agent_id, fill.symbol, entry_ms, "protection"):
            return TradeEnd(fill, candle)
        decided_ms = decided_ms_of(fill, agent_id)
        found = () if decided_ms is None else self._decided(agent_id, fill.symbol, decided_ms)
        for decision in found:
            rule = self._rule_of(decision)
            name = None if rule is None else rule.strategy.name
            return TradeEnd(fill, candle, decided_ms, explained(decision, rule, self._news), name)
        return TradeEnd(fill, candle, decided_ms)

    def _decided(self, agent_id: str, symbol: str, minute_ms: int) -> Sequence[Decision]:
        return [each for each in self._journal.decided_at(agent_id, minute_ms) if each.symbol == symbol]


def all_trades(journal: Journal, agent_id: str) -> Iterator[Trade]:
    """Every trade, newest first, page by page."""
    cursor: int | None = None
    while True:
        page, cursor = journal.trades(agent_id, PAGE, cursor)
        yield from page
        if cursor is None:
            return


def decided_ms_of(fill: Fill, agent_id: str) -> int | None:
    """The minute at whose close an order of the rule was decided, which its id tells; None where none fits.

    It fills in the next bar that there is.
    """
    leg = "entry" if fill.side is Side.BUY else "exit"
    for minutes in range(LONGEST_GAP):
        decided_ms = fill.time_ms - minutes * MINUTE_MS
        if client_id(agent_id, fill.symbol, decided_ms, leg) == fill.client_id:
            return decided_ms
    return None


def _found(trades: Sequence[Trade], positions: Sequence[Position], wanted: str) -> int | Position:
    """The trade's number, or the open position."""
    named = wanted.upper()
    numbers = [number for number, trade in enumerate(trades, 1) if wanted == LATEST or trade.symbol == named]
    held = [position for position in positions if wanted == LATEST or position.symbol == named]
    if held:
        newest = max(held, key=lambda position: position.entry_ms)
        if not numbers or newest.entry_ms >= max(trades[number - 1].entry_ms for number in numbers):
            return newest
    if numbers:
        return max(numbers, key=lambda number: (trades[number - 1].entry_ms, number))
    if wanted.isascii() and wanted.isdigit() and 1 <= int(wanted) <= len(trades):
        return int(wanted)
    raise BadInput(f"trade {wanted[:40]!r}: there is none; {_there_is(trades, positions)}")


def _there_is(trades: Sequence[Trade], positions: Sequence[Position]) -> str:
    """The trades that could have been named."""
    symbols = dict.fromkeys([trade.symbol for trade in trades] + [position.symbol for position in positions])
    if not symbols:
        return "the agent has not traded yet"
    numbers = f"1 to {len(trades)}, " if trades else ""
    return f"there is {numbers}{LATEST}, {', '.join(symbols)}"


def _exit_fill(fills: Sequence[Fill], trade: Trade) -> Fill | None:
    """The fill of this trade: parts of a position may be sold in one bar, each by a fill of its own."""
    sold = trade.quantity, trade.exit_price
    own = [fill for fill in fills if (fill.quantity, fill.price) == sold]
    return _fill(own, trade.symbol, Side.SELL, trade.exit_ms) or _fill(fills, trade.symbol, Side.SELL, trade.exit_ms)


def _fill(fills: Sequence[Fill], symbol: str, side: Side, time_ms: int) -> Fill | None:
    found = [fill for fill in fills if (fill.symbol, fill.side, fill.time_ms) == (symbol, side, time_ms)]
    return found[-1] if found else None
