"""The REST side over real HTTP: shapes as recorded from Binance, parameters and errors as documented."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
import requests

from chalicelib.domain import DAY_MS, MINUTE_MS
from tests.shared_data import shared
from tests.sim_server import START_MS, Running, generated, running
from tests.support.shapes import recorded, shape
from trader.sim.view import INTERVALS


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running(generated()) as server:
        yield server


def get(server: Running, path: str, **parameters: object) -> requests.Response:
    return requests.get(f"{server.url}/api/v3/{path}", params={k: str(v) for k, v in parameters.items()}, timeout=5)


def test_ping_and_time(server: Running) -> None:
    assert get(server, "ping").json() == {}
    answer = get(server, "time")
    assert START_MS <= answer.json()["serverTime"] < START_MS + MINUTE_MS
    assert answer.headers["Content-Type"] == "application/json;charset=UTF-8"
    assert shape(answer.json()) == shape(recorded("recorded_time"))


@pytest.mark.parametrize(
    ("path", "payload"),
    [
        ("ticker/price", "recorded_ticker_price"),
        ("ticker/bookTicker", "recorded_book_ticker"),
        ("ticker/24hr", "docshape_ticker_24hr_response"),
    ],
)
def test_tickers_have_the_recorded_shape_for_one_some_and_all(server: Running, path: str, payload: str) -> None:
    expected = shape(recorded(payload))
    assert shape(get(server, path, symbol="BTCUSDT").json()) == expected
    assert shape(get(server, path, symbols='["ETHUSDT"]').json()) == [expected]
    everything = get(server, path).json()
    assert [item["symbol"] for item in everything] == ["BTCUSDT", "ETHUSDT"]
    assert shape(everything) == [expected, expected]


def test_average_price_has_the_recorded_shape_and_todays_close_time(server: Running) -> None:
    found = get(server, "avgPrice", symbol="BTCUSDT").json()
    assert START_MS <= found.pop("closeTime") < START_MS + MINUTE_MS
    assert shape(found) == shape(recorded("recorded_avg_price"))


def test_the_day_ticker_sums_up_the_klines_of_the_day(server: Running) -> None:
    ticker = get(server, "ticker/24hr", symbol="ETHUSDT").json()
    start_ms = ticker["openTime"] + 1
    pages = [
        get(
            server,
            "klines",
            symbol="ETHUSDT",
            interval="1m",
            startTime=begin,
            endTime=begin + DAY_MS // 2 - 1,
            limit=999,
        )
        for begin in (start_ms, start_ms + DAY_MS // 2)
    ]
    rows = [row for page in pages for row in page.json()]
    assert ticker["openPrice"] == rows[0][1]
    assert float(ticker["highPrice"]) == max(float(row[2]) for row in rows)
    assert float(ticker["lowPrice"]) == min(float(row[3]) for row in rows)
    closed = sum(float(row[5]) for row in rows[:-1])
    assert closed <= float(ticker["volume"]) + 1e-6
    mini = get(server, "ticker/24hr", symbol="ETHUSDT", type="MINI").json()
    assert mini.keys() < ticker.keys()
    assert "bidPrice" not in mini


def test_klines_have_the_recorded_shape_and_end_with_the_running_minute(server: Running) -> None:
    rows = get(server, "klines", symbol="BTCUSDT", interval="1m", limit=10).json()
    assert shape(rows) == shape(recorded("recorded_klines"))
    assert rows[-1][0] == START_MS
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)
    assert all(row[6] == row[0] + MINUTE_MS - 1 for row in rows)
    for _, opened, high, low, closed, volume, _, quote, trades, taker, taker_quote, _ in rows:
        assert float(low) <= float(opened) <= float(high)
        assert float(low) <= float(closed) <= float(high)
        assert float(taker) <= float(volume)
        assert float(taker_quote) <= float(quote)
        assert trades >= (float(volume) > 0)


def test_limits_default_to_500_and_stop_at_1000(server: Running) -> None:
    assert len(get(server, "klines", symbol="BTCUSDT", interval="1m").json()) == 500
    assert len(get(server, "klines", symbol="BTCUSDT", interval="1m", limit=5000).json()) == 1000


def test_time_bounds_choose_rows_as_documented(server: Running) -> None:
    def opens(**bounds: object) -> list[int]:
        rows = get(server, "klines", symbol="BTCUSDT", interval="5m", **bounds).json()
        return [(row[0] - base_ms) // INTERVALS["5m"] for row in rows]

    base_ms = START_MS - START_MS % INTERVALS["5m"] - 20 * INTERVALS["5m"]
    step = INTERVALS["5m"]
    assert opens(startTime=base_ms, limit=3) == [0, 1, 2]
    assert opens(startTime=base_ms + 1, limit=2) == [1, 2]
    assert opens(endTime=base_ms + 5 * step, limit=2) == [4, 5]
    assert opens(startTime=base_ms, endTime=base_ms + 2 * step) == [0, 1, 2]
    assert opens(startTime=base_ms + 3 * step, endTime=base_ms) == []
    assert opens(limit=1) == [20]


@pytest.mark.parametrize("interval", INTERVALS)
def test_every_interval_is_served(server: Running, interval: str) -> None:
    rows = get(server, "klines", symbol="BTCUSDT", interval=interval, limit=2).json()
    assert rows[-1][0] <= START_MS <= rows[-1][6]
    assert rows[-1][6] - rows[-1][0] == INTERVALS[interval] - 1


def test_time_zones_move_the_day(server: Running) -> None:
    [row] = get(server, "klines", symbol="BTCUSDT", interval="1d", limit=1, timeZone="-3:30").json()
    assert (row[0] - 3.5 * 3_600_000) % DAY_MS == 0


@pytest.mark.parametrize(
    ("path", "parameters", "code", "says"),
    [
        (
            "klines",
            {"interval": "1m"},
            -1102,
            "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed.",
        ),
        ("klines", {"symbol": "BTCUSDT"}, -1102, "Mandatory parameter 'interval' was not sent"),
        ("klines", {"symbol": "", "interval": "1m"}, -1105, "Parameter 'symbol' was empty."),
        ("klines", {"symbol": "btcusdt", "interval": "1m"}, -1100, "Illegal characters found in parameter 'symbol';"),
        ("klines", {"symbol": "BTC/USDT", "interval": "1m"}, -1100, r"legal range is '^[\w\-._&&[^a-z]]{1,50}$'."),
        ("klines", {"symbol": "NOPE", "interval": "1m"}, -1121, "Invalid symbol."),
        ("klines", {"symbol": "BTCUSDT", "interval": "7m"}, -1120, "Invalid interval."),
        ("klines", {"symbol": "BTCUSDT", "interval": "1M"}, -1120, "Invalid interval."),
        ("klines", {"symbol": "BTCUSDT", "interval": "1m", "limit": "x"}, -1100, "legal range is '^[0-9]{1,20}$'."),
        ("klines", {"symbol": "BTCUSDT", "interval": "1m", "limit": "-1"}, -1100, "in parameter 'limit'"),
        ("klines", {"symbol": "BTCUSDT", "interval": "1m", "limit": "0"}, -1130, "Data sent for parameter 'limit'"),
        ("klines", {"symbol": "BTCUSDT", "interval": "1m", "startTime": "1e3"}, -1100, "in parameter 'startTime'"),
        ("klines", {"symbol": "BTCUSDT", "interval": "1m", "timeZone": "15"}, -1130, "parameter 'timeZone'"),
        ("klines", {"symbol": "BTCUSDT", "interval": "1m", "x": "1"}, -1104, "read '2' parameter(s) but was sent '3'."),
        ("time", {"x": "1"}, -1101, "Too many parameters; expected '0' and received '1'."),
        ("exchangeInfo", {"symbol": "NOPE"}, -1121, "Invalid symbol."),
        ("exchangeInfo", {"symbol": "BTCUSDT", "symbols": '["BTCUSDT"]'}, -1128, "Combination of optional parameters"),
        ("exchangeInfo", {"symbols": "BTCUSDT"}, -1100, "Illegal characters found in parameter 'symbols'"),
        ("exchangeInfo", {"symbols": '["BTCUSDT","BTCUSDT"]'}, -1101, "Duplicate values"),
        ("exchangeInfo", {"symbolStatus": "OPEN"}, -1122, "Invalid symbolStatus."),
        ("ticker/24hr", {"type": "HUGE"}, -1139, "Invalid ticker type."),
        ("avgPrice", {}, -1102, "Mandatory parameter 'symbol'"),
    ],
)
def test_mistakes_are_answered_as_documented(
    server: Running, path: str, parameters: dict[str, str], code: int, says: str
) -> None:
    answer = requests.get(f"{server.url}/api/v3/{path}", params=parameters, timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert says in answer.json()["msg"]


def test_every_error_text_is_one_that_binance_documents(server: Running) -> None:
    documented = json.loads(shared("binance/error_codes.json").read_text())["errors"]
    texts = {entry["code"]: entry["messages"] for entry in documented}
    for query in (
        "",
        "symbol=NOPE&interval=1m",
        "symbol=x&interval=1m",
        "symbol=BTCUSDT&interval=1",
        "symbol=&interval=",
    ):
        error = requests.get(f"{server.url}/api/v3/klines?{query}", timeout=5).json()
        patterns = [re.escape(text).replace("%s", ".+") for text in texts[error["code"]]]
        assert any(re.fullmatch(pattern, error["msg"]) for pattern in patterns), error


def test_a_parameter_sent_twice_is_refused(server: Running) -> None:
    answer = requests.get(f"{server.url}/api/v3/klines?symbol=BTCUSDT&symbol=ETHUSDT&interval=1m", timeout=5)
    assert answer.json()["code"] == -1101


@pytest.mark.parametrize("path", ["/", "/api/v3", "/api/v3/nope", "/api/v3/time/", "/api/v1/time", "/fapi/v1/klines"])
def test_unknown_paths_are_404(server: Running, path: str) -> None:
    assert requests.get(server.url + path, timeout=5).status_code == 404


def test_other_methods_are_405(server: Running) -> None:
    assert requests.post(f"{server.url}/api/v3/time", timeout=5).status_code == 405


def test_exchange_info_lists_the_pairs_with_todays_filters(server: Running) -> None:
    info = get(server, "exchangeInfo").json()
    old = recorded("recorded_exchange_info")
    assert isinstance(old, dict)
    assert info.keys() == old.keys()
    assert [symbol["symbol"] for symbol in info["symbols"]] == ["BTCUSDT", "ETHUSDT"]
    assert old["symbols"][0].keys() <= info["symbols"][0].keys()
    filters = {item["filterType"]: item for item in info["symbols"][0]["filters"]}
    assert filters["PRICE_FILTER"]["tickSize"] == "0.01000000"
    assert filters["LOT_SIZE"]["stepSize"] == "0.00001000"
    assert filters["NOTIONAL"]["minNotional"] == "5.00000000"
    assert {"MARKET_LOT_SIZE", "PERCENT_PRICE_BY_SIDE", "MAX_NUM_ORDERS"} <= filters.keys()
    assert {limit["rateLimitType"] for limit in info["rateLimits"]} == {"REQUEST_WEIGHT", "ORDERS", "RAW_REQUESTS"}
    [symbol] = get(server, "exchangeInfo", symbol="ETHUSDT", showPermissionSets="false").json()["symbols"]
    assert (symbol["baseAsset"], symbol["quoteAsset"], symbol["permissionSets"]) == ("ETH", "USDT", [])
    assert get(server, "exchangeInfo", symbolStatus="BREAK").json()["symbols"] == []
    assert get(server, "exchangeInfo", permissions='["MARGIN","LEVERAGED"]').json()["symbols"] == []
    assert len(get(server, "exchangeInfo", permissions="SPOT").json()["symbols"]) == 2


def test_answers_tell_the_weight_used_and_the_limit_is_enforced() -> None:
    with running(generated(history_minutes=10)) as server, requests.Session() as session:

        def day_tickers() -> requests.Response:
            return session.get(f"{server.url}/api/v3/ticker/24hr", timeout=5)

        used = [int(day_tickers().headers["X-MBX-USED-WEIGHT-1M"]) for _ in range(2)]
        assert used == [80, 160]
        answers = [day_tickers() for _ in range(73 + 11)]
        assert {answer.status_code for answer in answers[:73]} == {200}
        assert answers[73].status_code == 429
        assert 0 < int(answers[73].headers["Retry-After"]) <= 60
        assert answers[73].json()["code"] == -1003
        assert answers[-1].status_code == 418
        assert int(answers[-1].headers["Retry-After"]) == 120
        assert "IP banned until" in answers[-1].json()["msg"]


def test_the_same_seed_answers_with_the_same_bytes() -> None:
    def klines() -> bytes:
        with running(generated(seed=9)) as server:
            return get(server, "klines", symbol="ETHUSDT", interval="1m", endTime=START_MS - 1, limit=1000).content

    assert klines() == klines()
