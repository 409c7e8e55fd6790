"""What the transport does with every answer that an exchange, or what stands in its place, can give."""

from __future__ import annotations

import json
from collections.abc import Iterator
from math import ceil

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.adapters.binance.faults import KeepAway, error_body, failure
from chalicelib.adapters.binance.hosts import rest_url, stream_url
from chalicelib.adapters.binance.timing import backoff_s
from chalicelib.adapters.binance.transport import Transport
from chalicelib.adapters.binance.weights import WeightLedger
from chalicelib.errors import BadInput, Rejected, TraderError, Unavailable
from chalicelib.foreign_text import one_line
from tests.fakes.binance_server import BinanceServer, Reply, refusal, running
from tests.fakes.manual_time import ManualTime
from tests.shared_data import shared

TIME = "/api/v3/time"


@pytest.fixture
def transport(server: BinanceServer, manual: ManualTime) -> Iterator[Transport]:
    with requests.Session() as session:
        yield Transport(session, server.url, timing=manual.timing(), timeout_s=(5.0, 5.0))


def ask(transport: Transport) -> object:
    return transport.get(TIME, {}, weight=1, read=lambda answer: answer)


@pytest.mark.parametrize(
    "fault",
    [
        Reply(500, "oops"),
        Reply(503, "<html>down</html>"),
        refusal(400, -1001, "Internal error; unable to process your request. Please try again."),
        refusal(429, -1003, "Too many requests queued."),
        Reply(200, "{half of"),
        Reply(200, "<html>a captive portal</html>"),
        Reply(200, '{"serverTime": NaN}'),
        Reply(200, ""),
        Reply(302, "", {"Location": "http://127.0.0.1:1/elsewhere"}),
        Reply(cut=True),
        Reply(cut=True, body='{"serverTime": 17'),
    ],
    ids=lambda reply: f"{reply.status} {reply.body[:12]}",
)
def test_a_passing_fault_is_survived(
    fault: Reply, server: BinanceServer, transport: Transport, manual: ManualTime
) -> None:
    server.script[TIME].extend([fault, fault])
    assert ask(transport) == {"serverTime": server.now_ms}
    assert manual.pauses == [0.25, 0.5]


def test_a_lasting_fault_is_given_up_after_five_attempts_in_one_line(
    server: BinanceServer, transport: Transport
) -> None:
    server.script[TIME].extend([Reply(502, "<html>\n<b>Bad\x07 Gateway</b>")] * 9)
    with pytest.raises(Unavailable, match=r"HTTP 502; <html> <b>Bad\\x07 Gateway</b>$"):
        ask(transport)
    assert len(server.asked(TIME)) == 5


def test_retry_after_is_honoured(server: BinanceServer, transport: Transport, manual: ManualTime) -> None:
    server.script[TIME].append(refusal(429, -1003, "Too much request weight used", Retry_After="17"))
    assert ask(transport) == {"serverTime": server.now_ms}
    assert manual.pauses == [17.25]


def test_a_longer_pause_than_our_patience_is_not_waited_for_and_not_tested(
    server: BinanceServer, transport: Transport, manual: ManualTime
) -> None:
    server.script[TIME].append(refusal(429, -1003, "Too much request weight used", Retry_After="300"))
    with pytest.raises(Unavailable) as first:
        ask(transport)
    with pytest.raises(Unavailable, match="left alone for another 300 s") as second:
        ask(transport)
    assert (first.value.retry_after_s, second.value.retry_after_s) == (300.0, 300.0)
    assert (len(server.asked(TIME)), manual.pauses) == (1, [])


def test_a_ban_is_explained_with_its_end_and_never_hammered(
    server: BinanceServer, transport: Transport, manual: ManualTime
) -> None:
    server.script[TIME].append(refusal(418, -1003, "Way too much request weight used; IP banned", Retry_After="7200"))
    with pytest.raises(KeepAway, match=r"banned for 7200 s, until 2023-11-15 00:13:20Z; Way too much"):
        ask(transport)
    for _ in range(3):
        with pytest.raises(Unavailable, match="left alone"):
            ask(transport)
    assert len(server.asked(TIME)) == 1
    manual.sleep(7200)
    assert ask(transport) == {"serverTime": server.now_ms}


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        (Reply(451, "{}"), BadInput, "not served in this region .HTTP 451.; set .* https://data-api.binance.vision"),
        (Reply(403, "<html>"), KeepAway, "firewall"),
        (Reply(404, "<html>"), BadInput, "is the base URL that of an exchange"),
        (refusal(400, -1121, "Invalid symbol."), BadInput, "no such symbol"),
        (refusal(400, -1120, "Invalid interval."), BadInput, r"Invalid interval. \(-1120\)"),
        (refusal(400, -1100, "Illegal characters found"), BadInput, "Illegal characters"),
        (refusal(400, -1130, "Data sent for parameter 'x' is not valid."), BadInput, "-1130"),
        (refusal(400, -2010, "Account has insufficient balance"), Rejected, "insufficient balance"),
        (refusal(401, -2015, "Invalid API-key"), Rejected, "Invalid API-key"),
    ],
)
def test_a_refusal_for_good_is_explained_and_asked_once(
    reply: Reply, kind: type[TraderError], words: str, server: BinanceServer, transport: Transport
) -> None:
    server.script[TIME].append(reply)
    with pytest.raises(kind, match=words):
        ask(transport)
    assert len(server.asked(TIME)) == 1


