"""Clients of AWS services for the other adapters: each made when it is first needed, once per process.

botocore alone, since boto3 on top of it costs another 15 ms at every cold start. Making the first client takes about
50 ms of CPU, mostly for the description of the service; a process that never alerts never makes the one of SNS.
AWS_ENDPOINT_URL, region and credentials are read by botocore itself.
"""

from __future__ import annotations

import logging
from functools import cached_property
from typing import TYPE_CHECKING, cast

import botocore.session
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_ssm import SSMClient

CONNECT_S = 1.0
READ_S = 2.0
ATTEMPTS = 2
"""A second attempt also replaces a connection that died while the process was frozen between two minutes. A service
that is silent costs its caller at most (1 + 2) s twice and a pause below a second."""


class AwsClients:
    """One session; its clients have short timeouts, as none of these services may hold up a trade or a halt."""

    def __init__(self, *, connect_s: float = CONNECT_S, read_s: float = READ_S) -> None:
        retries = {"total_max_attempts": ATTEMPTS, "mode": "standard"}
        self._settings = Config(connect_timeout=connect_s, read_timeout=read_s, retries=retries)  # type: ignore[arg-type]
        self._session = botocore.session.get_session()
        # at DEBUG botocore writes whole requests and answers, decrypted parameters among them
        logging.getLogger("botocore").setLevel(logging.INFO)

    @property
    def region(self) -> str:
        """The configured region, empty if there is none."""
        return str(self._session.get_config_variable("region") or "")

    def topics(self) -> SNSClient:
        return self._topics

    def functions(self) -> LambdaClient:
        return self._functions

    def parameters(self) -> SSMClient:
        return self._parameters

    def waiting_functions(self, read_s: float) -> LambdaClient:
        """A client for calls whose answer is waited for, at most so long and once: made anew at each call."""
        settings = Config(connect_timeout=CONNECT_S, read_timeout=read_s, retries={"total_max_attempts": 1})
        return cast("LambdaClient", self._session.create_client("lambda", config=settings))

    @cached_property
    def _topics(self) -> SNSClient:
        return cast("SNSClient", self._client("sns"))

    @cached_property
    def _functions(self) -> LambdaClient:
        return cast("LambdaClient", self._client("lambda"))

    @cached_property
    def _parameters(self) -> SSMClient:
        return cast("SSMClient", self._client("ssm"))

    def _client(self, service: str) -> object:
        return self._session.create_client(service, config=self._settings)
