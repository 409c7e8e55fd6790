"""The pieces of a deploy that hold by themselves: layer versions, smoke check, servers, confirmation, words."""

from __future__ import annotations

import argparse
import doctest
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

import infra.change_set
import infra.deployer
import infra.destroy
import infra.endpoint
import infra.roles
import layers.authorities
import layers.build
import layers.contents
from chalicelib.config import Deployment
from chalicelib.errors import BadInput, Unavailable
from chalicelib.secret import Secret
from infra import __main__ as command
from infra import layer_versions, rest_api, smoke
from infra.account import AwsAccount, until_accepted
from infra.chalice_app import API_STAGE
from infra.functions import BY_FUNCTION, EventRetries, patience_of
from infra.processes import Server
from layers.build import Layer
from tests.architecture.stage_names import functions
from tests.fakes.web_server import Answer, serving
from tests.support.aws import REGION, mocked_aws

ROOT = Path(__file__).resolve().parents[3]
DEV = Deployment("dev")
SERVE = """
import http.server
server = http.server.HTTPServer(('127.0.0.1', 0), http.server.BaseHTTPRequestHandler)
print(server.server_port, flush=True)
server.serve_forever()
"""


PID_THEN_SLEEP = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"


class Impatient(AwsAccount):
    """Believes the first answer."""

    @property
    def patience_s(self) -> float:
        return 0.0


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[AwsAccount]:
    with mocked_aws(monkeypatch):
        yield AwsAccount("123456789012", REGION)


def layer(path: Path, text: str) -> Layer:
    path.write_bytes(text.encode())
    return Layer(path, f"hash of {text}", 1, 1, 1, 1)


def test_a_layer_is_published_when_its_contents_changed(account: AwsAccount, tmp_path: Path) -> None:
    first = layer_versions.publish(account, DEV, layer(tmp_path / "a.zip", "a"))
    assert layer_versions.publish(account, DEV, layer(tmp_path / "a.zip", "a")) == first
    second = layer_versions.publish(account, DEV, layer(tmp_path / "b.zip", "b"))
    assert second != first
    assert layer_versions.delete_all(account, DEV, but=second) == 1
    assert layer_versions.publish(account, DEV, layer(tmp_path / "b.zip", "b")) == second
    assert layer_versions.delete_all(account, DEV) == 1
    assert layer_versions.delete_all(account, DEV) == 0


def test_the_smoke_check_asks_as_a_viewer() -> None:
    with serving() as server:
        smoke.check(Impatient("", "", endpoint="x"), f"{server.url}/", Secret("s3cret"))
        asked = [(each.target, each.headers.get("Authorization")) for each in server.received]
    assert asked == [("/health", None), ("/agents", "Bearer s3cret")]


