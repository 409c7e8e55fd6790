"""The next stage's Lambda, woken by an asynchronous invocation."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.errors import Unavailable
from chalicelib.events import event_time_text

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

SOURCE = "ai-trader.wake"


class LambdaWaker:
    """Implements ports.Waker: the function `{prefix}-{name}` gets an event like that of its schedule."""

    def __init__(self, prefix: str, region: str, client: Callable[[], LambdaClient]) -> None:
        """`prefix` is ai-trader-{stage}. `client` is called at the first wake-up."""
        self._prefix = prefix
        self._region = region
        self._client = client

    def wake(self, name: str, event_ms: int, asked_ms: int | None = None) -> None:
        """Raises Unavailable when the invocation was not accepted, or nobody knows."""
        self._invoke(name, wake_event(name, event_ms, self._region, asked_ms))

    def tell(self, name: str, event_ms: int, failure: str) -> None:
        """Have the stage of this name fail on what another failed on, and do nothing else. Raises as `wake` does."""
        self._invoke(name, {**wake_event(name, event_ms, self._region), "detail": {"failed": failure}})

    def _invoke(self, name: str, event: Mapping[str, object]) -> None:
        payload = json.dumps(event).encode()
        try:
            self._client().invoke(FunctionName=f"{self._prefix}-{name}", InvocationType="Event", Payload=payload)
        except ClientError as error:
            raise Unavailable(f"wake {name}: {error.response.get('Error', {}).get('Code', 'refused')}") from None
        except BotoCoreError as error:
            raise Unavailable(f"wake {name}: {type(error).__name__}") from None


def wake_event(name: str, event_ms: int, region: str, asked_ms: int | None = None) -> dict[str, object]:
    """What EventBridge sends for a schedule, to the millisecond; the source tells the two apart.

    >>> wake_event("trade", 1_735_689_600_123, "eu-west-1")["time"]
    '2025-01-01T00:00:00.123Z'
    """
    return {
        "version": "0",
        "id": f"{name}-{event_ms}",
        "detail-type": "Scheduled Event",
        "source": SOURCE,
        "account": "",
        "time": event_time_text(event_ms),
        "region": region,
        "resources": [],
        "detail": {} if asked_ms is None else {"asked_ms": asked_ms},
    }
