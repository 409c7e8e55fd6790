"""The default strategy gives, to the bit, what it gave at commit 031d62e: by commands, and by the stages of its tables.

tests/fixtures/same-as-031d62e.json.xz is what that commit made of the same calls; tables-031d62e.json.xz is what its
stages had stored after `begun` of tests/support/lasting_stage.py, from where they went on. Both were written by a
checkout of it with lasting_*.py, records_by_name.py and stage_dump.py of tests/support copied into its own:

    told = {
        "backtest": {name: backtested(folder(), name) for name in CASES},
        "run": {name: ran(folder(), name, WEEK) for name in CASES},
        "day": {name: ran(folder(), name, DAY)["printed"] for name in CASES},
        "month": {name: backtested_month(folder(), klines, headlines) for name, headlines in MONTHS},
    }
    with opened(MonkeyPatch()) as (stage, market_url):
        begun(stage)
        tables = dumped(market_url)
        told["stage"] = acts(stage)

where `folder()` is a new one and TRADER_HOME the folder `home` in it; then each as JSON, by `lzma.compress`.
Records are equal by the names of their fields and values: what a later version records beside them is not looked at.
"""

from __future__ import annotations

import json
import lzma
from pathlib import Path

import pytest
import requests

from chalicelib.domain import DAY_MS, MINUTE_MS
from tests.shared_data import shared
from tests.support.effort import repeats
from tests.support.lasting_runs import CASES, DAY, WEEK, backtested, backtested_month, ran
from tests.support.lasting_stage import acts, opened, skip_beginning
from tests.support.records_by_name import Plain
from tests.support.stage_dump import restore

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
ADDED_UP = ("sharpe", "sortino", "volatility", "cagr", "calmar", "profit_factor", "expectancy", "fees")
"""Figures that follow from trades and equity by long sums or a power, which that commit added up in another order."""
YEARLY = ("cagr", "calmar")
NEARLY = 1e-12
MONTHS = (("bars alone", None), ("headlines", "headlines/crypto_dev.csv"))


def then() -> Plain:
    """What that commit made of all this."""
    return json.loads(read("same-as-031d62e.json.xz"))


def read(name: str) -> str:
    return lzma.decompress((FIXTURES / name).read_bytes()).decode()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty one, in which the commands have their home."""
    monkeypatch.setenv("TRADER_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def nearly(figures: dict[str, Plain]) -> dict[str, Plain]:
    """The figures, those of long sums as good as equal."""
    sums = {name: pytest.approx(figures[name], rel=NEARLY) for name in ADDED_UP if figures.get(name) is not None}
    return {**figures, **sums}


def assert_same_results(now: Plain, expected: Plain) -> None:
    for name in ("trades", "equity"):
        assert now[name] == expected[name], name
    metrics = with_rates_of_now(expected["metrics"])
    assert by_names_of(metrics, now["metrics"]) == nearly(metrics)


def with_rates_of_now(figures: Plain) -> Plain:
    """The figures without the yearly rates that a span below 30 days is no longer given."""
    is_short = figures["last_ms"] + MINUTE_MS - figures["first_ms"] < 30 * DAY_MS
    return {**figures, **dict.fromkeys(YEARLY)} if is_short else figures


def by_names_of(expected: Plain, now: Plain) -> Plain:
    """What now has under the names that were expected, at any depth."""
    if isinstance(expected, dict):
        return {name: by_names_of(value, now[name]) for name, value in expected.items()}
    if isinstance(expected, list) and len(expected) == len(now):
        return [by_names_of(*pair) for pair in zip(expected, now, strict=True)]
    return now


@pytest.mark.parametrize("name", CASES)
def test_a_week_backtested(name: str, folder: Path) -> None:
    assert_same_results(backtested(folder, name), then()["backtest"][name])


@pytest.mark.parametrize("name", CASES)
def test_a_run_on_paper(name: str, folder: Path) -> None:
    """A day of it; the whole week where all is done."""
    minutes = repeats(DAY, WEEK)
    now, expected = ran(folder, name, minutes), then()
    first_days = sorted(expected["run"][name]["equity"])[: minutes // DAY]
    printed = expected["run"][name].pop("printed") if minutes == WEEK else expected["day"][name]
    assert by_names_of(printed, now.pop("printed")) == nearly(printed)
    for kind, days in now.items():
        was = expected["run"][name][kind]
        for day in first_days:
            assert days.get(day) == was.get(day), f"{kind} of {day}"
        assert set(days) <= set(first_days)


@pytest.mark.parametrize(("name", "headlines"), MONTHS)
def test_a_real_month_backtested(name: str, headlines: str | None, folder: Path) -> None:
    now = backtested_month(folder, shared("klines"), None if headlines is None else shared(headlines))
    assert_same_results(now, then()["month"][name])


def know_lots_alone(market_url: str) -> None:
    """As that commit did: let the exchange tell neither a tick nor what an order must be worth."""
    unknown = [{"filterType": "PRICE_FILTER", "tickSize": "0"}, {"filterType": "NOTIONAL", "minNotional": "0"}]
    for symbol in ("BTCUSDT", "ETHUSDT"):
        told = requests.post(f"{market_url}/sim/state", json={"symbol": symbol, "filters": unknown}, timeout=10)
        assert told.status_code == 200, told.text


def test_stages_go_on_where_its_stages_left_off(monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(monkeypatch) as (stage, market_url):
        skip_beginning(stage)
        restore(read("tables-031d62e.json.xz"), market_url)
        know_lots_alone(market_url)
        now = acts(stage)
    for act, expected in then()["stage"].items():
        for what, told in expected.items():
            assert by_names_of(told, now[act][what]) == told, f"{what}: {act}"
