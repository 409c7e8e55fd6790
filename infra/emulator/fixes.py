"""What the emulator does other than AWS and this project meets: one function a difference, applied before it serves.

tests/integration/test_emulator_fixes.py shows each difference on the emulator as it comes, and that its fix ends it.
The emulator's functions carry no types; what is said of them here holds for the pinned release.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import apigateway_v1, cloudwatch, dynamodb, eventbridge, lambda_svc, sns
from ministack.services.cloudformation import provisioners

Json = dict[str, Any]
Query = Mapping[str, str | list[str]]


class Raised(str):
    """The message of an exception that a handler raised, with what the emulator would lose of it on the way."""

    __slots__ = ("kind", "trace")
    kind: str
    trace: list[str]


def name_the_exception() -> None:
    """A failed invocation names the exception's class, on which state machines retry and catch.

    AWS: `errorType` is the class, `stackTrace` stands beside it. Emulator: `Runtime.HandlerError` for all of them.
    """
    plain = '"error": str(e), "trace"'
    script = lambda_runtime._PYTHON_WORKER_SCRIPT
    if script.count(plain) != 1:
        raise LookupError("the emulator's worker script is not the one that this fix is made for")
    lambda_runtime._PYTHON_WORKER_SCRIPT = script.replace(plain, f'"kind": type(e).__name__, {plain}')
    invoke, execute = lambda_runtime.Worker.invoke, lambda_svc._execute_function_warm

    def invoke_and_keep_the_kind(worker: object, *given: object, **named: object) -> Json:
        result: Json = invoke(worker, *given, **named)
        if "kind" in result:
            message = Raised(result["error"])
            message.kind, message.trace = result["kind"], str(result.get("trace", "")).splitlines()
            result["error"] = message
        return result

    def execute_and_name_the_kind(function: Json, event: object, request_id: str) -> Json:
        result: Json = execute(function, event, request_id)
        body = result.get("body")
        message = body.get("errorMessage") if result.get("error") and isinstance(body, dict) else None
        if isinstance(message, Raised):
            result["body"] |= {"errorType": message.kind, "stackTrace": message.trace, "requestId": request_id}
        return result

    lambda_runtime.Worker.invoke = invoke_and_keep_the_kind
    lambda_svc._execute_function_warm = execute_and_name_the_kind


def complete_the_sns_record() -> None:
    """A message that SNS hands to a Lambda has `MessageAttributes` and `Subject`, which Chalice reads unasked.

    AWS: both are always there, empty and null. Emulator: they are left out when not given.
    """
    deliver = sns._deliver_to_lambda

    def deliver_completed(endpoint: str, envelope: str, *given: object, **named: object) -> None:
        message = {"Subject": None, "MessageAttributes": {}} | json.loads(envelope)
        deliver(endpoint, json.dumps(message), *given, **named)

    sns._deliver_to_lambda = deliver_completed


def import_rest_apis() -> None:
    """A REST API can be imported and overwritten from its Swagger document, which is how Chalice deploys one.

    AWS: `POST /restapis?mode=import`, `PUT /restapis/{id}?mode=overwrite`. Emulator: makes an empty API, has no PUT.
    """
    handle = apigateway_v1.handle_request

    async def handle_imports(method: str, path: str, headers: Json, body: bytes, query: Query) -> object:
        parts = [part for part in path.split("/") if part]
        if method == "POST" and parts == ["restapis"] and _first(query, "mode") == "import":
            endpoint = {"types": [_first(query, "endpointConfigurationTypes") or "EDGE"]}
            api_id = apigateway_v1._import_rest_api(json.loads(body), {"endpointConfiguration": endpoint})
            return await handle("GET", f"/restapis/{api_id}", headers, b"", {})
        if method == "PUT" and len(parts) == 2 and parts[0] == "restapis" and parts[1] in apigateway_v1._rest_apis:
            _overwrite_rest_api(parts[1], json.loads(body))
            return await handle("GET", f"/restapis/{parts[1]}", headers, b"", {})
        return await handle(method, path, headers, body, query)

    apigateway_v1.handle_request = handle_imports


def _overwrite_rest_api(api_id: str, document: Json) -> None:
    """The API's resources, methods and authorizers become those of the Swagger document."""
    resources = apigateway_v1._resources[api_id]
    root = next(resource for resource in resources.values() if resource["path"] == "/")
    resources.clear()
    resources[root["id"]] = root | {"resourceMethods": {}}
    apigateway_v1._authorizers_v1[api_id] = {}
    schemes = apigateway_v1._import_security_schemes(api_id, document)
    for path, item in document.get("paths", {}).items():
        apigateway_v1._import_path_item(api_id, path, item, schemes, document.get("security"))


