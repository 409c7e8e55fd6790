"""trader halt: stop trading at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from chalicelib.errors import Unavailable, all_of
from trader.cli import output
from trader.cli.agent_option import AGENT
from trader.cli.remote import remote, remote_options

if TYPE_CHECKING:
    from chalicelib.api.switch import HaltBody, HaltDone
    from chalicelib.domain import Order


@click.command("halt")
@click.option("--agent", type=AGENT, help="Which agent (default: all).")
@click.option("--reason", default="by hand", show_default=True, help="What to remember and show.")
@click.option(
    "--flatten/--freeze",
    default=None,
    help="Also close every position at the next open, or keep them [as the agent's risk.halt_action says].",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was done as one JSON object, the body of POST /halt.")
@remote_options
def command(
    agent: str | None, reason: str, flatten: bool | None, as_json: bool, url: str | None, token: str | None
) -> None:
    """Stop trading: once this returns the rule can place no new order, also of an agent that is running now.

    Positions that are kept keep their stop-loss and take-profit. The halt holds whatever the agent runs, until
    `trader resume`.

    \b
    Examples:
      trader halt --reason "exchange looks odd"
      trader halt --flatten
      trader halt --url https://….amazonaws.com/api
    """
    client = remote(url, token)
    if client is not None:
        _print(client.halt(agent, reason, flatten), as_json)
        return
    done = _local(agent, reason, flatten)
    _print(done.body, as_json)
    if done.failed:
        raise Unavailable(f"{all_of(done.failed)}; the halt stands, but an order being written may have been committed")


def _print(done: HaltBody, as_json: bool) -> None:
    if as_json:
        output.print_json(asdict(done))
        return
    output.print_line(f"halted: {', '.join(done.halted)}")
    _show("withdrawn", done.withdrawn)
    _show("closing at the next open", done.closing)
    _show("may still fill", done.in_flight)


def _local(agent: str | None, reason: str, flatten: bool | None) -> HaltDone:
    """Halt the agent, or all of this home, whatever each runs. Raises BadInput where nobody is to be halted."""
    from chalicelib.api.switch import halt_agents
    from chalicelib.config import home
    from trader.runtime.desks import alerting_of_halts, desk_of
    from trader.runtime.runs import RunFolder

    folder = RunFolder(home())
    if agent is not None and agent not in folder.agents():
        raise folder.nobody(agent)
    with alerting_of_halts(folder, output.note, agent) as notifier, desk_of(folder, notifier) as desk:
        return halt_agents(desk, agent, reason, flatten)


def _show(title: str, orders: Sequence[Order]) -> None:
    for order in orders:
        output.print_line(f"{title}: {order.side} {order.quantity!r} {order.symbol}")
