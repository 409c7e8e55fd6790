"""A pair that is listed under another script goes all the way: download, archive, backtest, stream, report."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from chalicelib import wiring
from chalicelib.domain import MINUTE_MS
from tests.sim_server import START_MS, generated, running
from trader.cli import run
from trader.sim.exchange import Exchange

SYMBOL = "币安人生USDT"
MINUTES = 180


@pytest.fixture
def exchange() -> Exchange:
    return generated(SYMBOL, history_minutes=MINUTES, speed=600.0)


def test_from_the_download_to_the_report(
    exchange: Exchange, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRADER_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    day = "2025-06-15"
    with running(exchange) as server:
        assert run(["history", "币安人生usdt", "--from", day, "--to", day, "--base-url", server.url]) == 0
    base_url = f"exchange.base_url={server.url}"
    assert run(["paper", "backtest", "--symbol", "币安人生/usdt", "--set", base_url, "--out", "o"]) == 0
    printed = capsys.readouterr().out
    assert f"symbol\t{SYMBOL}\n" in printed
    assert "\nbars\t" in printed
    assert f"Backtest of {SYMBOL}" in Path("o/report.html").read_text("utf-8")


def test_over_rest_and_streams(exchange: Exchange) -> None:
    with running(exchange) as server:
        market, _ = wiring.binance(server.url)
        assert market.symbol(SYMBOL).base == "币安人生"
        assert market.ticker(SYMBOL).symbol == SYMBOL
        stored = market.candles(SYMBOL, "1m", start_ms=None, end_ms=None, limit=10)
        stream = wiring.kline_stream(server.url, [SYMBOL], "1m", since_ms=START_MS, tell=print)
        streamed = list(islice(stream, 3))
    assert {each.symbol for each in (*stored, *streamed)} == {SYMBOL}
    assert streamed[0].open_ms == START_MS
    assert streamed[-1].open_ms >= START_MS + 2 * MINUTE_MS
