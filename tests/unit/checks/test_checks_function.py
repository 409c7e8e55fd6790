"""An indicator of the user's own goes through the same cuts; what is wrong with one is said in one line."""

from __future__ import annotations

import pytest

from chalicelib.errors import BadInput
from tests.unit.checks.test_checks_lookahead import random_market
from trader.checks.blind import HereAndNow
from trader.checks.cuts import cuts_at
from trader.checks.functions import user_subject
from trader.checks.lookahead import Checked, LookAhead, LookaheadPlan

MODULE = "tests.support.indicators_of_a_user"


def checked(name: str, minutes: int = 120, symbols: int = 1) -> Checked:
    market = random_market(3, minutes, symbols, missing=0.1)
    plan = LookaheadPlan(user_subject(f"{MODULE}:{name}"), cuts_at(minutes, None, []), streamed=False)
    [found] = LookAhead(market, [plan], HereAndNow([plan.subject])).run()
    return found


def test_an_honest_function_is_clean_over_several_symbols_with_gaps() -> None:
    found = checked("momentum", symbols=2)
    assert (found.leaks, found.columns) == ([], 2)
    assert found.cut >= 118  # of the first minutes one may have no bar at all


def test_what_numpy_adds_up_in_another_order_is_no_leak() -> None:
    found = checked("convolved")
    assert found.leaks == []
    assert found.rounded > 0


def test_the_column_that_leaks_is_named_and_no_other() -> None:
    found = checked("zscore", symbols=2)
    assert {leak.column for leak in found.leaks} == {"z 0", "z 1"}


def test_too_little_history_is_told_and_no_leak() -> None:
    found = checked("needs_an_hour")
    assert found.leaks == []
    assert 59 <= found.too_short < 100  # an hour of bars, and some are missing


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("too_short", "too_short is float64 of shape"),
        ("failing", "fails over .* bars: ValueError: no idea"),
        ("NOT_A_FUNCTION", "is no function"),
        ("absent", "cannot be imported: module .* has no attribute 'absent'"),
    ],
)
def test_a_mistaken_function_is_one_line(name: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        checked(name)


@pytest.mark.parametrize("reference", ["momentum", ":momentum", f"{MODULE}:", "no.such.module:f", ""])
def test_a_reference_that_names_nothing_is_one_line(reference: str) -> None:
    with pytest.raises(BadInput, match="--function"):
        user_subject(reference)
