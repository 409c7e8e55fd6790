"""The route that lists the agents: what each is worth and whether it can work, in one line each."""

from __future__ import annotations

import json

from chalicelib.api.desk import Desk, Health, Member
from chalicelib.api.messages import Refused, Request, Response
from chalicelib.errors import TraderError


def agents(desk: Desk, request: Request) -> Response:
    """Every agent that the desk knows, also one whose settings or records cannot be used; no reason to fail for any."""
    rows = [agent_row(member) for member in desk.members]
    return Response(200, json.dumps({"agents": rows, "next": None}, allow_nan=False))


def agent_row(member: Member) -> dict[str, object]:
    """An agent with null for what is not known of it. Equity in quote currency. Never raises TraderError."""
    try:
        now = member.records().status.run(member.agent_id)
    except (TraderError, Refused):
        return _row(member.agent_id, None, None, None, Health.RECORDS_UNREADABLE)
    traded = now.last_minute_ms is not None
    if member.settings is not Health.OK:  # its mode and its starting cash are those of no settings
        return _row(member.agent_id, None, now.equity if traded else None, now.halted, member.settings)
    return _row(member.agent_id, now.mode, now.equity, now.halted, Health.OK if traded else Health.NOT_TRADED)


def _row(
    agent_id: str, mode: str | None, equity: float | None, halted: bool | None, health: Health
) -> dict[str, object]:
    return {"id": agent_id, "mode": mode, "equity": equity, "halted": halted, "health": health.value}
