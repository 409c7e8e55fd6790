"""--agent: which agent a command is for."""

from __future__ import annotations

import click


class AgentId(click.ParamType[str]):
    """An agent's id by its form; whether there is such an agent is for the command to know."""

    name = "ID"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from chalicelib.config.keys import AGENT_ID
        from chalicelib.config.values import ValueRefused

        try:
            return AGENT_ID.read(value)
        except ValueRefused:
            self.fail(f"{value!r} must be {AGENT_ID.words}", param, ctx)


AGENT = AgentId()
