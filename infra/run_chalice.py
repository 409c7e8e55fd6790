"""The real Chalice command line, with what it has no setting for.

On an emulator it looks every 0.1 s whether a change is through, not every 5 s; new roles get their boundary at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

import botocore.waiter
from botocore.handlers import BUILTIN_HANDLERS

BOUNDARY_VARIABLE = "TRADER_PERMISSIONS_BOUNDARY"
"""Holds the ARN of the policy that no new role may go beyond."""
EMULATOR_POLL_S = 0.1
COMMAND = "import sys; from infra.run_chalice import main; sys.exit(main())"
"""For `python -c`, so that the rendered folder stays the place where Chalice looks."""


def main() -> int:
    """Run `chalice` with the arguments of this process; its exit code."""
    if os.environ.get("AWS_ENDPOINT_URL"):
        _hurry()
    if boundary := os.environ.get(BOUNDARY_VARIABLE):
        _bound(boundary)
    from chalice.cli import main as chalice

    sys.argv[0] = "chalice"
    return chalice()


def _bound(boundary: str) -> None:
    def add(params: dict[str, Any], **_: object) -> None:
        params["PermissionsBoundary"] = boundary

    BUILTIN_HANDLERS.append(("before-parameter-build.iam.CreateRole", add))


def _hurry() -> None:
    waiter = botocore.waiter.SingleWaiterConfig
    configure: Callable[[Any, Mapping[str, Any]], None] = waiter.__init__

    def configure_in_a_hurry(config: Any, given: Mapping[str, Any]) -> None:
        looks = round(given["maxAttempts"] * given["delay"] / EMULATOR_POLL_S)
        configure(config, {**given, "delay": EMULATOR_POLL_S, "maxAttempts": looks})

    setattr(waiter, "__init__", configure_in_a_hurry)  # noqa: B010 - a method of another package is replaced
