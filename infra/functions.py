"""What Chalice cannot set on the functions that it deploys, nor on its REST API."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from infra.account import Account, code_of
from infra.chalice_app import API_STAGE, Deployed

OLDEST_EVENT_S = 60
"""An event that waited for a minute is a minute that the next schedule does better. AWS takes no less."""
RATE_PER_S, BURST = 5, 10
"""Calls that the REST API takes, over all callers together: each costs money."""


def configure(account: Account, deployed: Deployed, failure_queue_arn: str) -> None:
    """Settings of asynchronous calls and of logs, and the API's throttle; safe to repeat."""
    client = account.client("lambda")
    for function in deployed.woken:
        _limit_events(account, client, function, failure_queue_arn)
    for function in deployed.functions:
        _quiet_logs(client, function)
    _throttle(account, deployed.rest_api_id)


def _limit_events(account: Account, client: Any, function: str, failure_queue_arn: str) -> None:
    """No event is tried twice or after a minute; one that fails lands in the queue."""

    def put() -> None:
        client.put_function_event_invoke_config(
            FunctionName=function,
            MaximumEventAgeInSeconds=OLDEST_EVENT_S,
            MaximumRetryAttempts=0,
            DestinationConfig={"OnFailure": {"Destination": failure_queue_arn}},
        )

    # AWS checks that the function's role may send to the queue, and a new role takes seconds to be seen everywhere.
    _until_accepted(account, put, "InvalidParameterValueException")


def _quiet_logs(client: Any, function: str) -> None:
    """Structured logs, without the three lines that Lambda adds to every call: they would cost more than the call."""
    wanted = {"LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "WARN"}
    now = client.get_function_configuration(FunctionName=function).get("LoggingConfig", {})
    if any(now.get(name) != value for name, value in wanted.items()):
        client.get_waiter("function_updated_v2").wait(FunctionName=function)
        client.update_function_configuration(FunctionName=function, LoggingConfig=wanted)


def _throttle(account: Account, rest_api_id: str) -> None:
    settings = {"/*/*/throttling/rateLimit": RATE_PER_S, "/*/*/throttling/burstLimit": BURST}
    operations = [{"op": "replace", "path": path, "value": str(value)} for path, value in settings.items()]
    account.client("apigateway").update_stage(restApiId=rest_api_id, stageName=API_STAGE, patchOperations=operations)


def _until_accepted(account: Account, attempt: Callable[[], None], not_yet: str) -> None:
    deadline = time.monotonic() + account.patience_s
    while True:
        try:
            return attempt()
        except ClientError as error:
            if code_of(error) != not_yet or time.monotonic() > deadline:
                raise
        time.sleep(account.poll_s)
