"""`trader cost`: the agreed JSON, tables for people and pipes, one line for wrong usage."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stdout

import pytest

from trader.cli import run


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_json_has_the_sums_and_what_they_consist_of(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cost", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["monthly_usd"].keys() == {"1", "10"}
    assert sum(told["by"].values()) == pytest.approx(told["monthly_usd"]["1"])
    assert {"lambda_requests", "lambda_duration", "dynamodb_writes", "dynamodb_reads", "dynamodb_storage"} <= told[
        "by"
    ].keys()
    assert {"dynamodb_backups", "logs_ingested", "alarms", "metrics", "api", "sns", "data_out"} <= told["by"].keys()
    for number, parts in told["by_symbols"].items():
        assert sum(parts.values()) == pytest.approx(told["monthly_usd"][number])
        assert sum(told["by_resource"][number].values()) == pytest.approx(told["monthly_usd"][number])
    assert told["each_further_symbol"] == pytest.approx((told["monthly_usd"]["10"] - told["monthly_usd"]["1"]) / 9)
    assert told["dominates"][0] == max(told["by"], key=told["by"].__getitem__)


def test_what_is_assumed_can_be_doubted(capsys: pytest.CaptureFixture[str]) -> None:
    run(["cost", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert len(told["what_if"]) >= 4
    for what, sums in told["what_if"].items():
        assert sums["1"] != pytest.approx(told["monthly_usd"]["1"]), what
    assert told["stored_gb"]["1"]["after_a_year"] >= told["stored_gb"]["1"]["after_a_month"] > 0
    assert told["first_month_usd"]["1"] <= told["monthly_usd"]["1"]


def test_language_models_are_a_sum_of_their_own(capsys: pytest.CaptureFixture[str]) -> None:
    run(["cost", "--json"])
    told = json.loads(capsys.readouterr().out)
    added = sum(told["llama_usd"].values())
    assert {"images", "lambda_duration", "lambda_requests", "dynamodb_writes"} <= told["llama_usd"].keys()
    assert told["by"]["images"] == 0.0
    for number, usd in told["with_llama_usd"].items():
        assert usd == pytest.approx(told["monthly_usd"][number] + added)
    run(["cost"])
    assert f"where their image is deployed, {added:.3f}." in " ".join(capsys.readouterr().err.split())


def test_a_series_is_a_sum_of_its_own_by_how_often_it_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    run(["cost", "--json"])
    series = json.loads(capsys.readouterr().out)["series_usd"]
    assert series.keys() == {"1m", "1h"}
    assert series["1m"] == pytest.approx(60 * series["1h"])
    two_halves_read = 2 * 0.5 * 1440 * 30.4 * 0.125 / 1e6
    assert two_halves_read < series["1m"] < 0.05
    run(["cost"])
    assert f"Each series of inputs.series adds {series['1m']:.3f} a symbol, by hours" in " ".join(
        capsys.readouterr().err.split()
    )


def test_another_number_of_symbols_comes_beside_the_usual_two(capsys: pytest.CaptureFixture[str]) -> None:
    run(["cost", "--json", "--symbols", "3"])
    sums = json.loads(capsys.readouterr().out)["monthly_usd"]
    assert list(sums) == ["1", "3", "10"]
    assert sums["1"] < sums["3"] < sums["10"]


def test_a_pipe_gets_tabs_and_a_terminal_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    run(["cost"])
    captured = capsys.readouterr()
    lines = [line.split("\t") for line in captured.out.splitlines()]
    assert lines[0] == ["USD a month", "1 symbol", "10 symbols"]
    assert [line[0] for line in lines[-2:]] == ["total", "total by bars of 1h"]
    parts, whole, hourly = [float(line[1]) for line in lines[1:-2]], float(lines[-2][1]), float(lines[-1][1])
    assert sum(parts) == pytest.approx(whole, abs=0.002)
    assert parts == sorted(parts, reverse=True)
    assert 0.0 < hourly < whole
    assert "No free tier" in captured.err
    with redirect_stdout(Terminal()) as terminal:
        run(["cost"])
    assert "List prices of us-east-1" in terminal.getvalue()


@pytest.mark.parametrize("number", ["0", "-1", "x", "1001"])
def test_a_number_of_symbols_that_cannot_be_is_wrong_usage(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cost", "--symbols", number]) == 2
    assert "--symbols" in capsys.readouterr().err
