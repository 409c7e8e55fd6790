"""trader resume: trade again after a halt."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from trader.cli import output
from trader.cli.remote import remote, remote_options

if TYPE_CHECKING:
    from chalicelib.api.switch import ResumeBody


@click.command("resume")
@click.option("--agent", metavar="ID", help="Which agent (default: all).")
@click.option(
    "--json", "as_json", is_flag=True, help="Print what was done as one JSON object, the body of POST /resume."
)
@remote_options
def command(agent: str | None, as_json: bool, url: str | None, token: str | None) -> None:
    """End a halt, whatever caused it. Daily loss and drawdown count anew from the last mark.

    \b
    Examples:
      trader resume
      trader resume --agent default
      trader resume --url https://….amazonaws.com/api
    """
    client = remote(url, token)
    done = _local(agent) if client is None else client.resume(agent)
    if as_json:
        output.print_json(asdict(done))
        return
    click.echo(f"resumed: {', '.join(done.resumed)}")


def _local(agent: str | None) -> ResumeBody:
    """Resume in every run on this machine that has such an agent."""
    from chalicelib.api.switch import ResumeBody
    from chalicelib.services.halt import Resume
    from trader.cli.local import Failures, agent_stores, known_runs

    resumed: list[str] = []
    failures = Failures()
    for members in known_runs(agent, failures):
        with failures.kept(), agent_stores(members[0].agent_id) as (_, stores):
            resume = Resume(stores.portfolios, stores.halts, stores.failures)
            resume.run(agent)
            for member in members:  # those halted by name before they ever traded, too
                resume.run(member.agent_id)
            resumed += [member.agent_id for member in members]
    failures.raise_first()
    return ResumeBody(tuple(resumed))
