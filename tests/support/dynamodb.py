"""Connections to a DynamoDB of the tests; who plays it is in `moto_dynamodb`, which takes half a second to import."""

from __future__ import annotations

import time
from functools import cache
from itertools import count

from pynamodb.connection import Connection

from chalicelib.adapters.dynamodb import create_tables

REGION = "us-east-1"
_numbers = count()


def connection(endpoint: str) -> Connection:
    """A new connection to the server at the endpoint; nothing is sent yet."""
    return Connection(
        region=REGION,
        host=endpoint,
        connect_timeout_seconds=5.0,
        read_timeout_seconds=30.0,
        retry_configuration={"total_max_attempts": 3, "mode": "standard"},
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )


@cache
def shared_connection(endpoint: str) -> Connection:
    """One connection per process: making its client takes longer than most tests."""
    return connection(endpoint)


def created(made: Connection) -> str:
    """The new prefix of tables made over this connection."""
    prefix = f"t{next(_numbers)}-{time.monotonic_ns()}"
    create_tables(made, prefix)
    return prefix
