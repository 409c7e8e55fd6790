"""The boundary of the functions' roles, for which Chalice has no setting."""

from __future__ import annotations

from collections.abc import Sequence

from infra.account import Account

PARAMETER = "PermissionsBoundary"
"""Of both stacks, and of the outputs of the stage's own."""


def bind(account: Account, roles: Sequence[str], boundary: str) -> None:
    """Give every role this boundary, a policy's ARN, or take the one away that it has; empty: none."""
    client = account.client("iam")
    for name in roles:
        has = client.get_role(RoleName=name)["Role"].get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", "")
        if boundary and has != boundary:
            client.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=boundary)
        elif has and not boundary:
            client.delete_role_permissions_boundary(RoleName=name)
