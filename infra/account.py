"""The AWS account that a command works on, and its errors in one line."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config as ClientConfig
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError, PartialCredentialsError

from chalicelib.config import Deployment
from chalicelib.errors import BadInput, Rejected, Unavailable
from chalicelib.foreign_text import one_line
from infra.render import Target

LOCAL_REGION = "us-east-1"
LOCAL_IDENTITY = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": LOCAL_REGION,
}
"""What an emulator takes for credentials; never looked for in a real account."""
PATIENCE = ClientConfig(retries={"mode": "standard", "max_attempts": 5}, connect_timeout=10, read_timeout=60)


@dataclass(frozen=True)
class AwsAccount:
    """Credentials that were found to work, and where they lead."""

    account_id: str
    region: str
    partition: str = "aws"
    endpoint: str = ""
    """Of an emulator; empty: AWS itself."""

    @cached_property
    def _session(self) -> boto3.Session:
        if not self.endpoint:
            return boto3.Session(region_name=self.region)
        return boto3.Session(
            aws_access_key_id=LOCAL_IDENTITY["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=LOCAL_IDENTITY["AWS_SECRET_ACCESS_KEY"],
            region_name=self.region,
        )

    def client(self, service: str, config: ClientConfig = PATIENCE) -> Any:
        """A client of this service; boto3 makes its classes at run time, so what it can do is not typed."""
        make: Callable[..., Any] = self._session.client
        return make(service, endpoint_url=self.endpoint or None, config=config)

    def environment(self, inherited: Mapping[str, str]) -> dict[str, str]:
        """What a command needs in its environment to work on the same account."""
        if not self.endpoint:
            return {**inherited, "AWS_DEFAULT_REGION": self.region}
        kept = {name: value for name, value in inherited.items() if name not in ("AWS_PROFILE", "AWS_SESSION_TOKEN")}
        return {**kept, **LOCAL_IDENTITY, "AWS_DEFAULT_REGION": self.region, "AWS_ENDPOINT_URL": self.endpoint}

    def target(self, names: Deployment, *layers: str) -> Target:
        """What a stage is rendered for."""
        environment = {
            "TRADER_LLAMA": str(int(names.llama)),
            "TRADER_LOG_LEVEL": names.log_level,
            "TRADER_METRICS": str(int(names.metrics)),
        }
        return Target(names.stage, self.account_id, self.region, self.partition, layers, environment)

    @property
    def poll_s(self) -> float:
        """Between two looks at something that takes time: an emulator is done at once."""
        return 0.1 if self.endpoint else 3.0

    @property
    def patience_s(self) -> float:
        """For what spreads slowly through AWS, such as a new role."""
        return 5.0 if self.endpoint else 60.0


@contextmanager
def in_one_line(what: str) -> Iterator[None]:
    """Name what was being done when AWS refused or did not answer. Raises BadInput, Rejected, Unavailable."""
    try:
        yield
    except (NoCredentialsError, PartialCredentialsError):
        raise BadInput("no AWS credentials: run aws configure (or aws sso login), or set AWS_PROFILE") from None
    except NoRegionError:
        raise BadInput("no region: set AWS_DEFAULT_REGION, or a region in ~/.aws/config") from None
    except ClientError as error:
        described = error.response.get("Error", {})
        said = one_line(str(described.get("Message", "")))
        raise Rejected(f"{what}: {described.get('Code', 'refused')}: {said}") from error
    except BotoCoreError as error:
        raise Unavailable(f"{what}: {one_line(str(error))}") from error


def until_accepted(account: AwsAccount, attempt: Callable[[], None], not_yet: str) -> None:
    """Do it, and again while AWS answers with this code, as long as patience lasts. Raises ClientError."""
    deadline = time.monotonic() + account.patience_s
    while True:
        try:
            return attempt()
        except ClientError as error:
            if code_of(error) != not_yet or time.monotonic() > deadline:
                raise
        time.sleep(account.poll_s)


def code_of(error: ClientError) -> str:
    """AWS's short name of what went wrong."""
    return str(error.response.get("Error", {}).get("Code", ""))


def pages(client: Any, operation: str, key: str, **arguments: object) -> Iterator[Any]:
    """Every item of a listing, page by page."""
    for page in client.get_paginator(operation).paginate(**arguments):
        yield from page.get(key, [])
