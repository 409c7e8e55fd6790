"""`trader tune` in real processes over candle files: results, words, errors, Ctrl-C."""

from __future__ import annotations

import csv
import json
import signal
import time
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from tests.e2e.commands import start, trader
from tests.shared_data import shared
from tests.support.markets import wave
from trader.tuning.files import FILES

GRID = (
    "--grid",
    "strategy.settings.rsi_period=3,7",
    "--grid",
    "strategy.settings.rsi_buy=25,35",
    "--grid",
    "strategy.settings.rsi_sell=30,60,70",
)
CHEAP = ("--set", "fees.rate=0.0001")


@pytest.fixture(scope="module")
def candles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = wave("BTCUSDT", 8_000, 1, missing=frozenset(range(4_000, 4_030)))
    names = ("open_time", "open", "high", "low", "close", "volume")
    path = tmp_path_factory.mktemp("candles") / "BTCUSDT_1m.parquet"
    parquet.write_table(pa.table(dict(zip(names, made[1:], strict=True))), path)
    return path


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_grid_is_searched_and_judged(candles: Path, tmp_path: Path) -> None:
    out = tmp_path / "results"
    done = trader("tune", "--candles", str(candles), *GRID, *CHEAP, "--out", str(out), home=tmp_path)
    assert {path.name for path in out.iterdir()} == set(FILES)
    summary = json.loads((out / "tune.json").read_text())
    assert (summary["parameter_sets_tried"], summary["contradictory_sets"], summary["objective"]) == (10, 2, "sharpe")
    assert len(rows(out / "sweep.csv")) == 10
    assert len(rows(out / "walk_forward.csv")) == 4
    assert summary["verdict"] in done.stdout
    assert all(finding["text"] in done.stdout for finding in summary["findings"])
    assert "2 sets left out: their values contradict one another" in done.stderr
    assert "30 minutes are missing" in done.stderr


def test_the_best_set_is_what_a_backtest_of_it_gives(candles: Path, tmp_path: Path) -> None:
    out, again = tmp_path / "results", tmp_path / "again"
    trader("tune", "--candles", str(candles), *GRID, *CHEAP, "--out", str(out), home=tmp_path)
    best = str(out / "best.toml")
    trader("paper", "backtest", "--candles", str(candles), "--config", best, *CHEAP, "--out", str(again), home=tmp_path)
    for name in ("trades.csv", "equity.csv"):
        assert (out / name).read_bytes() == (again / name).read_bytes()


