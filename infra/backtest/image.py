"""The functions as a container image: built and pushed by Docker, where that is."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from chalicelib.config import Deployment
from chalicelib.errors import Rejected, Unavailable
from infra.account import AwsAccount
from infra.backtest.package import Platform, image_context
from infra.registry import digest_of, sign_in
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


def push(account: AwsAccount, names: Deployment, target: Platform, command: str = "docker") -> str:
    """The address, with its digest, of the image of this checkout; built only if it is not in the repository yet.

    Raises Rejected with Docker's last line.
    """
    repository = names.name("backtest")
    client = account.client("ecr")
    uri = client.describe_repositories(repositoryNames=[repository])["repositories"][0]["repositoryUri"]
    with tempfile.TemporaryDirectory() as folder:
        tag = f"{image_context(Path(folder))[:TAG_CHARACTERS]}-{target.architecture}"
        if digest_of(client, repository, tag) is None:
            _log_in(client, uri, command)
            # Without provenance: Lambda takes a plain image, no index of several.
            options = ["--provenance=false", f"--platform={DOCKER_MACHINES[target.architecture]}", f"--tag={uri}:{tag}"]
            _docker([command, "build", *options, "--file", "infra/backtest/Dockerfile", "."], folder)
            _docker([command, "push", f"{uri}:{tag}"], folder)
    digest = digest_of(client, repository, tag)
    if digest is None:
        raise Unavailable(f"image: {uri}:{tag} was pushed, and the repository does not have it")
    return f"{uri}@{digest}"


def _log_in(client: Any, uri: str, command: str) -> None:
    """The password does not go by the arguments, which others can see."""
    user, password = sign_in(client)
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
