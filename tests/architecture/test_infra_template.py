"""The template costs next to nothing by being there, and its names are those that the code goes by."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chalicelib.adapters.dynamodb.tables import EXPIRES_AT, TABLES
from chalicelib.config import Deployment
from chalicelib.wiring.scoring import CONTAINER, DEADLINE_S
from infra.render import Target
from tests.architecture.cost_rule import paid_for
from tests.architecture.stage_names import PLACES, containers, deployed_name, functions, names_of, template
from tests.support.cloudformation import Json, properties, resources, text_of

CONFIG = Path(__file__).resolve().parents[2] / ".chalice" / "config.json"
MONEY = ("MoneyTable", "HaltsTable")


def test_nothing_costs_money_by_being_there() -> None:
    assert paid_for(template()) == []


def test_who_scores_headlines_outlives_the_deadline_and_who_asks_two_of_them() -> None:
    """A call that begins just before the deadline may take as long again, and then the word list has to score."""
    asking = json.loads(CONFIG.read_text("utf-8"))["lambda_functions"]["sentiment"]
    answering = properties(resources(template())["LlamaFunction"])
    assert asking["lambda_timeout"] > 2 * DEADLINE_S
    assert int(str(answering["Timeout"])) > DEADLINE_S


def _plant(document: Any) -> None:
    document["Resources"]["Planted"] = {"Type": "AWS::KMS::Key"}


def _set(name: str, **given: object) -> Callable[[Any], None]:
    return lambda document: document["Resources"][name]["Properties"].update(given)


def _second_alarm(document: Any) -> None:
    document["Resources"]["Planted"] = document["Resources"]["TradingAlarm"]


def _dashboard_by_default(document: Any) -> None:
    document["Parameters"]["Dashboard"]["Default"] = "on"


def _dashboard_always(document: Any) -> None:
    del document["Resources"]["Overview"]["Condition"]


def _logs_for_ever(document: Any) -> None:
    del document["Resources"]["TradeLogs"]["Properties"]["RetentionInDays"]


def _images_for_ever(document: Any) -> None:
    del document["Resources"]["SentimentRepository"]["Properties"]["LifecyclePolicy"]


def _a_function_always(document: Any) -> None:
    del document["Resources"]["LlamaFunction"]["Condition"]


@pytest.mark.parametrize(
    ("plant", "expected"),
    [
        (_plant, "Planted: AWS::KMS::Key is not among what may exist"),
        (_second_alarm, "2 alarms, at most 1 allowed"),
        (_set("TradingAlarm", Namespace="ai-trader"), "TradingAlarm: a custom metric"),
        (
            _set("TradingAlarm", Metrics=[]),
            "TradingAlarm: an alarm over an expression is billed for each of its metrics",
        ),
        (_set("TradingAlarm", Period=10), "TradingAlarm: a period below a minute triples its price"),
        (_dashboard_by_default, "Overview: a dashboard that nobody asked for"),
        (_dashboard_always, "Overview: a dashboard that nobody asked for"),
        (_set("MoneyTable", BillingMode="PROVISIONED"), "MoneyTable: not on demand"),
        (_set("MoneyTable", SSESpecification={"SSEEnabled": True}), "MoneyTable: SSESpecification"),
        (_set("NewsTable", StreamSpecification={}), "NewsTable: StreamSpecification"),
        (_set("AlertsTopic", KmsMasterKeyId="alias/aws/sns"), "AlertsTopic: a KMS key"),
        (_set("TradeLogs", KmsKeyId="arn:aws:kms:x"), "TradeLogs: a KMS key"),
        (_logs_for_ever, "TradeLogs: logs kept for ever"),
        (_images_for_ever, "SentimentRepository: images kept for ever"),
        (_a_function_always, "LlamaFunction: a function that nobody asked for"),
    ],
)
def test_the_cost_rule_finds_what_would_be_paid_for(plant: Callable[[Any], None], expected: str) -> None:
    document = template()
    plant(document)
    assert paid_for(document) == [expected]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.stage)
def test_every_function_has_its_log_group_and_every_group_its_function(place: Target) -> None:
    groups = names_of("AWS::Logs::LogGroup", "LogGroupName", place)
    names = {deployed_name(function, place.stage) for function in functions()} | containers(place.stage)
    assert groups == {f"/aws/lambda/{name}" for name in names}


def test_names_in_full() -> None:
    """Other programs go by these; a rename would leave the old ones behind, with what is in them."""
    dev = PLACES[1]
    tables = {"candles", "indicators", "news", "money", "minutes", "halts", "scores"}
    assert names_of("AWS::DynamoDB::Table", "TableName", dev) == {f"ai-trader-dev-{table}" for table in tables}
    assert names_of("AWS::SNS::Topic", "TopicName", dev) == {"ai-trader-dev-alerts"}
    assert names_of("AWS::SQS::Queue", "QueueName", dev) == {"ai-trader-dev-failures"}
    assert names_of("AWS::S3::Bucket", "BucketName", dev) == {"ai-trader-dev-123456789012-eu-west-1"}
    assert names_of("AWS::CloudWatch::Alarm", "AlarmName", dev) == {"ai-trader-dev-trading"}
    repositories = {"ai-trader-dev-backtest", "ai-trader-dev-sentiment"}
    assert names_of("AWS::ECR::Repository", "RepositoryName", dev) == repositories
    assert names_of("AWS::Lambda::Function", "FunctionName", dev) == {Deployment("dev").name(CONTAINER)}
    assert names_of("AWS::IAM::Role", "RoleName", dev) == {f"ai-trader-dev-eu-west-1-{CONTAINER}"}
    dashboards = names_of("AWS::CloudWatch::Dashboard", "DashboardName", dev)
    assert dashboards == {"ai-trader-dev-eu-west-1"}
    outputs = {"TopicArn", "FailureQueueArn", "FailureQueueUrl", "BucketName", "RepositoryUri", "LlamaFunctionName"}
    assert template()["Outputs"].keys() == outputs | {"PermissionsBoundary"}  # type: ignore[attr-defined]


def test_money_can_be_brought_back_and_is_never_dropped_by_age() -> None:
    for name, table in resources(template(), "AWS::DynamoDB::Table").items():
        given = properties(table)
        kept = given.get("PointInTimeRecoverySpecification") == {"PointInTimeRecoveryEnabled": True}
        assert kept == (name in MONEY)
        assert ("DeletionProtectionEnabled" in given) == (name in MONEY)
        assert ("TimeToLiveSpecification" in given) == (name not in MONEY)


def test_nothing_is_retained_when_the_stack_goes() -> None:
    policies = {name: each.get("DeletionPolicy", "Delete") for name, each in resources(template()).items()}
    assert set(policies.values()) == {"Delete"}


def test_everything_that_can_carry_tags_carries_them() -> None:
    untaggable = {"AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy", "AWS::S3::BucketPolicy"}
    untaggable |= {"AWS::SNS::Subscription", "AWS::CloudWatch::Dashboard"}
    tags = [{"Key": "app", "Value": "ai-trader"}, {"Key": "stage", "Value": {"Ref": "Stage"}}]
    for name, each in resources(template()).items():
        if each["Type"] not in untaggable:
            assert properties(each).get("Tags") == tags, name


def test_one_alarm_is_of_a_function_that_fails_and_of_one_that_does_not_run() -> None:
    """Lambda reports nothing for a function that does not run, and no errors, not nothing, for one that ran well."""
    [alarm] = map(properties, resources(template(), "AWS::CloudWatch::Alarm").values())
    assert (alarm["TreatMissingData"], alarm["MetricName"]) == ("breaching", "Errors")
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanOrEqualToThreshold", 1)
    assert int(str(alarm["Period"])) * int(str(alarm["EvaluationPeriods"])) == 300
    assert alarm["Dimensions"] == [{"Name": "FunctionName", "Value": {"Fn::Sub": "ai-trader-${Stage}-trade"}}]
    assert alarm["AlarmActions"] == [{"Ref": "AlertsTopic"}]


def test_the_topic_lets_the_alarm_publish() -> None:
    [alarm] = map(properties, resources(template(), "AWS::CloudWatch::Alarm").values())
    policy = json.dumps(properties(resources(template())["AlertsTopicPolicy"]))
    assert policy.count(":alarm:") == 1
    assert f":alarm:{alarm['AlarmName']['Fn::Sub']}" in policy  # type: ignore[index]


def test_the_dashboard_is_json_and_shows_every_function() -> None:
    body = properties(resources(template())["Overview"])["DashboardBody"]
    text = str(body["Fn::Sub"]).replace("${Stage}", "dev").replace("${AWS::Region}", "eu-west-1")  # type: ignore[index]
    json.loads(text)
    names = {deployed_name(function, "dev") for function in functions()} | containers("dev")
    assert all(f'"{name}"' in text for name in names)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.stage)
def test_tables_have_the_keys_that_the_adapters_go_by(place: Target) -> None:
    assert _tables(template(), place) == _expected_tables(place)


def _tables(document: Json, place: Target) -> dict[str, object]:
    """Schema and expiry of every table of the template."""
    found: dict[str, object] = {}
    for each in resources(document, "AWS::DynamoDB::Table").values():
        given = properties(each)
        name = text_of(given["TableName"], {"Stage": place.stage})
        schema = {"TableName": name, **{key: given[key] for key in ("KeySchema", "AttributeDefinitions")}}
        found[name] = (schema, given.get("TimeToLiveSpecification"))
    return found


def _expected_tables(place: Target) -> dict[str, object]:
    found: dict[str, object] = {}
    for table in TABLES:
        keys = [(table.hash_key, table.hash_type, "HASH")]
        if table.range_key is not None:
            keys.append((table.range_key, table.range_type, "RANGE"))
        name = Deployment(place.stage).name(table.name)
        schema = {
            "TableName": name,
            "KeySchema": [{"AttributeName": key, "KeyType": role} for key, _, role in keys],
            "AttributeDefinitions": [{"AttributeName": key, "AttributeType": kind} for key, kind, _ in keys],
        }
        found[name] = (schema, {"AttributeName": EXPIRES_AT, "Enabled": True} if table.expires else None)
    return found


@pytest.mark.parametrize(
    "plant",
    [
        _set("NewsTable", TimeToLiveSpecification=None),
        _set("MinutesTable", TableName={"Fn::Sub": "ai-trader-${Stage}-minute"}),
        _set("CandlesTable", AttributeDefinitions=[{"AttributeName": "symbol", "AttributeType": "S"}]),
    ],
)
def test_a_table_that_the_adapters_do_not_expect_is_found(plant: Callable[[Any], None]) -> None:
    document = template()
    plant(document)
    assert _tables(document, PLACES[1]) != _expected_tables(PLACES[1])
