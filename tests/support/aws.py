"""AWS for a test: moto in this process, or a loopback address in its place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from moto import mock_aws

from chalicelib.adapters.aws_clients import READ_S, AwsClients

REGION = "us-east-1"


@contextmanager
def mocked_aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[AwsClients]:
    """Clients of moto: no request leaves the process."""
    _credentials(monkeypatch)
    with mock_aws():
        yield AwsClients()


def aws_at(url: str, monkeypatch: pytest.MonkeyPatch, read_s: float = READ_S) -> AwsClients:
    """Clients whose every service is at this address."""
    _credentials(monkeypatch)
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    return AwsClients(read_s=read_s)


def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
