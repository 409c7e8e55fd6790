"""trader resume: trade again after a halt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from chalicelib.errors import Unavailable, all_of
from trader.cli import output
from trader.cli.agent_option import AGENT
from trader.cli.remote import remote, remote_options

if TYPE_CHECKING:
    from chalicelib.services.halt import ResumeReport


@click.command("resume")
@click.option("--agent", type=AGENT, help="Which agent (default: all).")
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
    if client is not None:
        _print(client.resume(agent).resumed, as_json)
        return
    done = _local(agent)
    _print(done.agents, as_json)
    if done.failed:
        raise Unavailable(f"{all_of(done.failed)}; resumed, but a guard of daily loss or drawdown may still be up")


def _print(resumed: Sequence[str], as_json: bool) -> None:
    if as_json:
        output.print_json({"resumed": resumed})
        return
    output.print_line(f"resumed: {', '.join(resumed)}")


def _local(agent: str | None) -> ResumeReport:
    """Resume the agent, or all of this home, whatever each runs. Raises BadInput where there is none."""
    from chalicelib.config import home
    from trader.runtime.desks import alerting_of_halts, desk_of
    from trader.runtime.runs import RunFolder

    folder = RunFolder(home())
    if agent is not None and agent not in folder.agents():
        raise folder.nobody(agent)
    with alerting_of_halts(folder, output.note, agent) as notifier, desk_of(folder, notifier) as desk:
        return desk.resume.run(agent)
