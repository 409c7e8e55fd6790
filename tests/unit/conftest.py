"""What the tests of the Binance adapter share: a scripted exchange, and time that passes only when somebody sleeps."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.binance_server import BinanceServer, running
from tests.fakes.manual_time import ManualTime


@pytest.fixture
def server() -> Iterator[BinanceServer]:
    with running() as started:
        yield started


@pytest.fixture
def manual() -> ManualTime:
    return ManualTime()
