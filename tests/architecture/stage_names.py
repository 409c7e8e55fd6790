"""What a deployed stage consists of, by name: read from the template, the configuration of Chalice and the code."""

from __future__ import annotations

import json
from typing import cast

from chalicelib.config import Deployment
from infra.render import ROOT, STAGES, Target
from tests.support.cloudformation import TEMPLATE, Json, properties, read_template, resources, text_of

PLACES = [Target(stage, "123456789012", "eu-west-1") for stage in STAGES]


def template() -> Json:
    return read_template(TEMPLATE.read_text("utf-8"))


def settings() -> Json:
    """`.chalice/config.json` as it stands in the checkout."""
    return cast("Json", json.loads((ROOT / ".chalice" / "config.json").read_text("utf-8")))


def functions() -> set[str]:
    """Of all functions that settings are given for, as Chalice calls them."""
    return set(cast("Json", settings()["lambda_functions"]))


def deployed_name(function: str, stage: str) -> str:
    """The function's name in the account: that of the REST handler has no ending."""
    return Deployment(stage).prefix if function == "api_handler" else Deployment(stage).name(function)


def names_of(kind: str, name_property: str, place: Target) -> set[str]:
    """The names of the template's resources of this type."""
    given = {"Stage": place.stage, "AWS::AccountId": place.account, "AWS::Region": place.region}
    return {text_of(properties(each)[name_property], given) for each in resources(template(), kind).values()}


def arns(place: Target) -> set[str]:
    """Of everything in the stage that a policy may name."""
    tables = {f"dynamodb:table/{name}" for name in names_of("AWS::DynamoDB::Table", "TableName", place)}
    topics = {f"sns:{name}" for name in names_of("AWS::SNS::Topic", "TopicName", place)}
    queues = {f"sqs:{name}" for name in names_of("AWS::SQS::Queue", "QueueName", place)}
    lambdas = {f"lambda:function:{deployed_name(function, place.stage)}" for function in functions()}
    parameters = {f"ssm:parameter{Deployment(place.stage).path(part)}" for part in ("agents", "api", "alerts")}
    return {_arn(each, place) for each in tables | topics | queues | lambdas | parameters}


def _arn(name: str, place: Target) -> str:
    """The ARN of what stands behind the service's name and a colon."""
    service, _, rest = name.partition(":")
    return f"arn:{place.partition}:{service}:{place.region}:{place.account}:{rest}"
