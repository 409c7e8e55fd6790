"""What Chalice cannot set on the functions that it deploys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chalicelib.config import Deployment
from infra.account import AwsAccount, until_accepted
from infra.chalice_app import Deployed


@dataclass(frozen=True, slots=True)
class EventRetries:
    """How long an asynchronous event is good for; after that, or after the last attempt, it lands in the queue."""

    oldest_event_s: int
    """AWS takes 60 at least."""
    retries: int
    """The first comes after one minute, the second after two more."""


MINUTELY = EventRetries(60, 0)
"""A minute that failed or is late is done better by the next schedule than by a second attempt at the old event."""
BY_FUNCTION = {"notify": EventRetries(3600, 2)}
"""Nothing makes up for an alert that is dropped, and one that comes late or twice is still worth having."""
LAMBDA_LEVELS = {"WARNING": "WARN"}
"""Levels that Lambda names otherwise than Python."""


def patience_of(function: str) -> EventRetries:
    """How long the events of this function, by the name it has in app.py, are good for."""
    return BY_FUNCTION.get(function, MINUTELY)


def configure(account: AwsAccount, names: Deployment, deployed: Deployed, failure_queue_arn: str) -> None:
    """Settings of asynchronous calls and of logs; safe to repeat."""
    client = account.client("lambda")
    for name in deployed.woken:
        _limit_events(account, client, name, patience_of(name.removeprefix(names.name(""))), failure_queue_arn)
    for name in deployed.functions:
        _quiet_logs(client, name, names.log_level)


def _limit_events(account: AwsAccount, client: Any, name: str, patience: EventRetries, failure_queue_arn: str) -> None:
    def put() -> None:
        client.put_function_event_invoke_config(
            FunctionName=name,
            MaximumEventAgeInSeconds=patience.oldest_event_s,
            MaximumRetryAttempts=patience.retries,
            DestinationConfig={"OnFailure": {"Destination": failure_queue_arn}},
        )

    # AWS checks that the function's role may send to the queue, and a new role takes seconds to be seen everywhere.
    until_accepted(account, put, "InvalidParameterValueException")


def _quiet_logs(client: Any, name: str, level: str) -> None:
    """Structured logs from this level on; Lambda would drop what is below its own level, whatever ours is.

    Without the three lines that Lambda adds to every call: they would cost more than the call.
    """
    wanted = {
        "LogFormat": "JSON",
        "ApplicationLogLevel": LAMBDA_LEVELS.get(level, level),
        "SystemLogLevel": "WARN",
    }
    now = client.get_function_configuration(FunctionName=name).get("LoggingConfig", {})
    if any(now.get(key) != value for key, value in wanted.items()):
        client.get_waiter("function_updated_v2").wait(FunctionName=name)
        client.update_function_configuration(FunctionName=name, LoggingConfig=wanted)
