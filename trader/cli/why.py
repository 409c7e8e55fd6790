"""trader why: why one trade was made and ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from chalicelib.moments import minute_text
from trader.cli import output
from trader.cli.agent_option import AGENT
from trader.cli.explaining import condition_facts, sentiment_facts
from trader.cli.remote import remote, remote_options
from trader.data.money import amount_text, money_text, price_text, traded

if TYPE_CHECKING:
    from chalicelib.domain import Decision
    from chalicelib.services.trade_story import TradeEnd, TradeStory


@click.command("why")
@click.argument("trade", default="latest", metavar="[NUMBER|SYMBOL|latest]")
@click.option("--agent", type=AGENT, help="Which agent (default: the one started last).")
@click.option("--run", "run_id", metavar="ID", help="Which run (default: the one that the agent is in).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, the body of GET /why.")
@remote_options
def command(
    trade: str, agent: str | None, run_id: str | None, as_json: bool, url: str | None, token: str | None
) -> None:
    """Why a trade was made and ended: each condition with its value and threshold, the headlines, order and fill.

    Numbers are those of `trader trades`; a symbol means its newest trade; without anything it is the newest of all.
    What a store keeps no more is said so: on AWS decisions and headlines expire after 90 days, trades never.

    \b
    Examples:
      trader why
      trader why 12
      trader why BTCUSDT --json
    """
    from chalicelib import codec

    if run_id is not None and url is not None:
        raise click.UsageError("--run is for the local store: leave it out, or --url")
    client = remote(url, token)
    story = _local(agent, run_id, trade) if client is None else client.why(agent, trade)
    if as_json:
        output.print_json(codec.plain(story))
        return
    name = "open" if story.number is None else f"trade {story.number}"
    output.print_facts(f"{story.symbol}, {name} of {story.agent}", trade_facts(story))
    for title, end in (("Entry", story.entry), ("Exit", story.exit)):
        if end is not None:
            output.print_facts(f"\n{title}" if output.on_terminal() else title, end_facts(title.lower(), end))


def _local(agent: str | None, run_id: str | None, trade: str) -> TradeStory:
    from trader.cli.local import stores_of

    with stores_of(agent, run_id) as found:
        return found.why.run(found.agent_id, trade)


def trade_facts(story: TradeStory) -> dict[str, output.Cell]:
    """The outcome of the trade."""
    head: dict[str, output.Cell] = {
        "agent": story.agent,
        "symbol": story.symbol,
        "trade": "open" if story.number is None else story.number,
    }
    held, trade = story.position, story.trade
    head |= _mean_price(story)
    if trade is not None:
        amount = traded(trade.quantity, trade.entry_price)
        pnl, fees = money_text(trade.pnl, amount, signed=True), money_text(trade.entry_fee + trade.exit_fee, amount)
        earned = f"{pnl} ({trade.return_fraction:+.2%}) after {fees} in fees"
        return {**head, "quantity": amount_text(trade.quantity), "pnl": earned}
    if held is None:
        return head
    levels = {
        name: None if level is None else amount_text(level)
        for name, level in (("stop", held.stop_price), ("take profit", held.take_profit_price))
    }
    unrealized = money_text(held.unrealized_pnl, traded(held.quantity, held.entry_price), signed=True)
    earned = f"{unrealized}, not realized, at {price_text(held.mark_price)}"
    return {**head, "quantity": amount_text(held.quantity), "pnl": earned, **levels}


def _mean_price(story: TradeStory) -> dict[str, output.Cell]:
    """What a position that was added to was bought at, which is no price of its first entry."""
    whole = story.trade or story.position
    if whole is None or story.entry is None or whole.entry_price == story.entry.fill.price:
        return {}
    return {"bought at": f"{price_text(whole.entry_price)}, the mean of all its entries; the first is below"}


def end_facts(leg: str, end: TradeEnd) -> dict[str, output.Cell]:
    """An entry or an exit: what filled, why it was ordered, and what that rested on."""
    fill = end.fill
    fee = money_text(fill.fee, traded(fill.quantity, fill.price))
    facts: dict[str, output.Cell] = {
        leg: f"{fill.side} {amount_text(fill.quantity)} at {price_text(fill.price)}, fee {fee}",
        "filled": output.utc(fill.time_ms),
        "reason": fill.reason,
        **_bar(end),
        "order": fill.client_id,
    }
    return facts | _decided(end)


def _bar(end: TradeEnd) -> dict[str, output.Cell]:
    candle = end.candle
    if candle is None:
        return {"bar": "not kept any more"}
    prices = {"open": candle.open, "high": candle.high, "low": candle.low, "close": candle.close}
    return {"bar": ", ".join(f"{name} {price_text(price)}" for name, price in prices.items())}


def _decided(end: TradeEnd) -> dict[str, output.Cell]:
    """The decision behind the order; a level that was met had none."""
    if end.why is None:
        if end.decided_ms is None:
            return {
                "decided": "by no decision: a level was met in this bar" if _is_level(end) else "not known any more"
            }
        return {"decided": f"{output.utc(end.decided_ms)}, whose record is not kept any more"}
    decision = end.why.decision
    named = "its strategy is not kept" if end.strategy is None else end.strategy
    return {
        "decided": f"{output.utc(decision.minute_ms)}, at the close of this minute{_of_bar(decision)}",
        "strategy": f"{named} ({decision.rule or 'hash not recorded'})",
        "settings": decision.config_hash,
        "wanted": f"{decision.action}: {decision.outcome}",
        **(condition_facts(end.why.conditions) or {"conditions": "unknown: what it was decided by is not kept"}),
        **sentiment_facts(end.why),
    }


def _of_bar(decision: Decision) -> str:
    """Which longer bar was over with the minute, empty where it was a bar itself."""
    from chalicelib.config.intervals import interval_of

    if decision.bar is None:
        return ""
    bar = f"the bar of {interval_of(decision.bar.interval_ms)} from {minute_text(decision.bar.open_ms)}"
    return f", with which {bar} was over"


def _is_level(end: TradeEnd) -> bool:
    """Whether a stop or a target ended it."""
    from chalicelib.domain import Reason

    return end.fill.reason in (Reason.STOP_LOSS, Reason.TAKE_PROFIT, Reason.TRAILING_STOP, Reason.BREAK_EVEN)
