"""What a backtest knows at every close is what a run records there, bit for bit: of news files and of stored news."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from threading import Event

import numpy as np
import pytest

from chalicelib import wiring
from chalicelib.config import Config, load_config
from chalicelib.domain import MINUTE_MS, Decision, NewsItem, ScoredNews
from chalicelib.kernel.lots import ANY
from chalicelib.services.rolling_sentiment import RollingSentiment
from chalicelib.wiring.local_scoring import patient_scorer
from tests.support.markets import START_MS, wave
from tests.support.models import require_models
from tests.support.world import SETTINGS
from trader.backtest.data import Data
from trader.backtest.engine import PLAIN, fastest, run_one
from trader.backtest.market import tape_of
from trader.backtest.result import result_of
from trader.backtest.sentiment_source import SentimentSource, sentiment_source_of
from trader.data.arrays import Floats, Integers
from trader.data.candles import CandleColumns, gaps
from trader.runtime.runs import RunFolder
from trader.runtime.session import Controls, RunRequest, run_simulated

SYMBOLS = ("BTCUSDT", "ETHUSDT", "BNBUSDT")
MINUTES = 90
NOBODY_TRADES = frozenset({0, 33, 34, 35, 70})
TITLES = (
    "Bitcoin soars to record high",
    "Bitcoin plunges as exchange is hacked",
    "Ethereum upgrade delayed, ETH falls",
    "ETH and BTC rally",
    "Stocks gain on rate hopes",
    "Regulators crack down on crypto fraud",
    "What is a blockchain?",
    "Tether wins lawsuit",
)


@dataclass(frozen=True)
class Recorded:
    """A run of the agent in simulated time, and the same data for a backtest."""

    config: Config
    files: list[CandleColumns]
    news: Path
    decisions: list[Decision]
    trades: list[tuple[str, int, float, int, float, float]]
    final_equity: float


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def news_csv(path: Path, seed: int, count: int) -> Path:
    """Headlines in bursts: the same minute, the same millisecond, told again under another address or in capitals."""
    random = Random(seed)
    rows: list[tuple[int, str, str, str]] = []
    time_ms = START_MS - 5 * MINUTE_MS
    for number in range(count):
        time_ms += random.choice((0, 0, 1, 20_000, MINUTE_MS, 2 * MINUTE_MS - time_ms % MINUTE_MS))
        title = f"{random.choice(TITLES)} {random.randrange(count)}"
        link = f"https://desk.example/{random.randrange(count)}?utm_source=x{number}" if random.random() < 0.6 else ""
        rows.append((time_ms, title.upper() if random.random() < 0.2 else title, f"desk {number % 3}", link))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("time", "title", "source", "url"))
        writer.writerows(rows)
    return path


def market(seed: int) -> list[CandleColumns]:
    """Three symbols with gaps of their own and minutes that none has."""
    own = ({5, 6}, {20}, {2, 3, 4, 50, 89})
    return [wave(symbol, MINUTES, seed + index, NOBODY_TRADES | own[index]) for index, symbol in enumerate(SYMBOLS)]


def recorded(tmp_path: Path, seed: int, headlines: int, *settings: str) -> Recorded:
    """As `trader paper run --candles … --news … --speed max` leaves it."""
    symbols, words = f"agent.symbols={','.join(SYMBOLS)}", "news.analyzer=lexicon"
    config = load_config(None, [*SETTINGS, symbols, words, *settings])
    files, news = market(seed), news_csv(tmp_path / "news.csv", seed, headlines)
    folder = RunFolder(tmp_path / "home")
    controls = Controls(Event(), Event(), lambda report: None, lambda line: None)
    ended = run_simulated(RunRequest([config], None, files, (), news=news), 0.0, folder, controls)
    (summary,) = ended.summaries
    run = folder.find(folder.pointer(config.agent.id).run_id)
    with wiring.sqlite_stores(folder.database(run)) as stores:
        decisions, _ = stores.journal.decisions(config.agent.id, 100_000)
    trades = [(t.symbol, t.entry_ms, t.entry_price, t.exit_ms, t.exit_price, t.pnl) for t in summary.trades]
    return Recorded(config, files, news, decisions, trades, summary.equity)


def minutes_of(files: Sequence[CandleColumns]) -> Integers:
    return np.unique(np.concatenate([columns.open_ms for columns in files]))


def nothing_to_say(line: str) -> None:
    pytest.fail(line)


class Quiet:
    """Progress that nobody watches, but that adds up."""

    def __init__(self, length: int | None, label: str) -> None:
        self.length, self.done = length, 0

    def __enter__(self) -> Quiet:
        return self

    def __exit__(self, *_: object) -> None:
        assert self.done == self.length

    def __call__(self, steps: int) -> None:
        self.done += steps


def sentiment_over(config: Config, files: Sequence[CandleColumns], news: Path | None) -> SentimentSource:
    symbols = [columns.symbol for columns in files]
    sentiment_source = sentiment_source_of(config, symbols, minutes_of(files), None, news, Quiet, nothing_to_say)
    assert sentiment_source is not None
    return sentiment_source


def at_decisions(columns: Floats, files: Sequence[CandleColumns], decisions: Sequence[Decision]) -> list[str]:
    """The columns at every bar that was decided on, in the decisions' order, as exact text."""
    names = [each.symbol for each in files]
    times = minutes_of(files).tolist()
    where = [(names.index(d.symbol), times.index(d.minute_ms)) for d in decisions if d.candle is not None]
    return [float(columns[place]).hex() for place in where]


