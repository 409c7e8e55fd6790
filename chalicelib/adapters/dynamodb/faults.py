"""What DynamoDB's errors mean to a caller."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.adapters.dynamodb.items import Item
from chalicelib.errors import BadInput, TraderError, Unavailable

_UNMET = "ConditionalCheckFailed"
_THROTTLES = {"ThrottlingError", "ProvisionedThroughputExceeded"}
_CONTENTION = {"TransactionConflictException", "TransactionConflict"}
_NO_PLACE = {"ValidationException", "ValidationError", "ItemCollectionSizeLimitExceededException"}


class ConditionFailed(TraderError):
    """A condition did not hold, nothing was written by this try; never leaves this package.

    `stored` is what stands in the way, `retried` whether an earlier try of the same request may have succeeded.
    """

    def __init__(self, message: str, stored: Item | None, retried: bool) -> None:
        super().__init__(message)
        self.stored = stored
        self.retried = retried


class Cancelled(TraderError):
    """A transaction's conditions did not all hold; never leaves this package.

    `reasons` follow its operations: None where the condition held or was never looked at, for a throttled or contended
    operation is cancelled beside one whose condition failed.
    """

    def __init__(self, message: str, reasons: tuple[CancellationReason | None, ...], retried: bool) -> None:
        super().__init__(message)
        self.reasons = reasons
        self.retried = retried


class Contended(Unavailable):
    """Another transaction held the item in every one of our tries: nothing was written."""


class Throttled(Unavailable):
    """A transaction asked for more than its partitions give in a second, in every one of our tries."""


@dataclass(frozen=True, slots=True)
class CancellationReason:
    """A condition that did not hold, and what stood in its way."""

    stored: Item | None


def understood(error: ClientError | BotoCoreError, operation: str, what: str) -> TraderError:
    """The error as one of ours; `what` names the table in its text."""
    if isinstance(error, BotoCoreError):
        return Unavailable(f"DynamoDB {operation} of {what}: no answer ({type(error).__name__})")
    response = _response(error)
    code = str(response.get("Error", {}).get("Code", ""))
    retried = bool(response.get("ResponseMetadata", {}).get("RetryAttempts", 0))
    told = f"DynamoDB {operation} of {what}: {code}"
    if code == "ConditionalCheckFailedException":
        return ConditionFailed(told, response.get("Item"), retried)
    if code == "TransactionCanceledException":
        return _cancelled(told, response.get("CancellationReasons") or [], retried)
    if code in _CONTENTION:
        return Unavailable(told) if retried else Contended(told)
    if code in _NO_PLACE:
        message = str(response.get("Error", {}).get("Message", ""))
        return BadInput(f"{told}: {' '.join(message.split())[:200]}")
    return Unavailable(told)


def _cancelled(told: str, raw_reasons: list[dict[str, Any]], retried: bool) -> TraderError:
    codes = {str(reason.get("Code")) for reason in raw_reasons} - {"None"}
    named = f"{told} ({', '.join(sorted(codes))})"
    if _UNMET in codes:
        reasons = tuple(
            CancellationReason(raw.get("Item")) if raw.get("Code") == _UNMET else None for raw in raw_reasons
        )
        return Cancelled(named, reasons, retried)
    if codes & _CONTENTION:
        return Unavailable(named) if retried else Contended(named)
    if codes & _NO_PLACE:
        return BadInput(named)
    return Throttled(named) if codes & _THROTTLES else Unavailable(named)


def _response(error: ClientError) -> dict[str, Any]:
    """The whole answer: pynamodb wraps the error in one that keeps a part of it only."""
    cause = error.__cause__
    found: Any = (cause if isinstance(cause, ClientError) else error).response
    return dict(found)
