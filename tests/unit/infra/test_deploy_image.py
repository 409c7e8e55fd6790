"""The image of the container function: built and pushed where Docker is, passed over in one line where it is not."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import pytest

from chalicelib.config import Deployment
from chalicelib.errors import Rejected, Unavailable
from infra.account import AwsAccount
from infra.cloudformation import Stack
from infra.deploy import TEMPLATE, deploy_image, deploy_stack
from infra.images import NAME, Built, Docker, deployable, planned, run
from infra.render import render
from tests.support.aws import REGION, mocked_aws
from tests.support.cloudformation import Json, read_template

ROOT = Path(__file__).resolve().parents[3]
DEV = Deployment("dev")
IMAGE_ID = "sha256:" + "ab" * 32
MANIFEST = '{"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json"}'


class FakeDocker:
    """Docker's command, as far as it is used; `account` gets what is pushed, and what is in `without` fails."""

    def __init__(
        self, account: AwsAccount | None = None, image: str = f"{IMAGE_ID} arm64\n", without: Collection[str] = ()
    ) -> None:
        self.account = account
        self.image = image
        self.without = without
        self.commands: list[Sequence[str]] = []
        self.given: list[str] = []

    def run(self, command: Sequence[str], given: str) -> str:
        self.commands.append(command)
        self.given.append(given)
        if command[1] in self.without:
            raise Rejected(f"docker {command[1]}: unknown command")
        if command[1:3] == ["image", "inspect"]:
            if not self.image:
                raise Rejected("docker image: no such image")
            return self.image
        if command[1] == "push" and self.account is not None:
            name, _, tag = command[-1].partition("/")[2].partition(":")
            self.account.client("ecr").put_image(repositoryName=name, imageTag=tag, imageManifest=MANIFEST)
        return "28.0\n"

    def verbs(self) -> list[str]:
        return [command[1] for command in self.commands]


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[AwsAccount]:
    with mocked_aws(monkeypatch):
        yield AwsAccount("123456789012", REGION)


@pytest.fixture
def repository(account: AwsAccount) -> str:
    made = account.client("ecr").create_repository(repositoryName="ai-trader-dev-sentiment")
    return str(made["repository"]["repositoryUri"])


def test_the_image_is_pushed_once_and_named_by_its_digest(account: AwsAccount, repository: str) -> None:
    docker, told = FakeDocker(account), list[str]()
    first = deployable(account, repository, Docker(docker.run), told.append)
    assert docker.verbs() == ["version", "image", "login", "tag", "push", "logout"]
    assert docker.commands[-2][-1] == f"{repository}:{Built(IMAGE_ID, 'arm64').tag}"
    assert first["SentimentArchitecture"] == "arm64"
    assert first["SentimentImage"].startswith(f"{repository}@sha256:")
    again = FakeDocker(account)
    assert deployable(account, repository, Docker(again.run), told.append) == first
    assert again.verbs() == ["version", "image"]


def test_the_password_goes_by_no_argument(account: AwsAccount, repository: str) -> None:
    docker = FakeDocker(account)
    deployable(account, repository, Docker(docker.run), lambda line: None)
    token = account.client("ecr").get_authorization_token()["authorizationData"][0]["authorizationToken"]
    password = base64.b64decode(token).decode().partition(":")[2]
    assert password in docker.given
    assert not any(password in part for command in docker.commands for part in command)


def test_the_password_does_not_stay_in_docker_s_settings(account: AwsAccount, repository: str) -> None:
    """Docker writes it there in the clear, and it is good for twelve hours."""
    docker = FakeDocker(account, without=["push"])
    with pytest.raises(Rejected, match="docker push"):
        deployable(account, repository, Docker(docker.run), lambda line: None)
    [login] = [command for command in docker.commands if command[1] == "login"]
    assert docker.commands[-1] == ["docker", "logout", login[-1]]


