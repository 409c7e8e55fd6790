"""What a tuning leaves in its folder: complete, consistent with itself, and never half of it."""

from __future__ import annotations

import csv
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chalicelib.config import load_config
from chalicelib.errors import BadInput
from chalicelib.strategy.chosen import config_hash, rule_of, strategy_of
from chalicelib.strategy.loader import built_in
from tests.support.markets import wave
from tests.support.tuning import AXES, Given, axes_of, market, settings, silent
from trader.backtest.engine import fastest, run_one
from trader.backtest.metrics import YEARLY, metrics_of
from trader.backtest.result import result_of
from trader.tuning.axes import read_axes
from trader.tuning.bins import MOST_BINS, RANGE_BINS, bins_of
from trader.tuning.figures import FIGURES
from trader.tuning.files import FILES, staged, write_tuning
from trader.tuning.heatmap import heatmap
from trader.tuning.report import report_of
from trader.tuning.tune import Tuned, TuningPlan, tune
from trader.tuning.walk_forward import ChosenSet

DATA = market(wave("BTCUSDT", 9_000, 1))
NO_FOLDS = {"walk_forward.csv", "out_of_sample.csv"}


@cache
def tuned(folds: int = 3, objective: str = "total_return", min_trades: int = 1) -> Tuned:
    plan = TuningPlan(AXES, None, folds, ChosenSet(objective, min_trades))
    return tune(Given(DATA), settings(), plan, fastest(), silent)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def number(text: str) -> float | None:
    return float(text) if text else None


def test_every_file_is_there_and_nothing_else(tmp_path: Path) -> None:
    write_tuning(tmp_path, tuned())
    assert {path.name for path in tmp_path.iterdir()} == set(FILES)


def test_sweep_rows_are_single_backtests_over_the_minutes_in_sample(tmp_path: Path) -> None:
    made = tuned()
    write_tuning(tmp_path, made)
    found = rows(tmp_path / "sweep.csv")
    assert list(found[0]) == [
        "set",
        *(axis.key for axis in AXES),
        *FIGURES,
        *(f"fold_{fold}_total_return" for fold in (1, 2, 3)),
    ]
    assert [row["set"] for row in found] == [str(at) for at in range(12)]
    first = market(
        wave("BTCUSDT", 9_000, 1)._replace(
            **{name: values[:6_750] for name, values in wave("BTCUSDT", 9_000, 1)._asdict().items() if name != "symbol"}
        )
    )
    for row in found[::4]:
        config = settings(*(f"{axis.key}={row[axis.key]}" for axis in AXES))
        single = result_of(first, run_one(first.tape, first.set_of(config), 10_000.0), 10_000.0, fastest())
        figures = metrics_of(first, single, 0.0)
        lasting = [name for name in FIGURES if name not in YEARLY]  # of six days a backtest shows no yearly rate
        assert {name: number(row[name]) for name in lasting} == {name: figures[name] for name in lasting}
        assert [figures[name] for name in YEARLY] == [None, None]
        assert row["fold_3_total_return"] == row["total_return"]


def test_walk_forward_rows_name_ranges_choices_and_both_results(tmp_path: Path) -> None:
    write_tuning(tmp_path, tuned())
    times = DATA.tape.times
    found = rows(tmp_path / "walk_forward.csv")
    ends = [
        [int(row[f"{part}_{end}"]) for row in found]
        for part in ("in_sample", "out_of_sample")
        for end in ("from", "to")
    ]
    assert ends == [
        [int(times[0])] * 3,
        [int(times[at]) for at in (2_249, 4_499, 6_749)],
        [int(times[at]) for at in (2_250, 4_500, 6_750)],
        [int(times[at]) for at in (4_499, 6_749, 8_999)],
    ]
    sweep = rows(tmp_path / "sweep.csv")
    for row in found:
        objectives = [float(each[f"fold_{row['fold']}_total_return"]) for each in sweep]
        assert float(row["in_sample_total_return"]) == max(objectives)
        chosen = sweep[int(np.argmax(objectives))]
        assert [row[axis.key] for axis in AXES] == [chosen[axis.key] for axis in AXES]
    curve = rows(tmp_path / "out_of_sample.csv")
    assert [int(curve[0]["time"]), len(curve)] == [int(times[2_250]), 6_750]
    assert float(curve[-1]["equity"]) == float(found[-1]["out_of_sample_final_equity"])


