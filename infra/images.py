"""The image of the container function: built by Docker where that is, and brought to the stage's repository."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import ClientError

from chalicelib.config import Deployment, models_folder
from chalicelib.errors import Rejected, Unavailable
from infra.account import AwsAccount, code_of
from infra.registry import digest_of, sign_in

ROOT = Path(__file__).resolve().parents[1]
DOCKERFILE = ROOT / "sentiment_container" / "Dockerfile"
NAME = "ai-trader-sentiment"
ARCHITECTURES = {"amd64": "x86_64", "arm64": "arm64"}
"""Docker's names and Lambda's."""
PARAMETER = "SentimentImage"
"""Of the stack: which image its container function has."""
LOOK_S, LONGEST_S = 60.0, 3600.0
"""A Docker that is asked something and hangs, and one that builds or pushes."""
BUILD_IT = "make image builds it; until then headlines are scored by the word list"

Tell = Callable[[str], None]
Run = Callable[[Sequence[str], str], str]
"""Given a command and its input: what it prints. Raises Rejected when it fails, Unavailable when it is not there."""


@dataclass(frozen=True, slots=True)
class Built:
    """The image on this machine."""

    id: str
    architecture: str
    """As Lambda calls it."""

    @property
    def tag(self) -> str:
        """Under which it is pushed: the same image, the same tag."""
        return self.id.removeprefix("sha256:")[:16]


@dataclass(frozen=True, slots=True)
class Docker:
    """Docker's command, run by `run`."""

    run: Run

    def build(self, arguments: Sequence[str] = ()) -> None:
        """Build the image; `arguments` are NAME=value for the Dockerfile. Raises Unavailable, Rejected."""
        self.need()
        try:
            self.run(["docker", "buildx", "version"], "")
        except Rejected as error:
            raise Unavailable(f"Docker's buildx is needed ({error})") from None
        models = models_folder()
        given = [part for argument in arguments for part in ("--build-arg", argument)]
        context = ["--build-context", f"models={models}"] if models.is_dir() else []
        # Lambda takes an image, not an index with a note of how it was made
        command = ["docker", "build", "--provenance=false", "--file", str(DOCKERFILE), "--tag", NAME]
        self.run([*command, *context, *given, str(ROOT)], "")

    def need(self) -> None:
        """Raises Unavailable where no Docker answers."""
        try:
            self.run(["docker", "version", "--format", "{{.Server.Version}}"], "")
        except (Rejected, Unavailable) as error:
            raise Unavailable(f"Docker does not answer here, and images need it ({error})") from None

    def built(self) -> Built | None:
        """The image, if it was ever built here. Raises Unavailable where no Docker answers."""
        self.need()
        try:
            said = self.run(["docker", "image", "inspect", "--format", "{{.Id}} {{.Architecture}}", NAME], "")
        except Rejected:
            return None
        image_id, _, architecture = said.strip().partition(" ")
        return Built(image_id, ARCHITECTURES.get(architecture, architecture))

    def push(self, built: Built, repository: str, user: str, password: str) -> None:
        """Push it there under its tag. Raises Rejected."""
        registry = repository.partition("/")[0]
        self.run(["docker", "login", "--username", user, "--password-stdin", registry], password)
        try:
            self.run(["docker", "tag", NAME, f"{repository}:{built.tag}"], "")
            self.run(["docker", "push", "--quiet", f"{repository}:{built.tag}"], "")
        finally:  # a folder of settings for this alone would lack where Docker is reached
            self.run(["docker", "logout", registry], "")


def deployable(account: AwsAccount, repository: str, docker: Docker, tell: Tell) -> dict[str, str]:
    """The image, pushed if need be, as parameters of the stack; empty where there is none, which one line tells."""
    if account.endpoint:
        tell("image: not on an emulator, which runs no images; headlines are scored by the word list")
        return {}
    built = _built(docker, tell)
    if built is None:
        return {}
    digest = _pushed(account, repository, built, docker)
    tell(f"image: {digest[:19]}…, {built.architecture}")
    return {PARAMETER: f"{repository}@{digest}", "SentimentArchitecture": built.architecture}


def _built(docker: Docker, tell: Tell) -> Built | None:
    """The image of this machine; why there is none is told."""
    try:
        built = docker.built()
    except Unavailable as error:
        tell(f"image: as it was deployed before, if ever: {error}")
        return None
    if built is None:
        tell(f"image: as it was deployed before, if ever: none was built here ({BUILD_IT})")
    return built


def planned(account: AwsAccount, names: Deployment, parameters: Mapping[str, str], docker: Docker) -> str:
    """What a deploy would do about the image, in words. Raises ClientError."""
    if PARAMETER in parameters:
        return "as the parameters have it"
    told: list[str] = []
    built = None if account.endpoint else _built(docker, told.append)
    if built is None:
        return told[0].removeprefix("image: ") if told else "none on an emulator"
    try:
        found = digest_of(account.client("ecr"), names.name("sentiment"), built.tag)
    except ClientError as error:
        if code_of(error) != "RepositoryNotFoundException":
            raise
        found = None
    return f"{built.architecture}, {'in the repository already' if found else 'pushed'}; {names.name('llama')} runs it"


def _pushed(account: AwsAccount, repository: str, built: Built, docker: Docker) -> str:
    """The digest of the image in the repository. Tags never change there, so one that is there is not pushed again."""
    client = account.client("ecr")
    name = repository.partition("/")[2]
    found = digest_of(client, name, built.tag)
    if found is None:
        docker.push(built, repository, *sign_in(client))
        found = digest_of(client, name, built.tag)
    if found is None:
        raise Unavailable(f"image: {repository}:{built.tag} was pushed and cannot be found")
    return found


def run(command: Sequence[str], given: str) -> str:
    """As `Run`; what takes long shows its progress on stderr."""
    is_long = command[1] in ("build", "push")
    limit_s = LONGEST_S if is_long else LOOK_S
    try:
        done = subprocess.run(  # noqa: S603 (our own words)
            list(command),
            input=given,
            stdout=subprocess.PIPE,
            stderr=sys.stderr if is_long else subprocess.PIPE,
            text=True,
            timeout=limit_s,
            check=False,
        )
    except FileNotFoundError:
        raise Unavailable(f"{command[0]} is not installed") from None
    except OSError as error:
        raise Unavailable(f"{command[0]} cannot be run ({error.strerror or error})") from None
    except subprocess.TimeoutExpired:
        raise Unavailable(f"{' '.join(command[:2])}: took longer than {limit_s:.0f} s") from None
    if done.returncode:
        said = " ".join((done.stderr or done.stdout or "see above").split())[-300:]
        raise Rejected(f"{' '.join(command[:2])}: {said}")
    return done.stdout
