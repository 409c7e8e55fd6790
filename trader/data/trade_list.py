"""Closed and open trades as rows of a list, with their totals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from chalicelib.addition import added
from chalicelib.domain import Fill, Position, Side, Trade
from chalicelib.moments import iso_text

COLUMNS = (
    "number",
    "agent",
    "symbol",
    "status",
    "quantity",
    "entry_time",
    "entry_ms",
    "entry_price",
    "entry_fee",
    "cost",
    "entry_reason",
    "exit_time",
    "exit_ms",
    "exit_price",
    "exit_fee",
    "proceeds",
    "exit_reason",
    "pnl",
    "return",
    "position",
)
OPEN, CLOSED = "open", "closed"


@dataclass(frozen=True, slots=True)
class ListedTrade:
    """A trade, or what is held as if it were left at its last price; money in quote currency.

    `number` counts an agent's trades from its first on, and is None while one is open. `entry_reason` is None where
    it is not told.
    """

    number: int | None
    agent: str
    symbol: str
    quantity: float
    entry_ms: int
    entry_price: float
    entry_fee: float | None
    entry_reason: str | None
    exit_ms: int | None
    price: float
    """Of the exit, the last one while it is open."""
    exit_fee: float | None
    exit_reason: str | None
    pnl: float
    return_fraction: float
    position: int = 0
    """Of which position it is, counted by entries from 1: exits of parts have that of the rest; 0 where none is."""

    @property
    def is_open(self) -> bool:
        return self.exit_ms is None

    @property
    def counted_ms(self) -> int:
        """The moment by which it falls into a range: that of the exit, of the entry while it is open."""
        return self.entry_ms if self.exit_ms is None else self.exit_ms

    def as_dict(self) -> dict[str, str | float | int | None]:
        """The values of COLUMNS by name. What an open trade lacks is None; its exit price is none."""
        return {
            "number": self.number,
            "agent": self.agent,
            "symbol": self.symbol,
            "status": OPEN if self.is_open else CLOSED,
            "quantity": self.quantity,
            "entry_time": iso_text(self.entry_ms),
            "entry_ms": self.entry_ms,
            "entry_price": self.entry_price,
            "entry_fee": self.entry_fee,
            "cost": self.quantity * self.entry_price,
            "entry_reason": self.entry_reason,
            "exit_time": None if self.exit_ms is None else iso_text(self.exit_ms),
            "exit_ms": self.exit_ms,
            "exit_price": None if self.is_open else self.price,
            "exit_fee": self.exit_fee,
            "proceeds": None if self.is_open else self.quantity * self.price,
            "exit_reason": self.exit_reason,
            "pnl": self.pnl,
            "return": self.return_fraction,
            "position": self.position or None,
        }


@dataclass(frozen=True, slots=True)
class Totals:
    """Over a list of trades; of the open ones only `unrealized_pnl` is a sum.

    `positions` and `won` count the closed ones by positions: all exits of one together.
    """

    closed: int
    open: int
    positions: int
    won: int
    pnl: float
    fees: float
    unrealized_pnl: float

    @property
    def win_rate(self) -> float:
        """Share of the positions left that earned something after fees, 0.0 without any."""
        return self.won / self.positions if self.positions else 0.0


def listed(
    agent_id: str, trades: Sequence[Trade], positions: Iterable[Position], fills: Iterable[Fill]
) -> list[ListedTrade]:
    """The trades, oldest first as they are given, then what is open, by its entry; the fills tell why each began."""
    entries = {(fill.symbol, fill.time_ms): fill for fill in fills if fill.side is Side.BUY}
    closed = [_closed(agent_id, number, trade, entries) for number, trade in enumerate(trades, 1)]
    held = [_open(agent_id, position, entries) for position in positions]
    return closed + sorted(held, key=lambda each: (each.entry_ms, each.symbol))


def totals_of(trades: Iterable[ListedTrade]) -> Totals:
    """The totals that they come to."""
    kept = list(trades)
    closed = [each for each in kept if not each.is_open]
    held = [each for each in kept if each.is_open]
    positions = _by_position(closed)
    return Totals(
        closed=len(closed),
        open=len(held),
        positions=len(positions),
        won=len([each for each in positions if added(each) > 0.0]),
        pnl=added(each.pnl for each in closed),
        fees=added(fee for each in kept for fee in (each.entry_fee, each.exit_fee) if fee is not None),
        unrealized_pnl=added(each.pnl for each in held),
    )


def _by_position(closed: Iterable[ListedTrade]) -> list[list[float]]:
    """What the exits of each position earned; one that is counted to none stands alone."""
    found: dict[tuple[str, int], list[float]] = {}
    for place, each in enumerate(closed):
        found.setdefault((each.agent, each.position or -place - 1), []).append(each.pnl)
    return list(found.values())


def _closed(agent_id: str, number: int, trade: Trade, entries: Mapping[tuple[str, int], Fill]) -> ListedTrade:
    entry = entries.get((trade.symbol, trade.entry_ms))
    return ListedTrade(
        number,
        agent_id,
        trade.symbol,
        trade.quantity,
        trade.entry_ms,
        trade.entry_price,
        trade.entry_fee,
        None if entry is None else str(entry.reason),
        trade.exit_ms,
        trade.exit_price,
        trade.exit_fee,
        str(trade.reason),
        trade.pnl,
        trade.return_fraction,
        trade.position,
    )


def _open(agent_id: str, held: Position, entries: Mapping[tuple[str, int], Fill]) -> ListedTrade:
    entry = entries.get((held.symbol, held.entry_ms))
    cost = held.quantity * held.entry_price
    return ListedTrade(
        None,
        agent_id,
        held.symbol,
        held.quantity,
        held.entry_ms,
        held.entry_price,
        entry.fee if held.entry_fee is None and entry is not None else held.entry_fee,
        None if entry is None else str(entry.reason),
        None,
        held.mark_price,
        None,
        None,
        held.unrealized_pnl,
        held.unrealized_pnl / cost if cost else 0.0,
        held.position,
    )
