"""The project's own stream client against the simulated exchange at its worst."""

from __future__ import annotations

from itertools import islice

import requests

from chalicelib.adapters.binance.clock import ExchangeClock
from chalicelib.adapters.binance.market import BinanceMarketData
from chalicelib.adapters.binance.stream import KlineStream
from chalicelib.adapters.binance.stream_connection import StreamLimits
from chalicelib.adapters.binance.transport import Transport
from tests.sim_server import generated, running

QUICK = StreamLimits(backoff_base_s=0.05)
FAULTS = "error=0.05,cut=0.05,garbage=0.05,missing=0.05:20s,duplicate=0.1,delay=0.02:20ms"


def test_through_faults_of_every_kind_no_candle_is_lost_doubled_or_out_of_order() -> None:
    troubles: list[str] = []
    with running(generated(symbols="BTCUSDT", faults=FAULTS, speed=600.0)) as server, requests.Session() as session:
        transport = Transport(session, server.url)
        market = BinanceMarketData(transport, ExchangeClock(transport, max_age_s=0.0))
        stream = KlineStream(server.streams_url, ["BTCUSDT"], "1m", market, limits=QUICK, tell=troubles.append)
        candles = iter(stream)
        try:
            received = list(islice(candles, 40))
        finally:
            candles.close()
        expected = list(server.exchange.tapes["BTCUSDT"].forward(received[0].open_ms, received[-1].open_ms))
    assert received == expected
    assert troubles  # the connection was cut at least once, or the test proves nothing