def test_the_best_set_reads_back_as_settings(tmp_path: Path) -> None:
    made = tuned()
    write_tuning(tmp_path, made)
    config = load_config(tmp_path / "best.toml", ["fees.rate=0.0001"])
    assert config == made.config
    summary = json.loads((tmp_path / "tune.json").read_text())
    assert summary["best"]["values"] == {
        axis.key: config.strategy.settings[axis.key.rpartition(".")[2]] for axis in AXES
    }
    assert summary["best"]["config_hash"] == config_hash(config, rule_of(config))
    assert "# Found by trader tune: 12 sets tried, the highest" in (tmp_path / "best.toml").read_text()


@pytest.mark.parametrize("named", ["name", "file"])
def test_settings_of_another_strategy_come_with_its_name(
    tmp_path: Path, named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside no name they would be those of the default."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(built_in("ema_cross").source, "utf-8")
    config = settings(f"strategy.{named}={'mine.py' if named == 'file' else 'ema_cross'}")
    plan = TuningPlan(
        read_axes(("strategy.settings.fast=5,9",), strategy_of(config)), None, 0, ChosenSet("total_return", 0)
    )
    write_tuning(tmp_path / "out", made := tune(Given(DATA), config, plan, fastest(), silent))
    read = load_config(tmp_path / "out" / "best.toml")
    assert rule_of(read) == rule_of(made.config)
    assert read.strategy.settings.keys() == {"fast"}


def test_words_are_quoted_in_the_settings(tmp_path: Path) -> None:
    axes = axes_of(("risk.halt_action=flatten", "risk.cooldown_bars=3", "strategy.settings.rsi_buy=40"))
    plan = TuningPlan(axes, None, 0, ChosenSet("total_return", 0))
    write_tuning(tmp_path, tune(Given(DATA), settings(), plan, fastest(), silent))
    assert load_config(tmp_path / "best.toml").risk.halt_action == "flatten"


def test_the_summary_says_what_it_is_worth(tmp_path: Path) -> None:
    write_tuning(tmp_path, tuned())
    summary = json.loads((tmp_path / "tune.json").read_text())
    assert summary["parameter_sets_tried"] == 12
    assert summary["holds_up"] == all(finding["holds"] for finding in summary["findings"])
    assert [fold["fold"] for fold in summary["walk_forward"]["folds"]] == [1, 2, 3]
    out = summary["walk_forward"]["out_of_sample"]
    assert summary["baselines"]["over"] == "out_of_sample"
    assert summary["baselines"]["total_return"] == pytest.approx(out["total_return"], abs=1e-15)
    assert summary["baselines"]["buy_and_hold_return"] == out["buy_and_hold_return"]
    assert 0.0 <= summary["luck"]["deflated_sharpe_probability"] <= 1.0
    assert "seconds" not in json.dumps(summary)


def test_the_best_set_as_a_backtest_tells_both_parts_apart(tmp_path: Path) -> None:
    made = tuned()
    write_tuning(tmp_path, made)
    facts = json.loads((tmp_path / "metrics.json").read_text())
    assert (facts["bars"], facts["in_sample"]["bars"], facts["out_of_sample"]["bars"]) == (9_000, 6_750, 2_250)
    assert facts["parameter_sets_tried"] == 12
    single = result_of(DATA, run_one(DATA.tape, DATA.set_of(made.config), 10_000.0), 10_000.0, fastest())
    assert facts["final_equity"] == single.equity[-1]
    assert len(rows(tmp_path / "trades.csv")) == len(single.trades) > 20
    trials = report_of(made).trials
    assert trials is not None
    assert (trials.tried, len(trials.in_sample), len(trials.out_of_sample)) == (12, 1, 1)
    assert trials.in_sample[0].last_ms < trials.out_of_sample[0].first_ms
    page = (tmp_path / "report.html").read_text()
    assert "12 parameter sets tried" in page
    assert made.findings[0].text[1:40] in page


def test_without_a_walk_forward_it_is_called_in_sample_only(tmp_path: Path) -> None:
    write_tuning(tmp_path, tuned())
    write_tuning(tmp_path, tuned(folds=0))
    assert {path.name for path in tmp_path.iterdir()} == set(FILES) - NO_FOLDS
    summary = json.loads((tmp_path / "tune.json").read_text())
    assert not summary["holds_up"]
    assert summary["findings"][0]["text"].startswith("in sample only")
    assert summary["best"]["out_of_sample"] is None
    assert summary["baselines"]["over"] == "in_sample"
    assert "in sample only" in (tmp_path / "best.toml").read_text()


def write_half(folder: Path, error: BaseException) -> None:
    with staged(folder) as scratch:
        (scratch / "sweep.csv").write_text("half")
        raise error


def test_a_failure_while_writing_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    write_tuning(tmp_path, tuned())
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    for error in (KeyboardInterrupt(), RuntimeError()):
        with pytest.raises(type(error)):
            write_half(tmp_path, error)
    with pytest.raises(BadInput, match="cannot be written into"):
        write_half(tmp_path, OSError(28, "No space left on device"))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_foreign_files_in_the_folder_stay(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    write_tuning(tmp_path, tuned(folds=0))
    assert (tmp_path / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("objective", "min_trades", "words"),
    [("total_return", 10**6, "at least 1000000 trades"), ("sharpe", 1, "none of 12 has a sharpe in sample")],
)
def test_where_no_set_can_be_chosen_it_says_why(objective: str, min_trades: int, words: str) -> None:
    short = Given(market(wave("BTCUSDT", 100, 1)))
    plan = TuningPlan(AXES, None, 0, ChosenSet(objective, min_trades))
    with pytest.raises(BadInput, match="no set can be chosen") as caught:
        tune(short, settings(), plan, fastest(), silent)
    assert words.split(" in sample")[0] in str(caught.value)


def cells(page: str) -> list[str]:
    return re.findall(r'<td[^>]* title="([^"]*)"', page)


def test_the_heat_map_has_a_panel_for_every_pair_and_frames_the_best(tmp_path: Path) -> None:
    page = heatmap(AXES, tuned().tried.sets, tuned().tried.figures[:, 1], tuned().best, "total_return")
    assert page.count("<figure>") == 3
    assert page.count("class=chosen") == 3
    assert len(cells(page)) == 2 * 3 + 2 * 2 + 3 * 2
    outside = re.sub(r"https?://www.w3.org/\S+", "", page)
    assert "http" not in outside
    assert "<script" not in page


def test_cells_hold_best_and_mean_of_their_sets() -> None:
    axes = axes_of(
        ("strategy.settings.rsi_buy=20,30", "strategy.settings.rsi_sell=60,70", "strategy.settings.rsi_period=7,14")
    )
    sets: list[Any] = [(20.0, 60.0, 7), (20.0, 60.0, 14), (30.0, 60.0, 7), (30.0, 70.0, 14)]
    page = heatmap(axes, sets, np.array([1.0, 2.0, np.nan, -1.0]), 1, "sharpe")
    assert "20 · 60 · 2 sets: best 2.00, mean 1.50" in cells(page)
    assert "30 · 60 · 1 set: best -, mean -" in cells(page)
    assert "20 · 70 · 0 sets: best -, mean -" in cells(page)
    assert "1 of them without one or with too few trades" in page


def test_one_key_is_one_row() -> None:
    page = heatmap(
        axes_of(("strategy.settings.rsi_buy=20,30",)), [(20.0,), (30.0,)], np.array([0.1, 0.2]), 1, "total_return"
    )
    assert cells(page) == ["20 · 1 set: best 10.00%, mean 10.00%", "30 · 1 set: best 20.00%, mean 20.00%"]


def test_many_values_and_ranges_share_cells() -> None:
    (many,) = axes_of((f"risk.cooldown_bars={','.join(map(str, range(100)))}",))
    bins = bins_of(many)
    assert len(bins.labels) == 20 <= MOST_BINS
    assert (bins.labels[0], bins.of(4), bins.of(5), bins.of(99)) == ("0 … 4", 0, 1, 19)
    (extent,) = axes_of(("strategy.settings.rsi_buy=20..40",))
    bins = bins_of(extent)
    assert len(bins.labels) == RANGE_BINS
    assert [bins.of(value) for value in (20.0, 21.9, 22.0, 40.0)] == [0, 0, 1, 9]
