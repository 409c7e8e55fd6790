"""What a deploy would make of a stack, as CloudFormation says it: a change set is made, read and taken away again."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.errors import Rejected, Unavailable
from infra.account import code_of, until_accepted
from infra.cloudformation import LONGEST_S, NEVER_CREATED, Stack

IN_REVIEW = "REVIEW_IN_PROGRESS"
"""A stack that so far is a change set and nothing else."""
NOTHING_CHANGES = ("didn't contain changes", "No updates are to be performed")
VERBS = {"Add": "add", "Modify": "change", "Remove": "remove"}
REPLACED = {"True": "replace", "Conditional": "change, perhaps replace"}


def planned(stack: Stack, template: str, parameters: Mapping[str, str], tags: Mapping[str, str]) -> list[str]:
    """One line for each resource that `stack.deploy` would touch, nothing for none. Raises Rejected, Unavailable."""
    before = stack.settled()
    stack.refuse_half_gone(before)
    if before == "UPDATE_ROLLBACK_FAILED":
        return [f"{before}: the rollback is continued first; what comes after it cannot be told yet"]
    if before in NEVER_CREATED - {IN_REVIEW}:
        return [f"{before}: the stack is deleted first, and made anew"]
    exists = before not in ("", IN_REVIEW)
    given = stack.request(template, parameters, tags, is_update=exists)
    name = f"dry-run-{secrets.token_hex(8)}"
    try:
        kind = "UPDATE" if exists else "CREATE"
        stack.client.create_change_set(**given, ChangeSetName=name, ChangeSetType=kind)
        return [_line(change["ResourceChange"]) for change in _changes(stack, name)]
    finally:
        _take_away(stack, name, is_new=not before)


def _changes(stack: Stack, name: str) -> Iterator[dict[str, Any]]:
    page = _finished(stack, name)
    if page["Status"] == "FAILED":
        reason = str(page.get("StatusReason", ""))
        if any(words in reason for words in NOTHING_CHANGES):
            return
        raise Rejected(f"stack {stack.name}: {' '.join(reason.split())}")
    yield from page["Changes"]
    while "NextToken" in page:
        page = stack.client.describe_change_set(StackName=stack.name, ChangeSetName=name, NextToken=page["NextToken"])
        yield from page["Changes"]


def _finished(stack: Stack, name: str) -> dict[str, Any]:
    """The change set's first page, once it is worked out."""
    deadline = time.monotonic() + LONGEST_S
    while True:
        page: dict[str, Any] = stack.client.describe_change_set(StackName=stack.name, ChangeSetName=name)
        if page["Status"] in ("CREATE_COMPLETE", "FAILED"):
            return page
        if time.monotonic() > deadline:
            raise Unavailable(f"stack {stack.name}: no change set after {LONGEST_S:.0f} s")
        time.sleep(stack.account.poll_s)


def _line(change: Mapping[str, Any]) -> str:
    """The change in words, with the properties that it is about.

    >>> topic = {"ResourceType": "AWS::SNS::Topic", "LogicalResourceId": "Alerts", "PhysicalResourceId": "alerts-1"}
    >>> about = [{"Target": {"Attribute": "Properties", "Name": "TopicName"}}]
    >>> _line({**topic, "Action": "Modify", "Replacement": "True", "Details": about})
    'replace AWS::SNS::Topic Alerts (TopicName): alerts-1 goes, with all it holds'
    """
    verb = REPLACED.get(change.get("Replacement", ""), VERBS.get(change["Action"], change["Action"]))
    targets = [detail.get("Target", {}) for detail in change.get("Details", [])]
    about = sorted({target.get("Name") or target.get("Attribute", "") for target in targets} - {""})
    goes = f": {change.get('PhysicalResourceId', 'it')} goes, with all it holds" if _goes(change) else ""
    named = f" ({', '.join(about)})" if about else ""
    return f"{verb} {change['ResourceType']} {change['LogicalResourceId']}{named}{goes}"


def _goes(change: Mapping[str, Any]) -> bool:
    return change["Action"] == "Remove" or change.get("Replacement") == "True"


def _take_away(stack: Stack, name: str, *, is_new: bool) -> None:
    """Leave no trace of the change set: nor of the stack, where there was none before and it is nothing else yet."""

    def delete() -> None:
        stack.client.delete_change_set(StackName=stack.name, ChangeSetName=name)

    try:
        until_accepted(stack.account, delete, "InvalidChangeSetStatus")  # of one that is being worked out
    except ClientError as error:
        if code_of(error) not in ("ChangeSetNotFound", "ValidationError"):
            raise
    if is_new and stack.settled() == IN_REVIEW:
        found = stack.client.describe_stacks(StackName=stack.name)["Stacks"][0]
        if not stack.client.list_change_sets(StackName=stack.name)["Summaries"]:
            stack.client.delete_stack(StackName=found["StackId"])  # by its id: another of the name is somebody else's
            stack.settled()
