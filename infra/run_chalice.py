"""The real Chalice command line; on an emulator it looks every 0.1 s whether a change is through, not every 5 s."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

import botocore.waiter

EMULATOR_POLL_S = 0.1
COMMAND = "import sys; from infra.run_chalice import main; sys.exit(main())"
"""For `python -c`, so that the rendered folder stays the place where Chalice looks."""


def main() -> int:
    """Run `chalice` with the arguments of this process; its exit code."""
    if os.environ.get("AWS_ENDPOINT_URL"):
        _hurry()
    from chalice.cli import main as chalice

    sys.argv[0] = "chalice"
    return chalice()


def _hurry() -> None:
    waiter = botocore.waiter.SingleWaiterConfig
    configure: Callable[[Any, Mapping[str, Any]], None] = waiter.__init__

    def configure_in_a_hurry(config: Any, given: Mapping[str, Any]) -> None:
        looks = round(given["maxAttempts"] * given["delay"] / EMULATOR_POLL_S)
        configure(config, {**given, "delay": EMULATOR_POLL_S, "maxAttempts": looks})

    setattr(waiter, "__init__", configure_in_a_hurry)  # noqa: B010 - a method of another package is replaced