def test_without_docker_a_deploy_says_so_and_goes_on(account: AwsAccount, repository: str) -> None:
    def absent(command: Sequence[str], given: str) -> str:
        raise Unavailable("docker is not installed")

    told = list[str]()
    assert deployable(account, repository, Docker(absent), told.append) == {}
    assert told == [
        "image: as it was deployed before, if ever: Docker does not answer here, and images need it "
        "(docker is not installed)"
    ]


def test_without_an_image_a_deploy_says_so_and_goes_on(account: AwsAccount, repository: str) -> None:
    told = list[str]()
    assert deployable(account, repository, Docker(FakeDocker(image="").run), told.append) == {}
    [line] = told
    assert "none was built here (make image builds it; until then headlines are scored by the word list)" in line


def test_a_dry_run_says_what_would_become_of_the_image_and_pushes_none(account: AwsAccount) -> None:
    docker = FakeDocker(account)

    def said() -> str:
        return planned(account, DEV, {}, Docker(docker.run))

    assert said() == "arm64, pushed; ai-trader-dev-llama runs it"  # before there is a repository
    made = account.client("ecr").create_repository(repositoryName="ai-trader-dev-sentiment")
    assert said() == "arm64, pushed; ai-trader-dev-llama runs it"
    assert set(docker.verbs()) == {"version", "image"}
    deployable(account, str(made["repository"]["repositoryUri"]), Docker(docker.run), lambda line: None)
    assert said() == "arm64, in the repository already; ai-trader-dev-llama runs it"
    assert planned(account, DEV, {"SentimentImage": ""}, Docker(docker.run)) == "as the parameters have it"
    without = Docker(FakeDocker(image="").run)
    assert planned(account, DEV, {}, without).startswith("as it was deployed before, if ever: none was built here")


def test_an_emulator_gets_no_image(repository: str) -> None:
    told, docker = list[str](), FakeDocker()
    emulated = AwsAccount("123456789012", REGION, endpoint="http://127.0.0.1:4566")
    assert deployable(emulated, repository, Docker(docker.run), told.append) == {}
    assert docker.commands == []
    assert told == ["image: not on an emulator, which runs no images; headlines are scored by the word list"]


def test_building_gives_the_models_of_this_machine_and_what_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRADER_MODELS", str(tmp_path))
    docker = FakeDocker()
    Docker(docker.run).build(["PRIMARY_SHA256=ff"])
    command = docker.commands[-1]
    assert command[:3] == ["docker", "build", "--provenance=false"]
    assert f"models={tmp_path}" in command
    assert command[command.index("--build-arg") + 1] == "PRIMARY_SHA256=ff"
    assert command[command.index("--tag") + 1] == NAME


def test_building_needs_buildx_and_deploying_does_not(account: AwsAccount, repository: str) -> None:
    docker = FakeDocker(account, without=["buildx"])
    with pytest.raises(Unavailable, match=r"^Docker's buildx is needed \(docker buildx: unknown command\)$"):
        Docker(docker.run).build()
    assert "build" not in docker.verbs()
    assert deployable(account, repository, Docker(docker.run), lambda line: None)


@dataclass(frozen=True, slots=True)
class KeptStack(Stack):
    """A stack that keeps what it is given, with the outputs that the template then has."""

    repository: str = ""
    given: list[Mapping[str, str]] = field(default_factory=list)

    def deploy(self, template: str, parameters: Mapping[str, str], tags: Mapping[str, str]) -> bool:
        assert template == TEMPLATE.read_text("utf-8")
        assert tags == {"app": "ai-trader", "stage": "dev"}
        self.given.append(parameters)
        return True

    def outputs(self) -> dict[str, str]:
        image = [given["SentimentImage"] for given in self.given if "SentimentImage" in given][-1:]
        outputs = cast("dict[str, Json]", read_template(TEMPLATE.read_text("utf-8"))["Outputs"])
        holding = {None, "HasSentimentImage"} if any(image) else {None}
        there = [name for name, each in outputs.items() if each.get("Condition") in holding]
        return {name: self.repository if name == "RepositoryUri" else name for name in there}


