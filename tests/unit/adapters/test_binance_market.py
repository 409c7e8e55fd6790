"""Candles over REST when the exchange is slow, wrong or leaves rows out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
import requests

from chalicelib.adapters.binance.clock import ExchangeClock
from chalicelib.adapters.binance.market import BinanceMarketData
from chalicelib.adapters.binance.transport import Transport
from chalicelib.candle_rule import odd_line
from chalicelib.domain import MINUTE_MS, Candle
from chalicelib.errors import BadInput, Unavailable
from chalicelib.partly_read import PartlyRead
from tests.fakes.binance_server import START_MS, BinanceServer, Reply, exchange_info, minutes, refusal, row, running
from tests.fakes.manual_time import ManualTime

KLINES = "/api/v3/klines"
STORED = minutes("BTCUSDT", 2_500)


@pytest.fixture
def server() -> Iterator[BinanceServer]:
    with running() as started:
        started.candles = {"BTCUSDT": list(STORED)}
        started.now_ms = STORED[-1].close_ms + 1
        yield started


def market_of(
    session: requests.Session, server: BinanceServer, manual: ManualTime, told: list[str]
) -> BinanceMarketData:
    transport = Transport(session, server.url, timing=manual.timing())
    clock = ExchangeClock(transport, max_age_s=60.0, monotonic=manual.monotonic)
    return BinanceMarketData(transport, clock, lambda *odd: told.append(odd_line(*odd)))


@dataclass(frozen=True, slots=True)
class Outage:
    """An exchange whose candles open off the full minute for a while, and what is told of it."""

    market: BinanceMarketData
    server: BinanceServer
    sound: list[Candle]
    told: list[str]


@pytest.fixture
def outage(server: BinanceServer, manual: ManualTime) -> Iterator[Outage]:
    off = [replace(candle, open_ms=candle.open_ms + 14_789) for candle in STORED[100:2_200]]
    server.candles["BTCUSDT"] = STORED[:100] + off + STORED[2_200:]
    told: list[str] = []
    with requests.Session() as session:
        yield Outage(market_of(session, server, manual, told), server, STORED[:100] + STORED[2_200:], told)


@pytest.fixture
def market(server: BinanceServer, manual: ManualTime) -> Iterator[BinanceMarketData]:
    with requests.Session() as session:
        yield market_of(session, server, manual, [])


@pytest.mark.parametrize(
    "fault",
    [
        Reply(cut=True, body="[[17000"),
        refusal(429, -1003, "Too many", Retry_After="3"),
        Reply(503, "<html>"),
        Reply(body="[[1,2"),
        Reply(body=json.dumps([row(STORED[1]), row(STORED[0])])),
        Reply(body=json.dumps({"rows": []})),
    ],
    ids=["cut", "429", "503", "malformed", "out of order", "wrong shape"],
)
def test_paging_through_faults_misses_nothing_and_repeats_nothing(
    fault: Reply, server: BinanceServer, market: BinanceMarketData
) -> None:
    server.script[KLINES].extend([fault, fault])
    assert market.candles("BTCUSDT", "1m", start_ms=START_MS, end_ms=None, limit=9_999) == STORED


def test_rows_left_out_once_are_found_by_asking_again(server: BinanceServer, market: BinanceMarketData) -> None:
    holed = [row(candle) for k, candle in enumerate(STORED[:1000]) if k not in (7, 8, 500, 999)]
    server.script[KLINES].append(Reply(body=json.dumps(holed)))
    assert market.candles("BTCUSDT", "1m", start_ms=START_MS, end_ms=None, limit=9_999) == STORED


def test_a_true_hole_costs_one_more_request_and_does_not_end_the_paging(
    server: BinanceServer, market: BinanceMarketData
) -> None:
    server.candles["BTCUSDT"] = STORED[:600] + STORED[1_900:]
    found = market.candles("BTCUSDT", "1m", start_ms=START_MS, end_ms=None, limit=9_999)
    assert found == server.candles["BTCUSDT"]
    assert len(server.asked(KLINES)) <= 4
    assert market.candles("BTCUSDT", "1m", start_ms=None, end_ms=None, limit=700) == found[-700:]


def test_odd_candles_are_passed_over_however_many_pages_they_fill_and_told_in_one_line(outage: Outage) -> None:
    last_ms = STORED[-1].open_ms
    found = outage.market.candles("BTCUSDT", "1m", start_ms=START_MS, end_ms=last_ms, limit=9_999)
    assert found == outage.sound
    assert outage.told == [
        "klines of BTCUSDT: 2100 rows are no candles of a minute and are left out, the first is the one of "
        "2023-11-14T23:54:14.789+00:00: open_time is no full minute in milliseconds"
    ]
    assert outage.market.candles("BTCUSDT", "1m", start_ms=None, end_ms=last_ms, limit=400) == outage.sound
    assert len(outage.server.asked(KLINES)) < 16


@pytest.mark.parametrize("limit", [1, 299, 300, 301, 350])
def test_as_many_of_the_newest_as_were_asked_for_come_from_before_odd_ones(outage: Outage, limit: int) -> None:
    last_ms = STORED[-1].open_ms
    assert outage.market.candles("BTCUSDT", "1m", start_ms=None, end_ms=last_ms, limit=limit) == outage.sound[-limit:]


def test_an_odd_candle_that_a_second_answer_tells_well_is_no_odd_one(server: BinanceServer, manual: ManualTime) -> None:
    told: list[str] = []
    rows = [row(replace(candle, low=0.0) if k in (7, 999) else candle) for k, candle in enumerate(STORED[:1000])]
    server.script[KLINES].append(Reply(body=json.dumps(rows)))
    with requests.Session() as session:
        market = market_of(session, server, manual, told)
        assert market.candles("BTCUSDT", "1m", start_ms=START_MS, end_ms=None, limit=9_999) == STORED
    assert told == []


def test_the_newest_candle_is_never_passed_over_for_being_odd_while_it_may_still_be_mended(
    server: BinanceServer, market: BinanceMarketData
) -> None:
    server.candles["BTCUSDT"] = [*STORED[:9], replace(STORED[9], high=1.0)]
    server.now_ms = STORED[9].close_ms + 1
    for start_ms in (START_MS, None):
        with pytest.raises(PartlyRead, match=r"high is below low; it will be asked for again") as partly:
            market.candles("BTCUSDT", "1m", start_ms=start_ms, end_ms=None, limit=1000)
        assert partly.value.candles == STORED[:9]
    with pytest.raises(PartlyRead) as nothing:
        market.candles("BTCUSDT", "1m", start_ms=STORED[9].open_ms, end_ms=None, limit=1000)
    assert nothing.value.candles == []


def test_a_row_of_another_time_ends_no_paging(server: BinanceServer, market: BinanceMarketData) -> None:
    far = replace(STORED[0], open_ms=START_MS + 10**9 * 60)
    rows = [*map(row, STORED[:500]), row(far), *map(row, STORED[500:999])]
    server.script[KLINES].extend([Reply(body=json.dumps(rows))] * 2)
    assert market.candles("BTCUSDT", "1m", start_ms=START_MS, end_ms=None, limit=9_999) == STORED


def test_nothing_listed_yet_is_no_candles(server: BinanceServer, market: BinanceMarketData) -> None:
    server.candles["BTCUSDT"] = []
    assert market.candles("BTCUSDT", "1m", start_ms=START_MS, end_ms=None, limit=10) == []
    assert market.candles("BTCUSDT", "1m", start_ms=None, end_ms=None, limit=10) == []


def test_a_candle_that_closes_while_the_answer_is_on_its_way_waits_for_the_next_call(
    server: BinanceServer, market: BinanceMarketData, manual: ManualTime
) -> None:
    """The answer may hold it as it was before its close; only what had closed before the question is final."""
    server.now_ms = STORED[9].close_ms - 20
    before = market.candles("BTCUSDT", "1m", start_ms=None, end_ms=None, limit=3)
    server.now_ms += 40
    manual.now_ms += 19
    still = market.candles("BTCUSDT", "1m", start_ms=None, end_ms=None, limit=3)
    manual.now_ms += 3
    after = market.candles("BTCUSDT", "1m", start_ms=None, end_ms=None, limit=3)
    assert [page[-1].open_ms for page in (before, still, after)] == [START_MS + k * MINUTE_MS for k in (8, 8, 9)]


def test_a_symbol_is_asked_for_once_an_hour_and_tells_the_weight_limit(
    server: BinanceServer, manual: ManualTime
) -> None:
    limits = [{"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 1200}]
    answer = {"symbols": [exchange_info("BTCUSDT")], "rateLimits": limits}
    server.script["/api/v3/exchangeInfo"].append(Reply(body=json.dumps(answer)))
    with requests.Session() as session:
        transport = Transport(session, server.url, timing=manual.timing())
        market = BinanceMarketData(transport, ExchangeClock(transport, monotonic=manual.monotonic))
        for _ in range(3):
            market.symbol("BTCUSDT")
        assert (len(server.asked("/api/v3/exchangeInfo")), transport.ledger.limit) == (1, 1200)
        manual.now_ms += 3_600_000
        server.now_ms += 3_600_000
        market.symbol("BTCUSDT")
        assert len(server.asked("/api/v3/exchangeInfo")) == 2


def test_the_message_names_the_symbol_and_the_address(server: BinanceServer, market: BinanceMarketData) -> None:
    with pytest.raises(BadInput, match=rf"^{server.url}/api/v3/klines \(symbol=NOPE, .*\): there is no such symbol$"):
        market.candles("NOPE", "1m", start_ms=None, end_ms=None, limit=1)


@pytest.mark.parametrize("bound", [-1, 10**16])
def test_a_bound_that_is_no_time_is_bad_input(bound: int, market: BinanceMarketData) -> None:
    with pytest.raises(BadInput, match="not a time"):
        market.candles("BTCUSDT", "1m", start_ms=bound, end_ms=None, limit=1)


@pytest.mark.parametrize("price", ["null", '"nan"', '"-1"', "[]"])
def test_an_absurd_price_is_no_ticker(price: str, server: BinanceServer, market: BinanceMarketData) -> None:
    server.script["/api/v3/ticker/price"].extend([Reply(body=f'{{"symbol":"BTCUSDT","price":{price}}}')] * 5)
    with pytest.raises(Unavailable, match="price of BTCUSDT"):
        market.ticker("BTCUSDT")
