"""trader status: what the agent holds and whether it trades."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from trader.cli import output
from trader.cli.agent_option import AGENT
from trader.cli.remote import remote, remote_options
from trader.data.money import amount_text, money, money_text

if TYPE_CHECKING:
    from chalicelib.domain import FeedHealth, Order, Position, Scoring, Trade, WarmUp
    from chalicelib.services.liveness import Liveness
    from chalicelib.services.status import AgentStatus

FEED_COLUMNS = ("feed", "state", "last answer", "newest headline", "read", "skipped")
POSITION_COLUMNS = ("symbol", "quantity", "entry price", "price", "unrealized pnl", "stop", "take profit")
ORDER_COLUMNS = ("symbol", "side", "quantity", "reason", "decided")


@click.command("status")
@click.option("--agent", type=AGENT, help="Which agent (default: the one started last).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, the body of GET /status.")
@remote_options
def command(agent: str | None, as_json: bool, url: str | None, token: str | None) -> None:
    """What the agent holds, what it is worth and whether it trades.

    \b
    Examples:
      trader status
      trader status --json
      trader status --url https://….amazonaws.com/api
    """
    client = remote(url, token)
    now, run, others = _local(agent) if client is None else (client.status(agent), None, [])
    if as_json:
        output.print_json(asdict(now))
        return
    trades = _local_trades(now.agent) if client is None else client.trades(now.agent)
    ours: dict[str, output.Cell] = {"other agents": f"{', '.join(others)} (--agent ID)"} if others else {}
    ours |= {} if run is None else {"run": run}
    output.print_facts(f"Agent {now.agent}", {"agent": now.agent, **ours, **status_facts(now, trades)})
    for title, columns, rows in (
        ("Feeds", FEED_COLUMNS, map(feed_row, now.feeds or ())),
        ("Positions", POSITION_COLUMNS, (position_row(each, now.equity) for each in now.positions)),
        ("Pending orders", ORDER_COLUMNS, map(order_row, now.pending_orders)),
    ):
        if kept := list(rows):
            output.print_table(title, columns, kept)


def status_facts(now: AgentStatus, trades: Sequence[Trade]) -> dict[str, output.Cell]:
    """All that is one value an agent."""
    return {
        "mode": now.mode,
        "halted": f"yes: {now.halt_reason}" if now.halted else "no",
        "equity": money(now.equity, now.equity),
        "cash": money(now.cash, now.equity),
        **earned_facts(now, trades),
        "drawdown": f"{now.drawdown:.2%}",
        "running": _running(now.liveness),
        "last minute": _last_minute(now),
        **({"reducing": f"{', '.join(now.reducing)}: held, but not in agent.symbols"} if now.reducing else {}),
        **_warm_up(now.warming),
        **_no_data(now.liveness),
        "sentiment": _sentiment(now.sentiment),
        **({"feeds": "unknown: the stored news cannot be read now"} if now.feeds is None else {}),
    }


def feed_row(feed: FeedHealth) -> tuple[output.Cell, ...]:
    """The values of FEED_COLUMNS."""
    times = output.utc(feed.answered_ms), output.utc(feed.newest_ms)
    return feed.name, _feed_state(feed), *times, feed.read, feed.skipped


def position_row(position: Position, equity: float) -> tuple[output.Cell, ...]:
    """The values of POSITION_COLUMNS."""
    amounts = position.quantity, position.entry_price, position.mark_price
    levels = position.stop_price, position.take_profit_price
    return (
        position.symbol,
        *map(amount_text, amounts),
        money(position.unrealized_pnl, equity),
        *(None if level is None else amount_text(level) for level in levels),
    )


def order_row(order: Order) -> tuple[output.Cell, ...]:
    """The values of ORDER_COLUMNS."""
    return order.symbol, order.side, amount_text(order.quantity), order.reason, output.utc(order.decided_ms)


def earned_facts(now: AgentStatus, trades: Sequence[Trade]) -> dict[str, output.Cell]:
    """Earnings since the agent began: in closed trades and in what is held, and how many positions won."""
    from trader.data.trade_list import listed, totals_of

    totals = totals_of(listed(now.agent, trades, now.positions, ()))
    realized, unrealized, all_of_it = (
        money_text(part, now.equity, signed=True)
        for part in (totals.pnl, totals.unrealized_pnl, totals.pnl + totals.unrealized_pnl)
    )
    positions = "1 position" if totals.positions == 1 else f"{totals.positions} positions"
    whose = "them" if totals.positions == totals.closed else positions
    won = f", {totals.win_rate:.1%} of {whose} won" if totals.closed else ""
    return {
        "pnl": f"{all_of_it} since the start: {realized} closed, {unrealized} open",
        "trades": f"{totals.closed} closed{won}, {totals.open} open",
    }


def _running(now: Liveness) -> str | None:
    """Whether a process has the run; nothing is known of that where functions trade."""
    if now.running is None:
        return None if now.lived_ms is None else f"last decided {output.utc(now.lived_ms)}"
    lived = "" if now.lived_ms is None else f"last lived {output.utc(now.lived_ms)}"
    return f"yes, {lived}" if now.running else f"not running: {lived}" if lived else "not running"


def _last_minute(now: AgentStatus) -> str | None:
    behind = now.liveness.behind_minutes
    words = f" ({behind} minute{'s'[: behind != 1]} behind)" if behind else ""
    return None if now.last_minute_ms is None else f"{output.utc(now.last_minute_ms)}{words}"


def _warm_up(warming: Mapping[str, WarmUp]) -> dict[str, str]:
    seen = [f"{symbol} {each.bars} of the {each.needed} bars that it needs" for symbol, each in sorted(warming.items())]
    return {"warm-up": ", ".join(seen)} if seen else {}


def _no_data(now: Liveness) -> dict[str, str]:
    since = [f"{symbol} since {output.utc(time_ms)}" for symbol, time_ms in sorted(now.no_data.items())]
    return {"no data": ", ".join(since)} if since else {}


def _sentiment(scoring: Scoring | None) -> str:
    """What scores headlines, and whether that is as it should be."""
    from chalicelib.domain import without_hashes

    if scoring is None:
        return "unknown: the stored news cannot be read now"
    waiting = f", {scoring.waiting} headlines wait for a score" if scoring.waiting else ""
    if scoring.last_scored_ms is None:
        return f"no headline scored yet{waiting}"
    degraded = f"degraded, {scoring.degraded_scored} of {scoring.scored} by the fallback: " if scoring.degraded else ""
    return f"{degraded}{without_hashes(scoring.model)}, last score {output.utc(scoring.last_scored_ms)}{waiting}"


def _feed_state(feed: FeedHealth) -> str:
    """Whether the feed gives what it is there for."""
    if feed.failures:
        times = "once" if feed.failures == 1 else f"{feed.failures} times in a row"
        alone = (feed.silent_until_ms or 0) > (feed.asked_ms or 0)
        return f"failed {times}: {feed.reason}{f'; left alone until {output.utc(feed.silent_until_ms)}' * alone}"
    if feed.newest_ms is None:
        return "no headline yet"
    return "stopped: nothing new for a day" if feed.stopped else "ok"


def _local(agent: str | None) -> tuple[AgentStatus, str, list[str]]:
    """The agent's status in the local store, the run that it is in, and which other agents there are."""
    from chalicelib.config import home
    from trader.cli.local import agent_stores
    from trader.runtime.desks import status_of
    from trader.runtime.runs import RunFolder

    folder = RunFolder(home())
    with agent_stores(agent) as (pointer, stores):
        others = [agent_id for agent_id in folder.agents() if agent_id != pointer.agent_id]
        return status_of(folder, stores, pointer).run(pointer.agent_id), pointer.run_id, others


def _local_trades(agent_id: str) -> list[Trade]:
    from chalicelib.services.trade_story import all_trades
    from trader.cli.local import agent_stores

    with agent_stores(agent_id) as (pointer, stores):
        return [*all_trades(stores.journal, pointer.agent_id)]
