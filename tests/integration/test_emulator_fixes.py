"""Where the emulator differs from AWS as it comes, and that our fixes end it: each look is taken at both."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from infra.emulator import PINNED_RELEASE
from infra.stack import STACK_PYTHON
from tests.support.emulator import AS_IT_COMES, ROOT, Emulator, emulator

ROLE = "arn:aws:iam::000000000000:role/any"


@pytest.fixture(scope="module")
def fixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with emulator(tmp_path_factory.mktemp("fixed")) as started:
        yield started


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with emulator(tmp_path_factory.mktemp("stock"), AS_IT_COMES) as started:
        yield started


def function(aws: Emulator, name: str, source: str) -> str:
    """The ARN of a new Lambda with this source; it has `handler(event, context)`."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("code.py", source)
    made = aws.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.11",
        Handler="code.handler",
        Role=ROLE,
        Code={"ZipFile": packed.getvalue()},
    )
    return str(made["FunctionArn"])


def an_exception_is_named(aws: Emulator) -> bool:
    function(aws, "raises", "class Conflict(Exception): pass\ndef handler(event, context): raise Conflict('a\\nb: c')")
    answer = aws.client("lambda").invoke(FunctionName="raises")
    said = json.loads(answer["Payload"].read())
    assert said["errorMessage"] == "a\nb: c"
    return bool(said["errorType"] == "Conflict" and "Conflict" in said["stackTrace"][-2])


def a_message_is_complete(aws: Emulator) -> bool:
    arn = function(aws, "reads", "def handler(event, context): print('keys', *sorted(event['Records'][0]['Sns']))")
    topic = aws.client("sns").create_topic(Name="alerts")["TopicArn"]
    aws.client("sns").subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
    aws.client("sns").publish(TopicArn=topic, Message="something")
    keys = logged(aws, "/aws/lambda/reads", "keys")
    return "MessageAttributes" in keys and "Subject" in keys


def logged(aws: Emulator, group: str, beginning: str) -> str:
    """The first line in the group that begins so, once it is there."""
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        if aws.client("logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
            events = aws.client("logs").filter_log_events(logGroupName=group)["events"]
            lines = [str(each["message"]) for each in events if each["message"].startswith(beginning)]
            if lines:
                return lines[0]
        time.sleep(0.05)
    raise AssertionError(f"{group}: no line begins with {beginning}")


def swagger(*paths: str) -> bytes:
    integration = {"type": "aws_proxy", "httpMethod": "POST", "uri": "arn:aws:apigateway:us-east-1:lambda:path/x"}
    operation = {"x-amazon-apigateway-integration": integration}
    described = {"swagger": "2.0", "info": {"title": "api", "version": "1"}}
    return json.dumps(described | {"paths": {path: {"get": operation} for path in paths}}).encode()


def paths_of(aws: Emulator, api_id: str) -> list[str]:
    found = aws.client("apigateway").get_resources(restApiId=api_id)["items"]
    return sorted(each["path"] for each in found if each.get("resourceMethods"))


def an_api_is_imported(aws: Emulator) -> bool:
    made = aws.client("apigateway").import_rest_api(body=swagger("/one", "/one/two"))
    return made["name"] == "api" and paths_of(aws, made["id"]) == ["/one", "/one/two"]


def an_api_is_overwritten(aws: Emulator) -> bool:
    client = aws.client("apigateway")
    api_id = client.create_rest_api(name="api")["id"]
    for paths in (("/one", "/two"), ("/two", "/three")):
        client.put_rest_api(restApiId=api_id, mode="overwrite", body=swagger(*paths))
    return paths_of(aws, api_id) == ["/three", "/two"]


def compression_can_be_off(aws: Emulator) -> bool:
    client = aws.client("apigateway")
    api_id = client.create_rest_api(name="compressed", minimumCompressionSize=1024)["id"]
    nothing = {"op": "replace", "path": "/minimumCompressionSize", "value": ""}
    client.update_rest_api(restApiId=api_id, patchOperations=[nothing])
    return "minimumCompressionSize" not in client.get_rest_api(restApiId=api_id)


def a_template_s_table_expires_items(aws: Emulator) -> bool:
    table = {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "TableName": "ring",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "key", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "key", "KeyType": "HASH"}],
            "TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": True},
        },
    }
    stacks = aws.client("cloudformation")
    stacks.create_stack(StackName="tables", TemplateBody=json.dumps({"Resources": {"Table": table}}))
    stacks.get_waiter("stack_create_complete").wait(StackName="tables", WaiterConfig={"Delay": 1})
    described = aws.client("dynamodb").describe_time_to_live(TableName="ring")["TimeToLiveDescription"]
    return bool(described.get("AttributeName") == "expires_at")


