"""The exchange's clock: asked seldom, extrapolated, monotonic."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from chalicelib.adapters.binance.clock import ExchangeClock
from chalicelib.adapters.binance.transport import Transport
from chalicelib.errors import Unavailable
from tests.fakes.binance_server import BinanceServer, Reply
from tests.fakes.manual_time import ManualTime

TIME = "/api/v3/time"


@pytest.fixture
def transport(server: BinanceServer, manual: ManualTime) -> Iterator[Transport]:
    with requests.Session() as session:
        yield Transport(session, server.url, timing=manual.timing())


def test_between_readings_it_goes_on_by_the_monotonic_clock(
    server: BinanceServer, transport: Transport, manual: ManualTime
) -> None:
    clock = ExchangeClock(transport, max_age_s=60.0, monotonic=manual.monotonic)
    first = clock.now_ms()
    manual.now_ms += 59_000
    assert (first, clock.now_ms()) == (server.now_ms, server.now_ms + 59_000)
    assert len(server.asked(TIME)) == 1
    manual.now_ms += 1_000
    server.now_ms += 70_000
    assert clock.now_ms() == server.now_ms
    assert len(server.asked(TIME)) == 2


def test_it_never_goes_backwards(server: BinanceServer, transport: Transport) -> None:
    clock = ExchangeClock(transport, max_age_s=0.0)
    shown = clock.now_ms()
    server.now_ms -= 5_000
    assert clock.now_ms() == shown
    server.now_ms += 6_000
    assert clock.now_ms() == shown + 1_000


def test_an_age_of_zero_asks_each_time(server: BinanceServer, transport: Transport) -> None:
    clock = ExchangeClock(transport, max_age_s=0.0)
    for _ in range(3):
        clock.now_ms()
    assert len(server.asked(TIME)) == 3


@pytest.mark.parametrize("body", ['{"serverTime": "now"}', "[]", '{"serverTime": 1.5}', '{"serverTime": -1}', "{}"])
def test_an_absurd_answer_is_no_time(body: str, server: BinanceServer, transport: Transport) -> None:
    server.script[TIME].extend([Reply(body=body)] * 5)
    with pytest.raises(Unavailable):
        ExchangeClock(transport).now_ms()


class SlowRequests(Transport):
    """A request is under way for 900 ms before the exchange reads its clock; its answer is here at once."""

    manual: ManualTime
    server: BinanceServer

    def get(self, *args: Any, **options: Any) -> Any:
        self.manual.now_ms += 900
        self.server.now_ms += 900
        return super().get(*args, **options)


class AheadByTheRoundTrip(ExchangeClock):
    """Planted defect: a reading counts from when it was asked for."""

    def now_ms(self) -> int:
        asked_s = self._monotonic()
        super().now_ms()
        self._read_at_s = min(self._read_at_s, asked_s)
        return super().now_ms()


def ahead_ms(made: type[ExchangeClock], server: BinanceServer, manual: ManualTime) -> list[int]:
    """By how much the clock is ahead of the exchange's, look by look."""
    with requests.Session() as session:
        transport = SlowRequests(session, server.url, timing=manual.timing())
        transport.manual, transport.server = manual, server
        clock = made(transport, max_age_s=60.0, monotonic=manual.monotonic)
        ahead = []
        for passed_ms in (0, 1, 30_000, 29_000, 2_000):
            manual.now_ms += passed_ms
            server.now_ms += passed_ms
            ahead.append(clock.now_ms() - server.now_ms)
        return ahead


def test_it_is_never_ahead_however_long_a_request_takes(server: BinanceServer, manual: ManualTime) -> None:
    assert max(ahead_ms(ExchangeClock, server, manual)) <= 0


def test_a_clock_ahead_by_the_round_trip_is_noticed(server: BinanceServer, manual: ManualTime) -> None:
    assert max(ahead_ms(AheadByTheRoundTrip, server, manual)) == 900
