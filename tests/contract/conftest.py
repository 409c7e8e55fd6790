from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from tests.contract.backends import Backend, Stores, make_backend


@pytest.fixture(params=["sqlite"])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    return make_backend(request.param, tmp_path)


@pytest.fixture
def stores(backend: Backend) -> Iterator[Stores]:
    with backend.open() as opened:
        yield opened


@pytest.fixture(scope="package")
def processes() -> Iterator[ProcessPoolExecutor]:
    """Three other processes; spawned, so that they share nothing with this one but the stored data."""
    with ProcessPoolExecutor(max_workers=3, mp_context=get_context("spawn")) as pool:
        yield pool
