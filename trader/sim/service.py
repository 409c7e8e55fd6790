"""How any request is served, whichever way it came in: what it weighs, whether the address may, what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic
from typing import NamedTuple

from trader.sim.limits import WEIGHT_LIMIT, RequestWeight, ServerWeights
from trader.sim.query import ApiError
from trader.sim.trading.order_counts import OrderCounts

STRANGER_WEIGHT = 1
"""What a request costs that is not a member's, or whose parameters do not even tell its weight."""
ADVICE = "Please use WebSocket Streams for live updates to avoid"


class Task(NamedTuple):
    """A request that may be answered; `answer` may still raise ApiError."""

    weight: int
    answer: Callable[[], object]
    is_free_when_done: bool = False
    """Whether its weight is given back where it succeeds."""
    counts: OrderCounts | None = None
    """The order counts that its answer tells."""


class RequestOutcome(NamedTuple):
    """What came of a request: a result, or an error in its place."""

    charge: RequestWeight
    result: object = None
    error: ApiError | None = None
    counts: OrderCounts | None = None


def outcome_of(prepare: Callable[[], Task], ledger: ServerWeights, address: str) -> RequestOutcome:
    """Charge the address and do what it asked for; `prepare` raises ApiError for what cannot be asked."""
    try:
        task = prepare()
    except ApiError as error:
        charge = ledger.charge(address, STRANGER_WEIGHT, monotonic())
        return RequestOutcome(charge, error=refusal(charge) or error)
    charge = ledger.charge(address, task.weight, monotonic())
    refused = refusal(charge)
    if refused is not None:
        return RequestOutcome(charge, error=refused, counts=task.counts)
    try:
        result = task.answer()
    except ApiError as error:
        return RequestOutcome(charge, error=error, counts=task.counts)
    if task.is_free_when_done:
        charge = ledger.give_back(address, task.weight)
    return RequestOutcome(charge, result, counts=task.counts)


def refusal(charge: RequestWeight) -> ApiError | None:
    """429 above the weight limit, 418 once the address is banned, None for who may."""
    if charge.retry_after_s is None:
        return None
    if charge.banned:
        message = f"Way too much request weight used; IP banned until {retry_after_ms(charge)}. {ADVICE} bans."
        return ApiError(-1003, message, 418)
    limit = f"current limit is {WEIGHT_LIMIT} request weight per 1 MINUTE"
    return ApiError(-1003, f"Too much request weight used; {limit}. {ADVICE} polling the API.", 429)


def retry_after_ms(charge: RequestWeight) -> int:
    """When the address may come again, in real time."""
    return int(datetime.now(UTC).timestamp() * 1000) + (charge.retry_after_s or 0) * 1000
