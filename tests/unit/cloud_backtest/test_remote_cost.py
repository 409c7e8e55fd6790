"""What a run costs: the page's table is the formula's, and the formula's sizes are those that are deployed."""

from __future__ import annotations

from typing import cast

import pytest

from chalicelib.errors import BadInput
from tests.architecture.backtest_template import machine, template
from tests.support.cloudformation import Json, properties, resources
from tests.support.remote_cost_page import PAGE, with_table
from trader.cost import backtest
from trader.cost.backtest import RunSize, run_usd
from trader.cost.prices import read_prices
from trader.tuning.files import FILES

MONTH = RunSize(months=2, minutes=2 * 43_200, sets=24, folds=4, is_compiled=True)


def test_the_table_in_the_page_is_the_formulas() -> None:
    page = PAGE.read_text("utf-8")
    assert page == with_table(page)


def test_sizes_are_those_that_are_deployed() -> None:
    functions = resources(template(), "AWS::Lambda::Function")
    memory = {name: properties(each)["MemorySize"] for name, each in functions.items()}
    default = cast("Json", cast("Json", template()["Parameters"])["Memory"])["Default"]
    assert (memory["PlanFunction"], memory["HistoryFunction"]) == (backtest.STEP_MB, backtest.STEP_MB)
    assert (memory["ShardFunction"], memory["ReduceFunction"], default) == ({"Ref": "Memory"}, {"Ref": "Memory"}, 1769)
    assert default == backtest.RUN_MB


def test_states_and_files_are_counted() -> None:
    """Of a run that goes well: Plan, History, Sweep, Reduce, Tell, IsThereAResult, Done."""
    states = machine()["States"]
    walked, name = [], machine()["StartAt"]
    while name:
        walked.append(name)
        name = states[name].get("Next") or states[name].get("Default")
    assert len(walked) == backtest.STATES
    assert len(FILES) + 1 == backtest.FILES


def test_every_price_is_used_and_listed() -> None:
    prices = read_prices()
    for price in prices.backtest.values():
        assert price.unit
        assert price.source
    assert set(run_usd(MONTH, prices)) == {
        "lambda duration",
        "lambda requests",
        "state transitions",
        "s3 writes",
        "s3 reads",
    }


def test_more_costs_more() -> None:
    prices = read_prices()
    one = sum(run_usd(MONTH, prices).values())
    for larger in (
        RunSize(4, MONTH.minutes, 24, 4, True),
        RunSize(2, MONTH.minutes, 240, 4, True),
        RunSize(2, MONTH.minutes, 24, 8, True),
        RunSize(2, MONTH.minutes, 24, 4, False),
    ):
        assert sum(run_usd(larger, prices).values()) > one


def test_what_functions_have_no_time_for_has_no_price() -> None:
    with pytest.raises(BadInput, match="take longer than functions may"):
        run_usd(RunSize(600, 26_280_000, 1000, 4, False), read_prices())
