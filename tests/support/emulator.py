"""The local AWS on a free port, for tests: with our fixes, or as it comes."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import requests
from botocore.config import Config

from infra.account import LOCAL_IDENTITY, LOCAL_REGION
from infra.emulator.__main__ import SETTINGS
from infra.stack import STACK_PYTHON

ROOT = Path(__file__).resolve().parents[2]
UNTIL_WE_END = (
    "import os, sys, threading; "
    "threading.Thread(target=lambda: (sys.stdin.buffer.read(), os._exit(0)), daemon=True).start(); "
)
"""Ends when the pipe to its stdin is closed, which the death of a test's process does, too, however it dies."""
WITH_FIXES = ("-c", f"{UNTIL_WE_END} from infra.emulator.__main__ import main; sys.exit(main())")
AS_IT_COMES = ("-c", f"{UNTIL_WE_END} from ministack.app import main; main()")


@dataclass(frozen=True, slots=True)
class Emulator:
    """A running one."""

    url: str

    def client(self, service: str, region: str = LOCAL_REGION) -> Any:
        """A client of a service that the stubs may not know."""
        return _session().client(
            service,  # type: ignore[call-overload]
            region_name=region,
            endpoint_url=self.url,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}),
        )


@cache
def _session() -> boto3.Session:
    """One for all clients: it keeps the descriptions of services, which take long to read."""
    return boto3.Session(region_name=LOCAL_REGION)


@contextmanager
def emulator(folder: Path, command: tuple[str, ...] = WITH_FIXES, **more: str) -> Iterator[Emulator]:
    """Serve until the end of the block, with more settings; its log is `emulator.log` in the folder."""
    port = free_port()
    unpacked = folder / "unpacked"
    unpacked.mkdir(parents=True)
    own = {**SETTINGS, **LOCAL_IDENTITY, "GATEWAY_PORT": str(port), "TMPDIR": str(unpacked), **more}
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), **own}
    with (folder / "emulator.log").open("wb") as log:
        process = subprocess.Popen(
            [STACK_PYTHON, *command],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait(f"http://127.0.0.1:{port}", process)
        yield Emulator(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.communicate(timeout=15)


def free_port() -> int:
    """One that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            requests.get(url, timeout=2)
            return
        except requests.RequestException:
            assert process.poll() is None, "the emulator ended"
            assert time.monotonic() < deadline, "the emulator did not start"
            time.sleep(0.05)