def an_embedded_metric_arrives(aws: Emulator) -> bool:
    directive = {"Namespace": "trader", "Dimensions": [["stage"]], "Metrics": [{"Name": "orders", "Unit": "Count"}]}
    line = json.dumps({"_aws": {"CloudWatchMetrics": [directive]}, "stage": "test", "orders": 3})
    broken = json.dumps({"_aws": {"CloudWatchMetrics": [directive]}})
    function(aws, "counts", f"def handler(event, context): print({broken!r}); print({line!r})")
    aws.client("lambda").invoke(FunctionName="counts")
    found = aws.client("cloudwatch").list_metrics(Namespace="trader")["Metrics"]
    return [(each["MetricName"], each["Dimensions"]) for each in found] == [
        ("orders", [{"Name": "stage", "Value": "test"}])
    ]


LOOKS: tuple[Callable[[Emulator], bool], ...] = (
    an_exception_is_named,
    a_message_is_complete,
    an_api_is_imported,
    an_api_is_overwritten,
    compression_can_be_off,
    a_template_s_table_expires_items,
    an_embedded_metric_arrives,
)


@pytest.mark.parametrize("look", LOOKS)
def test_it_is_as_on_aws(look: Callable[[Emulator], bool], fixed: Emulator) -> None:
    assert look(fixed)


@pytest.mark.parametrize("look", LOOKS)
def test_it_is_not_without_the_fix(look: Callable[[Emulator], bool], stock: Emulator) -> None:
    try:
        as_on_aws = look(stock)
    except (ClientError, BotoCoreError, ParamValidationError, ValueError):
        as_on_aws = False
    assert not as_on_aws


def test_another_release_is_refused(tmp_path: Path) -> None:
    described = tmp_path / "ministack-9.9.9.dist-info"
    described.mkdir()
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: ministack\nVersion: 9.9.9\n", "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "infra.emulator"],
        env={"PYTHONPATH": str(tmp_path)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (2, f"infra.emulator: needs ministack {PINNED_RELEASE}, found 9.9.9\n")


def test_a_lambda_finds_nothing_of_ours_beside_boto3() -> None:
    ours = ["pynamodb", "aws_lambda_powertools", "feedparser", "requests", "vaderSentiment", "chalice", "chalicelib"]
    look = "import sys, importlib.util as u; print([n for n in sys.argv[1:] if u.find_spec(n)])"
    done = subprocess.run(
        [STACK_PYTHON, "-c", look, "boto3", *ours], cwd="/", capture_output=True, text=True, check=True
    )
    assert done.stdout == "['boto3']\n"


def test_the_lock_pins_the_release_with_hashes_and_without_addresses() -> None:
    lock = (ROOT / "requirements-stack.lock").read_text("utf-8")
    assert f"ministack=={PINNED_RELEASE} " in lock
    assert lock.count("==") <= lock.count("--hash=sha256:")
    assert "http" not in lock


def test_the_product_does_not_know_the_emulator() -> None:
    sources: list[Any] = [ROOT / "app.py", *ROOT.glob("chalicelib/**/*.py"), *ROOT.glob("trader/**/*.py")]
    assert [source for source in sources if "infra" in imported(source) or "layers" in imported(source)] == []


def imported(source: Path) -> set[str]:
    """The packages that the file imports."""
    import ast

    names: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").partition(".")[0])
    return names
