"""trader halt: stop trading at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from trader.cli import output
from trader.cli.remote import remote, remote_options

if TYPE_CHECKING:
    from chalicelib.api.switch import HaltBody
    from chalicelib.domain import Order


@click.command("halt")
@click.option("--agent", metavar="ID", help="Which agent (default: all).")
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
    """Stop trading: once this returns no new entry can be written, also by an agent that is running now.

    Positions that are kept keep their stop-loss and take-profit. `trader resume` ends the halt.

    \b
    Examples:
      trader halt --reason "exchange looks odd"
      trader halt --flatten
      trader halt --url https://….amazonaws.com/api
    """
    client = remote(url, token)
    done = _local(agent, reason, flatten) if client is None else client.halt(agent, reason, flatten)
    if as_json:
        output.print_json(asdict(done))
        return
    click.echo(f"halted: {', '.join(done.halted) or 'all agents, once there are any'}")
    _show("withdrawn", done.withdrawn)
    _show("closing at the next open", done.closing)
    _show("may still fill", done.in_flight)


def _local(agent: str | None, reason: str, flatten: bool | None) -> HaltBody:
    """Halt in every run on this machine that has such an agent; one that fails keeps no other from being halted."""
    from chalicelib.api.switch import HaltBody, halt_agents
    from trader.cli.local import Failures, agent_stores, known_runs
    from trader.runtime.desks import desk_over

    bodies: list[HaltBody] = []
    failures = Failures()
    for members in known_runs(agent, failures):
        with failures.kept(), agent_stores(members[0].agent_id) as (_, stores):
            bodies.append(halt_agents(desk_over(stores, members), agent, reason, flatten))
    failures.raise_first()
    return HaltBody(
        halted=tuple(dict.fromkeys(name for body in bodies for name in body.halted)),
        reason=reason,
        withdrawn=tuple(order for body in bodies for order in body.withdrawn),
        closing=tuple(order for body in bodies for order in body.closing),
        in_flight=tuple(order for body in bodies for order in body.in_flight),
    )


def _show(title: str, orders: Sequence[Order]) -> None:
    for order in orders:
        click.echo(f"{title}: {order.side} {order.quantity!r} {order.symbol}")
