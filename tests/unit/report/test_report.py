"""report.html: its numbers are the result's, it refers to nothing outside, and it says what is to be said."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from chalicelib.errors import BadInput
from tests.shared_data import shared
from tests.support.reports import (
    Taken,
    candles,
    embedded,
    lengthened,
    report,
    unpacked_candles,
    unpacked_line,
    unpacked_times,
    without,
)
from trader.backtest.metrics import DEFINITIONS
from trader.report import Report, SampleSpan, Trials, write_report
from trader.report.content import BY_HAND
from trader.report.page import page_of
from trader.report.verdict import FLATTERED, LUCKY

HOSTILE = "</script><img src=x onerror=alert(1)>&\"'"
GAPPED = report(
    without(candles("BTCUSDT", 3_000), 500, 900),
    without(candles("ETHUSDT", 3_000, 2), 0, 700),
    overrides=["fees.slippage=0.0003", "risk.stop_loss=0.01"],
)
HOURS = report(
    lengthened(without(candles("BTCUSDT", 2_000), 500, 644), 60),
    overrides=["agent.interval=1h", "strategy.interval=1h"],
)
NONE = report(overrides=["strategy.settings.rsi_buy=0.001"])
SAMPLE = {"total_return": 0.125, "sharpe": None, "trades": 7}
TRIALS = Trials(
    24, "by the highest sharpe in sample", (SampleSpan(0, 60_000, SAMPLE),), (SampleSpan(120_000, 180_000, SAMPLE),)
)


@pytest.fixture(scope="module")
def gapped() -> str:
    return page_of(GAPPED)


@pytest.mark.parametrize("given", [GAPPED, NONE, HOURS], ids=["two symbols with gaps", "no trade", "hours"])
def test_candles_and_equity_read_back_to_the_same_numbers(given: Report) -> None:
    charts = embedded(page_of(given), "charts")
    tape = given.data.tape
    assert unpacked_times(charts["runs"], charts["first_ms"], charts["bar"]).tolist() == tape.times.tolist()
    assert [symbol["name"] for symbol in charts["symbols"]] == list(given.data.symbols)
    for index, symbol in enumerate(charts["symbols"]):
        there = ~np.isnan(tape.open[index])
        assert symbol["exact"]
        times = unpacked_times(symbol["runs"], charts["first_ms"], charts["bar"])
        assert times.tolist() == tape.times[there].tolist()
        for found, column in zip(unpacked_candles(symbol), tape[1:5], strict=True):
            assert found.tolist() == column[index][there].tolist()
    assert np.abs(unpacked_line(charts["equity"]) - given.result.equity).max() <= 0.005 + 1e-9


def test_prices_that_are_no_short_decimals_are_rounded_finely_and_the_page_s_data_say_so() -> None:
    made = candles()
    given = report(made._replace(**{name: getattr(made, name) * np.pi for name in ("open", "high", "low", "close")}))
    symbol = embedded(page_of(given), "charts")["symbols"][0]
    assert not symbol["exact"]
    for found, column in zip(unpacked_candles(symbol), given.data.tape[1:5], strict=True):
        assert found == pytest.approx(column[0], rel=1e-7)


def test_a_page_of_hours_says_first_that_live_stops_would_meet_minutes() -> None:
    text = Taken(page_of(HOURS)).text
    line = "Candles of 1h: orders, stops and targets meet these; live ones would meet minutes."
    bars = len(HOURS.data.tape.times)
    assert f"{bars:,} candles of 1h" in text
    assert "of the candles of 1h, a position for" in text
    assert text.index(line) < text.index("It returned") < text.index("1 parameter set, chosen by hand")
    assert "6 d" in text  # of the hole: 144 hours
    assert "minutes on the time line" not in text
    assert line not in Taken(page_of(GAPPED)).text


def test_trades_are_those_of_the_result(gapped: str) -> None:
    charts = embedded(gapped, "charts")
    columns, trades = charts["trades"], GAPPED.result.trades
    minutes = {name: [charts["first_ms"] + minute * 60_000 for minute in columns[name]] for name in ("entry", "exit")}
    assert len(trades) > 20
    assert [GAPPED.data.symbols[index] for index in columns["symbol"]] == [trade.symbol for trade in trades]
    assert minutes["entry"] == [trade.entry_ms for trade in trades]
    assert minutes["exit"] == [trade.exit_ms for trade in trades]
    assert columns["quantity"] == [trade.quantity for trade in trades]
    assert columns["entry_price"] == [trade.entry_price for trade in trades]
    assert columns["exit_price"] == [trade.exit_price for trade in trades]
    assert columns["pnl"] == [trade.pnl for trade in trades]
    assert columns["return"] == [trade.return_fraction for trade in trades]
    assert [columns["reasons"][index] for index in columns["reason"]] == [trade.reason for trade in trades]


def test_figures_for_scripts_are_the_metrics_and_more(gapped: str) -> None:
    figures = embedded(gapped, "metrics")
    assert {name: figures[name] for name in GAPPED.metrics} == dict(GAPPED.metrics)
    assert figures["symbols"] == ["BTCUSDT", "ETHUSDT"]
    assert figures["fee_rate"] == 0.001
    assert figures["slippage"] == 0.0003
    assert figures["parameter_sets_tried"] == 1
    assert figures["chosen"] == BY_HAND
    assert figures["buy_and_hold"]["total_return"] == pytest.approx(figures["buy_and_hold_return"])
    assert figures["random_entries"]["runs"] == 100
    assert figures["random_entries"]["seed"] == GAPPED.config.agent.seed
    assert 0.0 <= figures["random_entries"]["beaten"] <= 1.0
    grown = np.prod([1.0 + value for value in figures["monthly_returns"].values()])
    assert grown - 1.0 == pytest.approx(figures["total_return"])


def test_every_figure_is_shown_with_its_definition(gapped: str) -> None:
    text = Taken(gapped).text
    with_the_data = {"buy_and_hold_return", "bars", "strategy_bars", "gaps", "missing_minutes", "seconds"}
    for name in set(DEFINITIONS) - with_the_data:
        assert DEFINITIONS[name] in text
    assert f"{len(GAPPED.result.trades):,}" in text


@pytest.mark.parametrize("given", [GAPPED, NONE], ids=["two symbols with gaps", "no trade"])
def test_the_page_refers_to_nothing_outside_itself(given: Report) -> None:
    page = page_of(given)
    taken = Taken(page)
    assert not re.search(r"https?:|url\(|@import|import\(|fetch\(|XMLHttp|WebSocket|sendBeacon|srcset", page)
    for attribute in ("src", "href", "action", "data", "poster"):
        assert taken.names(attribute) == []
    assert not {"link", "iframe", "object", "img", "base"} & {name for name, _ in taken.elements}
    policy = next(values["content"] for name, values in taken.elements if values.get("http-equiv"))
    assert policy
    assert policy.startswith("default-src 'none'")


def test_ids_are_there_once_and_labels_point_at_them(gapped: str) -> None:
    taken = Taken(gapped)
    ids = taken.names("id")
    assert len(ids) == len(set(ids))
    pointed = " ".join(taken.names("aria-labelledby") + taken.names("aria-describedby")).split()
    assert set(pointed) <= set(ids)
    used = re.findall(r'getElementById\("([\w-]+)"\)', gapped)
    assert set(used) <= set(ids)


def test_names_from_outside_stay_text() -> None:
    trials = Trials(2, HOSTILE, (SampleSpan(0, 0, {"total_return": 0.1}),), (), (HOSTILE,))
    page = page_of(report(sentiment=HOSTILE, names=(HOSTILE,), trials=trials))
    taken = Taken(page)
    assert "img" not in {name for name, _ in taken.elements}
    assert HOSTILE in taken.text
    assert embedded(page, "charts")["symbols"][0]["name"] == HOSTILE
    assert embedded(page, "metrics")["symbols"] == [HOSTILE]


def test_a_secret_is_not_written_into_the_page() -> None:
    page = page_of(report(overrides=["alerts.webhook=https://hooks.example/abc123"]))
    assert "abc123" not in page
    assert "hooks.example" not in page


def test_a_backtest_without_trades_says_so() -> None:
    page = page_of(NONE)
    text = Taken(page).text
    assert "No trade was made" in text
    assert embedded(page, "metrics")["random_entries"] is None
    assert embedded(page, "charts")["random"] is None
    assert embedded(page, "charts")["trades"]["pnl"] == []


@pytest.mark.parametrize("minutes", [1, 2, 5])
def test_a_few_minutes_make_a_page(minutes: int) -> None:
    """Also where a yearly rate is beyond float64."""
    assert "No trade was made" in Taken(page_of(report(candles(minutes=minutes)))).text


def test_gaps_and_missing_minutes_are_told(gapped: str) -> None:
    text = Taken(gapped).text
    missing, bars = GAPPED.data.gaps[0], int((~np.isnan(GAPPED.data.tape.open[0])).sum())
    assert missing.minutes == 400
    assert f"{bars:,}" in text
    assert "400 (6 h 40 min)" in text


def test_sentiment_is_named_or_said_to_be_left_out(gapped: str) -> None:
    assert "both sentiment terms of the rule were left out" in Taken(gapped).text
    text = Taken(page_of(report(sentiment="headlines.csv, 12 headlines"))).text
    assert "headlines.csv, 12 headlines" in text
    assert "were left out" not in text


def test_a_single_backtest_says_that_nothing_is_out_of_sample(gapped: str) -> None:
    text = Taken(gapped).text
    assert BY_HAND in text
    assert "In-sample and out-of-sample" not in text


def test_trials_are_told_with_both_samples_apart() -> None:
    page = page_of(report(trials=TRIALS))
    text, charts, figures = Taken(page).text, embedded(page, "charts"), embedded(page, "metrics")
    assert "24 parameter sets tried; the one shown was chosen by the highest sharpe in sample." in text
    assert FLATTERED in text
    assert "the minutes it was chosen by included" in text
    assert BY_HAND not in text
    assert "In-sample, 1970-01-01 00:00 to 1970-01-01 00:01 UTC" in text
    assert "Out-of-sample, 1970-01-01 00:02 to 1970-01-01 00:03 UTC" in text
    assert "+12.50%" in text
    assert figures["parameter_sets_tried"] == 24
    assert figures["out_of_sample"] == [{**SAMPLE, "first_ms": 120_000, "last_ms": 180_000}]
    first = charts["first_ms"] // 60_000
    assert charts["in_sample"] == [[-first, 2 - first]]
    assert charts["out_of_sample"] == [[2 - first, 4 - first]]


def test_a_search_without_samples_apart_is_said_to_flatter() -> None:
    text = Taken(page_of(report(trials=Trials(3, "by total_return")))).text
    assert "in-sample and out-of-sample are not told apart" in text
    assert LUCKY in text


def test_settings_that_differ_stand_out_and_the_others_are_folded() -> None:
    changed = ["risk.stop_loss=0.0125", "fees.slippage=0.0007", "strategy.settings.sentiment_sell=-0.0625"]
    page = page_of(report(overrides=changed))
    shown, folded = page.split("<details>")
    for text in [part for each in changed for part in each.split("=")]:
        assert f">{text}<" in shown
    for name in ("risk.take_profit", "strategy.settings.sentiment_buy"):
        assert f">{name}<" in folded
        assert f">{name}<" not in shown


def test_the_file_is_the_page_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    write_report(tmp_path / "report.html", NONE)
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
    assert (tmp_path / "report.html").read_text("utf-8") == page_of(NONE)


def test_a_folder_that_is_not_there_is_explained(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"report\.html: cannot be written"):
        write_report(tmp_path / "absent" / "report.html", NONE)


def test_the_same_backtest_makes_the_same_bytes() -> None:
    assert page_of(GAPPED) == page_of(GAPPED)


def test_nothing_heavy_is_imported_for_it() -> None:
    """It also runs where there is only numpy."""
    script = (
        "import sys; sys.modules['pyarrow'] = sys.modules['numba'] = sys.modules['click'] = None; "
        "import trader.report; "
        "print(sorted({'pandas', 'matplotlib', 'boto3', 'rich'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_year_of_real_minutes_would_stay_small() -> None:
    from tests.support.candle_reading import read_candles

    given = report(read_candles(shared("klines/BTCUSDT_spot_1m_2024-07-26_2024-08-25.parquet")))
    page = page_of(given)
    fixed = len(page_of(report(candles(minutes=2))))
    assert (len(page) - fixed) / len(given.result.times) * 525_600 < 12_000_000
    assert embedded(page, "charts")["symbols"][0]["exact"]


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (
            ("strategy.interval=15m",),
            "19 bars of 15m, each decided at its close; 0 are missing; orders, stops and targets",
        ),
        ((), "Strategy's bars the minutes themselves"),
        (("agent.interval=1h", "strategy.interval=1h"), "Strategy's bars the candles of 1h themselves"),
    ],
)
def test_the_facts_say_by_which_bars_it_decides(overrides: tuple[str, ...], words: str) -> None:
    minutes = candles(minutes=300)
    given = lengthened(minutes, 60) if "agent.interval=1h" in overrides else minutes
    assert words in " ".join(Taken(page_of(report(given, overrides=overrides))).text.split())


@pytest.mark.parametrize(("interval", "words"), [("15m", ") on bars of 15m · "), ("1m", ") · agent ")])
def test_the_head_says_how_long_the_strategy_s_bars_are(interval: str, words: str) -> None:
    assert words in Taken(page_of(report(candles(minutes=300), overrides=[f"strategy.interval={interval}"]))).text
