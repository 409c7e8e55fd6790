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


def containers(stage: str) -> set[str]:
    """The functions that are images, by their names in the account: the template has them, not Chalice."""
    given = {"Stage": stage}
    return {text_of(properties(each)["FunctionName"], given) for each in _functions_of_the_template().values()}


def container_policies(place: Target) -> dict[str, Json]:
    """Their policies, by the function's name in the account."""
    given = {
        "Stage": place.stage,
        "AWS::AccountId": place.account,
        "AWS::Region": place.region,
        "AWS::Partition": place.partition,
    }
    found: dict[str, Json] = {}
    roles = resources(template(), "AWS::IAM::Role")
    for each in map(properties, _functions_of_the_template().values()):
        role = cast("Json", each["Role"])["Fn::GetAtt"]
        [policy] = cast("list[Json]", properties(roles[str(role).removesuffix(".Arn")])["Policies"])
        found[text_of(each["FunctionName"], given)] = cast("Json", _filled(policy["PolicyDocument"], given))
    return found


def _functions_of_the_template() -> dict[str, Json]:
    return resources(template(), "AWS::Lambda::Function")


def _filled(document: object, given: dict[str, str]) -> object:
    """The document with every function in it as the text that it makes."""
    if isinstance(document, dict):
        is_function = len(document) == 1 and next(iter(document)).startswith(("Fn::", "Ref"))
        return (
            text_of(document, given) if is_function else {key: _filled(each, given) for key, each in document.items()}
        )
    return [_filled(each, given) for each in document] if isinstance(document, list) else document


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
    names = {deployed_name(function, place.stage) for function in functions()} | containers(place.stage)
    lambdas = {f"lambda:function:{name}" for name in names}
    parameters = {f"ssm:parameter{Deployment(place.stage).path(part)}" for part in ("agents", "api", "alerts")}
    return {_arn(each, place) for each in tables | topics | queues | lambdas | parameters}


def _arn(name: str, place: Target) -> str:
    """The ARN of what stands behind the service's name and a colon."""
    service, _, rest = name.partition(":")
    return f"arn:{place.partition}:{service}:{place.region}:{place.account}:{rest}"
