"""The stack: brought to what the template says, or taken away."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.errors import Rejected, Unavailable
from infra.account import AwsAccount, code_of, pages

NEVER_CREATED = {"ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS", "CREATE_FAILED"}
"""A stack in these states can only be deleted; nothing that it has is in use."""
HALF_GONE = {"ROLLBACK_FAILED", "DELETE_FAILED"}
"""A stack in these states can only be deleted, and something that it has would not let itself be: a protected table."""
STARTED = {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS"}
LONGEST_S = 1800.0


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack of the account, which need not exist yet."""

    account: AwsAccount
    name: str
    client: Any = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "client", self.account.client("cloudformation"))

    def deploy(self, template: str, parameters: Mapping[str, str], tags: Mapping[str, str]) -> bool:
        """Create or update the stack and wait for it; False if there was nothing to change. Raises Rejected."""
        status = self.settled()
        if status == "UPDATE_ROLLBACK_FAILED":
            status = self._rolled_back()
        self.refuse_half_gone(status)
        if status in NEVER_CREATED:
            self.delete()
            status = ""
        given = self.request(template, parameters, tags, is_update=bool(status))
        if not status:
            self.client.create_stack(**given)
        else:
            try:
                self.client.update_stack(**given)
            except ClientError as error:
                if "No updates are to be performed" in str(error):
                    return False
                raise
        reached = self.settled()
        if reached not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            raise Rejected(f"stack {self.name}: {reached}: {self._first_failure()}")
        return True

    def request(
        self, template: str, parameters: Mapping[str, str], tags: Mapping[str, str], *, is_update: bool
    ) -> dict[str, Any]:
        """What CloudFormation is given to make the stack like this. Raises Rejected for an unknown parameter."""
        return {
            "StackName": self.name,
            "TemplateBody": template,
            "Parameters": self._parameters(template, parameters, is_update=is_update),
            "Capabilities": ["CAPABILITY_NAMED_IAM"],
            "Tags": [{"Key": name, "Value": value} for name, value in tags.items()],
        }

    def refuse_half_gone(self, status: str) -> None:
        """Raises Rejected for a stack that no deploy can mend."""
        if status in HALF_GONE:
            raise Rejected(
                f"stack {self.name}: {status}: {self._first_failure()}; only `make destroy` of this stage takes away "
                "what is left, tables included: then deploy again"
            )

    def _rolled_back(self) -> str:
        """The status after an update's rollback, which had failed, was tried once more. Raises Rejected."""
        self.client.continue_update_rollback(StackName=self.name)
        reached = self.settled()
        if reached != "UPDATE_ROLLBACK_COMPLETE":
            raise Rejected(
                f"stack {self.name}: {reached}: {self._first_failure()}; mend what it says, then deploy again, or skip "
                "the resource: aws cloudformation continue-update-rollback --resources-to-skip"
            )
        return reached

    def settled(self) -> str:
        """The status once nothing is in progress; empty if there is no stack."""
        deadline = time.monotonic() + LONGEST_S
        while (status := self._status()).endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
            if time.monotonic() > deadline:
                raise Unavailable(f"stack {self.name}: still {status} after {LONGEST_S:.0f} s")
            time.sleep(self.account.poll_s)
        return status

    def outputs(self) -> dict[str, str]:
        """The stack's outputs by name."""
        stack = self.client.describe_stacks(StackName=self.name)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}

    def resources(self) -> dict[str, list[str]]:
        """Physical names by type of all that the stack still has; nothing if there is no such stack."""
        found: dict[str, list[str]] = {}
        if self._status():
            for each in pages(self.client, "list_stack_resources", "StackResourceSummaries", StackName=self.name):
                if each["ResourceStatus"] != "DELETE_COMPLETE" and each.get("PhysicalResourceId"):
                    found.setdefault(each["ResourceType"], []).append(each["PhysicalResourceId"])
        return found

    def delete(self) -> None:
        """Take the stack away and wait for it; nothing to do if there is none. Raises Rejected."""
        if not self.settled():
            return
        self.client.update_termination_protection(StackName=self.name, EnableTerminationProtection=False)
        self.client.delete_stack(StackName=self.name)
        reached = self.settled()
        if reached:
            raise Rejected(f"stack {self.name}: {reached}: {self._first_failure()}")

    def _parameters(self, template: str, parameters: Mapping[str, str], *, is_update: bool) -> list[dict[str, Any]]:
        """What the template asks for: as given, else as it was, else its default."""
        declared = self.client.validate_template(TemplateBody=template).get("Parameters", [])
        names = [each["ParameterKey"] for each in declared]
        unknown = sorted(set(parameters) - set(names))
        if unknown:
            raise Rejected(f"stack {self.name}: no parameter {', '.join(unknown)}; it has {', '.join(sorted(names))}")
        before = set(self._parameters_before()) if is_update else set()
        kept = [name for name in names if name not in parameters and name in before]
        return [
            *({"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()),
            *({"ParameterKey": name, "UsePreviousValue": True} for name in kept),
        ]

    def _parameters_before(self) -> list[str]:
        stack = self.client.describe_stacks(StackName=self.name)["Stacks"][0]
        return [each["ParameterKey"] for each in stack.get("Parameters", [])]

    def _status(self) -> str:
        try:
            status = str(self.client.describe_stacks(StackName=self.name)["Stacks"][0]["StackStatus"])
        except ClientError as error:
            if code_of(error) == "ValidationError" and "does not exist" in str(error):
                return ""
            raise
        return "" if status == "DELETE_COMPLETE" else status

    def _first_failure(self) -> str:
        """What failed first in the last change; all later failures follow from it."""
        reasons = []
        for event in pages(self.client, "describe_stack_events", "StackEvents", StackName=self.name):
            if event["ResourceStatus"].endswith("FAILED") and event.get("ResourceStatusReason"):
                reasons.append(f"{event['LogicalResourceId']}: {' '.join(event['ResourceStatusReason'].split())}")
            if reasons and event["ResourceType"] == "AWS::CloudFormation::Stack" and event["ResourceStatus"] in STARTED:
                break
        return reasons[-1] if reasons else "no reason given"
