"""Bring the backtests of a stage to an account: an image where Docker can build one, else a zip of the same code."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.config import APP, Deployment
from infra.account import AwsAccount, code_of, pages
from infra.backtest import image, package
from infra.backtest.package import Platform
from infra.cloudformation import Stack

FOLDER = Path(__file__).resolve().parent
TEMPLATE, MACHINE = FOLDER / "template.yaml", FOLDER / "machine.asl.json"
NONE = "none"
PREFIX = "Backtest"
"""Of parameters in PARAMETERS that are meant for this stack."""
SHARE = 4
"""Of the functions that an account may run at once, what part a sweep takes: trading goes on beside it."""


def stack_of(account: AwsAccount, names: Deployment) -> Stack:
    """The stack of the backtests, beside the stage's own."""
    return Stack(account, names.name("backtest"))


def deploy(
    account: AwsAccount, names: Deployment, bucket: str, layer_arn: str, options: Mapping[str, str] | None = None
) -> str:
    """Deploy functions and state machine; says what they are made of. The stage's own stack comes first.

    `wishes` are parameters of their stack, such as Memory; one that is not named stays as it was.
    """
    parameters, made_of = _packaged(account, names, bucket, layer_arn)
    definition = definition_text(_at_once(account)).encode()
    machine_key = f"code/machine-{hashlib.sha256(definition).hexdigest()[:16]}.json"
    _put(account.client("s3"), bucket, machine_key, definition)
    given = {"Stage": names.stage, "MachineKey": machine_key, **parameters, **(options or {})}
    changed = stack_of(account, names).deploy(TEMPLATE.read_text("utf-8"), given, {"app": APP, "stage": names.stage})
    return f"{made_of}{'' if changed else ', as it was'}"


def stand_ins(account: AwsAccount, names: Deployment) -> dict[str, str]:
    """Parameters in place of those that `deploy` learns by packaging; what exists by then keeps its own."""
    is_image = not account.endpoint and image.docker_here()
    known = {"Package": "image" if is_image else "zip"}
    if stack_of(account, names).resources():
        return known
    layer_arn = f"arn:{account.partition}:lambda:{account.region}:{account.account_id}:layer:{names.prefix}:1"
    return {**known, "ImageUri": NONE, "CodeKey": "code/none", "LayerArn": layer_arn, "MachineKey": "code/none"}


def split(parameters: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Those for the stage's own stack, and those for this one, by their names here.

    >>> split({"Alarms": "off", "BacktestMemory": "3008"})
    ({'Alarms': 'off'}, {'Memory': '3008'})
    """
    ours = {name.removeprefix(PREFIX): value for name, value in parameters.items() if name.startswith(PREFIX)}
    return {name: value for name, value in parameters.items() if not name.startswith(PREFIX)}, ours


def delete(account: AwsAccount, names: Deployment) -> None:
    """End what runs, which would go on writing, and take functions and state machine away."""
    stack, client = stack_of(account, names), account.client("stepfunctions")
    for machine in stack.resources().get("AWS::StepFunctions::StateMachine", []):
        for run in pages(client, "list_executions", "executions", stateMachineArn=machine, statusFilter="RUNNING"):
            client.stop_execution(executionArn=run["executionArn"], cause="make destroy")
    stack.delete()


def definition_text(at_once: int) -> str:
    """The state machine, sweeping at most so many shards at once; names of the stage are put in by the stack."""
    machine: dict[str, Any] = json.loads(MACHINE.read_text("utf-8"))
    machine["States"]["Sweep"]["MaxConcurrency"] = min(machine["States"]["Sweep"]["MaxConcurrency"], at_once)
    return json.dumps(machine, indent=1)


def _packaged(account: AwsAccount, names: Deployment, bucket: str, layer_arn: str) -> tuple[Mapping[str, str], str]:
    """The stack's parameters for what the functions are made of, and the same in words."""
    here = package.this_machine()
    common = {"Architecture": here.architecture, "Runtime": f"python{here.python}", "LayerArn": layer_arn}
    if not account.endpoint and image.docker_here():
        uri = image.push(account, names, here)
        return {**common, "Package": "image", "ImageUri": uri, "CodeKey": NONE}, "an image with numba"
    target = here if account.endpoint else Platform(here.python, "arm64")
    built = package.build_zip(target)
    key = f"code/{built.name}"
    _put(account.client("s3"), bucket, key, built.read_bytes())
    why = "an emulator" if account.endpoint else "no Docker here"
    zip_of = {**common, "Package": "zip", "ImageUri": NONE, "CodeKey": key, "Architecture": target.architecture}
    return zip_of, f"a zip of plain Python ({why})"


def _at_once(account: AwsAccount) -> int:
    """How many shards may run at once."""
    if account.endpoint:
        return os.cpu_count() or 1
    limits = account.client("lambda").get_account_settings()["AccountLimit"]
    return max(1, int(limits["UnreservedConcurrentExecutions"]) // SHARE)


def _put(client: Any, bucket: str, key: str, content: bytes) -> None:
    """The key names the content, so what is there is the same; what expired is put again."""
    try:
        client.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if code_of(error) not in ("404", "NoSuchKey"):
            raise
        client.put_object(Bucket=bucket, Key=key, Body=content)
