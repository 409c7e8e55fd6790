"""What a function's policy may say, as a function over it: things of its own stage by name, and no more."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from fnmatch import fnmatchcase
from typing import cast

from tests.support.cloudformation import Json

NEVER = ("logs:CreateLogGroup",)
"""Groups come from the template, with a retention; one that a late log line makes outlives `make destroy`."""


def violations(policy: Json, function: str, existing: Collection[str]) -> list[str]:
    """One line for everything that is too wide, or that names what does not exist.

    `function` is the deployed name, `existing` the ARNs of everything in the stage.
    """
    statements = cast("list[Json]", policy["Statement"])
    return [f"{each.get('Sid')}: {line}" for each in statements for line in _statement(each, function, existing)]


def _statement(statement: Json, function: str, existing: Collection[str]) -> Iterator[str]:
    if statement.keys() != {"Sid", "Effect", "Action", "Resource"} or statement["Effect"] != "Allow":
        yield "is not a plain Allow of actions on resources"
        return
    for action in _texts(statement["Action"]):
        if "*" in action or "?" in action:
            yield f"{action} can be named"
        if action in NEVER:
            yield f"{action} is the template's business"
    for resource in _texts(statement["Resource"]):
        yield from _resource(resource, function, existing)


def _resource(resource: str, function: str, existing: Collection[str]) -> Iterator[str]:
    group = re.fullmatch(r"arn:aws:logs:[^:*]+:[0-9]{12}:log-group:/aws/lambda/([^:*]+):\*", resource)
    if group:  # streams are named by Lambda; they are the one thing that cannot be named here
        if group[1] != function:
            yield f"{resource} is not the function's own log group"
    elif "*" in resource or "?" in resource:
        yield f"{resource} can be named"
    elif resource not in existing:
        yield f"{resource} does not exist"


def _texts(value: object) -> list[str]:
    return [value] if isinstance(value, str) else cast("list[str]", value)


def granted(policy: Json) -> set[tuple[str, str]]:
    """Every action with every resource that it is allowed on, as the ARN has it behind the account.

    >>> arn = "arn:aws:sns:eu-west-1:123456789012:alerts"
    >>> granted({"Statement": [{"Action": ["sns:Publish"], "Resource": [arn]}]})
    {('sns:Publish', 'alerts')}
    """
    return {
        (action, resource.split(":", 5)[5])
        for statement in cast("list[Json]", policy["Statement"])
        for action in _texts(statement["Action"])
        for resource in _texts(statement["Resource"])
    }


def allows(policy: Json, call: tuple[str, str]) -> bool:
    """Whether some statement has the action, and the resource as its ARN has it behind the account; patterns count.

    >>> statement = {"Action": ["sns:Publish"], "Resource": ["arn:aws:sns:eu-west-1:123456789012:alerts-*"]}
    >>> [allows({"Statement": [statement]}, ("sns:Publish", name)) for name in ("alerts-dev", "alarms")]
    [True, False]
    """
    action, resource = call
    return any(
        action in _texts(statement["Action"])
        and any(fnmatchcase(resource, each.split(":", 5)[-1]) for each in _texts(statement["Resource"]))
        for statement in cast("list[Json]", policy["Statement"])
    )