def said(decisions: Sequence[Decision]) -> list[str]:
    return [decision.sentiment.value.hex() for decision in decisions if decision.candle is not None]


@pytest.mark.parametrize("window", [1, 2, 7, 20, 1_000])
def test_a_news_file_at_every_decision_of_a_run(window: int, tmp_path: Path) -> None:
    run = recorded(tmp_path, window, 160, f"inputs.sentiment_window={window}")
    columns = sentiment_over(run.config, run.files, run.news).columns(window)
    assert at_decisions(columns, run.files, run.decisions) == said(run.decisions)
    assert len(set(said(run.decisions))) > 10
    by_symbol = [{d.sentiment.value for d in run.decisions if d.symbol == symbol} for symbol in SYMBOLS]
    assert by_symbol[0] != by_symbol[1] != by_symbol[2]


@pytest.mark.parametrize(("window", "age"), [(1, "3m"), (7, "2m"), (20, "10m"), (1_000, "1h")])
def test_old_headlines_expire_at_the_same_minutes_as_in_a_run(window: int, age: str, tmp_path: Path) -> None:
    limit = (f"inputs.sentiment_window={window}", f"inputs.sentiment_max_age={age}")
    run = recorded(tmp_path, 4, 60, *limit)
    sentiment_source, age_ms = sentiment_over(run.config, run.files, run.news), run.config.inputs.sentiment_max_age_ms
    assert age_ms is not None
    assert at_decisions(sentiment_source.columns(window, age_ms), run.files, run.decisions) == said(run.decisions)
    assert {decision.sentiment.max_age_ms for decision in run.decisions if decision.candle is not None} == {age_ms}
    for other in (None, age_ms - MINUTE_MS, age_ms - 1, age_ms + MINUTE_MS):  # planted: no limit, or another one
        columns = sentiment_source.columns(window, other)
        assert at_decisions(columns, run.files, run.decisions) != said(run.decisions), other


@pytest.mark.parametrize("headlines", [0, 1, 12])
def test_few_headlines_or_none(headlines: int, tmp_path: Path) -> None:
    run = recorded(tmp_path, 3, headlines)
    reported: list[str] = []
    sentiment_source = sentiment_source_of(
        run.config, SYMBOLS, minutes_of(run.files), None, run.news, Quiet, reported.append
    )
    assert sentiment_source is not None
    columns = sentiment_source.columns(run.config.inputs.sentiment_window)
    assert at_decisions(columns, run.files, run.decisions) == said(run.decisions)
    assert [line.endswith("sentiment stays 0") for line in reported] == ([] if headlines else [True])


