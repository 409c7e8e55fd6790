"""Where images are kept in the account, as each that brings one there needs it."""

from __future__ import annotations

import base64
from typing import Any

from botocore.exceptions import ClientError

from infra.account import code_of


def digest_of(client: Any, repository: str, tag: str) -> str | None:
    """The digest of the image with this tag, None where there is none. Raises ClientError."""
    try:
        found = client.describe_images(repositoryName=repository, imageIds=[{"imageTag": tag}])["imageDetails"]
    except ClientError as error:
        if code_of(error) != "ImageNotFoundException":
            raise
        return None
    return str(found[0]["imageDigest"])


def sign_in(client: Any) -> tuple[str, str]:
    """User and password for the account's repositories, good for twelve hours. Raises ClientError."""
    token = client.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    user, _, password = base64.b64decode(token).decode().partition(":")
    return user, password
