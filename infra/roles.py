"""The roles of the app's functions: one each, with its region in its name, since IAM has one set of names for all."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.config import APP, Deployment
from infra.account import AwsAccount, code_of, pages
from infra.render import REGION, Target, policies, role_policies

PARAMETER = "PermissionsBoundary"
"""Of both stacks, and of the outputs of the stage's own."""
LAMBDA_ITSELF = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
POLICY = "own"
"""The name of a role's one policy."""


def wanted_boundary(given: Mapping[str, str], outputs: Mapping[str, str]) -> str | None:
    """The boundary that parameters ask for, else that of the stack; None if nobody ever asked about it.

    >>> [wanted_boundary(given, {"PermissionsBoundary": "arn"}) for given in ({"PermissionsBoundary": ""}, {})]
    ['', 'arn']
    """
    return given.get(PARAMETER, outputs.get(PARAMETER))


def put_all(account: AwsAccount, target: Target, boundary: str | None) -> int:
    """Make the roles within the boundary, a policy's ARN, and give each its policy; how many there are.

    An empty boundary takes away the one that a role has, None leaves it, which an administrator put there by hand.
    """
    client = account.client("iam")
    documents = role_policies(target)
    for name, document in documents.items():
        _put(client, name, target.stage, boundary)
        client.put_role_policy(RoleName=name, PolicyName=POLICY, PolicyDocument=document)
    return len(documents)


def delete_all(account: AwsAccount, names: Deployment) -> int:
    """Delete every role that the stage has in this region; how many there were."""
    client = account.client("iam")
    return _delete(client, [*_of_region(client, account, names), *_older(client, account, names)])


def delete_older(account: AwsAccount, names: Deployment) -> int:
    """Delete those that older versions named without the region, and nothing uses any more; how many there were."""
    client = account.client("iam")
    return _delete(client, _older(client, account, names))


def planned(account: AwsAccount, names: Deployment, boundary: str | None) -> list[str]:
    """What a deploy would do about the roles, in a line each; none for what is as it should be."""
    client = account.client("iam")
    documents = role_policies(account.target(names))
    there = set(_of_region(client, account, names))
    added = [f"add role {name}" for name in documents if name not in there]
    changed = [
        f"change role {name}"
        for name, document in documents.items()
        if name in there and not _is_so(client, name, document, boundary)
    ]
    return added + changed + [f"remove role {name}" for name in _older(client, account, names)]


def _put(client: Any, name: str, stage: str, boundary: str | None) -> None:
    within = {"PermissionsBoundary": boundary} if boundary else {}
    tags = [{"Key": "app", "Value": APP}, {"Key": "stage", "Value": stage}]
    try:
        client.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(LAMBDA_ITSELF), Tags=tags, **within)
    except ClientError as error:
        if code_of(error) != "EntityAlreadyExists":
            raise
        if boundary is not None:
            _bind(client, name, boundary)


def _bind(client: Any, name: str, boundary: str) -> None:
    has = _boundary_of(client, name)
    if boundary and has != boundary:
        client.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=boundary)
    elif has and not boundary:
        client.delete_role_permissions_boundary(RoleName=name)


def _boundary_of(client: Any, name: str) -> str:
    role = client.get_role(RoleName=name)["Role"]
    return str(role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", ""))


def _is_so(client: Any, name: str, document: str, boundary: str | None) -> bool:
    """Whether the role has this policy alone, and the boundary if one is asked about."""
    return _documents(client, name) == {POLICY: json.loads(document)} and (
        boundary is None or _boundary_of(client, name) == boundary
    )


def _of_region(client: Any, account: AwsAccount, names: Deployment) -> list[str]:
    """The stage's roles with this region in their names."""
    return [name for name in _names(client) if name.startswith(f"{names.prefix}-{account.region}-")]


def _older(client: Any, account: AwsAccount, names: Deployment) -> list[str]:
    """Those of older versions, but for other regions' ones. A role without a policy and a region serves nobody."""
    older = {names.name(function) for function in policies(account.target(names))}
    found = [name for name in _names(client) if name in older]
    return [name for name in found if _region_of(client, name) in (account.region, "")]


def _names(client: Any) -> list[str]:
    return sorted(each["RoleName"] for each in pages(client, "list_roles", "Roles"))


def _region_of(client: Any, name: str) -> str:
    """The region whose resources a role's policies name, which is one; empty if they name none."""
    found = re.search(f":({REGION}):[0-9]{{12}}:", json.dumps(_documents(client, name)))
    return found[1] if found else ""


def _documents(client: Any, name: str) -> dict[str, Any]:
    """The role's own policies, by name."""
    return {
        policy: client.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
        for policy in pages(client, "list_role_policies", "PolicyNames", RoleName=name)
    }


def _delete(client: Any, roles: Iterable[str]) -> int:
    names = list(roles)
    for name in names:
        for policy in list(pages(client, "list_role_policies", "PolicyNames", RoleName=name)):
            client.delete_role_policy(RoleName=name, PolicyName=policy)
        for attached in list(pages(client, "list_attached_role_policies", "AttachedPolicies", RoleName=name)):
            client.detach_role_policy(RoleName=name, PolicyArn=attached["PolicyArn"])
        client.delete_role(RoleName=name)
    return len(names)
