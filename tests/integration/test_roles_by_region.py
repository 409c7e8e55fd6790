"""Names that an account has once, whatever the region, carry it: a stage leaves the others of its name alone."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from chalicelib.config import Deployment
from infra import roles
from infra.account import AwsAccount, pages
from infra.chalice_app import ChaliceApp
from infra.render import policies, role_policies
from tests.support.aws import mocked_aws

DEV, PROD = Deployment("dev"), Deployment("prod")
HERE, THERE = AwsAccount("123456789012", "us-east-1"), AwsAccount("123456789012", "eu-west-1")
MINE = "arn:aws:iam::123456789012:policy/mine"
TRUST = json.dumps(roles.LAMBDA_ITSELF)


@pytest.fixture(autouse=True)
def _aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with mocked_aws(monkeypatch):
        yield


def found() -> dict[str, dict[str, str]]:
    """The documents of every role in the account, by role and policy."""
    client = boto3.client("iam")
    return {
        role["RoleName"]: {
            policy: json.dumps(client.get_role_policy(RoleName=role["RoleName"], PolicyName=policy)["PolicyDocument"])
            for policy in pages(client, "list_role_policies", "PolicyNames", RoleName=role["RoleName"])
        }
        for role in pages(client, "list_roles", "Roles")
    }


def put(name: str, document: str = "") -> None:
    client = boto3.client("iam")
    client.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
    if document:
        client.put_role_policy(RoleName=name, PolicyName=name, PolicyDocument=document)


def put_older(account: AwsAccount, names: Deployment) -> set[str]:
    """The functions' roles as version 031d62e had Chalice make them: without a region in the name."""
    documents = policies(account.target(names))
    for function, document in documents.items():
        put(names.name(function), document)
    return {names.name(function) for function in documents}


def test_each_region_has_roles_of_its_own_and_takes_away_no_others() -> None:
    for account, names in ((HERE, DEV), (THERE, DEV), (HERE, PROD)):
        assert roles.put_all(account, account.target(names), None) == 7
        roles.put_all(account, account.target(names), None)
    before = found()
    assert len(before) == 21
    assert roles.delete_older(HERE, DEV) == 0
    assert roles.delete_all(HERE, DEV) == 7
    gone = role_policies(HERE.target(DEV)).keys()
    assert found() == {name: documents for name, documents in before.items() if name not in gone}
    assert roles.delete_all(HERE, DEV) == 0


def test_a_role_is_brought_to_its_policy() -> None:
    target = HERE.target(DEV)
    roles.put_all(HERE, target, None)
    name, wanted = next(iter(role_policies(target).items()))
    boto3.client("iam").put_role_policy(
        RoleName=name, PolicyName=roles.POLICY, PolicyDocument=policies(target)["notify"]
    )
    roles.put_all(HERE, target, None)
    assert json.loads(found()[name][roles.POLICY]) == json.loads(wanted)


def boundaries() -> set[str]:
    client = boto3.client("iam")
    found = [client.get_role(RoleName=name)["Role"] for name in role_policies(HERE.target(DEV))]
    return {each.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", "") for each in found}


def test_roles_are_made_within_the_boundary() -> None:
    roles.put_all(HERE, HERE.target(DEV), MINE)
    assert boundaries() == {MINE}


def test_roles_older_than_their_boundary_get_it_and_lose_it_on_request_only() -> None:
    target = HERE.target(DEV)
    roles.put_all(HERE, target, None)
    boto3.client("iam").put_role_permissions_boundary(
        RoleName=next(iter(role_policies(target))), PermissionsBoundary=f"{MINE}-before"
    )
    for given, held in ((MINE, MINE), (MINE, MINE), (None, MINE), ("", ""), ("", ""), (None, "")):
        roles.put_all(HERE, target, given)
        assert boundaries() == {held}


def test_what_is_planned_is_what_is_done() -> None:
    target, older = HERE.target(DEV), sorted(put_older(HERE, DEV))
    names = list(role_policies(target))
    removed = [f"remove role {name}" for name in older]
    assert roles.planned(HERE, DEV, None) == [f"add role {name}" for name in names] + removed
    roles.put_all(HERE, target, None)
    assert roles.planned(HERE, DEV, None) == removed
    roles.delete_older(HERE, DEV)
    assert roles.planned(HERE, DEV, "") == []
    boto3.client("iam").delete_role_policy(RoleName=names[0], PolicyName=roles.POLICY)
    assert roles.planned(HERE, DEV, None) == [f"change role {names[0]}"]
    assert roles.planned(HERE, DEV, MINE) == [f"change role {name}" for name in names]


def test_an_older_versions_roles_go_with_the_region_that_their_policies_name() -> None:
    older = put_older(THERE, DEV)
    for account in (HERE, THERE):
        roles.put_all(account, account.target(DEV), None)
    assert roles.delete_older(HERE, DEV) == 0
    assert roles.delete_all(HERE, DEV) == 7
    assert older <= found().keys()
    assert roles.delete_older(THERE, DEV) == 7
    assert found().keys() == role_policies(THERE.target(DEV)).keys()


def test_an_older_versions_stage_is_taken_away_as_it_is() -> None:
    put_older(HERE, DEV)
    kept = put_older(THERE, PROD)
    assert roles.delete_all(HERE, PROD) == 0
    assert roles.delete_all(HERE, DEV) == 7
    assert found().keys() == kept


def test_a_role_of_somebody_else_stays_though_its_name_begins_like_the_stages() -> None:
    put(DEV.name("deployer"))
    assert roles.delete_all(HERE, DEV) == 0
    assert found().keys() == {"ai-trader-dev-deployer"}


def test_a_role_that_was_never_finished_goes_unless_its_name_is_anothers() -> None:
    for name in ("trade", "us-east-1-trade", "eu-west-1-trade"):
        put(DEV.name(name))
    assert roles.delete_all(HERE, DEV) == 2
    assert found().keys() == {"ai-trader-dev-eu-west-1-trade"}


def test_chalice_is_not_told_of_an_older_versions_roles(tmp_path: Path) -> None:
    """It would delete them, whichever region's functions have them by now."""
    api = {"name": "rest_api", "resource_type": "rest_api", "rest_api_id": "abc"}
    role = {"name": "trade_role", "resource_type": "iam_role", "role_name": "ai-trader-dev-trade"}
    packed = gzip.compress(json.dumps({"resources": [role, api], "schema_version": "2.0"}).encode())
    boto3.client("ssm").put_parameter(Name=DEV.path("chalice"), Value=base64.b64encode(packed).decode(), Type="String")
    app = ChaliceApp(HERE, DEV, tmp_path)
    app._fetch_record()
    record = json.loads((tmp_path / ".chalice" / "deployed" / "dev.json").read_text("utf-8"))
    assert record == {"resources": [api], "schema_version": "2.0"}
