"""A trade as a row, in files and in what commands print."""

from __future__ import annotations

from chalicelib.domain import Trade

TRADE_COLUMNS = (
    "symbol",
    "quantity",
    "entry_time",
    "entry_price",
    "exit_time",
    "exit_price",
    "entry_fee",
    "exit_fee",
    "pnl",
    "return",
    "reason",
    "position",
)


def trade_row(trade: Trade) -> tuple[str | float | int, ...]:
    """A trade as a row of trades.csv; times are ms of the bars in which it filled."""
    return (
        trade.symbol,
        trade.quantity,
        trade.entry_ms,
        trade.entry_price,
        trade.exit_ms,
        trade.exit_price,
        trade.entry_fee,
        trade.exit_fee,
        trade.pnl,
        trade.return_fraction,
        trade.reason,
        trade.position,
    )
