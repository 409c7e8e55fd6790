"""The stack of the backtests as plain data: its template, its state machine, and who may do what."""

from __future__ import annotations

import json
from typing import Any, cast

from infra.backtest.deploy import MACHINE, TEMPLATE
from tests.support.cloudformation import Json, properties, read_template, resources, text_of

ACCOUNT, REGION = "123456789012", "eu-west-1"
NAMES = {
    "Stage": "dev",
    "Package": "zip",
    "AWS::AccountId": ACCOUNT,
    "AWS::Region": REGION,
    "AWS::Partition": "aws",
}
BUCKET = f"ai-trader-dev-{ACCOUNT}-{REGION}"
STEPS = ("plan", "history", "shard", "reduce")


def template() -> Json:
    return read_template(TEMPLATE.read_text("utf-8"))


def machine() -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(MACHINE.read_text("utf-8")))


def role_policies() -> dict[str, Json]:
    """Of every role, by its logical name: one document, with the names of a stage in it."""
    found = {}
    for name, role in resources(template(), "AWS::IAM::Role").items():
        [policy] = cast("list[Json]", properties(role)["Policies"])
        found[name] = cast("Json", resolved(policy["PolicyDocument"]))
    return found


def resolved(value: object) -> object:
    """What the functions of a template make of it in a stage."""
    if isinstance(value, list):
        return [resolved(each) for each in value]
    if not isinstance(value, dict):
        return value
    if "Fn::Sub" in value:
        return text_of(value, NAMES)
    if "Fn::GetAtt" in value:
        function = str(value["Fn::GetAtt"]).partition(".")[0]
        properties_of = properties(resources(template())[function])
        return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{resolved(properties_of['FunctionName'])}"
    return {name: resolved(each) for name, each in value.items()}