@pytest.mark.parametrize(("analyzer", "age"), [("lexicon", "off"), ("lexicon", "5m"), ("llama", "off")])
def test_the_trades_follow(analyzer: str, age: str, tmp_path: Path) -> None:
    """The whole way: sentiment decides here, so one wrong float would show in the money."""
    require_models()
    rules = (
        "strategy.settings.sentiment_buy=0.05",
        "strategy.settings.sentiment_sell=-0.05",
        "inputs.sentiment_window=5",
        f"inputs.sentiment_max_age={age}",
    )
    run = recorded(tmp_path, 11, 160, *rules, f"news.analyzer={analyzer}")
    sentiment_source, tape = sentiment_over(run.config, run.files, run.news), tape_of(run.files)
    found = tuple(gaps(columns) for columns in run.files)
    sentiment = sentiment_source.columns(5, run.config.inputs.sentiment_max_age_ms)
    data = Data(SYMBOLS, tape._replace(inputs=sentiment[np.newaxis]), found, (ANY,) * 3, None, sentiment_source.words)
    cash = run.config.agent.cash
    for engine in (PLAIN, fastest()):
        walked = run_one(data.tape, data.set_of(run.config), cash, engine=engine)
        result = result_of(data, walked, cash, engine)
        kept = [trade for trade in result.trades if trade.reason != "end"]
        assert {trade.reason for trade in kept} >= {"signal", "sentiment"}
        assert [(t.symbol, t.entry_ms, t.entry_price, t.exit_ms, t.exit_price, t.pnl) for t in kept] == run.trades
        assert walked.equity[-1] == run.final_equity


def rewritten(news: Path, tmp_path: Path, change: Callable[[list[list[str]]], list[list[str]]]) -> Path:
    """The same file with its rows changed."""
    with news.open(encoding="utf-8", newline="") as file:
        header, *rows = list(csv.reader(file))
    path = tmp_path / "other.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *change(rows)])
    return path


def later(by_ms: int) -> Callable[[list[list[str]]], list[list[str]]]:
    return lambda rows: [[str(int(row[0]) + by_ms), *row[1:]] for row in rows]


def upside_down(rows: list[list[str]]) -> list[list[str]]:
    """Rows of the same time in the opposite order."""
    return [row for _, row in sorted(enumerate(rows), key=lambda pair: (int(pair[1][0]), -pair[0]))]


def never_twice(rows: list[list[str]]) -> list[list[str]]:
    """Every headline under a title and an address of its own: no duplicate is one any more."""
    return [[time, f"{title} {number}", source, ""] for number, (time, title, source, _) in enumerate(rows, 1_000)]


@pytest.mark.parametrize("defect", [later(-1), later(1), later(-MINUTE_MS), later(MINUTE_MS), upside_down, never_twice])
def test_the_comparison_notices_headlines_too_early_too_late_in_another_order_or_twice(
    defect: Callable[[list[list[str]]], list[list[str]]], tmp_path: Path
) -> None:
    run = recorded(tmp_path, 2, 160, "inputs.sentiment_window=7")
    wrong = sentiment_over(run.config, run.files, rewritten(run.news, tmp_path, defect)).columns(7)
    assert at_decisions(wrong, run.files, run.decisions) != said(run.decisions)


def test_the_comparison_notices_another_window(tmp_path: Path) -> None:
    run = recorded(tmp_path, 2, 160, "inputs.sentiment_window=7")
    sentiment_source = sentiment_over(run.config, run.files, run.news)
    for window in (6, 8):
        assert at_decisions(sentiment_source.columns(window), run.files, run.decisions) != said(run.decisions)


def test_what_it_rests_on_is_said(tmp_path: Path) -> None:
    news = news_csv(tmp_path / "news.csv", 1, 40)
    config = load_config(None, [f"agent.symbols={','.join(SYMBOLS)}"])
    words = sentiment_over(config, market(1), news).words
    count, rest = words.split(" ", 1)
    assert 20 < int(count) < 40  # duplicates do not count
    assert rest == f"headlines of news.csv, scored by {patient_scorer(config, nothing_to_say).analyzer.model}"


def test_titles_are_scored_once_and_never_again(tmp_path: Path) -> None:
    news = news_csv(tmp_path / "news.csv", 1, 40)
    config = load_config(None, [f"agent.symbols={','.join(SYMBOLS)}"])
    sentiment_over(config, market(1), news)
    kept = (tmp_path / "cache" / "ai-trader" / "scores.sqlite").read_bytes()
    sentiment_over(config, market(1), news)
    assert (tmp_path / "cache" / "ai-trader" / "scores.sqlite").read_bytes() == kept


# Stored news


def stored(folder: RunFolder, config: Config, arrivals: Sequence[tuple[int, str, tuple[str, ...]]]) -> None:
    """A run in real time on the configured exchange that scored these headlines at these times."""
    run = folder.real_time("binance", {"base_url": config.exchange.base_url}, 0)
    with wiring.sqlite_stores(folder.database(run)) as stores:
        for known_ms, title, symbols in arrivals:
            [(key, item)] = stores.news.add([NewsItem(None, known_ms, "Desk", title, "", "", symbols)])
            stores.news.record([ScoredNews(key, item, wiring.analyzer().score([title])[0], known_ms)])


