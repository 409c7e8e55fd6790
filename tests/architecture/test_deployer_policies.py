"""The policies of a deployer and of the roles' boundary: wide enough, and no wider.

What the commands call is recorded and compared with `deployer` where they run: tests/e2e/test_stack_deploy_destroy.py.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from infra.backtest.deploy import TEMPLATE as BACKTESTS
from infra.deploy import TEMPLATE
from infra.deployer import policies, write
from infra.render import Target
from infra.render import policies as policies_of_functions
from tests.architecture.backtest_template import role_policies
from tests.architecture.handler_permissions import BY_TYPE
from tests.architecture.infra_linters import parliament
from tests.architecture.policy_rule import allows, granted
from tests.architecture.stage_names import container_policies
from tests.support.cloudformation import Json, properties, read_template, resources

DEV = Target("dev", "123456789012", "eu-west-1")
BOUNDARY_ARN = "arn:aws:iam::123456789012:policy/ai-trader-dev-eu-west-1-boundary"
MOST_CHARACTERS = 6144
"""Of a managed policy, white space not counted."""
THROUGH_SSM = "kms:Decrypt"
"""Granted by the policy of the key itself, to whoever may read the parameter; a boundary must not forbid it."""
LEFT_SO = {
    (
        "RESOURCE_MISMATCH",
        "boundary",
    ),  # states:DescribeExecution: of express executions and map runs, which are none here
    ("RESOURCE_MISMATCH", "deployer"),  # states:ListExecutions: of map runs, which are not looked for
    ("RESOURCE_POLICY_PRIVILEGE_ESCALATION", "deployer-stacks"),  # the bucket's objects are the deployer's anyway
}
NO_NAME = {
    "arn:aws:apigateway:eu-west-1::/restapis",  # AWS gives an API a random id
    "arn:aws:apigateway:eu-west-1::/restapis/*",
    "arn:aws:kms:eu-west-1:123456789012:key/*",  # through SSM alone
    "*",
}
Document = dict[str, Any]


def document(name: str) -> Document:
    found: Document = json.loads(policies(DEV)[name])
    return found


def templates() -> list[Json]:
    return [read_template(path.read_text("utf-8")) for path in (TEMPLATE, BACKTESTS)]


def documents_of_roles() -> dict[str, Document]:
    """Of every role of a stage, whoever makes it."""
    of_functions: dict[str, Document] = {name: json.loads(text) for name, text in policies_of_functions(DEV).items()}
    return of_functions | container_policies(DEV) | role_policies()


def actions(given: Document) -> set[str]:
    return {action for statement in given["Statement"] for action in statement["Action"]}


def test_every_role_of_the_templates_has_the_boundary() -> None:
    wanted = {"Fn::If": ["HasPermissionsBoundary", {"Ref": "PermissionsBoundary"}, {"Ref": "AWS::NoValue"}]}
    roles = {name: each for found in templates() for name, each in resources(found, "AWS::IAM::Role").items()}
    assert len(roles) == 6
    assert {name: properties(each).get("PermissionsBoundary") for name, each in roles.items()} == dict.fromkeys(
        roles, wanted
    )


def test_the_boundary_lets_every_role_do_its_work_and_nothing_besides() -> None:
    boundary, roles = document("boundary"), documents_of_roles()
    kept_from = {
        name: [call for call in sorted(granted(each)) if not allows(boundary, call)] for name, each in roles.items()
    }
    assert kept_from == {name: [] for name in roles}
    used = {action for each in roles.values() for action, _ in granted(each)}
    assert actions(boundary) - used == {THROUGH_SSM}


def test_no_role_is_made_without_the_boundary() -> None:
    for name in ("deployer", "deployer-stacks"):
        for statement in document(name)["Statement"]:
            within = statement.get("Condition", {}).get("ArnEquals", {}).get("iam:PermissionsBoundary")
            widens = {"iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary"} & set(
                statement["Action"]
            )
            assert within == (BOUNDARY_ARN if widens else None), statement["Sid"]
        assert not actions(document(name)) & {"iam:AttachRolePolicy", "iam:DeleteRolePermissionsBoundary"}


def on_role(name: str, role: str) -> set[str]:
    """What the policy allows on a role, but for the listing that knows no resource."""
    given = document(name)
    asked = {action for action in actions(given) if action.startswith("iam:")} - {"iam:ListRoles"}
    return {action for action in asked if allows(given, (action, f"role/{role}"))}


def test_roles_are_in_reach_of_their_own_region_and_those_of_older_versions_as_far_as_they_must_go() -> None:
    widening = {"iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary"}
    going = {"iam:DeleteRole", "iam:DeleteRolePolicy", "iam:ListRolePolicies", "iam:GetRolePolicy"}
    assert on_role("deployer", "ai-trader-dev-eu-west-1-trade") > widening | going | {"iam:PassRole", "iam:TagRole"}
    assert on_role("deployer-stacks", "ai-trader-dev-eu-west-1-llama") > widening | going
    for function in policies_of_functions(DEV):
        older = on_role("deployer", f"ai-trader-dev-{function}")
        assert older > going
        assert not older & {*widening, "iam:PassRole"}
    for stack_role in ("llama", "backtest", "backtest-plan"):
        older = on_role("deployer-stacks", f"ai-trader-dev-{stack_role}")
        assert older > going
        assert not older & widening
        assert on_role("deployer", f"ai-trader-dev-{stack_role}") == {"iam:PassRole"}  # an update is rolled back to it
    for name in ("deployer", "deployer-stacks"):
        for elsewhere in ("ai-trader-dev-eu-west-2-trade", "ai-trader-prod-eu-west-1-trade", "ai-trader-prod-trade"):
            assert on_role(name, elsewhere) == set(), elsewhere


def test_stacks_need_what_their_types_of_resources_need_and_no_more() -> None:
    types = {each["Type"] for found in templates() for each in resources(found).values()}
    assert types == BY_TYPE.keys()
    needed = set().union(*BY_TYPE.values())
    given = document("deployer-stacks")
    assert actions(given) | {"iam:PassRole"} == needed  # which `deployer` has, for the services that are passed roles
    assert "iam:PassRole" in actions(document("deployer"))
    through = {"ForAnyValue:StringEquals": {"aws:CalledVia": "cloudformation.amazonaws.com"}}
    assert all(through.items() <= each["Condition"].items() for each in given["Statement"])


@pytest.mark.parametrize("name", ["boundary", "deployer", "deployer-stacks"])
def test_a_policy_names_its_stage_and_is_not_too_long(name: str) -> None:
    for region, partition in (("ap-northeast-1", "aws"), ("us-gov-west-1", "aws-us-gov")):
        longest = policies(Target("prod", "123456789012", region, partition))[name]
        assert len("".join(longest.split())) <= MOST_CHARACTERS, region
    named = {each for statement in document(name)["Statement"] for each in statement["Resource"]} - NO_NAME
    assert [each for each in sorted(named) if "ai-trader-dev" not in each and "/ai-trader/dev" not in each] == []
    assert not [action for action in actions(document(name)) if "*" in action]


def test_parliament_finds_what_is_left_so_and_nothing_else(tmp_path: Path) -> None:
    planted = document("boundary")
    planted["Statement"][0]["Action"] = ["dynamodb:GetItm"]
    found = parliament({**policies(DEV), "planted": json.dumps(planted)}, tmp_path)
    assert ("UNKNOWN_ACTION", "planted") in found
    assert {each for each in found if each[1] != "planted"} == LEFT_SO


def test_an_administrator_is_told_the_commands(tmp_path: Path) -> None:
    *commands, deploy = write(DEV, tmp_path)
    assert {path.stem for path in tmp_path.iterdir()} == policies(DEV).keys()
    assert commands[0] == (
        "aws iam create-policy --policy-name ai-trader-dev-eu-west-1-boundary "
        f"--policy-document file://{tmp_path}/boundary.json"
    )
    assert deploy == f'make deploy STAGE=dev PARAMETERS="PermissionsBoundary={BOUNDARY_ARN}"'
