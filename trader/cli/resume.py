"""trader resume: trade again after a halt."""

from __future__ import annotations

import click

from trader.cli import output


@click.command("resume")
@click.option("--agent", metavar="ID", help="Which agent (default: all).")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as one JSON object.")
def command(agent: str | None, as_json: bool) -> None:
    """End a halt, whatever caused it. Daily loss and drawdown count anew from the last mark.

    \b
    Examples:
      trader resume
      trader resume --agent default
    """
    from chalicelib.services.halt import Resume
    from trader.cli.local import Failures, agent_stores, known_runs

    resumed: list[str] = []
    failures = Failures()
    for members in known_runs(agent, failures):
        with failures.kept(), agent_stores(members[0].agent_id) as (_, stores):
            resume = Resume(stores.portfolios, stores.halts)
            resume.run(agent)
            for member in members:  # those halted by name before they ever traded, too
                resume.run(member.agent_id)
            resumed += [member.agent_id for member in members]
    failures.raise_first()
    if as_json:
        output.print_json({"resumed": resumed})
        return
    click.echo(f"resumed: {', '.join(resumed)}")
