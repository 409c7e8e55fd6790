"""The functions as a container image: built and pushed by Docker, where that is."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.config import Deployment
from chalicelib.errors import Rejected, Unavailable
from infra.account import Account, code_of
from infra.backtest.package import Platform, image_context
from layers.complaints import last_line

TAG_CHARACTERS = 16
LOOK_S, LONGEST_S = 20.0, 3600.0
DOCKER_MACHINES = {"x86_64": "linux/amd64", "arm64": "linux/arm64"}


def docker_here(command: str = "docker") -> bool:
    """Whether there is a Docker that can build: a client without a server cannot."""
    if shutil.which(command) is None:
        return False
    try:
        asked = subprocess.run(  # noqa: S603
            [command, "version", "--format", "{{.Server.Version}}"], capture_output=True, timeout=LOOK_S, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return asked.returncode == 0


def push(account: Account, names: Deployment, target: Platform, command: str = "docker") -> str:
    """The address, with its digest, of the image of this checkout; built only if it is not in the repository yet.

    Raises Rejected with Docker's last line.
    """
    repository = names.name("backtest")
    client = account.client("ecr")
    uri = client.describe_repositories(repositoryNames=[repository])["repositories"][0]["repositoryUri"]
    with tempfile.TemporaryDirectory() as folder:
        tag = f"{image_context(Path(folder))[:TAG_CHARACTERS]}-{target.architecture}"
        if _digest(client, repository, tag) is None:
            _log_in(client, uri, command)
            # Without provenance: Lambda takes a plain image, no index of several.
            options = ["--provenance=false", f"--platform={DOCKER_MACHINES[target.architecture]}", f"--tag={uri}:{tag}"]
            _docker([command, "build", *options, "--file", "infra/backtest/Dockerfile", "."], folder)
            _docker([command, "push", f"{uri}:{tag}"], folder)
    digest = _digest(client, repository, tag)
    if digest is None:
        raise Unavailable(f"image: {uri}:{tag} was pushed, and the repository does not have it")
    return f"{uri}@{digest}"


def _digest(client: Any, repository: str, tag: str) -> str | None:
    try:
        found = client.describe_images(repositoryName=repository, imageIds=[{"imageTag": tag}])["imageDetails"]
    except ClientError as error:
        if code_of(error) != "ImageNotFoundException":
            raise
        return None
    return str(found[0]["imageDigest"])


def _log_in(client: Any, uri: str, command: str) -> None:
    """With a password that is good for twelve hours; it does not go by the arguments, which others can see."""
    token = client.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    user, _, password = base64.b64decode(token).decode().partition(":")
    _docker([command, "login", "--username", user, "--password-stdin", uri.partition("/")[0]], ".", password)


def _docker(arguments: list[str], folder: str, given: str = "") -> None:
    done = subprocess.run(  # noqa: S603
        arguments,
        cwd=folder,
        input=given,
        env={**os.environ, "DOCKER_BUILDKIT": "1"},
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
        check=False,
    )
    if done.returncode != 0:
        raise Rejected(f"docker {arguments[1]}: {last_line(done, f'exit {done.returncode}')}")
