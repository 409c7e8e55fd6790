"""`make deploy` and `make destroy` against the local AWS: again and again, after accidents, and without a trace."""

from __future__ import annotations

import base64
import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chalicelib.config import Deployment
from infra.account import LOCAL_REGION, AwsAccount, pages
from infra.deploy import DeployOptions, deploy
from infra.deployer import policies
from infra.destroy import destroy
from infra.functions import patience_of
from infra.parameters import DEFAULT_AGENT
from infra.render import Target
from tests.architecture.policy_rule import allows
from tests.e2e.commands import ROOT
from tests.support.emulator import Emulator, emulator
from tests.support.recording_proxy import Recording, recording

STAGE = "dev"
PREFIX = f"ai-trader-{STAGE}"
ACCOUNT = "000000000000"
BY_A_FILE = '[strategy]\nfile = "mine.py"\nhash = "0123456789abcdef"\n'
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/mine"
FOR_ANYBODY = ("sts:GetCallerIdentity",)
"""AWS asks for no permission."""
NOT_ON_AN_EMULATOR = {
    "cloudformation:ContinueUpdateRollback",  # of a stack whose rollback failed
    "cloudformation:DescribeStackEvents",  # what failed first
    "dynamodb:UpdateContinuousBackups",  # of tables with recovery, which the emulator does not give them
    "dynamodb:DeleteTable",  # that no stack has
    "ecr:BatchCheckLayerAvailability",  # Docker pushes images, here and below
    "ecr:BatchDeleteImage",
    "ecr:BatchGetImage",
    "ecr:CompleteLayerUpload",
    "ecr:DescribeImages",
    "ecr:DescribeRepositories",
    "ecr:GetAuthorizationToken",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
    "iam:DetachRolePolicy",  # that somebody attached by hand
    "iam:PutRolePermissionsBoundary",  # of roles that are older than the boundary
    "lambda:GetAccountSettings",  # how much may run at once
    "s3:ListBucket",  # without it S3 answers 403, not 404, for what is not there
    "ssm:DeleteParameter",  # of an agent that is no longer listed
    "states:StopExecution",  # of backtests that run
}
"""What is called in other cases than those of this test."""
SOMETIMES = "logs:DeleteLogGroup"
"""Of a group that a late line of log made."""
ELSEWHERE = "eu-west-1"


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[Emulator]:
    with emulator(tmp_path / "emulator") as started:
        yield started


