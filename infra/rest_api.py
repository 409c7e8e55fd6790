"""What Chalice cannot set on its REST API: a throttle, and answers of API Gateway itself in the form of the routes'."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.api.messages import error_body
from infra.account import AwsAccount, until_accepted
from infra.chalice_app import API_STAGE

RATE_PER_S, BURST = 5, 10
"""Calls that the API takes, over all callers together: each costs money."""
AS_IT_SAYS = '{"error": $context.error.messageString}'
"""API Gateway's own words, which it puts in quotes itself."""


@dataclass(frozen=True, slots=True)
class GatewayAnswer:
    """What API Gateway answers where it calls no Lambda."""

    body: str
    status: str = ""
    """Empty: the status that API Gateway has for it."""
    headers: Mapping[str, str] = field(default_factory=dict)


ANSWERS = {
    "DEFAULT_4XX": GatewayAnswer(AS_IT_SAYS),
    "DEFAULT_5XX": GatewayAnswer(AS_IT_SAYS),
    "MISSING_AUTHENTICATION_TOKEN": GatewayAnswer(error_body("no such route"), "404"),  # its words for an unknown path
    "THROTTLED": GatewayAnswer(error_body("too many requests"), "429", {"Retry-After": "1"}),
}


def configure(account: AwsAccount, rest_api_id: str) -> None:
    """Set answers and throttle. To be repeated after each `chalice deploy`, which overwrites the API without them."""
    client = account.client("apigateway")
    for kind, answer in ANSWERS.items():
        _put(client, rest_api_id, kind, answer)

    def deploy() -> None:
        client.create_deployment(restApiId=rest_api_id, stageName=API_STAGE, description="answers of API Gateway")

    # Answers hold from the next deployment on; an account may make one every five seconds, and Chalice just made one.
    until_accepted(account, deploy, "TooManyRequestsException")
    _throttle(client, rest_api_id)


def _put(client: Any, rest_api_id: str, kind: str, answer: GatewayAnswer) -> None:
    named = {f"gatewayresponse.header.{name}": f"'{value}'" for name, value in answer.headers.items()}
    client.put_gateway_response(
        restApiId=rest_api_id,
        responseType=kind,
        responseTemplates={"application/json": answer.body},
        responseParameters=named,
        **({"statusCode": answer.status} if answer.status else {}),
    )


def _throttle(client: Any, rest_api_id: str) -> None:
    settings = {"/*/*/throttling/rateLimit": RATE_PER_S, "/*/*/throttling/burstLimit": BURST}
    operations = [{"op": "replace", "path": path, "value": str(value)} for path, value in settings.items()]
    client.update_stage(restApiId=rest_api_id, stageName=API_STAGE, patchOperations=operations)
