"""trader trades: what was traded, closed and open, with totals; as CSV for a spreadsheet or a program for taxes."""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from chalicelib.moments import minute_text
from trader.cli import output
from trader.cli.agent_option import AGENT
from trader.cli.remote import remote, remote_options
from trader.cli.times import END, ISO, refuse_backwards
from trader.data.money import amount_text, money, money_text, price_text, traded

if TYPE_CHECKING:
    from trader.data.trade_list import ListedTrade, Totals

SHOWN = 50
SHORT_COLUMNS = ("#", "symbol", "amount", "entered", "at", "left", "at", "reasons", "pnl")
PIPED_COLUMNS = (*SHORT_COLUMNS, "position")


@click.command("trades")
@click.option("--agent", type=AGENT, help="Which agent (default: the one started last).")
@click.option("--run", "run_id", metavar="ID", help="Which run (default: the one that the agent is in).")
@click.option("--from", "from_ms", type=ISO, help="Only trades that were left at this time or later.")
@click.option("--to", "to_ms", type=END, help="Only trades that were left at this time or earlier; of a day all.")
@click.option("-k", "count", type=click.IntRange(min=1), metavar="N", help="Only the newest N.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV: times in UTC, plain decimals, the quote currency.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@remote_options
def command(
    agent: str | None,
    run_id: str | None,
    from_ms: int | None,
    to_ms: int | None,
    count: int | None,
    as_csv: bool,
    as_json: bool,
    url: str | None,
    token: str | None,
) -> None:
    """The trades of an agent, oldest first, what is open last, and what they come to.

    An open trade counts by its entry, and shows what it would earn at the last price.

    \b
    Examples:
      trader trades -k 10
      trader trades --from 2026-01-01 --to 2026-12-31 --csv > trades-2026.csv
      trader trades --url https://….amazonaws.com/api --json
    """
    from trader.data.trade_list import totals_of

    refuse_backwards(from_ms, to_ms)
    if as_csv and as_json:
        raise click.UsageError("--csv and --json are two forms: give one of them")
    if run_id is not None and url is not None:
        raise click.UsageError("--run is for the local store: leave it out, or --url")
    who, known = _local(agent, run_id) if url is None else _remote(agent, url, token)
    chosen = [
        each for each in known if (from_ms or 0) <= each.counted_ms and (to_ms is None or each.counted_ms <= to_ms)
    ]
    trades = chosen[-count:] if count is not None else chosen
    if as_csv:
        _print_csv(trades)
    elif as_json:
        totals = totals_of(trades)
        rows = [each.as_dict() for each in trades]
        output.print_json({"agent": who, "trades": rows, **asdict(totals), "win_rate": totals.win_rate})
    else:
        _show(who, trades, totals_of(trades))
    if not trades and known:
        output.note(f"trader: none of the {len(known)} trades of {who} lies in this range")


def _local(agent: str | None, run_id: str | None) -> tuple[str, list[ListedTrade]]:
    """Whose trades, and all of them."""
    from chalicelib.services.trade_story import all_trades
    from trader.cli.local import stores_of
    from trader.data.trade_list import listed

    with stores_of(agent, run_id) as found:
        trades = [*all_trades(found.stores.journal, found.agent_id)][::-1]
        positions = found.status.run(found.agent_id).positions
        return found.agent_id, listed(found.agent_id, trades, positions, found.stores.journal.fills(found.agent_id))


def _remote(agent: str | None, url: str, token: str | None) -> tuple[str, list[ListedTrade]]:
    from trader.data.trade_list import listed

    client = remote(url, token)
    if client is None:
        return "", []
    now = client.status(agent)
    return now.agent, listed(now.agent, client.trades(now.agent), now.positions, ())


def _print_csv(trades: Sequence[ListedTrade]) -> None:
    from trader.data.trade_csv import csv_rows

    csv.writer(sys.stdout, lineterminator="\n").writerows(csv_rows(trades))
    sys.stdout.flush()


def _show(who: str, trades: Sequence[ListedTrade], totals: Totals) -> None:
    if output.on_terminal():
        shown = trades[-SHOWN:]
        more = f", the last {SHOWN} of {len(trades)} (--csv and --json have all)" if len(shown) < len(trades) else ""
        in_parts = positions_in_parts(trades)
        output.print_table(f"Trades of {who}{more}", SHORT_COLUMNS, [terminal_row(each, in_parts) for each in shown])
    else:
        output.print_table("", PIPED_COLUMNS, [(*short_row(each), each.position or None) for each in trades])
    largest = max((traded(each.quantity, each.entry_price) for each in trades), default=0.0)
    output.print_facts("Totals", total_facts(totals, largest))


def positions_in_parts(trades: Sequence[ListedTrade]) -> frozenset[int]:
    """Those of which several rows are shares."""
    rows = Counter(each.position for each in trades)
    return frozenset(position for position, count in rows.items() if position and count > 1)


def total_facts(totals: Totals, largest: float) -> dict[str, output.Cell]:
    """Totals of the trades in words; the largest bought for this much."""
    return {
        "closed": totals.closed,
        "positions": totals.positions,
        "open": totals.open,
        "win rate": f"{totals.win_rate:.1%}",
        "fees": money(totals.fees, largest),
        "pnl": money(totals.pnl, largest),
        "unrealized pnl": money(totals.unrealized_pnl, largest),
    }


def short_row(trade: ListedTrade) -> tuple[output.Cell, ...]:
    """The values of SHORT_COLUMNS; its pnl is after fees."""
    earned = money_text(trade.pnl, traded(trade.quantity, trade.entry_price), signed=True)
    return (
        trade.number,
        trade.symbol,
        amount_text(trade.quantity),
        minute_text(trade.entry_ms),
        price_text(trade.entry_price),
        "open" if trade.exit_ms is None else minute_text(trade.exit_ms),
        price_text(trade.price),
        reasons(trade) or None,
        f"{earned} {trade.return_fraction:+.2%}",
    )


def reasons(trade: ListedTrade) -> str:
    """Why it was entered and left, as far as that is told."""
    return ", ".join(reason for reason in (trade.entry_reason, trade.exit_reason) if reason)


def terminal_row(trade: ListedTrade, in_parts: AbstractSet[int]) -> tuple[output.Cell, ...]:
    """The same with reasons that may be broken into words, and of which position a part is."""
    row = list(short_row(trade))
    row[SHORT_COLUMNS.index("amount")] = price_text(trade.quantity)
    whose = f" of position {trade.position}" if trade.position in in_parts else ""
    row[SHORT_COLUMNS.index("reasons")] = f"{reasons(trade).replace('_', ' ')}{whose}".strip() or None
    return tuple(row)
