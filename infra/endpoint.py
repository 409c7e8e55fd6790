"""Where a command works: the account of the current credentials, or the emulator that AWS_ENDPOINT_URL names."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config as ClientConfig
from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, EndpointConnectionError
from botocore.parsers import ResponseParserError

from chalicelib.errors import BadInput, Unavailable
from infra.account import LOCAL_IDENTITY, LOCAL_REGION, AwsAccount, in_one_line

LOOPBACK = ("127.0.0.1", "localhost", "::1")
ONE_LOOK = ClientConfig(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=20)
"""An emulator may load a service only when it is asked for."""


def checked(url: str) -> str:
    """The URL without a slash at its end, empty if it is empty. Raises BadInput, which does not repeat what it holds.

    >>> checked("http://127.0.0.1:4566/")
    'http://127.0.0.1:4566'
    >>> checked("http://127.0.0.1:99999")
    Traceback (most recent call last):
    chalicelib.errors.BadInput: AWS_ENDPOINT_URL: must be an http(s) URL of host and port, as http://127.0.0.1:4566
    """
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        is_endpoint = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_endpoint = False
    if not is_endpoint or parts.path.strip("/") or not url.isprintable() or set(url) & set("@?#% "):
        raise BadInput("AWS_ENDPOINT_URL: must be an http(s) URL of host and port, as http://127.0.0.1:4566")
    return url.rstrip("/")


def without_settings(inherited: Mapping[str, str]) -> dict[str, str]:
    """An environment for work on an emulator: nothing of the person's AWS settings, and no proxy to this machine."""
    kept = {name: value for name, value in inherited.items() if not name.startswith("AWS_")}
    excepted = kept.get("no_proxy") or kept.get("NO_PROXY") or ""
    no_proxy = ",".join([*(name for name in excepted.split(",") if name), *LOOPBACK])
    nothing = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    return {**kept, **LOCAL_IDENTITY, **nothing, "no_proxy": no_proxy, "NO_PROXY": no_proxy}


def current(endpoint: str = "") -> AwsAccount:
    """The account of the current credentials, or of the emulator at this endpoint. Raises BadInput, Unavailable."""
    if endpoint:
        account = emulator_at(endpoint)
        if account is None:
            raise Unavailable(f"AWS_ENDPOINT_URL: nothing answers at {endpoint}")
        return account
    with in_one_line("credentials"):
        region = boto3.Session().region_name
        if not region:
            raise BadInput("no region: set AWS_DEFAULT_REGION, or a region in ~/.aws/config")
        return _account(AwsAccount("", region).client("sts").get_caller_identity(), region, "")


def emulator_at(endpoint: str) -> AwsAccount | None:
    """Its account; None where nobody listens. Raises BadInput when what listens there does not speak AWS."""
    try:
        identity = AwsAccount("", LOCAL_REGION, endpoint=endpoint).client("sts", ONE_LOOK).get_caller_identity()
        return _account(identity, LOCAL_REGION, endpoint)
    except (EndpointConnectionError, ConnectTimeoutError):
        return None
    except (BotoCoreError, ClientError, ResponseParserError, LookupError):
        raise BadInput(f"what answers at {endpoint} is no emulator of AWS") from None


def _account(identity: Mapping[str, Any], region: str, endpoint: str) -> AwsAccount:
    return AwsAccount(identity["Account"], region, identity["Arn"].split(":")[1], endpoint)