def accept_no_compression() -> None:
    """An empty `minimumCompressionSize` switches compression off; Chalice sends one where none is configured.

    AWS: takes it. Emulator: keeps "" as the size and fails on the next answer to compare with it.
    """
    apply = apigateway_v1._apply_patch

    def apply_without_empty_size(target: Json, operations: list[Json]) -> object:
        return apply(target, [_off_if_empty(each) for each in operations])

    apigateway_v1._apply_patch = apply_without_empty_size


def _off_if_empty(operation: Json) -> Json:
    is_empty = operation.get("path") == "/minimumCompressionSize" and not operation.get("value")
    return {"op": "remove", "path": operation["path"]} if is_empty else operation


def expire_items_of_templates() -> None:
    """A table that CloudFormation makes expires its items as its template says.

    AWS: `TimeToLiveSpecification` works. Emulator: ignores it.
    """
    handler = provisioners._RESOURCE_HANDLERS["AWS::DynamoDB::Table"]
    create: Callable[[str, Json, str], tuple[str, Json]] = handler["create"]

    def create_with_expiry(logical_id: str, properties: Json, stack: str) -> tuple[str, Json]:
        name, attributes = create(logical_id, properties, stack)
        given = properties.get("TimeToLiveSpecification")
        if given:
            enabled = str(given.get("Enabled", True)).lower() == "true"
            setting = {"AttributeName": given["AttributeName"], "Enabled": enabled}
            dynamodb._update_ttl({"TableName": name, "TimeToLiveSpecification": setting})
        return name, attributes

    handler["create"] = create_with_expiry
    provisioners._ddb_create = create_with_expiry


def read_embedded_metrics() -> None:
    """Metrics that a Lambda writes into its log in the embedded format arrive in CloudWatch.

    AWS: extracts them. Emulator: stores the line as a log event only.
    """
    emit = lambda_svc._emit_lambda_logs

    def emit_and_extract(function: Json, request_id: str, text: str | None, *given: object, **named: object) -> None:
        for line in (text or "").splitlines():
            if '"CloudWatchMetrics"' in line and line.startswith("{"):
                for datum in _metric_data(line):
                    cloudwatch._store_datum(*datum, None, None, None)
        emit(function, request_id, text, *given, **named)

    lambda_svc._emit_lambda_logs = emit_and_extract


def _metric_data(line: str) -> Iterator[tuple[str, str, dict[str, str], float, str, float]]:
    """Namespace, name, dimensions, epoch seconds, unit and value of every metric in the line; none if it is broken."""
    try:
        document = json.loads(line)
        described = document["_aws"]
        second = described.get("Timestamp", time.time() * 1000) / 1000
        for directive in described["CloudWatchMetrics"]:
            for names in directive.get("Dimensions") or [[]]:
                dimensions = {name: str(document[name]) for name in names}
                for metric in directive["Metrics"]:
                    given = document[metric["Name"]]
                    for value in given if isinstance(given, list) else [given]:
                        unit = metric.get("Unit", "None")
                        yield directive["Namespace"], metric["Name"], dimensions, second, unit, float(value)
    except (ValueError, KeyError, TypeError):  # AWS drops what is not in its format, too
        return


def _first(query: Query, name: str) -> str:
    value = query.get(name, "")
    return value if isinstance(value, str) else value[0]


FIXES: tuple[Callable[[], None], ...] = (
    name_the_exception,
    complete_the_sns_record,
    import_rest_apis,
    accept_no_compression,
    expire_items_of_templates,
    read_embedded_metrics,
)


CHANGE_TAKES_S = 0.02
SCHEDULES_LOOKED_AT_S = 1.0


def apply_all() -> None:
    """Make the emulator in this process answer as AWS does; once, before it serves."""
    for fix in FIXES:
        fix()
    # No difference, only haste: a changed function is called unfinished for half a second, and a deploy makes dozens.
    lambda_svc._LAMBDA_STATE_TRANSITION_DELAY = CHANGE_TAKES_S
    # As it comes it looks every ten seconds, so that a schedule of every minute has minutes of up to seventy seconds.
    eventbridge._SCHEDULER_TICK_INTERVAL = SCHEDULES_LOOKED_AT_S