def test_the_same_seed_finds_the_same(candles: Path, tmp_path: Path) -> None:
    ranges = (
        "--grid",
        "strategy.settings.rsi_buy=20..45",
        "--grid",
        "strategy.settings.rsi_period=3..12",
        "--trials",
        "24",
    )
    common = ("tune", "--candles", str(candles), *ranges, *CHEAP, "--walk-forward", "2", "--json")
    found = [
        trader(*common, "--set", f"agent.seed={seed}", "--out", str(tmp_path / name), home=tmp_path).stdout
        for name, seed in (("a", 5), ("b", 5), ("c", 6))
    ]
    assert found[0] == found[1] != found[2]
    summary = json.loads(found[0])
    assert (summary["search"], summary["seed"]) == ("optuna", 5)
    assert summary["keys"]["strategy.settings.rsi_period"] == {"low": 3, "high": 12}
    for name in ("sweep.csv", "walk_forward.csv", "trades.csv", "heatmap.html", "best.toml"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert (tmp_path / "a" / "tune.json").read_text().startswith('{\n "verdict"')


def test_in_sample_only_is_called_so(candles: Path, tmp_path: Path) -> None:
    common = ("tune", "--candles", str(candles), *GRID, *CHEAP, "--walk-forward", "0", "--out", str(tmp_path / "r"))
    done = trader(*common, home=tmp_path)
    assert "in sample only" in done.stdout
    assert "out of sample" not in done.stdout
    assert not (tmp_path / "r" / "walk_forward.csv").exists()


def test_sentiment_windows_are_told_apart(candles: Path, tmp_path: Path) -> None:
    sentiment = tmp_path / "sentiment.csv"
    sentiment.write_text("time,score\n1700000100000,0.5\n1700200000000,-0.5\n")
    common = ("tune", "--candles", str(candles), "--sentiment", str(sentiment), "--out", str(tmp_path / "r"))
    trader(*common, "--grid", "strategy.settings.sentiment_buy=0,0.9", *CHEAP, home=tmp_path)
    sweep = rows(tmp_path / "r" / "sweep.csv")
    assert int(sweep[0]["trades"]) > int(sweep[1]["trades"]) == 0
    trader(*common, "--grid", "inputs.sentiment_max_age=1m,off", *CHEAP, home=tmp_path)
    ages = rows(tmp_path / "r" / "sweep.csv")
    assert [row["inputs.sentiment_max_age"] for row in ages] == ["1m", "off"]
    assert int(ages[1]["trades"]) > int(ages[0]["trades"])
    refused = trader(*common, "--grid", "inputs.sentiment_window=5,20", home=tmp_path, code=1)
    assert "sentiment is the same for every value" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 2, "Missing option '--grid'"),
        (("--grid", "strategy.rsi_bye=1,2"), 1, "did you mean strategy.settings.rsi_buy?"),
        (("--grid", "risk.error_limit=1,2"), 1, "cannot make a difference here"),
        (("--grid", "strategy.settings.rsi_buy=20..30"), 1, "add --trials N"),
        (("--grid", "strategy.settings.sentiment_buy=0,0.1"), 1, "nothing is known of sentiment"),
        (("--grid", "strategy.settings.rsi_buy=20,30", "--walk-forward", "-1"), 2, "--walk-forward"),
        (("--grid", "strategy.settings.rsi_buy=20,30", "--trials", "0"), 2, "--trials"),
        (("--grid", "strategy.settings.rsi_buy=20,30", "--objective", "luck"), 2, "--objective"),
        (("--grid", "strategy.settings.rsi_buy=20,30", "--min-trades", "100000"), 1, "no set can be chosen"),
        (
            ("--grid", "strategy.settings.rsi_buy=20,30", "--to", "2023-11-14T22:20:00Z"),
            1,
            "cannot be cut into 5 parts",
        ),
        (("--grid", "strategy.settings.rsi_buy=20,30", "--from", "2030-01-01"), 1, ""),
    ],
)
def test_mistakes_are_explained_and_leave_nothing(
    candles: Path, tmp_path: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    out = tmp_path / "results"
    done = trader("tune", "--candles", str(candles), *arguments, "--out", str(out), home=tmp_path, code=code)
    assert words in done.stderr
    assert done.stdout == ""
    if code == 1:
        assert len([line for line in done.stderr.splitlines() if line.startswith("trader: ")]) == 1
    assert not out.exists() or not list(out.iterdir())


def test_a_folder_that_cannot_be_made_is_said_before_any_work(candles: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = trader(
        "tune", "--candles", str(candles), *GRID, "--out", str(tmp_path / "file" / "r"), home=tmp_path, code=1
    )
    assert "cannot be made" in done.stderr


def test_ctrl_c_ends_it_at_once_and_leaves_what_was_there(candles: Path, tmp_path: Path) -> None:
    out = tmp_path / "results"
    common = ("tune", "--candles", str(candles), *CHEAP, "--out", str(out))
    trader(*common, *GRID, home=tmp_path)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    many = ("--grid", f"risk.cooldown_bars={','.join(map(str, range(300)))}", "--grid")
    process = start(*common, *many, f"risk.take_profit={','.join(f'{n / 1000}' for n in range(1, 301))}", home=tmp_path)
    time.sleep(6.0)  # well into the sweep, which takes minutes
    assert process.poll() is None
    asked = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30.0)
    assert time.monotonic() - asked < 20.0
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_a_month_of_real_minutes(tmp_path: Path) -> None:
    file = shared("klines/BTCUSDT_spot_1m_2024-07-26_2024-08-25.parquet")
    common = ("tune", "--candles", str(file), *GRID, "--objective", "calmar", "--min-trades", "5", "--json")
    done = trader(*common, "--out", str(tmp_path / "r"), home=tmp_path)
    summary = json.loads(done.stdout)
    assert summary == json.loads((tmp_path / "r" / "tune.json").read_text())
    assert not summary["holds_up"]
    assert summary["symbols"] == ["BTCUSDT"]
    assert sum(fold["out_of_sample"]["trades"] for fold in summary["walk_forward"]["folds"]) > 50
