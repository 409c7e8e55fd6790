"""What a backtest knows besides candles, as a user gives it: moods, headlines, stored headlines, signals."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.config import load_config
from chalicelib.domain import NewsItem, ScoredNews
from tests.e2e.commands import trader
from tests.e2e.test_paper_run_command import candle_file
from tests.parity.test_news_in_backtests import news_csv
from tests.support.markets import START_MS, wave
from tests.support.models import ensemble
from trader.runtime.runs import RunFolder

NAMES = ("BTCUSDT", "ETHUSDT")
EAGER = tuple(
    word
    for setting in (
        *(
            "strategy.settings.rsi_period=3",
            "strategy.settings.rsi_buy=48",
            "strategy.settings.rsi_sell=52",
            "inputs.sentiment_window=5",
        ),
        *("strategy.settings.sentiment_buy=0.05", "strategy.settings.sentiment_sell=-0.05", "risk.daily_loss_limit=0"),
    )
    for word in ("--set", setting)
)


def candles(folder: Path) -> str:
    gaps = (frozenset({40, 41}), frozenset({7, 150}))
    markets = [wave(name, 300, seed, missing) for seed, (name, missing) in enumerate(zip(NAMES, gaps, strict=True), 1)]
    files = [candle_file(folder / f"{market.symbol}_1m.parquet", market) for market in markets]
    return ",".join(map(str, files))


def backtest(folder: Path, *arguments: str) -> tuple[dict[str, Any], list[dict[str, str]], list[str]]:
    """The figures, the trades, and what was said on stderr."""
    options = ("--candles", candles(folder), *EAGER, *arguments, "--out", "out", "--no-report")
    done = trader("paper", "backtest", *options, home=folder, cwd=folder)
    with (folder / "out" / "trades.csv").open(encoding="utf-8", newline="") as file:
        trades = list(csv.DictReader(file))
    return json.loads((folder / "out" / "metrics.json").read_text("utf-8")), trades, done.stderr.splitlines()


def test_headlines_give_the_trades_of_a_paper_run_over_them(tmp_path: Path) -> None:
    """Scored by the language models, where the same headline in another batch has another score by hundredths."""
    news = news_csv(tmp_path / "headlines.csv", 3, 150)
    options = ("--candles", candles(tmp_path), "--news", str(news), *EAGER, "--speed", "max", "--json")
    ran = json.loads(trader("paper", "run", *options, home=tmp_path, cwd=tmp_path).stdout)
    facts, trades, said = backtest(tmp_path, "--news", "headlines.csv")
    for row, recorded in zip(trades, ran["trades"], strict=False):
        assert [type(value)(row[name]) for name, value in recorded.items()] == list(recorded.values())
    assert {row["reason"] for row in trades[len(ran["trades"]) :]} <= {"end"}
    assert {row["reason"] for row in trades} >= {"signal", "sentiment"}
    assert facts["sentiment"].endswith(f"headlines of headlines.csv, scored by {ensemble().model}")
    assert f"sentiment: {facts['sentiment']}" in said
    again, same, _ = backtest(tmp_path, "--news", "headlines.csv")  # from the cache
    assert (same, again["final_equity"]) == (trades, facts["final_equity"])


def test_stored_headlines_are_used_where_nothing_is_given(tmp_path: Path) -> None:
    _, without, said = backtest(tmp_path)
    assert "no sentiment, news or signals: both sentiment terms of the rule are left out" in said
    config = load_config(None, [f"agent.symbols={','.join(NAMES)}"])
    folder = RunFolder(tmp_path)
    run = folder.real_time("binance", {"base_url": config.exchange.base_url}, 0)
    with wiring.sqlite_stores(folder.database(run)) as stores:
        for number, title in enumerate(("Bitcoin plunges as exchange is hacked", "Ethereum soars to record high")):
            [(key, item)] = stores.news.add([NewsItem(None, 0, "Desk", title, "", "", (NAMES[number],))])
            score = wiring.analyzer().score([title])[0]
            stores.news.record([ScoredNews(key, item, score, START_MS + 60_000 * (50 + number))])
    facts, trades, said = backtest(tmp_path)
    words = f"2 headlines stored by runs on {config.exchange.base_url}, scored by {wiring.analyzer().model}"
    assert facts["sentiment"] == words
    assert f"sentiment: {words}" in said
    assert {row["symbol"] for row in trades} == {"ETHUSDT"}  # the mood of bitcoin is bad, and nobody enters before
    assert {row["symbol"] for row in without} == set(NAMES)


def test_signals_replace_the_rule_but_not_its_stops(tmp_path: Path) -> None:
    rows = [(10, "enter"), (12, "exit"), (41, "enter"), (60, "enter"), (400, "exit")]
    lines = [f"{START_MS + minute * 60_000},{word},BTCUSDT" for minute, word in rows]
    (tmp_path / "signals.csv").write_text("\n".join(["time,signal,symbol", *lines]), "utf-8")
    facts, trades, said = backtest(tmp_path, "--signals", "signals.csv", "--set", "risk.stop_loss=0.001")
    minutes = [(int(row["entry_time"]) - START_MS) // 60_000 for row in trades]
    assert minutes == [11, 61]
    assert [row["reason"] for row in trades] == ["stop_loss", "stop_loss"]
    assert "signals.csv: 2 of 5 signals ignored: no bar of the data opens at their time" in said
    assert facts["decided_by"] == "signals"


@pytest.mark.parametrize(
    ("option", "text", "message"),
    [
        ("--sentiment", "time,score\n1700000000000,2", "given.csv: row 1: score '2' must be a number from -1 to 1"),
        ("--news", "time,title,source,url\n1700000000000,,a,b", "given.csv: row 1: title is empty"),
        ("--signals", "time,signal\n1700000000000,buy", "given.csv: row 1: signal 'buy' must be enter or exit"),
        ("--signals", "time,side\n1700000000000,buy", "given.csv: no column signal; needed are time, signal"),
    ],
)
def test_a_mistake_in_a_file_is_one_line(option: str, text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "given.csv").write_text(text, "utf-8")
    options = ("--candles", candles(tmp_path), option, "given.csv", "--out", "out", "--no-report")
    done = trader("paper", "backtest", *options, home=tmp_path, cwd=tmp_path, code=1)
    assert done.stderr.splitlines()[-1].endswith(message)
    assert done.stdout == ""


def test_a_backtest_without_the_models_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADER_MODELS", str(tmp_path / "none"))
    news_csv(tmp_path / "headlines.csv", 3, 20)
    facts, _, said = backtest(tmp_path, "--news", "headlines.csv")
    assert "lexicon-crypto-" in facts["sentiment"]
    assert [line for line in said if "make llama" in line]
    _, _, chosen = backtest(tmp_path, "--news", "headlines.csv", "--set", "news.analyzer=lexicon")
    assert not [line for line in chosen if "make llama" in line]
