"""Closed candles from a socket that is cut, silent, shut down or lying: nothing missing, nothing twice, in order."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from itertools import islice
from typing import Any

import pytest
import requests
from websockets.sync.server import ServerConnection

from chalicelib.adapters.binance.clock import ExchangeClock
from chalicelib.adapters.binance.hosts import stream_url
from chalicelib.adapters.binance.market import BinanceMarketData
from chalicelib.adapters.binance.stream import KlineStream, TickerStream
from chalicelib.adapters.binance.stream_connection import StreamLimits
from chalicelib.adapters.binance.transport import Transport
from chalicelib.domain import Candle
from chalicelib.errors import BadInput
from tests.fakes.binance_server import START_MS, BinanceServer, Reply, cut, kline_event, minutes, row, running
from tests.fakes.manual_time import ManualTime

BTC = minutes("BTCUSDT", 60)
ETH = minutes("ETHUSDT", 60)
KLINES = "/api/v3/klines"
Session = Callable[[ServerConnection], None]


class Rig:
    """A fake exchange, and a stream of it whose pauses take no time."""

    def __init__(self, server: BinanceServer, session: requests.Session) -> None:
        self.server = server
        self.time = ManualTime()
        self.told: list[str] = []
        transport = Transport(session, server.url, timing=self.time.timing())
        self.market = BinanceMarketData(transport, ExchangeClock(transport, max_age_s=0.0))
        server.candles = {"BTCUSDT": BTC, "ETHUSDT": ETH}
        self.at(BTC[10])

    def at(self, candle: Candle, into_ms: int = 1_500) -> None:
        """It is so long into this candle."""
        self.server.now_ms = candle.open_ms + into_ms

    def stream(self, *symbols: str, kind: type[KlineStream] = KlineStream, **options: Any) -> KlineStream:
        return kind(
            stream_url(self.server.url),
            symbols or ("BTCUSDT",),
            "1m",
            self.market,
            timing=self.time.timing(),
            **{"tell": self.told.append, **options},
        )

    def take(self, count: int, stream: KlineStream | None = None) -> list[Candle]:
        with closing(iter(stream or self.stream())) as candles:
            return list(islice(candles, count))

    def play(self, *sessions: Session) -> None:
        self.server.sessions.extend([*sessions, self.server.hold])

    def says(self, *messages: str, then: Callable[[ServerConnection], None] | None = None) -> Session:
        """A session that sends these, each at its own time of the exchange, and then ends in this way."""

        def session(connection: ServerConnection) -> None:
            for message in messages:
                self.server.now_ms = max(self.server.now_ms, event_time(message))
                connection.send(message)
            (then or self.server.hold)(connection)

        return session

    def cut_at(self, candle: Candle) -> Session:
        """An end of a session: the market moves on to this candle, then the connection is gone."""

        def session(connection: ServerConnection) -> None:
            self.at(candle)
            cut(connection)

        return session


def event_time(message: str) -> int:
    try:
        return int(json.loads(message)["data"]["E"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return 0


def opened(candle: Candle, into_ms: int = 2_000) -> str:
    """An update of a candle that has not closed."""
    return kline_event(candle, closed=False, event_ms=candle.open_ms + into_ms)


@pytest.fixture
def rig() -> Iterator[Rig]:
    with running() as server, requests.Session() as session:
        yield Rig(server, session)


def test_it_starts_with_the_first_candle_that_closes_from_now_on(rig: Rig) -> None:
    rig.play(rig.says(opened(BTC[10]), kline_event(BTC[9]), kline_event(BTC[10]), kline_event(BTC[11])))
    assert rig.take(2) == BTC[10:12]
    assert rig.server.joined == ["/stream?streams=btcusdt@kline_1m"]


def test_with_a_start_everything_since_then_comes_first(rig: Rig) -> None:
    rig.play(rig.says(kline_event(BTC[10]), kline_event(BTC[11])))
    assert rig.take(12, rig.stream(since_ms=START_MS)) == BTC[:12]


def test_duplicates_and_late_messages_are_dropped(rig: Rig) -> None:
    order = [10, 10, 11, 10, 9, 11, 12, 12]
    rig.play(
        rig.says(*(kline_event(BTC[k], event_ms=BTC[max(order[: i + 1])].close_ms + 5) for i, k in enumerate(order)))
    )
    assert rig.take(3) == BTC[10:13]


def test_a_cut_is_repaired_over_rest(rig: Rig) -> None:
    rig.play(
        rig.says(kline_event(BTC[10]), then=rig.cut_at(BTC[20])),
        rig.says(kline_event(BTC[20]), kline_event(BTC[21])),
    )
    assert rig.take(12) == BTC[10:22]
    assert "connecting again in" in rig.told[0]


def test_a_cut_before_the_first_candle_loses_nothing(rig: Rig) -> None:
    rig.play(rig.cut_at(BTC[13]), rig.says(kline_event(BTC[13])))
    assert rig.take(4) == BTC[10:14]


def test_a_lost_closing_message_is_noticed_at_the_next_update(rig: Rig) -> None:
    rig.play(rig.says(kline_event(BTC[10]), opened(BTC[12], 300), opened(BTC[12])))
    assert rig.take(2) == BTC[10:12]


def test_messages_lost_before_a_closing_one_are_filled_in_before_it(rig: Rig) -> None:
    rig.play(rig.says(kline_event(BTC[10]), kline_event(BTC[14]), kline_event(BTC[15])))
    assert rig.take(6) == BTC[10:16]


@pytest.mark.parametrize(
    "junk",
    [
        "{half",
        "",
        "[]",
        "7",
        '{"stream":"x","data":null}',
        '{"result":null,"id":1}',
        '{"stream":"x","data":{"e":"kline"}}',
        '{"stream":"x","data":{"e":"kline","E":1,"k":[]}}',
        '{"stream":"x","data":{"e":"trade","p":"1"}}',
        kline_event(BTC[11]).replace("111.0", "nan"),
        kline_event(BTC[11]).replace('"x": true', '"x": "yes"'),
        kline_event(BTC[11]).replace("BTCUSDT", "XRPUSDT"),
        "[" * 100_000,
    ],
    ids=lambda text: text[:40],
)
def test_junk_is_ignored(junk: str, rig: Rig) -> None:
    rig.play(rig.says(kline_event(BTC[10]), junk, kline_event(BTC[11])))
    assert rig.take(2) == BTC[10:12]
    assert len(rig.server.joined) == 1


def test_where_the_newest_over_rest_is_no_candle_it_stays_due(rig: Rig) -> None:
    """What came before it is given at once; a moment later the exchange tells it well."""
    rows = [row(BTC[8]), row(BTC[9]), row(replace(BTC[10], low=0.0))]
    rig.server.script[KLINES].extend([Reply(body=json.dumps(rows))] * 2)
    rig.at(BTC[11])
    rig.play(rig.says(opened(BTC[12])))
    with closing(iter(rig.stream(since_ms=BTC[8].open_ms))) as candles:
        assert list(islice(candles, 2)) == BTC[8:10]
        asked = len(rig.server.asked(KLINES))
        assert list(islice(candles, 2)) == BTC[10:12]
    assert len(rig.server.asked(KLINES)) > asked
    assert any("low is not above 0; it will be asked for again" in line for line in rig.told)


def test_a_corrupt_closing_message_is_made_good_over_rest(rig: Rig) -> None:
    corrupt = kline_event(BTC[10]).replace('"h": "112.5', '"h": "1.5')
    rig.play(rig.says(corrupt, opened(BTC[11])))
    assert rig.take(1) == BTC[10:11]
    assert "high is below low" in rig.told[0]


def test_a_candle_from_the_future_is_not_believed(rig: Rig) -> None:
    rig.play(rig.says(kline_event(BTC[50], event_ms=BTC[10].open_ms + 3_000), kline_event(BTC[10])))
    assert rig.take(1) == BTC[10:11]


def test_a_true_hole_is_passed_over_and_asked_for_once_an_interval(rig: Rig) -> None:
    rig.server.candles["BTCUSDT"] = BTC[:12] + BTC[15:]
    updates = [opened(BTC[k], into_ms) for k in (15, 16) for into_ms in (2_000, 4_000, 6_000)]
    rig.play(rig.says(kline_event(BTC[10]), kline_event(BTC[11]), *updates, kline_event(BTC[16])))
    assert rig.take(4) == [BTC[10], BTC[11], BTC[15], BTC[16]]
    assert len(rig.server.asked(KLINES)) <= 5


def test_an_announced_shutdown_moves_to_a_new_connection(rig: Rig) -> None:
    shutdown = json.dumps({"stream": "!serverShutdown", "data": {"e": "serverShutdown", "E": START_MS}})
    rig.play(rig.says(kline_event(BTC[10]), shutdown), rig.says(kline_event(BTC[11])))
    assert rig.take(2) == BTC[10:12]
    assert len(rig.server.joined) == 2


def test_a_silent_connection_is_left(rig: Rig) -> None:
    rig.play(rig.says(kline_event(BTC[10])), rig.says(kline_event(BTC[11])))
    assert rig.take(2, rig.stream(limits=StreamLimits(silence_s=0.2))) == BTC[10:12]
    assert "has been silent" in rig.told[0]


def test_the_connection_is_renewed_before_the_exchange_would_cut_it(rig: Rig) -> None:
    def day(connection: ServerConnection) -> None:
        connection.send(kline_event(BTC[10]))
        rig.time.now_ms += 24 * 3_600_000
        rig.says(opened(BTC[11]))(connection)

    rig.play(day, rig.says(kline_event(BTC[11])))
    assert rig.take(2) == BTC[10:12]
    assert "by plan" in rig.told[0]


def test_rest_down_while_catching_up_delays_and_loses_nothing(rig: Rig) -> None:
    def fall(connection: ServerConnection) -> None:
        rig.at(BTC[15])
        rig.server.script[KLINES].extend([Reply(500, "down")] * 12)
        cut(connection)

    rig.play(rig.says(kline_event(BTC[10]), then=fall), *[rig.says(kline_event(BTC[15]))] * 2)
    assert rig.take(6) == BTC[10:16]
    assert sum("HTTP 500" in line for line in rig.told) == 2


def test_backoff_grows_while_nobody_is_there_and_the_stream_goes_on_when_somebody_is() -> None:
    with running() as gone:
        port = gone.port
    manual, told = ManualTime(chance=0.999), list[str]()

    with requests.Session() as session:
        transport = Transport(session, f"http://127.0.0.1:{port}", timing=manual.timing())
        market = BinanceMarketData(transport, ExchangeClock(transport, max_age_s=0.0))
        servers = list[BinanceServer]()

        def hear(line: str) -> None:
            told.append(line)
            if len(told) == 8:
                server = BinanceServer(port)
                server.candles, server.now_ms = {"BTCUSDT": BTC}, BTC[5].open_ms
                servers.append(server)

        url = f"ws://127.0.0.1:{port}"
        stream = KlineStream(url, ["BTCUSDT"], "1m", market, since_ms=START_MS, timing=manual.timing(), tell=hear)
        with closing(iter(stream)) as candles:
            assert list(islice(candles, 5)) == BTC[:5]
        servers[0].close()
    assert "Connection refused" in told[0]
    assert [round(pause) for pause in manual.pauses] == [1, 2, 4, 8, 16, 32, 60, 60]


def test_symbols_are_each_in_order_and_a_quiet_one_is_looked_after(rig: Rig) -> None:
    rig.play(rig.says(*(kline_event(BTC[k]) for k in range(10, 14)), opened(BTC[14])))
    found = rig.take(8, rig.stream("BTCUSDT", "ETHUSDT"))
    assert [candle for candle in found if candle.symbol == "BTCUSDT"] == BTC[10:14]
    assert [candle for candle in found if candle.symbol == "ETHUSDT"] == ETH[10:14]
    assert rig.server.joined == ["/stream?streams=btcusdt@kline_1m/ethusdt@kline_1m"]


def test_an_unknown_symbol_or_interval_ends_it_at_once(rig: Rig) -> None:
    with pytest.raises(BadInput, match="no such symbol"):
        rig.take(1, rig.stream("NOPE"))
    with pytest.raises(BadInput, match="choose one of 1s 1m"):
        KlineStream("ws://127.0.0.1:1", ["BTCUSDT"], "7m", rig.market)


def test_a_region_that_is_not_served_is_explained_and_ends_it(rig: Rig) -> None:
    rig.server.script["/stream"].append(Reply(451, "{}"))
    with pytest.raises(BadInput, match="not served in this region"):
        rig.take(1)


@pytest.mark.parametrize("status", [400, 403, 404, 429, 503, 200])
def test_any_other_refusal_of_the_handshake_is_tried_again(status: int, rig: Rig) -> None:
    rig.server.script["/stream"].append(Reply(status, "<html>", {"Retry-After": "7"}))
    rig.play(rig.says(kline_event(BTC[10])))
    assert rig.take(1) == BTC[10:11]
    assert len(rig.told) == 1


def test_ticker_prices_come_as_they_change_and_never_backwards(rig: Rig) -> None:
    def mini(price: str, event_ms: int, symbol: str = "BTCUSDT") -> str:
        event = {"e": "24hrMiniTicker", "E": event_ms, "s": symbol, "c": price, "o": "1", "h": "1", "l": "1", "v": "1"}
        return json.dumps({"stream": f"{symbol.lower()}@miniTicker", "data": event})

    start_ms = rig.server.now_ms
    first, doubled, late = mini("1.5", start_ms + 10), mini("1.7", start_ms + 10), mini("9", start_ms + 5)
    corrupt, foreign = mini("nan", start_ms + 11), mini("7", start_ms + 12, "XRPUSDT")
    rig.play(rig.says(first, doubled, late, corrupt, foreign, then=cut), rig.says(mini("1.6", start_ms + 20)))
    url = stream_url(rig.server.url)
    stream = TickerStream(url, ["BTCUSDT"], rig.market, timing=rig.time.timing(), tell=rig.told.append)
    with closing(iter(stream)) as tickers:
        prices = [(ticker.price, ticker.time_ms - start_ms) for ticker in islice(tickers, 4)]
    assert prices == [(BTC[-1].close, 0), (1.5, 10), (BTC[-1].close, 12), (1.6, 20)]
    assert rig.server.joined[0] == "/stream?streams=btcusdt@miniTicker"


class ForgetsTheGap(KlineStream):
    """Planted defect: looks for what it missed, and drops it."""

    def _fill(self, symbol: str, due_ms: int) -> Iterator[Candle]:
        list(super()._fill(symbol, due_ms))
        yield from ()


class BelievesEverything(KlineStream):
    """Planted defect: hands on every closed candle that the socket brings."""

    def _take(self, event: Any) -> Iterator[Candle]:
        self._due_ms = dict.fromkeys(self._due_ms, event.get("k", {}).get("t"))
        yield from super()._take(event)


def chaos(rig: Rig, seed: int, last: int) -> None:
    """From candle 10 on: messages lost, doubled, out of order and corrupt, connections cut, REST failing."""
    dice = random.Random(seed)
    state = {"k": 10}

    def session(connection: ServerConnection) -> None:
        while state["k"] < last:
            candle = BTC[state["k"]]
            rig.server.now_ms = candle.close_ms + 5
            closing_message = kline_event(candle)
            for _ in range(dice.choice([0, 1, 1, 1, 2])):
                connection.send(dice.choice([closing_message, closing_message, closing_message.replace("0000", "x")]))
            if dice.random() < 0.3:
                connection.send(kline_event(BTC[dice.randrange(state["k"] + 1)], event_ms=rig.server.now_ms))
            state["k"] += 1
            if dice.random() < 0.15:
                state["k"] = min(last, state["k"] + dice.randrange(3))
                rig.server.script[KLINES].extend(dice.choices([Reply(500), Reply(cut=True), Reply(body="{")], k=2))
                cut(connection)
                return
            rig.at(BTC[state["k"]])
            connection.send(opened(BTC[state["k"]], dice.choice([200, 2_000])))
        rig.at(BTC[last], 3_000)
        connection.send(opened(BTC[last], 3_000))
        rig.server.hold(connection)

    rig.server.sessions.append(session)


@pytest.mark.parametrize("seed", range(8))
def test_through_chaos_every_candle_comes_once_and_in_order(seed: int, rig: Rig) -> None:
    chaos(rig, seed, last=55)
    assert rig.take(45) == BTC[10:55]


@pytest.mark.parametrize("defect", [ForgetsTheGap, BelievesEverything])
def test_the_chaos_finds_planted_defects(defect: type[KlineStream], rig: Rig) -> None:
    class OverError(Exception):
        """The market has nothing more to say."""

    def hear(line: str) -> None:
        if "silent" in line:
            raise OverError

    chaos(rig, seed=1, last=55)
    found: list[Candle] = []
    with suppress(OverError):
        found.extend(islice(rig.stream(kind=defect, limits=StreamLimits(silence_s=0.5), tell=hear), 45))
    assert found != BTC[10:55]
