"""A stack that an earlier change left between two states is brought on, or the deploy says what would."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from chalicelib.errors import Rejected
from infra.cloudformation import Stack


@dataclass
class StuckStack:
    """CloudFormation's rules for one stack, as its user guide has them: which call each state takes."""

    status: str
    mended: bool = True
    """Whether a rollback that is continued comes to its end."""
    calls: list[str] = field(default_factory=list)

    def describe_stacks(self, StackName: str) -> Any:  # noqa: N803 (its name)
        return {"Stacks": [{"StackStatus": self.status, "Parameters": []}]}

    def validate_template(self, TemplateBody: str) -> Any:  # noqa: N803
        return {"Parameters": []}

    def continue_update_rollback(self, StackName: str) -> None:  # noqa: N803
        assert self.status == "UPDATE_ROLLBACK_FAILED"
        self.calls.append("continue")
        self.status = "UPDATE_ROLLBACK_COMPLETE" if self.mended else "UPDATE_ROLLBACK_FAILED"

    def update_stack(self, **_: Any) -> None:
        assert self.status.endswith("_COMPLETE")
        self.calls.append("update")
        self.status = "UPDATE_COMPLETE"

    def get_paginator(self, operation: str) -> Any:
        return self

    def paginate(self, **_: Any) -> Iterator[Any]:
        reason = "Resource cannot be deleted as it is currently protected against deletion."
        kind, name = "AWS::DynamoDB::Table", "MoneyTable"
        event = {
            "ResourceStatus": "DELETE_FAILED",
            "ResourceStatusReason": reason,
            "LogicalResourceId": name,
            "ResourceType": kind,
        }
        yield {"StackEvents": [event]}


@dataclass
class OneStackAccount:
    """An account that has this stack and nothing else."""

    stack: StuckStack
    poll_s: float = 0.0

    def client(self, service: str) -> StuckStack:
        return self.stack


def deploy(stuck: StuckStack) -> bool:
    account: Any = OneStackAccount(stuck)
    return Stack(account, "ai-trader-prod").deploy("{}", {}, {})


def test_a_rollback_that_failed_is_continued_and_then_updated() -> None:
    stuck = StuckStack("UPDATE_ROLLBACK_FAILED")
    assert deploy(stuck)
    assert stuck.calls == ["continue", "update"]


def test_a_rollback_that_fails_again_says_how_to_go_on() -> None:
    stuck = StuckStack("UPDATE_ROLLBACK_FAILED", mended=False)
    with pytest.raises(Rejected, match=r"MoneyTable: .*continue-update-rollback"):
        deploy(stuck)
    assert stuck.calls == ["continue"]


@pytest.mark.parametrize("status", ["ROLLBACK_FAILED", "DELETE_FAILED"])
def test_a_stack_that_is_half_gone_keeps_its_tables_and_names_the_way_out(status: str) -> None:
    stuck = StuckStack(status)
    with pytest.raises(Rejected, match=rf"{status}: MoneyTable: .*`make destroy` of this stage"):
        deploy(stuck)
    assert stuck.calls == []
    assert stuck.status == status
