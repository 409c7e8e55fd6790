"""trader halt: stop trading at once."""

from __future__ import annotations

import time
from dataclasses import asdict

import click

from trader.cli import output


@click.command("halt")
@click.option("--agent", metavar="ID", help="Which agent (default: all).")
@click.option("--reason", default="by hand", show_default=True, help="What to remember and show.")
@click.option("--flatten", is_flag=True, help="Also close every position at the next open.")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as one JSON object.")
def command(agent: str | None, reason: str, flatten: bool, as_json: bool) -> None:
    """Stop trading: once this returns no new entry can be written, also by an agent that is running now.

    Positions keep their stop-loss and take-profit unless --flatten closes them. `trader resume` ends the halt.

    \b
    Examples:
      trader halt --reason "exchange looks odd"
      trader halt --flatten
    """
    import sys

    from chalicelib import wiring
    from chalicelib.services.halt import Halt
    from trader.cli.local import Failures, agent_stores, known_runs

    reports, agents, failures = [], [], Failures()
    for members in known_runs(agent, failures):
        with failures.kept(), agent_stores(members[0].agent_id) as (pointer, stores):
            venue = wiring.executor(pointer.mode, pointer.rules)
            halt = Halt(stores.portfolios, stores.halts, venue, wiring.stream_notifier(sys.stderr))
            reports.append(halt.run(agent, reason, flatten, time.time_ns() // 1_000_000))
            agents += [member.agent_id for member in members]
    closing = [order for report in reports for order in report.closing]
    withdrawn = [order for report in reports for order in report.withdrawn]
    failures.raise_first()
    if as_json:
        parts = {"withdrawn": [asdict(o) for o in withdrawn], "closing": [asdict(o) for o in closing]}
        output.print_json({"halted": agents, "reason": reason, **parts})
        return
    click.echo(f"halted: {', '.join(agents)}")
    for order in withdrawn:
        click.echo(f"withdrawn: {order.side} {order.quantity!r} {order.symbol}")
    for order in closing:
        click.echo(f"closing at the next open: {order.quantity!r} {order.symbol}")
