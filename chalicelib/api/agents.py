"""The route that lists the agents: what each is worth and whether it can work, in one line each."""

from __future__ import annotations

import json

from chalicelib.api.desk import Desk, Health, Member
from chalicelib.api.messages import HttpRefusal, HttpRequest, Response
from chalicelib.errors import TraderError
from chalicelib.services.liveness import Liveness

BEHIND_MINUTES = 2
"""One minute late is a wake-up that got lost; the next schedule makes up for it."""


def agents(desk: Desk, request: HttpRequest) -> Response:
    """Every agent that the desk knows, also one whose settings or records cannot be used; no reason to fail for any."""
    rows = [agent_row(member) for member in desk.members]
    return Response(200, json.dumps({"agents": rows, "next": None}, allow_nan=False))


def agent_row(member: Member) -> dict[str, object]:
    """An agent with null for what is not known of it. Equity in quote currency. Never raises TraderError."""
    try:
        now = member.records().status.run(member.agent_id)
    except (TraderError, HttpRefusal):
        return _row(member.agent_id, None, None, None, Health.RECORDS_UNREADABLE)
    traded = now.last_minute_ms is not None
    if member.settings is not Health.OK:  # its mode and its starting cash are those of no settings
        return _row(member.agent_id, None, now.equity if traded else None, now.halted, member.settings)
    return _row(
        member.agent_id, now.mode, now.equity, now.halted, health_of(now.liveness) if traded else Health.NOT_TRADED
    )


def health_of(now: Liveness) -> Health:
    """Of an agent that has traded: the first that is wrong.

    >>> health_of(Liveness(True, 0, 7)).value, health_of(Liveness(False, 0, 7)).value, health_of(Liveness()).value
    ('behind', 'not running', 'ok')
    """
    if now.running is False:
        return Health.NOT_RUNNING
    if now.no_data:
        return Health.NO_DATA
    return Health.BEHIND if (now.behind_minutes or 0) >= BEHIND_MINUTES else Health.OK


def _row(
    agent_id: str, mode: str | None, equity: float | None, halted: bool | None, health: Health
) -> dict[str, object]:
    return {"id": agent_id, "mode": mode, "equity": equity, "halted": halted, "health": health.value}
