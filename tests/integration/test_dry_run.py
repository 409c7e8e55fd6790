"""`make deploy DRY=1`: it tells what a deploy would do, and leaves the account as it was."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.handlers import BUILTIN_HANDLERS

from chalicelib.config import Deployment, Secrets
from chalicelib.errors import Rejected
from chalicelib.secret import Secret
from infra import change_set, parameters
from infra.account import AwsAccount
from infra.cloudformation import Stack
from infra.deploy import DeployOptions, deploy_stack
from infra.dry_run import dry_run
from infra.endpoint import current
from tests.support.emulator import emulator

DEV = Deployment("dev")
AGENTS = {"default": '[agent]\nid = "default"\n'}
OF_A_CHANGE_SET = {"CreateChangeSet", "DeleteChangeSet", "DeleteStack"}
READS = ("Batch", "Describe", "Get", "List", "Validate")
TOPIC = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "first"}}
OTHER_TOPIC = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "second"}}
QUEUE = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "queue"}}


def template(**resources: object) -> str:
    return json.dumps({"Resources": resources})


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwsAccount]:
    with emulator(tmp_path_factory.mktemp("emulator")) as started:
        yield current(started.url)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def stack(account: AwsAccount, request: pytest.FixtureRequest) -> Iterator[Stack]:
    made = Stack(account, request.node.name.replace("_", "-")[:100])
    yield made
    made.delete()


@contextmanager
def calls() -> Iterator[list[str]]:
    """Names of all operations that clients of sessions made within the block ask for."""
    made: list[str] = []

    def note(params: Mapping[str, Any], event_name: str, **_: object) -> None:
        made.append(event_name.rpartition(".")[2])

    handler = ("before-parameter-build", note)
    BUILTIN_HANDLERS.append(handler)
    try:
        yield made
    finally:
        BUILTIN_HANDLERS.remove(handler)


def stacks(account: AwsAccount) -> list[str]:
    return [each["StackName"] for each in account.client("cloudformation").describe_stacks()["Stacks"]]


def told(account: AwsAccount, options: DeployOptions) -> list[str]:
    lines: list[str] = []
    with calls() as made:
        dry_run(replace(account), DEV, options, lines.append)
    assert {call for call in made if not call.startswith(READS)} <= OF_A_CHANGE_SET
    assert "CreateChangeSet" in made
    return lines


def test_it_tells_everything_and_changes_nothing(account: AwsAccount) -> None:
    lines = told(account, DeployOptions(AGENTS))
    assert "parameters: add /ai-trader/dev/agents/default" in lines
    assert "stack: ai-trader-dev: add AWS::DynamoDB::Table MoneyTable" in lines
    assert "backtests: ai-trader-dev-backtest: add AWS::StepFunctions::StateMachine Machine" in lines
    assert "app: by chalice deploy: add function ai-trader-dev-trade" in lines
    assert "app: by chalice deploy: add function ai-trader-dev" in lines
    assert "image: none on an emulator" in lines
    assert "layer: a new version" in lines
    assert "roles: add role ai-trader-dev-us-east-1-trade" in lines
    assert lines[-1] == "dry run: nothing was changed"
    assert stacks(account) == []
    assert parameters.delete_all(account, DEV) == 0

    deploy_stack(Stack(account, DEV.prefix), DEV, {})
    parameters.store_agents(account, DEV, {**AGENTS, "gone": ""})
    try:
        lines = told(account, DeployOptions({"default": "[agent]\n"}, {"LogRetentionDays": "7"}))
        logs = [line for line in lines if line.startswith("stack: ")]
        assert any(line.endswith("AWS::Logs::LogGroup TradeLogs (RetentionInDays)") for line in logs)
        assert all("change" in line and "LogGroup" in line for line in logs)
        assert "parameters: change /ai-trader/dev/agents/default" in lines
        assert "parameters: remove /ai-trader/dev/agents/gone" in lines
        assert "stack: ai-trader-dev: as it should be" in told(account, DeployOptions(AGENTS))
        assert stacks(account) == [DEV.prefix]
    finally:
        parameters.delete_all(account, DEV)
        Stack(account, DEV.prefix).delete()


def test_what_is_replaced_and_lost_is_named(stack: Stack) -> None:
    stack.deploy(template(Topic=TOPIC, Queue=QUEUE), {}, {})
    lines = change_set.planned(stack, template(Topic=OTHER_TOPIC), {}, {})
    (replaced,) = [line for line in lines if "Topic" in line]
    (removed,) = [line for line in lines if "Queue" in line]
    assert replaced.startswith("replace AWS::SNS::Topic Topic (TopicName): ")
    assert replaced.endswith("first goes, with all it holds")
    assert removed.startswith("remove AWS::SQS::Queue Queue: ")
    assert stack.client.list_change_sets(StackName=stack.name)["Summaries"] == []
    assert stack.resources().keys() == {"AWS::SNS::Topic", "AWS::SQS::Queue"}


def test_a_change_set_of_somebody_else_is_let_alone(stack: Stack) -> None:
    given = stack.request(template(Topic=TOPIC), {}, {}, is_update=False)
    stack.client.create_change_set(**given, ChangeSetName="of-theirs", ChangeSetType="CREATE")
    assert change_set.planned(stack, template(Queue=QUEUE), {}, {}) == ["add AWS::SQS::Queue Queue"]
    summaries = stack.client.list_change_sets(StackName=stack.name)["Summaries"]
    assert [each["ChangeSetName"] for each in summaries] == ["of-theirs"]
    assert stack.settled() == change_set.IN_REVIEW


def test_nothing_stays_of_a_change_set_that_is_refused(stack: Stack) -> None:
    with pytest.raises(Rejected, match="no parameter Wrong"):
        change_set.planned(stack, template(Queue=QUEUE), {"Wrong": "x"}, {})
    assert stack.settled() == ""


def test_no_value_of_a_parameter_is_told(account: AwsAccount) -> None:
    secrets = Secrets(webhook=Secret("https://hooks.example/s3cret"))
    try:
        parameters.keep_tokens(account, DEV, rotate=False)
        parameters.store_secrets(account, DEV, secrets)
        lines = parameters.planned(account, DEV, AGENTS, secrets, rotate=True)
    finally:
        parameters.delete_all(account, DEV)
    assert lines == [
        "add /ai-trader/dev/agents/default",
        "change /ai-trader/dev/alerts/webhook",
        "change /ai-trader/dev/api/operator-token",
        "change /ai-trader/dev/api/viewer-token",
    ]
