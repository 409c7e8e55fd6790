"""Real candles and real feeds through the same processes: a recorded market on the simulated exchange."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from chalicelib.domain import MINUTE_MS
from tests.e2e.commands import trader
from tests.e2e.exchange import record_of, running, simulated_exchange, write_config
from tests.shared_data import shared
from tests.support.candle_reading import read_candles
from trader.cli.output import utc
from trader.data.archive import Archive

CANDLES = "klines/BTCUSDT_spot_1m_2025-05-20_2025-08-18.parquet"
FEEDS = ("rss/rbren_guardian.rss", "rss/feedjira_google_alerts_atom.xml", "rss/prof18_feed-test-source.xml")
SERVED_MINUTES = 3000


def test_an_agent_trades_recorded_candles_and_scores_real_headlines(tmp_path: Path) -> None:
    file = shared(CANDLES)
    config = tmp_path / "agent.toml"
    with simulated_exchange(tmp_path, "--candles", str(file), "--speed", "600") as url:
        write_config(config, url, ["BTCUSDT"], [str(shared(feed)) for feed in FEEDS])
        with running(tmp_path, "paper", "run", "--market", "binance", "--config", str(config)) as agent:
            agent.wait_until(lambda: len(record_of(tmp_path).equity) >= 30 and bool(record_of(tmp_path).fills))
            agent.interrupt()
    record = record_of(tmp_path)

    columns = read_candles(file)
    minutes = [point.time_ms for point in record.equity]
    first = int(np.searchsorted(columns.open_ms, minutes[0]))
    traded = slice(first, first + len(minutes))
    assert minutes == columns.open_ms[traded].tolist()
    closes = [None if decision.candle is None else decision.candle.close for decision in record.decisions]
    assert closes == columns.close[traded].tolist()

    assert len(record.news) >= 50
    assert len({item.source for item, _ in record.news}) == len(FEEDS)
    assert all(score is not None and -1.0 <= score.value <= 1.0 for _, score in record.news)
    assert len({score.value for _, score in record.news if score is not None}) > 10
    assert any(decision.sentiment.evidence for decision in record.decisions)


def test_history_fills_the_archive_with_exactly_the_candles_of_the_file(tmp_path: Path) -> None:
    file = shared(CANDLES)
    columns = read_candles(file)
    first_ms, last_ms = int(columns.open_ms[100]), int(columns.open_ms[SERVED_MINUTES - 100])
    bounds = ("--from", str(utc(first_ms)), "--to", str(utc(last_ms)))
    served = ("--candles", str(file), "--history", str(SERVED_MINUTES), "--faults", "error=0.1,cut=0.05,garbage=0.05")
    with simulated_exchange(tmp_path, *served) as url:
        done = trader("history", "BTCUSDT", *bounds, "--base-url", url, "--json", home=tmp_path)
        again = trader("history", "BTCUSDT", *bounds, "--base-url", url, "--json", home=tmp_path)

    with Archive(tmp_path / "archive.sqlite", f"{url.removeprefix('http://')} spot") as archive:
        stored = archive.load("BTCUSDT", 0, 2**62)
    wanted = slice(100, SERVED_MINUTES - 99)
    assert stored.open_ms[-1] - stored.open_ms[0] == last_ms - first_ms > 2 * 1000 * MINUTE_MS
    for mine, theirs in zip(stored[1:], columns[1:], strict=True):
        assert np.array_equal(mine, theirs[wanted])
    assert json.loads(done.stdout)
    assert json.loads(again.stdout)
