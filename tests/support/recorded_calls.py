"""Every call to AWS that the code makes, as IAM sees it: which action on which resource."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.handlers import BUILTIN_HANDLERS

Call = tuple[str, str]
"""Action, and the resource as its ARN has it behind the account."""

_IN_A_TRANSACTION = {
    "ConditionCheck": "ConditionCheckItem",
    "Delete": "DeleteItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
}


class CallRecorder:
    """The calls made by clients that were made since `listening`, by the function that was running."""

    def __init__(self) -> None:
        self.by_function: dict[str, set[Call]] = {}
        self._running: str | None = None

    @contextmanager
    def listening(self) -> Iterator[None]:
        handler = ("before-parameter-build", self._note)
        BUILTIN_HANDLERS.append(handler)
        try:
            yield
        finally:
            BUILTIN_HANDLERS.remove(handler)

    @contextmanager
    def running(self, function: str) -> Iterator[None]:
        """What is called within the block is the function's doing."""
        self._running = function
        try:
            yield
        finally:
            self._running = None

    def _note(self, params: Mapping[str, Any], event_name: str, **_: object) -> None:
        if self._running is not None:
            service, operation = event_name.split(".")[1:]
            self.by_function.setdefault(self._running, set()).update(needed(service, operation, params))


def needed(service: str, operation: str, params: Mapping[str, Any]) -> list[Call]:
    """The permissions that a request needs. KeyError for one whose permissions are not known here.

    >>> needed("dynamodb", "TransactWriteItems", {"TransactItems": [{"Put": {"TableName": "ai-trader-dev-money"}}]})
    [('dynamodb:PutItem', 'table/ai-trader-dev-money')]
    """
    if operation == "TransactWriteItems":
        parts = [(kind, given) for part in params["TransactItems"] for kind, given in part.items()]
        return [(f"{service}:{_IN_A_TRANSACTION[kind]}", f"table/{given['TableName']}") for kind, given in parts]
    if operation == "BatchGetItem":
        return [(f"{service}:{operation}", f"table/{name}") for name in params["RequestItems"]]
    action = "InvokeFunction" if operation == "Invoke" else operation
    return [(f"{service}:{action}", _resource(service, params))]


def _resource(service: str, params: Mapping[str, Any]) -> str:
    if service == "dynamodb":
        return f"table/{params['TableName']}"
    if service == "lambda":
        return f"function:{params['FunctionName']}"
    if service == "ssm":
        return f"parameter{params['Path']}"
    return str(params["TopicArn"]).rpartition(":")[2]
