from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from tests.contract.backends import Backend, DynamoBackend, Stores, make_backend
from tests.support.moto_dynamodb import drop, served


@pytest.fixture(params=["sqlite", "sqlite-home", "dynamodb"])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    made = make_backend(request.param, tmp_path, lambda: str(request.getfixturevalue("dynamodb_endpoint")))
    yield made
    if isinstance(made, DynamoBackend):
        drop(made.prefix)


@pytest.fixture(scope="package")
def dynamodb_endpoint() -> Iterator[str]:
    """A DynamoDB that this and other processes share."""
    with served() as endpoint:
        yield endpoint


@pytest.fixture
def stores(backend: Backend) -> Iterator[Stores]:
    with backend.open() as opened:
        yield opened


@pytest.fixture(scope="package")
def processes() -> Iterator[ProcessPoolExecutor]:
    """Three other processes; spawned, so that they share nothing with this one but the stored data."""
    with ProcessPoolExecutor(max_workers=3, mp_context=get_context("spawn")) as pool:
        while len(set(pool.map(process_id, [0.02] * 6))) < 3:
            continue  # a race is none while only one of them has started
        yield pool


def process_id(pause_s: float) -> int:
    """Of the process that this runs in, after a pause in which others can take the next call."""
    time.sleep(pause_s)
    return os.getpid()
