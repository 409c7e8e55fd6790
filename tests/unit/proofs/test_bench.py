"""What the benchmarks rest on: markets that are markets, fair pairs of times, the memory of the right process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from chalicelib.config.deployment import MEGABYTES_A_PROCESSOR
from tests.bench import sentiment, sentiment_worker
from tests.bench.__main__ import exit_code
from tests.bench.c_loop import compiler
from tests.bench.markets import generated, loaded, save, write_candle_file
from tests.bench.outcome import Limit
from tests.bench.processes import ROOT, run
from tests.bench.rules import average_sets, period_sets, threshold_sets
from tests.bench.timing import Times, in_turn, ratios
from tests.support.candle_reading import read_candles


def test_generated_minutes_are_candles_and_the_same_for_a_seed(tmp_path: Path) -> None:
    candles = generated(5_000)
    assert np.array_equal(candles.close, generated(5_000).close)
    assert not np.array_equal(candles.close, generated(5_000, seed=5).close)
    for name in ("BTCUSDT_1m.parquet", "BTCUSDT_1m.csv"):
        write_candle_file(tmp_path / name, candles)
        read = read_candles(tmp_path / name)  # refuses what no market can be
        assert all(np.array_equal(ours, theirs) for ours, theirs in zip(read[1:], candles[1:], strict=True))
    save(tmp_path / "candles.npz", candles)
    assert np.array_equal(loaded(tmp_path / "candles.npz").high, candles.high)


def test_a_minute_moves_as_far_as_a_large_coin() -> None:
    returns = np.diff(np.log(generated(200_000).close))
    assert 0.0004 < float(np.std(returns)) < 0.001
    kurtosis = float(np.mean((returns - returns.mean()) ** 4)) / float(np.var(returns)) ** 2
    assert kurtosis > 5.0  # a normal distribution has 3


def test_sweeps_are_of_a_hundred_different_sets() -> None:
    assert {len(set(sets())) for sets in (threshold_sets, period_sets, average_sets)} == {100}


def test_functions_are_run_in_turn_and_the_first_time_is_not_counted() -> None:
    called: list[str] = []
    first, second = in_turn(3, lambda: called.append("a"), lambda: called.append("b"))
    assert called == ["a", "b"] * 4
    assert len(first.wall_s) == len(second.cpu_s) == 3


def test_a_ratio_is_taken_pair_by_pair() -> None:
    """A machine that is three times as slow in one round is so for both."""
    ours, theirs = Times((2.0, 6.0, 2.0), (2.0, 2.0, 2.0)), Times((1.0, 3.0, 0.5), (1.0, 1.0, 0.5))
    assert ratios(ours, theirs) == {"ratio_median_of_pairs": 2.0, "ratio_of_minima": 4.0}


def test_a_limit_says_by_how_much_it_was_missed() -> None:
    assert Limit("sweep", 0.3, 0.3, "s").met
    assert Limit("sweep", 0.45, 0.3, "s").verdict() == "missed by 50 %"


def test_a_missed_limit_is_a_failure_only_if_asked_for() -> None:
    missed, met = Limit("sweep", 0.45, 0.3, "s"), Limit("warm", 2.0, 3.0, "x")
    assert exit_code([met, missed], strict=False) == 0
    assert exit_code([met, missed], strict=True) == 1
    assert exit_code([met], strict=True) == 0


def test_what_was_not_measured_is_not_kept() -> None:
    outcome = sentiment.not_measured("run make llama")
    assert outcome.rows == [("sentiment", "skipped: run make llama")]
    assert {limit.verdict() for limit in outcome.limits} == {"not measured"}
    assert exit_code(outcome.limits, strict=True) == 1
    assert json.loads(json.dumps(outcome.limits[0].as_figures(), allow_nan=False))["met"] is False


def test_the_headlines_of_the_benchmark_are_distinct_and_as_long_as_headlines() -> None:
    found = sentiment_worker.headlines(176)
    assert len(set(found)) == 176
    assert 70 < sum(map(len, found)) / len(found) < 90


def test_a_month_of_scoring_is_paid_by_time_and_memory() -> None:
    assert sentiment.monthly_usd(0.2, 2048) == pytest.approx(4.0 * sentiment.monthly_usd(0.1, 1024))
    assert sentiment.function_mb() == MEGABYTES_A_PROCESSOR


def test_a_process_is_not_charged_with_the_memory_of_the_one_that_measures_it(tmp_path: Path) -> None:
    here = np.ones(40_000_000)  # 320 MB
    small = run(tmp_path, [sys.executable, "-c", "print('done')"])
    large = run(tmp_path, [sys.executable, "-c", "held = b'x' * 150_000_000"])
    assert here[-1] == 1.0
    assert small.output == "done\n"
    assert 3.0 < small.peak_mb < 100.0
    assert 150.0 < large.peak_mb < 250.0


def test_a_process_that_fails_is_no_measurement(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        run(tmp_path, [sys.executable, "-c", "raise SystemExit(3)"])


def bench(*arguments: str, env: Mapping[str, str] = os.environ) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.bench", *arguments]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def test_an_unknown_part_is_wrong_usage() -> None:
    done = bench("--only", "speed")
    assert done.returncode == 2
    assert "got speed, allowed are warm,windows,bars,sweep,command,rivals,sentiment,exchange" in done.stderr


def test_language_models_that_are_not_there_are_said_and_kept_as_unmet(tmp_path: Path) -> None:
    environment = {**os.environ, "TRADER_MODELS": str(tmp_path / "none")}
    done = bench("--only", "sentiment", "--quick", "--strict", "--out", str(tmp_path), env=environment)
    assert done.returncode == 1
    assert "run make llama" in done.stdout
    kept = json.loads((tmp_path / "sentiment.json").read_text("utf-8"))
    assert [limit["measured"] for limit in kept["limits"]] == [None] * 6


@pytest.mark.slow
def test_figures_are_kept_as_json(tmp_path: Path) -> None:
    if compiler() is None:
        pytest.skip("needs a C compiler, absent on this machine")
    done = bench("--only", "warm", "--quick", "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    kept = json.loads((tmp_path / "warm-year.json").read_text("utf-8"))
    assert kept["bars"] == 525_600
    assert kept["defaults"]["trades"] > 1_000
    assert [limit["allowed"] for limit in kept["limits"]] == [1.7, 3.0, 2.5]
    assert "year: 525,600 bars, defaults" in done.stdout