def test_stored_news_count_as_they_did_live(tmp_path: Path) -> None:
    config = load_config(None, [f"agent.symbols={','.join(SYMBOLS)}", "inputs.sentiment_window=3"])
    random, files = Random(4), market(4)
    choices: list[tuple[str, ...]] = [(), ("BTCUSDT",), ("ETHUSDT", "BTCUSDT"), ("XRPUSDT",)]
    arrivals = [
        (START_MS + random.randrange(-10, MINUTES) * MINUTE_MS, f"{random.choice(TITLES)} {n}", random.choice(choices))
        for n in range(60)
    ]
    folder = RunFolder(tmp_path / "home")
    stored(folder, config, arrivals)
    sentiment_source = sentiment_over(config, files, None)
    run = folder.found_in_real_time("binance", {"base_url": config.exchange.base_url})
    assert run is not None
    with wiring.sqlite_stores(folder.database(run)) as stores:
        live = RollingSentiment(stores.news, 3)
        for row, symbol in zip(sentiment_source.columns(3).tolist(), SYMBOLS, strict=True):
            closes = (minutes_of(files) + MINUTE_MS).tolist()
            assert [value.hex() for value in row] == [live.at(symbol, close).value.hex() for close in closes]
    theirs = [symbols for _, _, symbols in arrivals if symbols != ("XRPUSDT",)]
    where = f"stored by runs on {config.exchange.base_url}"
    assert sentiment_source.words == f"{len(theirs)} headlines {where}, scored by {wiring.analyzer().model}"


def stored_sentiment(config: Config, files: Sequence[CandleColumns]) -> SentimentSource | None:
    return sentiment_source_of(config, SYMBOLS, minutes_of(files), None, None, Quiet, nothing_to_say)


FIRST_MS, LAST_CLOSE_MS = START_MS + MINUTE_MS, START_MS + MINUTES * MINUTE_MS  # minute 0 is missing


@pytest.mark.parametrize(
    ("known_ms", "symbols", "counts"),
    [
        (FIRST_MS - 1, (), False),
        (FIRST_MS, (), True),
        (LAST_CLOSE_MS, ("ETHUSDT",), True),
        (LAST_CLOSE_MS + 1, (), False),
        (FIRST_MS, ("XRPUSDT",), False),
    ],
)
def test_stored_news_stand_in_only_where_some_became_known_during_the_candles(
    known_ms: int, symbols: tuple[str, ...], counts: bool, tmp_path: Path
) -> None:
    config = load_config(None, [f"agent.symbols={','.join(SYMBOLS)}"])
    stored(RunFolder(tmp_path / "home"), config, [(known_ms, "Bitcoin soars", symbols)])
    assert (stored_sentiment(config, market(1)) is not None) == counts


def test_without_stored_news_there_is_no_mood(tmp_path: Path) -> None:
    config = load_config(None, [f"agent.symbols={','.join(SYMBOLS)}"])
    assert stored_sentiment(config, market(1)) is None
    RunFolder(tmp_path / "home").real_time("binance", {"base_url": config.exchange.base_url}, 0)
    assert stored_sentiment(config, market(1)) is None  # a run that was made and has not stored anything yet


def test_news_of_simulated_runs_and_of_other_exchanges_never_count(tmp_path: Path) -> None:
    run = recorded(tmp_path, 5, 60)
    assert stored_sentiment(run.config, run.files) is None
    folder = RunFolder(tmp_path / "home")
    other = load_config(None, ["exchange.base_url=http://127.0.0.1:9000"])
    stored(folder, other, [(START_MS + 5 * MINUTE_MS, "Bitcoin soars", ())])
    with wiring.sqlite_stores(folder.database(folder.real_time("sim", {"seed": 0}, 0))) as stores:
        [(key, item)] = stores.news.add([NewsItem(None, 1, "Desk", "Bitcoin soars", "", "", ())])
        stores.news.record([ScoredNews(key, item, wiring.analyzer().score(["x"])[0], START_MS + 5 * MINUTE_MS)])
    assert stored_sentiment(run.config, run.files) is None
    assert stored_sentiment(other, run.files) is not None
