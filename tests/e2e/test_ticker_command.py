"""trader ticker against the simulated exchange, as a user calls it."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.commands import start, trader
from tests.sim_server import Running, generated, running


@pytest.fixture(scope="module")
def exchange() -> Iterator[Running]:
    with running(generated(speed=60.0)) as server:
        yield server


def test_the_last_price_of_each_symbol(exchange: Running, tmp_path: Path) -> None:
    shown = trader("ticker", "BTCUSDT", "ETHUSDT", "--json", "--base-url", exchange.url, home=tmp_path).stdout
    prices = json.loads(shown)
    assert [list(price) for price in prices] == [["symbol", "price", "time"]] * 2
    assert [price["symbol"] for price in prices] == ["BTCUSDT", "ETHUSDT"]
    assert all(price["price"] > 0.0 for price in prices)


def test_the_stream_prints_prices_with_rising_times_and_ends_cleanly(exchange: Running, tmp_path: Path) -> None:
    with start("ticker", "BTCUSDT", "--stream", "--json", "--base-url", exchange.url, home=tmp_path) as process:
        assert process.stdout is not None
        times = [json.loads(process.stdout.readline())["time"] for _ in range(4)]
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (0, "")
    assert times == sorted(set(times))


@pytest.mark.parametrize("more", [[], ["--stream"]])
def test_an_unknown_symbol_is_one_line(exchange: Running, tmp_path: Path, more: list[str]) -> None:
    done = trader("ticker", "NOSUCH", *more, "--base-url", exchange.url, home=tmp_path, code=1)
    assert "there is no such symbol" in done.stderr
    assert len(done.stderr.splitlines()) == 1
