"""The stack of the backtests: lint of template, policies and state machine, names, and that nothing costs unused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from statelint.linter import Linter

from chalicelib.config import Deployment
from infra.backtest.deploy import FOLDER, MACHINE, TEMPLATE, definition_text
from tests.architecture.backtest_template import BUCKET, NAMES, STEPS, machine, resolved, role_policies, template
from tests.architecture.infra_linters import accepted_by_checkov, cfn_lint, checkov, parliament
from tests.support.cloudformation import Json, properties, resources

KINDS = {"AWS::IAM::Role", "AWS::Lambda::Function", "AWS::Logs::LogGroup", "AWS::StepFunctions::StateMachine"}
"""None of them costs anything before it is used."""


def test_cfn_lint(tmp_path: Path) -> None:
    planted = tmp_path / "planted.yaml"
    planted.write_text(TEMPLATE.read_text("utf-8").replace("MemorySize:", "Memory:", 1), "utf-8")
    found = cfn_lint(TEMPLATE, planted)
    assert {rule for rule, name in found if name == planted.name} == {"E3002"}
    assert not {rule for rule, name in found if name == TEMPLATE.name}


def test_checkov() -> None:
    assert checkov(TEMPLATE)[TEMPLATE.name] == accepted_by_checkov(FOLDER / "lint-exceptions.toml")


def test_parliament(tmp_path: Path) -> None:
    documents = {name: json.dumps(document) for name, document in role_policies().items()}
    planted = documents["ShardRole"].replace("s3:PutObject", "s3:PutObjct")
    assert parliament({**documents, "planted": planted}, tmp_path) == {
        ("UNKNOWN_ACTION", "planted"),
        (
            "RESOURCE_MISMATCH",
            "MachineRole",
        ),  # it wants an express execution named as well, which this machine has none of
    }


def test_statelint() -> None:
    assert Linter.validate(json.loads(definition_text(7))) == []


@pytest.mark.parametrize(
    ("plant", "expected"),
    [
        (lambda states: states["Plan"].update(Next="Histori"), 'No state found named "Histori"'),
        (lambda states: states["Sweep"].update(MaxConcurrency="many"), "MaxConcurrency"),
        (lambda states: states["Reduce"]["Retry"][1].update(BackoffRate=0.5), "BackoffRate"),
        (lambda states: states["Tell"].update(Resource=5), "Resource is 5 but should be A URI"),
        (lambda states: states.update(Lost={"Type": "Succeed"}), "Lost"),
    ],
)
def test_statelint_finds_what_is_wrong(plant: Callable[[Any], None], expected: str) -> None:
    definition = machine()
    plant(definition["States"])
    assert any(expected in line for line in Linter.validate(definition))


def test_a_sweep_takes_no_more_at_once_than_the_account_can_spare() -> None:
    limits = [json.loads(definition_text(spare))["States"]["Sweep"]["MaxConcurrency"] for spare in (2, 10_000)]
    assert limits == [2, machine()["States"]["Sweep"]["MaxConcurrency"]]


def _tasks(states: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, state in states.items():
        if state["Type"] == "Task":
            yield name, state
        if "ItemProcessor" in state:
            yield from _tasks(state["ItemProcessor"]["States"])


def test_every_task_is_tried_again_with_backoff_and_every_failure_is_told() -> None:
    states = machine()["States"]
    for name, task in _tasks(states):
        last = task["Retry"][-1]
        assert last["ErrorEquals"] == ["States.TaskFailed"], name
        assert last["BackoffRate"] > 1.0, name
        assert last["MaxAttempts"] >= 3, name
    for name in ("Plan", "History", "Sweep", "Reduce"):
        assert [catch["Next"] for catch in states[name]["Catch"]] == ["TellOfFailure"], name
    [caught] = states["Sweep"]["ItemProcessor"]["States"]["Shard"]["Catch"]
    assert (caught["ErrorEquals"], caught["Next"]) == (["States.ALL"], "ShardFailed")


def test_what_cannot_be_mended_is_not_tried_again() -> None:
    for name, task in _tasks(machine()["States"]):
        if "FunctionName" in task["Parameters"]:
            assert task["Retry"][0]["ErrorEquals"][:2] == ["BadInput", "Rejected"], name
            assert task["Retry"][0]["MaxAttempts"] == 0, name
            assert "Lambda.TooManyRequestsException" in task["Retry"][1]["ErrorEquals"], name


def test_a_task_waits_longer_than_its_function_may_take() -> None:
    functions = {name.removesuffix("Function"): each for name, each in _functions().items()}
    for _, task in _tasks(machine()["States"]):
        called = re.fullmatch(r"\$\{(\w+)\}", task["Parameters"].get("FunctionName", ""))
        if called:
            assert task["TimeoutSeconds"] > int(str(properties(functions[called[1]])["Timeout"]))


def test_every_name_in_the_machine_is_put_in_by_the_template() -> None:
    substituted = cast("Json", properties(resources(template())["Machine"])["DefinitionSubstitutions"])
    assert set(re.findall(r"\$\{(\w+)\}", MACHINE.read_text("utf-8"))) == set(substituted)


def _functions() -> dict[str, Json]:
    return resources(template(), "AWS::Lambda::Function")


def test_names_follow_from_the_stage() -> None:
    names = {str(resolved(properties(each)["FunctionName"])) for each in _functions().values()}
    assert names == {f"ai-trader-dev-backtest-{step}-zip" for step in STEPS}
    groups = {
        str(resolved(properties(each)["LogGroupName"]))
        for each in resources(template(), "AWS::Logs::LogGroup").values()
    }
    assert groups == {f"/aws/lambda/{name}" for name in names}
    state_machine = properties(resources(template())["Machine"])
    assert resolved(state_machine["StateMachineName"]) == Deployment("dev").name("backtest")
    assert cast("Json", resolved(state_machine["DefinitionSubstitutions"]))["Bucket"] == BUCKET


def test_handlers_are_those_of_the_code_in_zip_and_image_alike() -> None:
    from trader.cloud_backtest import handlers

    for each in _functions().values():
        given = cast("dict[str, Any]", properties(each))
        handler = given["Handler"]["Fn::If"][2]
        assert given["ImageConfig"]["Fn::If"][1] == {"Command": [handler]}
        module, _, name = handler.rpartition(".")
        assert module == handlers.__name__
        assert callable(getattr(handlers, name))


def test_nothing_costs_before_it_is_used_and_everything_is_tagged() -> None:
    tags = [{"Key": "app", "Value": "ai-trader"}, {"Key": "stage", "Value": {"Ref": "Stage"}}]
    for name, each in resources(template()).items():
        assert each["Type"] in KINDS, name
        assert properties(each).get("Tags") == tags, name
        assert each.get("DeletionPolicy", "Delete") == "Delete", name
    for group in resources(template(), "AWS::Logs::LogGroup").values():
        assert "RetentionInDays" in properties(group)


def _granted(role: str) -> list[tuple[str, str]]:
    statements = cast("list[dict[str, Any]]", role_policies()[role]["Statement"])
    return [(action, resource) for each in statements for action in each["Action"] for resource in each["Resource"]]


@pytest.mark.parametrize("role", sorted(role_policies()))
def test_roles_name_their_own_stage_and_no_more(role: str) -> None:
    function = f"ai-trader-dev-backtest-{role.removesuffix('Role').lower()}-zip"
    may_end_with_a_star = (
        f"arn:aws:s3:::{BUCKET}/history/*",
        f"arn:aws:logs:{NAMES['AWS::Region']}:{NAMES['AWS::AccountId']}:log-group:/aws/lambda/{function}:*",
        *(
            f"arn:aws:states:{NAMES['AWS::Region']}:{NAMES['AWS::AccountId']}:execution:ai-trader-dev-backtest{end}"
            for end in (":*", "/*:*")  # of the machine, and of the map runs that it starts
        ),
    )
    for action, resource in _granted(role):
        assert "*" not in action
        assert action != "logs:CreateLogGroup"
        assert "ai-trader-dev-" in resource
        of_a_run = re.fullmatch(rf"arn:aws:s3:::{BUCKET}/runs/\*/(shards/\*|[a-z_]+\.[a-z]+)", resource)
        assert "*" not in resource or resource in may_end_with_a_star or of_a_run, resource


def test_only_the_history_step_writes_history_and_only_its_own_step_each_result() -> None:
    writers: dict[str, set[str]] = {}
    for role in role_policies():
        for action, resource in _granted(role):
            if action == "s3:PutObject":
                writers.setdefault(resource.rpartition(f"{BUCKET}/")[2], set()).add(role)
    assert all(len(roles) == 1 for roles in writers.values())
    assert writers["history/*"] == {"HistoryRole"}