def test_every_documented_error_code_becomes_one_of_our_errors_in_one_line() -> None:
    listed = json.loads(shared("binance/error_codes.json").read_text())["errors"]
    for entry in listed:
        body = json.dumps({"code": entry["code"], "msg": entry["messages"][0]}).encode()
        error = failure(400, {}, body, "here", 0)
        expected = BadInput if -1200 < entry["code"] <= -1100 else (Unavailable, Rejected)
        assert isinstance(error, expected), entry
        assert "\n" not in str(error)


def test_nobody_at_the_address_is_one_line_that_names_it() -> None:
    with running() as gone:
        url = gone.url
    with requests.Session() as session:
        transport = Transport(session, url, timing=ManualTime().timing(), attempts=2)
        with pytest.raises(Unavailable, match=rf"^{url} does not answer: Connection refused$"):
            ask(transport)


def test_an_exchange_that_hangs_is_left_after_the_timeout(server: BinanceServer, manual: ManualTime) -> None:
    server.script[TIME].extend([Reply(delay_s=9.0)] * 2)
    with requests.Session() as session:
        transport = Transport(session, server.url, timing=manual.timing(), attempts=2, timeout_s=(5.0, 0.1))
        with pytest.raises(Unavailable, match="does not answer: timed out"):
            ask(transport)


def test_the_ledger_stops_before_the_limit_and_goes_on_in_the_next_minute(
    server: BinanceServer, transport: Transport, manual: ManualTime
) -> None:
    manual.now_ms = 1_700_000_040_000 + 12_000
    server.weight = 5_399
    ask(transport)
    assert (transport.ledger.used, manual.pauses) == (5_399, [])
    ask(transport)
    server.weight = 1
    ask(transport)
    assert manual.pauses == []
    server.weight = 5_400
    ask(transport)
    ask(transport)
    assert manual.pauses == [48.0]


def test_a_redirect_is_not_followed(server: BinanceServer, transport: Transport) -> None:
    server.script[TIME].extend([Reply(301, "", {"Location": f"{server.url}/trap"})] * 5)
    with pytest.raises(Unavailable, match="HTTP 301 leads elsewhere"):
        ask(transport)
    assert server.asked("/trap") == []


@given(weights=st.lists(st.integers(1, 50), max_size=300), limit=st.integers(100, 6000))
def test_whoever_obeys_the_ledger_never_exceeds_the_limit_in_a_minute(weights: list[int], limit: int) -> None:
    ledger = WeightLedger(limit=limit)
    now_ms, used = 1_700_000_040_000, dict[int, int]()
    for weight in weights:
        now_ms += ceil(ledger.wait_s(weight, now_ms / 1000) * 1000)
        minute = now_ms // 60_000
        used[minute] = used.get(minute, 0) + weight
        ledger.record(str(used[minute]), weight, now_ms / 1000, now_ms)
        assert used[minute] <= limit
        now_ms += 20


@given(told=st.text(max_size=12))
def test_a_ledger_believes_only_plain_numbers(told: str) -> None:
    ledger = WeightLedger()
    ledger.record(told, 2, 1.0, 1_000)
    assert ledger.used == (int(told) if told.isdecimal() and len(told) < 10 else 2)


@given(failures=st.integers(1, 10_000), chance=st.floats(0.0, 1.0, exclude_max=True))
def test_backoff_stays_below_its_cap(failures: int, chance: float) -> None:
    assert 0.0 <= backoff_s(failures, 0.5, 10.0, chance) < 10.0


@given(body=st.binary(max_size=300))
def test_any_error_body_gives_one_printable_line(body: bytes) -> None:
    code, message = error_body(body)
    assert code is None or isinstance(code, int)
    assert message.isprintable()
    assert one_line(message) == message


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "api.binance.com",
        "ftp://x",
        "http://",
        "http://user:pass@host",
        "https://h/v1",
        "http://h:99999",
        "http://[::1",
    ],
)
def test_what_is_no_base_url_is_explained(wrong: str) -> None:
    with pytest.raises(BadInput, match=r"base URL .* give http\(s\)://host"):
        rest_url(wrong)


@pytest.mark.parametrize(
    ("base", "stream"),
    [
        ("https://api.binance.com", "wss://stream.binance.com:9443"),
        ("https://api3.binance.com/", "wss://stream.binance.com:9443"),
        ("https://data-api.binance.vision", "wss://data-stream.binance.vision"),
        ("https://testnet.binance.vision/api", "wss://stream.testnet.binance.vision"),
        ("http://localhost:9000", "ws://localhost:9000"),
        ("https://sim.example:8443/", "wss://sim.example:8443"),
    ],
)
def test_the_stream_address_follows_from_the_base_url(base: str, stream: str) -> None:
    assert stream_url(base) == stream