@pytest.fixture
def stack(account: AwsAccount, repository: str) -> KeptStack:
    return KeptStack(account, "ai-trader-dev", repository)


def told_to_ask(names: Deployment, account: AwsAccount, folder: Path) -> str:
    """Of every function's environment, what says whether the models are to be asked."""
    config = json.loads((render(account.target(names), folder=folder) / ".chalice" / "config.json").read_text("utf-8"))
    return str(config["environment_variables"]["TRADER_LLAMA"])


def test_an_image_is_deployed_and_the_functions_are_told_to_ask_it(stack: KeptStack, tmp_path: Path) -> None:
    options, told = {"Alarms": "off"}, list[str]()
    deploy_stack(stack, DEV, options)
    names = deploy_image(stack, DEV, options, Docker(FakeDocker(stack.account).run), told.append)
    first, second = stack.given
    assert first == {"Stage": "dev", "Alarms": "off"}
    assert second == {**first, "SentimentImage": second["SentimentImage"], "SentimentArchitecture": "arm64"}
    assert second["SentimentImage"].startswith(f"{stack.repository}@sha256:")
    assert names == replace(DEV, llama=True)
    assert told_to_ask(names, stack.account, tmp_path) == "1"


def test_without_an_image_the_functions_are_told_not_to_ask(stack: KeptStack, tmp_path: Path) -> None:
    deploy_stack(stack, DEV, {})
    names = deploy_image(stack, DEV, {}, Docker(FakeDocker(image="").run), lambda line: None)
    assert stack.given == [{"Stage": "dev"}]
    assert told_to_ask(names, stack.account, tmp_path) == "0"


def test_what_was_deployed_from_elsewhere_is_still_asked(stack: KeptStack) -> None:
    deploy_stack(stack, DEV, {"SentimentImage": f"{stack.repository}@sha256:{'0' * 64}"})
    assert deploy_image(stack, DEV, {}, Docker(FakeDocker(image="").run), lambda line: None).llama


@pytest.mark.parametrize("digest", ["", f"@sha256:{'0' * 64}"])
def test_whoever_says_which_image_gets_that_one(stack: KeptStack, digest: str) -> None:
    """None takes the function out of the stage, whatever was built on this machine."""
    deploy_stack(stack, DEV, {"SentimentImage": f"{stack.repository}@sha256:{'1' * 64}"})
    options, docker, told = {"SentimentImage": digest and f"{stack.repository}{digest}"}, FakeDocker(), list[str]()
    deploy_stack(stack, DEV, options)
    names = deploy_image(stack, DEV, options, Docker(docker.run), told.append)
    assert len(stack.given) == 2
    assert docker.commands == []
    assert told == [f"image: {'as the parameters have it' if digest else 'none, as the parameters have it'}"]
    assert names.llama is bool(digest)


def test_a_command_that_fails_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(Rejected, match=r"^sh -c: two lines$"):
        run(["sh", "-c", "printf 'two\nlines' >&2; exit 3"], "")
    with pytest.raises(Unavailable, match="no-such-command is not installed"):
        run(["no-such-command", "x"], "")
    (tmp_path / "docker").write_text("no program")
    with pytest.raises(Unavailable, match=r"docker cannot be run \(Permission denied\)$"):
        run([str(tmp_path / "docker"), "x"], "")
    assert run(["cat", "-"], "given") == "given"


def test_make_image_without_docker_is_one_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "infra", "image"],
        env={"PATH": str(tmp_path), "HOME": str(tmp_path), "DOCKER_HOST": "", "LANG": os.environ.get("LANG", "C")},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == "make image: Docker does not answer here, and images need it (docker is not installed)\n"
