"""What may cost money by merely being there, as a function over the template: nothing but what is listed here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import cast

from tests.support.cloudformation import Json, properties, resources

MAY_EXIST = {
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::DynamoDB::Table",
    "AWS::ECR::Repository",  # 0.10 USD a month for each GB of images; empty where there is no Docker
    "AWS::IAM::Role",
    "AWS::Lambda::Function",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::SNS::Topic",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::Queue",
    "AWS::SQS::QueuePolicy",
}
"""No keys, secrets, gateways, metric filters or anything else that is billed by the hour or the month."""

MOST_ALARMS = 1
PAID_BESIDE_A_TABLE = {
    "ContributorInsightsSpecification",
    "GlobalSecondaryIndexes",
    "KinesisStreamSpecification",
    "OnDemandThroughput",
    "ProvisionedThroughput",
    "SSESpecification",
    "StreamSpecification",
    "WarmThroughput",
}
KEY_PROPERTIES = ("KmsKeyId", "KmsMasterKeyId", "KMSMasterKeyId", "KMSMasterKeyID")


def paid_for(template: Json) -> list[str]:
    """One line for everything that costs more than it may."""
    return [
        *_kinds(template),
        *_alarms(template),
        *_dashboards(template),
        *_tables(template),
        *_logs(template),
        *_images(template),
        *(f"{name}: a KMS key" for name, each in resources(template).items() if _names_a_key(each)),
    ]


def _kinds(template: Json) -> Iterator[str]:
    for name, each in resources(template).items():
        if each["Type"] not in MAY_EXIST:
            yield f"{name}: {each['Type']} is not among what may exist"


def _alarms(template: Json) -> Iterator[str]:
    alarms = resources(template, "AWS::CloudWatch::Alarm")
    if len(alarms) > MOST_ALARMS:
        yield f"{len(alarms)} alarms, at most {MOST_ALARMS} allowed"
    for name, each in alarms.items():
        given = properties(each)
        if "Metrics" in given:
            yield f"{name}: an alarm over an expression is billed for each of its metrics"
        elif not str(given.get("Namespace")).startswith("AWS/"):
            yield f"{name}: a custom metric"
        if int(str(given.get("Period", 60))) < 60:
            yield f"{name}: a period below a minute triples its price"


def _dashboards(template: Json) -> Iterator[str]:
    parameters = cast("dict[str, Json]", template.get("Parameters", {}))
    conditions = cast("dict[str, Json]", template.get("Conditions", {}))
    for name, each in resources(template, "AWS::CloudWatch::Dashboard").items():
        condition = conditions.get(str(each.get("Condition")))
        asked = condition == {"Fn::Equals": [{"Ref": "Dashboard"}, "on"]}
        if not asked or parameters.get("Dashboard", {}).get("Default") != "off":
            yield f"{name}: a dashboard that nobody asked for"


def _tables(template: Json) -> Iterator[str]:
    for name, each in resources(template, "AWS::DynamoDB::Table").items():
        given = properties(each)
        if given.get("BillingMode") != "PAY_PER_REQUEST":
            yield f"{name}: not on demand"
        for extra in sorted(PAID_BESIDE_A_TABLE & given.keys()):
            yield f"{name}: {extra}"


def _logs(template: Json) -> Iterator[str]:
    for name, each in resources(template, "AWS::Logs::LogGroup").items():
        if "RetentionInDays" not in properties(each):
            yield f"{name}: logs kept for ever"


def _images(template: Json) -> Iterator[str]:
    for name, each in resources(template, "AWS::ECR::Repository").items():
        if "LifecyclePolicy" not in properties(each):
            yield f"{name}: images kept for ever"
    for name, each in resources(template, "AWS::Lambda::Function").items():
        if "Condition" not in each:
            yield f"{name}: a function that nobody asked for"


def _names_a_key(resource: Json) -> bool:
    text = json.dumps(resource)
    return any(f'"{name}"' in text for name in KEY_PROPERTIES) or '"aws:kms' in text