def test_the_smoke_check_says_what_came_instead_and_not_the_token() -> None:
    with serving() as server:
        server.script.extend([Answer(200), Answer(503, "down\nfor now")])
        with pytest.raises(Unavailable, match=r"smoke check: \S+/agents: 503 down for now$") as raised:
            smoke.check(Impatient("", "", endpoint="x"), f"{server.url}/", Secret("s3cret"))
    assert "s3cret" not in str(raised.value)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Ended whatever becomes of the test."""
    server = Server(tmp_path, "web")
    try:
        yield server
    finally:
        server.stop()


def test_a_server_goes_on_and_is_found_again(server: Server, tmp_path: Path) -> None:
    assert server.url() == ""
    script = tmp_path / "serve.py"
    script.write_text(SERVE, "utf-8")
    started = server.start([sys.executable, str(script)], os.environ, ROOT, lambda: server.log.read_text().strip())
    assert Server(tmp_path, "web").url() == started != ""
    assert server.stop()
    assert not server.stop()
    assert server.url() == ""


def test_a_server_that_does_not_start_says_why(tmp_path: Path) -> None:
    server = Server(tmp_path, "web")
    with pytest.raises(Unavailable, match=r"web: did not start: no port for me \(.*web\.log\)"):
        server.start([sys.executable, "-c", "print('no port for me')"], os.environ, ROOT, lambda: "")


def test_a_server_whose_start_is_broken_off_is_ended(server: Server) -> None:
    def broken_off() -> str:
        """Ctrl-C, once it is there."""
        if server.log.read_text().strip():
            raise KeyboardInterrupt
        return ""

    with pytest.raises(KeyboardInterrupt):
        server.start([sys.executable, "-c", PID_THEN_SLEEP], os.environ, ROOT, broken_off)
    with pytest.raises(ProcessLookupError):
        os.kill(int(server.log.read_text()), 0)


def test_a_process_that_took_over_the_number_is_let_alone(tmp_path: Path) -> None:
    (tmp_path / "web.json").write_text(f'{{"pid": {os.getpid()}, "url": "x", "command": ["another-program"]}}', "utf-8")
    assert Server(tmp_path, "web").url() == ""
    assert not Server(tmp_path, "web").stop()


@pytest.mark.parametrize(("stage", "given"), [("prod", ""), ("prod", "y"), ("dev", "")])
def test_destroying_wants_to_be_confirmed(stage: str, given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{stage}\n"))  # a pipe is nobody who could be asked
    with pytest.raises(BadInput, match=f"stage {stage} would lose everything .* CONFIRM=yes"):
        command._confirm(stage, given, "account 1")
    command._confirm(stage, "yes", "account 1")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_person_confirms_by_the_stage_s_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal("dev\nyes\n"))
    command._confirm("dev", "", "account 1")
    with pytest.raises(BadInput, match="nothing was changed"):
        command._confirm("dev", "", "account 1")
    monkeypatch.setattr(sys, "stdin", Terminal("prod\n"))
    with pytest.raises(BadInput, match="CONFIRM=yes"):
        command._confirm("prod", "", "account 1")


def test_parameters_are_pairs() -> None:
    assert command._pairs("AlertEmail=a@b.example Dashboard=on") == {"AlertEmail": "a@b.example", "Dashboard": "on"}
    with pytest.raises(BadInput, match="must be Name=value"):
        command._pairs("AlertEmail")


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({}, "no region: set AWS_DEFAULT_REGION"),
        ({"AWS_DEFAULT_REGION": REGION}, "no AWS credentials: run aws configure"),
        ({"AWS_PROFILE": "nobody"}, r"credentials: The config profile \(nobody\) could not be found"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, "AWS_ENDPOINT_URL: nothing answers at http://127.0.0.1:1"),
    ],
)
def test_what_is_missing_is_said_in_one_line(environment: dict[str, str], words: str, tmp_path: Path) -> None:
    bare = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true"}
    done = subprocess.run(
        [sys.executable, "-m", "infra", "deploy", "--stage", "dev"],
        env={**bare, **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert words.replace("\\", "") in line
    assert line.startswith("make deploy: ")


@pytest.mark.parametrize("arguments", [["deploy"], ["destroy", "--stage"], []])
def test_wrong_usage_ends_with_two(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(arguments)
    assert ended.value.code == 2


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["deploy", "--stage", ""], "make deploy: which stage? dev and prod exist: STAGE=dev"),
        (["destroy", "--stage", ""], "make destroy: which stage? dev and prod exist: STAGE=dev"),
        (["deploy", "--stage", "local"], "make deploy: which stage? 'local' given, dev and prod exist: STAGE=dev"),
        (
            ["deploy", "--stage", "dev", "--log-level", "debug"],
            "make deploy: TRADER_LOG_LEVEL: 'debug' given, DEBUG, INFO, WARNING, ERROR allowed",
        ),
        (["deploy", "--stage", "dev", "--metrics", "2"], "make deploy: TRADER_METRICS: '2' given, 0 or 1 allowed"),
    ],
)
def test_what_cannot_be_meant_is_one_line(arguments: list[str], line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(arguments) == 1
    assert capsys.readouterr().err == f"{line}\n"


def test_functions_are_told_what_the_deploy_was_told(account: AwsAccount) -> None:
    """INFO and no metric unless asked for: each deploy says it anew, so debugging ends with the next one."""
    parser = command._parser()
    plain = command._named("dev", parser.parse_args(["deploy", "--stage", "dev"]))
    asked = command._named(
        "dev", parser.parse_args(["deploy", "--stage", "dev", "--log-level", "DEBUG", "--metrics", "1"])
    )
    told = {"TRADER_LLAMA": "0", "TRADER_LOG_LEVEL": "INFO", "TRADER_METRICS": "0"}
    assert account.target(plain).environment == told
    assert account.target(asked).environment == {**told, "TRADER_LOG_LEVEL": "DEBUG", "TRADER_METRICS": "1"}
    assert account.target(replace(plain, llama=True)).environment == {**told, "TRADER_LLAMA": "1"}


def test_every_function_is_patient_enough_and_no_more() -> None:
    woken = functions() - {"api_handler"}
    assert set(BY_FUNCTION) <= woken
    assert {each: patience_of(each) for each in woken} == {
        **{each: EventRetries(60, 0) for each in woken - {"notify"}},
        "notify": EventRetries(3600, 2),
    }


def test_the_api_answers_in_its_own_form_after_its_next_deployment(account: AwsAccount) -> None:
    client = account.client("apigateway")
    api_id = client.create_rest_api(name="api")["id"]
    root = client.get_resources(restApiId=api_id)["items"][0]["id"]
    given = {"restApiId": api_id, "resourceId": root, "httpMethod": "GET"}
    client.put_method(**given, authorizationType="NONE")
    client.put_integration(**given, type="MOCK")
    first = client.create_deployment(restApiId=api_id, stageName=API_STAGE)["id"]
    for _ in range(2):
        rest_api.configure(account, api_id)
    answers = {each["responseType"]: each for each in client.get_gateway_responses(restApiId=api_id)["items"]}
    assert answers.keys() == set(rest_api.ANSWERS)
    unknown, throttled = answers["MISSING_AUTHENTICATION_TOKEN"], answers["THROTTLED"]
    assert (unknown["statusCode"], throttled["statusCode"]) == ("404", "429")
    assert json.loads(unknown["responseTemplates"]["application/json"]) == {"error": "no such route"}
    assert throttled["responseParameters"] == {"gatewayresponse.header.Retry-After": "'1'"}
    stage = client.get_stage(restApiId=api_id, stageName=API_STAGE)
    assert stage["deploymentId"] != first
    assert stage["methodSettings"]["*/*"]["throttlingBurstLimit"] == rest_api.BURST


class Busy:
    """AWS, which refuses so many times."""

    def __init__(self, times: int, code: str) -> None:
        self.left, self.code = times, code

    def __call__(self) -> None:
        if self.left:
            self.left -= 1
            raise ClientError({"Error": {"Code": self.code}}, "CreateDeployment")


def test_what_aws_is_not_ready_for_is_tried_again() -> None:
    emulated = AwsAccount("", "", endpoint="http://127.0.0.1:1")
    until_accepted(emulated, Busy(2, "TooManyRequestsException"), "TooManyRequestsException")
    with pytest.raises(ClientError):
        until_accepted(emulated, Busy(1, "AccessDenied"), "TooManyRequestsException")
    with pytest.raises(ClientError):
        until_accepted(Impatient("", "", endpoint="x"), Busy(1, "Busy"), "Busy")


@pytest.mark.parametrize(
    "module",
    [
        infra.change_set,
        infra.deployer,
        infra.destroy,
        infra.endpoint,
        infra.roles,
        layers.authorities,
        layers.build,
        layers.contents,
    ],
)
def test_the_examples_in_docstrings_hold(module: object) -> None:
    results = doctest.testmod(module)  # type: ignore[arg-type]
    assert results.attempted
    assert not results.failed


def test_the_parser_knows_every_command() -> None:
    parser = command._parser()
    assert isinstance(parser.parse_args(["stack"]), argparse.Namespace)