def infra(aws: Recording, *arguments: str, code: int = 0, **environment: str) -> str:
    """What the command says; it must end with this code and without a traceback."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TRADER_"))}
    done = subprocess.run(
        [sys.executable, "-m", "infra", *arguments],
        cwd=ROOT,
        env={**kept, "AWS_ENDPOINT_URL": aws.url, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    return done.stdout + done.stderr


LISTINGS = {
    ("lambda", "list_functions"): ("Functions", "FunctionName"),
    ("lambda", "list_layers"): ("Layers", "LayerName"),
    ("dynamodb", "list_tables"): ("TableNames", ""),
    ("events", "list_rules"): ("Rules", "Name"),
    ("iam", "list_roles"): ("Roles", "RoleName"),
    ("logs", "describe_log_groups"): ("logGroups", "logGroupName"),
    ("apigateway", "get_rest_apis"): ("items", "name"),
    ("sns", "list_topics"): ("Topics", "TopicArn"),
    ("sns", "list_subscriptions"): ("Subscriptions", "Endpoint"),
    ("sqs", "list_queues"): ("QueueUrls", ""),
    ("ssm", "describe_parameters"): ("Parameters", "Name"),
    ("cloudwatch", "describe_alarms"): ("MetricAlarms", "AlarmName"),
    ("cloudformation", "describe_stacks"): ("Stacks", "StackName"),
    ("stepfunctions", "list_state_machines"): ("stateMachines", "name"),
    ("ecr", "describe_repositories"): ("repositories", "repositoryName"),
}


def everything(aws: Emulator, region: str = LOCAL_REGION) -> dict[str, list[str]]:
    """Names of all that is in the account in a region, by the call that lists it; roles and buckets are in all."""
    found = {
        f"{service} {operation}": [
            each[name] if name else each for each in pages(aws.client(service, region), operation, key)
        ]
        for (service, operation), (key, name) in LISTINGS.items()
    }
    found["s3"] = [each["Name"] for each in aws.client("s3").list_buckets()["Buckets"]]
    return {call: sorted(names) for call, names in found.items() if names}


@pytest.mark.slow
def test_a_stage_comes_again_and_goes_without_a_trace(aws: Emulator, tmp_path: Path) -> None:
    # The same stage lives in another region, and nothing of what follows is its business.
    elsewhere = AwsAccount(ACCOUNT, ELSEWHERE, endpoint=aws.url)
    deploy(elsewhere, Deployment(STAGE), tmp_path / "app", DeployOptions({"default": DEFAULT_AGENT}), quiet)
    there = everything(aws, ELSEWHERE)
    assert len(there) == len(LISTINGS) + 1
    with recording(aws.url) as recorded:
        live(aws, recorded)
    assert everything(aws, ELSEWHERE) == there
    destroy(elsewhere, Deployment(STAGE), tmp_path / "app", quiet)
    assert not everything(aws, ELSEWHERE)
    document = json.loads(policies(Target(STAGE, ACCOUNT, LOCAL_REGION))["deployer"])
    assert [call for call in sorted(recorded.calls) if call[0] not in FOR_ANYBODY and not allows(document, call)] == []
    granted = {action for statement in document["Statement"] for action in statement["Action"]}
    assert granted - {action for action, _ in recorded.calls} - {SOMETIMES} == NOT_ON_AN_EMULATOR


def live(aws: Emulator, recorded: Recording) -> None:
    before = everything(aws)
    assert "nothing was changed" in infra(recorded, "deploy", "--stage", STAGE, "--dry")
    assert everything(aws) == before

    webhook = "http://127.0.0.1:1/of-mine"
    bounded = ("--parameters", f"PermissionsBoundary={BOUNDARY}")
    said = infra(recorded, "deploy", "--stage", STAGE, *bounded, TRADER_WEBHOOK=webhook)
    assert f"{PREFIX} changed" in said
    assert webhook not in said
    deployed = everything(aws)
    assert len(deployed) == len(LISTINGS) + 1
    settings_hold(aws)
    assert "nothing was changed" in infra(recorded, "deploy", "--stage", STAGE, "--dry")
    assert everything(aws) == deployed

    # Another clone, which has no record of Chalice's, deploys over it: nothing is made twice.
    (ROOT / "var" / "deploy" / STAGE / ".chalice" / "deployed" / f"{STAGE}.json").unlink()
    tokens = secrets(aws)
    again = infra(recorded, "deploy", "--stage", STAGE, "--parameters", "DeletionProtection=on")
    assert "changed" in again
    assert everything(aws) == deployed
    assert secrets(aws) == tokens

    # A deploy that died before it could leave a record: its API is replaced, not doubled.
    # Its agent went by a strategy file, which is looked for: the functions of before go on with it for a while.
    aws.client("ssm").delete_parameter(Name=f"/ai-trader/{STAGE}/chalice")
    aws.client("ssm").put_parameter(Name=f"/ai-trader/{STAGE}/agents/default", Value=BY_A_FILE, Overwrite=True)
    third = infra(recorded, "deploy", "--stage", STAGE, "--rotate-tokens")
    assert "is as it should be" in third
    assert everything(aws) == deployed
    assert secrets(aws)["alerts/webhook"] == webhook
    assert not set(secrets(aws).values()) & set(tokens.values()) - {webhook}

    # Objects in the bucket, protected tables and a function that nothing has a record of go as well.
    aws.client("s3").put_object(Bucket=f"{PREFIX}-{ACCOUNT}-us-east-1", Key="report.html", Body=b"x")
    forget(aws, "trade")
    assert "CONFIRM=yes" in infra(recorded, "destroy", "--stage", STAGE, code=1)
    assert everything(aws) != before
    assert "functions deleted" in infra(recorded, "destroy", "--stage", STAGE, "--confirm", "yes")
    assert everything(aws) == before
    assert "0 deleted" in infra(recorded, "destroy", "--stage", STAGE, "--confirm", "yes")
    assert everything(aws) == before


def quiet(line: str) -> None:
    """Nobody listens."""


def forget(aws: Emulator, function: str) -> None:
    """Take what belongs to the function out of Chalice's record."""
    client, name = aws.client("ssm"), f"/ai-trader/{STAGE}/chalice"
    packed = client.get_parameter(Name=name)["Parameter"]["Value"]
    record = json.loads(gzip.decompress(base64.b64decode(packed)))
    kept = [each for each in record["resources"] if not each["name"].startswith(function)]
    assert len(kept) < len(record["resources"])
    text = json.dumps({**record, "resources": kept}).encode()
    client.put_parameter(Name=name, Value=base64.b64encode(gzip.compress(text)).decode(), Type="String", Overwrite=True)


def secrets(aws: Emulator) -> dict[str, str]:
    path = f"/ai-trader/{STAGE}"
    asked = {"Path": path, "Recursive": True, "WithDecryption": True}
    found = pages(aws.client("ssm"), "get_parameters_by_path", "Parameters", **asked)
    return {each["Name"].removeprefix(f"{path}/"): each["Value"] for each in found if each["Type"] == "SecureString"}


def settings_hold(aws: Emulator) -> None:
    """What Chalice cannot set."""
    functions = aws.client("lambda")
    queue = f"arn:aws:sqs:us-east-1:000000000000:{PREFIX}-failures"
    for each in functions.list_functions()["Functions"]:
        name = each["FunctionName"]
        if "-backtest-" in name:  # of a stack of their own, and called by nothing but their state machine
            continue
        levels = (each["LoggingConfig"]["SystemLogLevel"], each["LoggingConfig"]["ApplicationLogLevel"])
        assert levels == ("WARN", "INFO"), name
        assert each["Architectures"] == ["arm64"], name
        assert [layer["Arn"].split(":")[6] for layer in each["Layers"]] == [PREFIX], name
        role = aws.client("iam").get_role(RoleName=each["Role"].rpartition("/")[2])["Role"]
        assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == BOUNDARY, name
        if name != PREFIX:
            given = functions.get_function_event_invoke_config(FunctionName=name)
            wanted = patience_of(name.removeprefix(f"{PREFIX}-"))
            assert given["MaximumRetryAttempts"] == wanted.retries, name
            assert given["MaximumEventAgeInSeconds"] == wanted.oldest_event_s, name
            assert given["DestinationConfig"]["OnFailure"]["Destination"] == queue, name
    gateway = aws.client("apigateway")
    (api,) = gateway.get_rest_apis()["items"]
    (stage,) = gateway.get_stages(restApiId=api["id"])["item"]
    limits = stage["methodSettings"]["*/*"]
    assert (limits["throttlingRateLimit"], limits["throttlingBurstLimit"]) == (5.0, 10)
