"""What a run earned, from what it recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.addition import added
from chalicelib.domain import EquityPoint, Fill, Side, Trade
from chalicelib.ports import Journal
from chalicelib.services.trade_story import all_trades
from trader.data.trade_rows import TRADE_COLUMNS, trade_row


@dataclass(frozen=True, slots=True)
class Summary:
    """Money in quote currency, drawdown and win rate as fractions; trades oldest first."""

    agent: str
    ticks: int
    """Minutes traded."""
    recorded: int
    """Those that left a record: of an agent that decides by longer bars, closes and minutes in which it holds."""
    equity: float
    pnl: float
    max_drawdown: float
    win_rate: float
    """Share of positions left that earned something after fees; 0.0 without any."""
    fees: float
    trades: tuple[Trade, ...]
    still_open: int = 0
    """Positions that were not left yet."""

    @property
    def unrealized_pnl(self) -> float:
        """What of `pnl` no trade has brought in."""
        return self.pnl - added(trade.pnl for trade in self.trades) if self.still_open else 0.0

    def as_dict(self) -> dict[str, object]:
        """The object that `--json` prints."""
        return {
            "agent": self.agent,
            "ticks": self.ticks,
            "recorded": self.recorded,
            "equity": self.equity,
            "pnl": self.pnl,
            "max_drawdown": self.max_drawdown,
            "win_rate": self.win_rate,
            "fees": self.fees,
            "still_open": self.still_open,
            "unrealized_pnl": self.unrealized_pnl,
            "trades": [dict(zip(TRADE_COLUMNS, trade_row(trade), strict=True)) for trade in self.trades],
        }


def summarize(journal: Journal, agent_id: str, cash: float, minutes: int | None = None) -> Summary:
    """The agent's record so far; one that never traded owns `cash`, as its settings say now.

    `minutes` is how many it has traded where not all of them leave a record.

    What it earned is counted from what its account began with, which the settings may not say any more: the cash of
    its first minute, in which nothing can have filled yet.
    """
    points: Sequence[EquityPoint] = journal.equity(agent_id, 0, 2**62)
    trades = tuple(all_trades(journal, agent_id))[::-1]
    fills = journal.fills(agent_id)
    begun, equity = (points[0].cash, points[-1].equity) if points else (cash, cash)
    return Summary(
        agent=agent_id,
        ticks=len(points) if minutes is None else minutes,
        recorded=len(points),
        equity=equity,
        pnl=equity - begun,
        max_drawdown=max((point.drawdown for point in points), default=0.0),
        win_rate=win_rate_of(trades),
        fees=added(fill.fee for fill in fills),
        trades=trades,
        still_open=held_after(fills),
    )


def win_rate_of(trades: Sequence[Trade]) -> float:
    """Share of the positions left that earned something, all exits of one together; 0.0 without any."""
    found: dict[int, list[float]] = {}
    for place, trade in enumerate(trades):
        found.setdefault(trade.position or -place - 1, []).append(trade.pnl)  # an older version numbered none
    won = [each for each in found.values() if added(each) > 0.0]
    return len(won) / len(found) if found else 0.0


def held_after(fills: Sequence[Fill]) -> int:
    """How many positions are held after these fills."""
    held: dict[str, float] = {}
    for fill in fills:
        before = held.get(fill.symbol, 0.0)
        held[fill.symbol] = before + fill.quantity if fill.side is Side.BUY else max(before - fill.quantity, 0.0)
    return len([quantity for quantity in held.values() if quantity > 0.0])
