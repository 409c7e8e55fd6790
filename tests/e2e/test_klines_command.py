"""trader klines and trader history against the simulated exchange, as a user calls them."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.commands import start, trader
from tests.fakes.binance_server import START_MS, BinanceServer, minutes
from tests.fakes.binance_server import running as scripted
from tests.sim_server import Running, generated, running
from trader.sim.server import bind


@pytest.fixture(scope="module")
def exchange() -> Iterator[Running]:
    with running(generated(speed=600.0)) as server:
        yield server


def test_json_is_an_array_of_candle_objects(exchange: Running, tmp_path: Path) -> None:
    shown = trader("klines", "BTCUSDT", "-n", "5", "--json", "--base-url", exchange.url, home=tmp_path).stdout
    candles = json.loads(shown)
    assert len(candles) == 5
    assert list(candles[0]) == ["open_time", "open", "high", "low", "close", "volume", "close_time"]
    assert all(candle["close_time"] - candle["open_time"] == 59_999 for candle in candles)


def test_lines_in_a_pipe_and_bigger_intervals(exchange: Running, tmp_path: Path) -> None:
    done = trader("klines", "BTCUSDT", "-n", "3", "--interval", "1h", "--base-url", exchange.url, home=tmp_path)
    header, *rows = done.stdout.splitlines()
    assert header.split("\t")[0] == "open_time"
    assert len(rows) == 3
    assert all(int(row.split("\t")[0]) % 3_600_000 == 0 for row in rows)


def test_the_stream_prints_each_closed_candle_once_and_ends_cleanly(exchange: Running, tmp_path: Path) -> None:
    arguments = ("klines", "BTCUSDT", "--stream", "--json", "--base-url", exchange.url)
    with start(*arguments, home=tmp_path) as process:
        assert process.stdout is not None
        opens = [json.loads(process.stdout.readline())["open_time"] for _ in range(8)]
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert "Traceback" not in said
    assert opens == sorted(set(opens))


def test_a_stream_waits_for_an_exchange_that_is_not_up_yet_and_says_so(tmp_path: Path) -> None:
    with bind(0) as listener:
        port = listener.getsockname()[1]
    with start("klines", "BTCUSDT", "--stream", "--base-url", f"http://127.0.0.1:{port}", home=tmp_path) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        said = process.stderr.readline()
        with running(generated(speed=600.0), port=port):
            opens = [int(process.stdout.readline().split("\t")[0]) for _ in range(3)]
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Connection refused; connecting again in" in said
    assert opens == sorted(set(opens))


def test_history_fills_the_archive_and_goes_on_where_it_was(exchange: Running, tmp_path: Path) -> None:
    candles = json.loads(
        trader("klines", "BTCUSDT", "-n", "1200", "--json", "--base-url", exchange.url, home=tmp_path).stdout
    )
    first, last = (f"{candles[at]['open_time'] / 1000:.0f}" for at in (0, -1))
    span = ("--from", iso(first), "--to", iso(last), "--base-url", exchange.url, "--json")
    report = json.loads(trader("history", "BTCUSDT", *span, home=tmp_path).stdout)
    assert report["new"] == report["candles"] == 1_200
    again = json.loads(trader("history", "BTCUSDT", *span, home=tmp_path).stdout)
    assert (again["new"], again["candles"]) == (0, 1_200)
    asked = (
        "--symbol",
        "BTCUSDT",
        "--set",
        f"exchange.base_url={exchange.url}",
        "--out",
        str(tmp_path / "results"),
        "--no-report",
    )
    done = trader("paper", "backtest", *asked, home=tmp_path)
    assert "are not known" not in done.stderr
    figures = json.loads((tmp_path / "results" / "metrics.json").read_text("utf-8"))
    assert [figures[name] for name in ("lot_steps", "ticks", "min_notionals")] == [[1e-05], [0.01], [5.0]]


def test_the_minute_that_is_still_open_is_not_missing(exchange: Running, tmp_path: Path) -> None:
    newest = json.loads(
        trader("klines", "BTCUSDT", "-n", "1", "--json", "--base-url", exchange.url, home=tmp_path).stdout
    )
    span = ("--from", iso(f"{newest[0]['open_time'] / 1000:.0f}"), "--to", "2099-01-01")
    report = json.loads(trader("history", "BTCUSDT", *span, "--base-url", exchange.url, "--json", home=tmp_path).stdout)
    found = exchange.exchange.tapes["BTCUSDT"].forward(
        newest[0]["open_time"], newest[0]["open_time"] + (report["candles"] + report["missing_minutes"] - 1) * 60_000
    )
    assert len(list(found)) == report["candles"] > 0


@pytest.fixture
def outage() -> Iterator[BinanceServer]:
    """An exchange whose candles open 14 seconds off the full minute after an outage, one without a low, one twice."""
    stored = minutes("BTCUSDT", 1_500)
    off = [replace(candle, open_ms=candle.open_ms + 14_000) for candle in stored[100:1_300]]
    with scripted() as server:
        server.candles["BTCUSDT"] = [*stored[:51], *stored[50:60], replace(stored[60], low=0.0), *stored[61:100], *off]
        server.candles["BTCUSDT"] += stored[1_300:]
        server.now_ms = stored[-1].close_ms + 1
        yield server


def test_odd_candles_stop_neither_history_nor_klines_and_are_told_in_one_line(
    outage: BinanceServer, tmp_path: Path
) -> None:
    span = ("--from", iso(str(START_MS // 1000)), "--to", "2023-11-16", "--base-url", outage.url, "--json")
    done = trader("history", "BTCUSDT", *span, home=tmp_path)
    report = json.loads(done.stdout)
    assert (report["new"], report["candles"], report["missing_minutes"], report["odd_rows"]) == (299, 299, 1_201, 1_201)
    said = (
        "klines of BTCUSDT: 1201 rows are no candles of a minute and are left out, the first is the one of "
        "2023-11-14T23:14:00.000+00:00: low is not above 0; 1 row repeats another and is read once\n"
    )
    assert done.stderr == said
    again = json.loads(trader("history", "BTCUSDT", *span, home=tmp_path).stdout)
    assert (again["new"], again["candles"]) == (0, 299)
    shown = trader("klines", "BTCUSDT", "-n", "1000", *span, home=tmp_path)
    assert len(json.loads(shown.stdout)) == 299
    assert shown.stderr == said


@pytest.fixture
def networks() -> Iterator[list[BinanceServer]]:
    """Two exchanges that tell other candles of one symbol."""
    with scripted() as first, scripted() as second:
        for number, server in enumerate((first, second)):
            server.candles["BTCUSDT"] = minutes("BTCUSDT", 300 + number)
            server.now_ms = server.candles["BTCUSDT"][-1].close_ms + 1
        second.candles["BTCUSDT"] = [replace(each, close=each.low) for each in second.candles["BTCUSDT"]]
        yield [first, second]


def test_two_hosts_never_share_a_candle_and_a_backtest_says_whose_it_took(
    networks: list[BinanceServer], tmp_path: Path
) -> None:
    span = ("--from", iso(str(START_MS // 1000)), "--to", "2023-11-16")
    for server in networks:
        trader("history", "BTCUSDT", *span, "--base-url", server.url, home=tmp_path)
    listed = json.loads(trader("history", "--list", "--json", home=tmp_path).stdout)
    hosts = [f"127.0.0.1:{server.port} spot" for server in networks]
    assert sorted((each["host"], each["candles"]) for each in listed) == sorted(zip(hosts, (300, 301), strict=True))

    backtest = ("paper", "backtest", "--symbol", "BTCUSDT", "--out", "out", "--no-report")
    refused = trader(*backtest, home=tmp_path, cwd=tmp_path, code=1)
    assert len(refused.stderr.splitlines()) == 1
    assert "no candles of BTCUSDT on api.binance.com spot; there are those of" in refused.stderr
    assert f"(--set exchange.base_url={networks[0].url})" in refused.stderr
    chosen = trader(*backtest, "--set", f"exchange.base_url={networks[1].url}", home=tmp_path, cwd=tmp_path)
    assert f"candles: the archive of {hosts[1]}\n" in chosen.stderr
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text("utf-8"))
    assert (metrics["candles"], metrics["bars"]) == (f"the archive of {hosts[1]}", 301)


def test_what_is_stored_is_asked_for_anew_and_deleted_on_command(networks: list[BinanceServer], tmp_path: Path) -> None:
    server = networks[0]
    span = ("--from", iso(str(START_MS // 1000)), "--to", "2023-11-16")
    at = ("--base-url", server.url, "--json")
    trader("history", "BTCUSDT", *span, *at, home=tmp_path)
    server.candles["BTCUSDT"] = [*networks[1].candles["BTCUSDT"][:5], *server.candles["BTCUSDT"][5:]]
    unchanged = json.loads(trader("history", "BTCUSDT", *span, *at, home=tmp_path).stdout)
    assert (unchanged["new"], unchanged["changed"]) == (0, 0)
    done = json.loads(trader("history", "BTCUSDT", *span, *at, "--refresh", home=tmp_path).stdout)
    assert (done["new"], done["changed"], done["candles"]) == (0, 5, 300)
    whole = json.loads(trader("history", "BTCUSDT", *at, "--refresh", home=tmp_path).stdout)
    assert (whole["changed"], whole["candles"]) == (0, 300)
    assert "nothing is stored" in trader("history", "ETHUSDT", "--list", home=tmp_path).stderr
    day = ("--from", "2023-11-15", "--to", "2023-11-15")
    gone = json.loads(trader("history", "BTCUSDT", "--drop", *day, "--json", home=tmp_path).stdout)
    assert gone == {"market": f"127.0.0.1:{server.port} spot", "symbol": "BTCUSDT", "dropped": 300 - 106}
    rows = trader("history", "BTCUSDT", "--list", home=tmp_path).stdout.splitlines()
    assert rows[1].split("\t")[1:6] == ["BTCUSDT", "2023-11-14 22:14:00Z", "2023-11-14 23:59:00Z", "106", "0"]


def iso(seconds: str) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(int(seconds), UTC).isoformat()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("klines", "NOSUCH"), 1, "no such symbol"),
        (("klines", "BTCUSDT", "--interval", "7m"), 1, "interval"),
        (("klines", "BTCUSDT", "-n", "0"), 2, "-n"),
        (("klines", "BTCUSDT", "--from", "yesterday"), 2, "must be a day, a month or a time"),
        (("klines", "BTCUSDT", "--from", "2025-02-02", "--to", "2025-02-01"), 2, "--from lies after --to"),
        (("klines", "BTCUSDT", "--stream", "--to", "2025-02-01"), 2, "--stream has no end"),
        (("history", "BTCUSDT", "--from", "2025-02-01"), 2, "--to"),
        (("history", "--from", "2025-02-01"), 2, "SYMBOL"),
        (("history", "BTCUSDT", "--refresh"), 1, "no candles of BTCUSDT on 127.0.0.1"),
        (("history", "BTCUSDT", "--from", "2025-02", "--to", "2025-02", "--host", "x"), 2, "--list and --drop"),
        (("history", "BTCUSDT", "--drop"), 2, "name what is stored by --host"),
    ],
)
def test_mistakes_are_explained(
    exchange: Running, tmp_path: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    done = trader(*arguments, "--base-url", exchange.url, home=tmp_path, code=code)
    assert said in done.stderr
    assert code == 2 or len(done.stderr.splitlines()) == 1


def test_a_dead_network_is_one_line(tmp_path: Path) -> None:
    done = trader("klines", "BTCUSDT", "--base-url", "http://127.0.0.1:9", home=tmp_path, code=1)
    assert "does not answer" in done.stderr
    assert len(done.stderr.splitlines()) == 1
