"""`trader sim` as a user starts it: a process of its own, real clients, real signals."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from websockets.sync.client import connect

from chalicelib.domain import MINUTE_MS

READY = re.compile(r"simulated exchange ready on http://127\.0\.0\.1:(\d+) \((.+)\)\n")
TRADER = [sys.executable, "-c", "from trader.cli import main; main()", "sim"]


@contextmanager
def sim(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], int, str]]:
    """The process, its port and what it says about itself, once it is ready; ended if the test did not end it."""
    with subprocess.Popen(
        [*TRADER, "--port", "0", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            match = READY.fullmatch(line)
            assert match, line
            yield process, int(match[1]), match[2]
        finally:
            process.kill()


def klines(port: int, **query: str) -> list[list[Any]]:
    address = f"http://127.0.0.1:{port}/api/v3/klines"
    rows: list[list[Any]] = requests.get(address, params={"interval": "1m", **query}, timeout=5).json()
    return rows


def failed(*arguments: str) -> tuple[int, str]:
    """Exit code and stderr of a call that is to fail at once; nothing may come on stdout."""
    done = subprocess.run([*TRADER, *arguments], capture_output=True, text=True, timeout=30, check=False)
    assert done.stdout == ""
    return done.returncode, done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_says_when_it_is_ready_and_ends_cleanly_with_clients_connected(number: signal.Signals) -> None:
    with sim("--seed", "3", "--symbol", "BTCUSDT,ETHUSDT", "--speed", "60") as (process, port, about):
        assert about == "seed 3, BTCUSDT,ETHUSDT, speed 60"
        with connect(f"ws://127.0.0.1:{port}/ws/btcusdt@kline_1m") as connection:
            assert json.loads(connection.recv(timeout=5))["e"] == "kline"
            process.send_signal(number)
            rest, errors = process.communicate(timeout=10)
        assert (process.returncode, rest, errors) == (0, "", "")


def test_a_seed_and_a_start_give_the_same_bytes_in_every_process() -> None:
    def answer() -> bytes:
        with sim("--seed", "5", "--start", "2025-01-31T12:00:30Z") as (_, port, _):
            assert len(klines(port, symbol="BTCUSDT", limit="1000")) == 1000
            end = "1738324799999"  # the last millisecond before 12:00
            query = f"symbol=BTCUSDT&interval=1m&limit=1000&endTime={end}"
            return requests.get(f"http://127.0.0.1:{port}/api/v3/klines?{query}", timeout=5).content

    first = answer()
    assert first == answer()
    assert json.loads(first)[-1][6] == 1738324799999


def test_a_candle_file_is_served_from_its_500th_candle_on_until_it_ends(tmp_path: Path) -> None:
    start_ms = 1_700_000_040_000
    rows = [f"{start_ms + k * MINUTE_MS},{100 + k},{102 + k},{99 + k},{101 + k},1.5" for k in range(520)]
    file = tmp_path / "XYZUSDT_1m.csv"
    file.write_text("open_time,open,high,low,close,volume\n" + "\n".join(rows) + "\n")
    with sim("--candles", str(file), "--speed", "600") as (_, port, about):
        assert about == "candle files, XYZUSDT, speed 600"
        with connect(f"ws://127.0.0.1:{port}/ws/xyzusdt@kline_1m") as connection:
            closed: list[int] = []
            while not closed or closed[-1] < start_ms + 519 * MINUTE_MS:
                kline = json.loads(connection.recv(timeout=5))["k"]
                if kline["x"]:
                    closed.append(kline["t"])
        assert closed == list(range(closed[0], start_ms + 520 * MINUTE_MS, MINUTE_MS))
        served = klines(port, symbol="XYZUSDT", startTime="0", limit="1000")
        assert [row[0] for row in served] == [start_ms + k * MINUTE_MS for k in range(520)]
        assert served[7][1:5] == ["107.00000000", "109.00000000", "106.00000000", "108.00000000"]


def test_history_says_how_much_is_there_before_the_start() -> None:
    with sim("--history", "30", "--symbol", "SOLUSDT") as (_, port, _):
        assert 25 <= len(klines(port, symbol="SOLUSDT", limit="1000")) <= 32


def test_a_port_in_use_is_one_clear_line() -> None:
    with sim() as (_, port, _):
        code, errors = failed("--port", str(port))
    assert code == 1
    assert errors == f"trader: port {port} on 127.0.0.1 cannot be used: Address already in use\n"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--port", "0", "--faults", "error=7"], 1, "a probability is between 0 and 1"),
        (["--port", "0", "--faults", "flood=0.1"], 1, "kinds delay, cut, error, 429"),
        (["--port", "0", "--symbol", "btc usdt"], 1, "letters and digits"),
        (["--port", "0", "--symbol", "BTCUSDT,BTCUSDT"], 1, "BTCUSDT is given twice"),
        (["--port", "0", "--speed", "0"], 1, "give a number above 0"),
        (["--port", "0", "--speed", "nan"], 1, "give a number above 0"),
        (["--port", "0", "--start", "yesterday"], 2, "must be a day, a month or a time"),
        (["--port", "0", "--candles", "no-such-file.csv"], 1, "no-such-file.csv"),
        (["--port", "0", "--candles", "x.csv", "--start", "2025-01-01"], 2, "--start goes with a generated market"),
        (["--port", "70000"], 2, "70000"),
        (["--port", "0", "--history", "0"], 2, "--history"),
        ([], 2, "--port"),
    ],
)
def test_mistakes_are_explained(arguments: list[str], code: int, says: str) -> None:
    found, errors = failed(*arguments)
    assert found == code
    assert says in errors
    assert "Traceback" not in errors
    if code == 1:
        assert errors.count("\n") == 1
        assert errors.startswith("trader: ")
