"""The stack: made, changed, left alone, mended after a failure, taken away."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from chalicelib.config import Deployment
from chalicelib.errors import Rejected
from infra.account import AwsAccount
from infra.cloudformation import Stack
from infra.deploy import TEMPLATE
from infra.destroy import _let_go
from infra.endpoint import current
from tests.support.emulator import emulator

TABLE = {
    "TableName": {"Fn::Sub": "made-${Stage}"},
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [{"AttributeName": "key", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "key", "KeyType": "HASH"}],
}
PARAMETERS = {"Stage": {"Type": "String"}, "Note": {"Type": "String", "Default": "none"}}


def template(table: object, **more: object) -> str:
    resources = {"Table": {"Type": "AWS::DynamoDB::Table", "Properties": table}, **more}
    outputs = {"Name": {"Value": {"Ref": "Table"}}, "Note": {"Value": {"Ref": "Note"}}}
    return json.dumps({"Parameters": PARAMETERS, "Resources": resources, "Outputs": outputs})


GOOD = template(TABLE)
FUNCTION = {"Runtime": "python3.11", "Handler": "a.b", "Code": {"ZipFile": ""}, "Layers": ["arn:of:no:layer"]}
BAD = template(TABLE, Function={"Type": "AWS::Lambda::Function", "Properties": FUNCTION})


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwsAccount]:
    with emulator(tmp_path_factory.mktemp("emulator")) as started:
        yield current(started.url)


@pytest.fixture
def stack(account: AwsAccount, request: pytest.FixtureRequest) -> Iterator[Stack]:
    made = Stack(account, request.node.name.replace("_", "-")[:100])
    yield made
    made.delete()


def test_it_is_made_once(stack: Stack) -> None:
    assert stack.deploy(GOOD, {"Stage": "a"}, {"app": "x"})
    assert not stack.deploy(GOOD, {"Stage": "a"}, {"app": "x"})
    assert stack.outputs() == {"Name": "made-a", "Note": "none"}
    assert stack.resources() == {"AWS::DynamoDB::Table": ["made-a"]}


def test_a_parameter_that_is_not_given_stays_as_it_was(stack: Stack) -> None:
    stack.deploy(GOOD, {"Stage": "b", "Note": "mine"}, {})
    assert not stack.deploy(GOOD, {"Stage": "b"}, {})
    assert stack.deploy(GOOD, {"Stage": "b", "Note": "other"}, {})
    assert stack.outputs()["Note"] == "other"


def test_an_unknown_parameter_is_refused_before_anything_is_made(stack: Stack) -> None:
    with pytest.raises(Rejected, match=r"no parameter Alarm; it has Note, Stage$"):
        stack.deploy(GOOD, {"Stage": "c", "Alarm": "on"}, {})
    assert stack.resources() == {}


def test_a_failure_is_one_line_and_mended_by_the_next_deploy(stack: Stack) -> None:
    with pytest.raises(Rejected) as raised:
        stack.deploy(BAD, {"Stage": "d"}, {})
    assert str(raised.value).startswith(f"stack {stack.name}: ROLLBACK_COMPLETE: Function: ")
    assert "\n" not in str(raised.value)
    assert stack.deploy(GOOD, {"Stage": "d"}, {})
    assert stack.outputs()["Name"] == "made-d"


@pytest.mark.parametrize(
    ("stage", "given", "kept"),
    [
        ("prod", {}, True),
        ("prod", {"DeletionProtection": "off"}, False),
        ("dev", {}, False),
        ("dev", {"DeletionProtection": "on"}, True),
    ],
)
def test_prod_keeps_its_money_until_it_is_let_go(
    account: AwsAccount, stage: str, given: dict[str, str], kept: bool
) -> None:
    names = Deployment(stage)
    made = Stack(account, names.prefix)
    made.deploy(TEMPLATE.read_text("utf-8"), {"Stage": stage, **given}, {})
    tables = account.client("dynamodb")
    for table in ("money", "halts"):
        described = tables.describe_table(TableName=names.name(table))["Table"]
        assert described["DeletionProtectionEnabled"] == kept
        recovery = {"PointInTimeRecoveryEnabled": True}  # the template says so, too, and the emulator overlooks it
        tables.update_continuous_backups(TableName=names.name(table), PointInTimeRecoverySpecification=recovery)
        assert recovers(account, names.name(table))
        _let_go(tables, names.name(table))
        assert not recovers(account, names.name(table))
    made.delete()
    assert not [name for name in tables.list_tables()["TableNames"] if name.startswith(names.prefix)]


def recovers(account: AwsAccount, table: str) -> bool:
    """Whether the table has point-in-time recovery, of which AWS would keep a backup for 35 days."""
    described = account.client("dynamodb").describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    return bool(described["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED")


def test_what_is_not_there_is_deleted_already(stack: Stack) -> None:
    stack.delete()
    assert stack.resources() == {}
