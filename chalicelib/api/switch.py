"""The kill switch over HTTP. Both routes may be repeated: the second time changes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib import codec
from chalicelib.api.desk import Desk
from chalicelib.api.given import confirmation, halt_wish
from chalicelib.api.messages import HttpRefusal, HttpRequest, Response
from chalicelib.domain import ALL_AGENTS, Order
from chalicelib.errors import BadInput, TraderError, Unavailable, all_of
from chalicelib.services.halt import ResumeReport, together


@dataclass(frozen=True, slots=True)
class HaltBody:
    """The body of a successful POST /halt. From then on no order of the rule can be written."""

    halted: tuple[str, ...]
    reason: str
    withdrawn: tuple[Order, ...]
    """Entries that this request took back before they could fill."""
    closing: tuple[Order, ...]
    """Exits that are pending: they fill at the next open."""
    in_flight: tuple[Order, ...]
    """Entries written before the halt that the venue has not let go of: they may still fill."""


@dataclass(frozen=True, slots=True)
class HaltDone:
    """A halt as far as it went: `failed` says why some agents, halted too, may have had an order written meanwhile."""

    body: HaltBody
    failed: tuple[TraderError, ...]


@dataclass(frozen=True, slots=True)
class ResumeBody:
    """The body of a successful POST /resume."""

    resumed: tuple[str, ...]


def halt(desk: Desk, request: HttpRequest) -> Response:
    """Halt the agent that is named, or all. Raises Unavailable where one may have had an order written meanwhile."""
    wish = halt_wish(request.body)
    done = halt_agents(desk, request.query.get("agent"), wish.reason, wish.flatten)
    if done.failed:
        raise Unavailable(f"halted: {', '.join(done.body.halted)}; not reached: {all_of(done.failed)}")
    return Response(200, codec.dump(done.body))


def resume(desk: Desk, request: HttpRequest) -> Response:
    """Let the agent trade again whose id is the confirmation, or all of them where that is "*"."""
    named, confirmed = request.query.get("agent"), confirmation(request.body)
    ids = desk.ids() if named is None else [member.agent_id for member in desk.chosen(named)]
    if confirmed not in ids and not (named is None and confirmed == ALL_AGENTS):
        allowed = ", ".join([*ids, ALL_AGENTS] if named is None else ids)
        raise HttpRefusal(409, f"nothing was resumed: confirm must be the id of the agent to resume: {allowed}")
    done = resume_agents(desk, None if confirmed == ALL_AGENTS else confirmed)
    if done.failed:
        raise Unavailable(f"resumed: {', '.join(done.agents)}; not reached: {all_of(done.failed)}")
    return Response(200, codec.dump(ResumeBody(done.agents)))


def halt_agents(desk: Desk, agent_id: str | None, reason: str, flatten: bool | None) -> HaltDone:
    """Halt one agent, or all where none is named; without `flatten` each does what its configuration says.

    When it returns the flag is stored. Raises Refused for an agent that is not there, Unavailable when it may not be
    up: then ask again.
    """
    members = desk.chosen(agent_id)
    wishes = {member.agent_id: member.flatten if flatten is None else flatten for member in members}
    all_alike = len(set(wishes.values())) <= 1
    now_ms = desk.clock.now_ms()
    first = next(iter(wishes.values()), bool(flatten)) and all_alike
    reports = [desk.halt.run(agent_id, reason, first, now_ms)]
    if not all_alike:
        reports += [desk.halt.run(name, reason, True, now_ms) for name, closes in wishes.items() if closes]
    done = together(reports)
    halted = tuple(dict.fromkeys([*wishes, *done.agents]))
    return HaltDone(HaltBody(halted, reason, done.withdrawn, done.closing, done.in_flight), done.failed)


def resume_agents(desk: Desk, agent_id: str | None) -> ResumeReport:
    """Resume one agent or all. Refused for one while all are halted."""
    try:
        return desk.resume.run(agent_id)
    except BadInput:
        raise HttpRefusal(
            409, f'all agents are halted: only confirm "{ALL_AGENTS}" resumes them, all at once'
        ) from None
