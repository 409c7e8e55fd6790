from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.domain import Change
from chalicelib.errors import BadInput
from tests.contract.backends import Stores
from tests.contract.samples import (
    AGENT,
    decision,
    equity_point,
    fill,
    full_change,
    minute_ms,
    order,
    portfolio,
    trade,
)


def commit_minutes(stores: Stores, count: int, agent_id: str = AGENT) -> None:
    for version in range(1, count + 1):
        stores.portfolios.commit(full_change(version, agent_id))


def test_an_agent_that_never_traded_has_an_empty_journal(stores: Stores) -> None:
    assert stores.journal.fills(AGENT) == []
    assert stores.journal.trades(AGENT, 5) == ([], None)
    assert stores.journal.decisions(AGENT, 5) == ([], None)
    assert stores.journal.equity(AGENT, 0, minute_ms(9)) == []


def test_fills_come_in_the_order_they_were_booked(stores: Stores) -> None:
    stores.portfolios.commit(Change(portfolio(1), fills=(fill(5), fill(2))))
    stores.portfolios.commit(Change(portfolio(2), fills=(fill(1),)))
    assert stores.journal.fills(AGENT) == [fill(5), fill(2), fill(1)]


def test_every_record_comes_back_as_it_was_committed(stores: Stores) -> None:
    commit_minutes(stores, 1)
    assert stores.journal.fills(AGENT) == [fill(1)]
    assert stores.journal.trades(AGENT, 5) == ([trade(1)], None)
    assert stores.journal.decisions(AGENT, 5) == ([decision(1)], None)
    assert stores.journal.equity(AGENT, minute_ms(1), minute_ms(1)) == [equity_point(1)]


def test_a_decision_of_a_minute_without_a_candle_comes_back(stores: Stores) -> None:
    blind = replace(decision(1), candle=None, reason=None, action="hold")
    stores.portfolios.commit(Change(portfolio(1), decisions=(blind,)))
    assert stores.journal.decisions(AGENT, 1) == ([blind], None)


def test_pages_are_newest_first_and_end_without_a_cursor(stores: Stores) -> None:
    commit_minutes(stores, 5)
    first, cursor = stores.journal.trades(AGENT, 2)
    second, cursor_2 = stores.journal.trades(AGENT, 2, cursor)
    third, end = stores.journal.trades(AGENT, 2, cursor_2)
    assert [*first, *second, *third] == [trade(number) for number in (5, 4, 3, 2, 1)]
    assert end is None
    assert stores.journal.decisions(AGENT, 5) == ([decision(number) for number in (5, 4, 3, 2, 1)], None)


def test_rows_that_come_in_between_two_pages_shift_neither(stores: Stores) -> None:
    commit_minutes(stores, 3)
    first, cursor = stores.journal.decisions(AGENT, 2)
    stores.portfolios.commit(full_change(4))
    second, end = stores.journal.decisions(AGENT, 2, cursor)
    assert [*first, *second] == [decision(3), decision(2), decision(1)]
    assert end is None


@pytest.mark.parametrize("limit", [0, -1])
def test_a_page_of_nothing_is_refused(stores: Stores, limit: int) -> None:
    with pytest.raises(BadInput, match=f"limit: {limit} given, at least 1 allowed"):
        stores.journal.trades(AGENT, limit)


@pytest.mark.parametrize("number", [10**30, -(10**30)])
def test_a_cursor_or_time_out_of_all_bounds_is_refused(stores: Stores, number: int) -> None:
    with pytest.raises(BadInput):
        stores.journal.trades(AGENT, 5, number)
    with pytest.raises(BadInput):
        stores.journal.equity(AGENT, number, number)


def test_the_decisions_of_one_minute_are_found_among_all(stores: Stores) -> None:
    commit_minutes(stores, 120)
    commit_minutes(stores, 3, "beta")
    for number in (1, 2, 60, 119, 120):
        assert stores.journal.decided_at(AGENT, minute_ms(number)) == [decision(number)]
    assert stores.journal.decided_at("beta", minute_ms(2)) == [decision(2, "beta")]
    assert stores.journal.decided_at(AGENT, minute_ms(121)) == []
    assert stores.journal.decided_at(AGENT, minute_ms(60) + 1) == []
    assert stores.journal.decided_at(AGENT, 0) == []
    assert stores.journal.decided_at("gamma", minute_ms(1)) == []


def test_all_symbols_of_a_minute_come_in_the_order_of_its_record(stores: Stores) -> None:
    first, other = decision(2), replace(decision(2), symbol="ETHUSDT")
    stores.portfolios.commit(Change(portfolio(1), decisions=(decision(1),)))
    stores.portfolios.commit(Change(portfolio(2), decisions=(first, other)))
    assert stores.journal.decided_at(AGENT, minute_ms(2)) == [first, other]


def test_equity_bounds_are_inclusive_and_oldest_first(stores: Stores) -> None:
    commit_minutes(stores, 5)
    points = stores.journal.equity(AGENT, minute_ms(2), minute_ms(4))
    assert points == [equity_point(2), equity_point(3), equity_point(4)]
    assert stores.journal.equity(AGENT, minute_ms(2) + 1, minute_ms(3) - 1) == []


def test_agents_do_not_mix(stores: Stores) -> None:
    commit_minutes(stores, 2)
    commit_minutes(stores, 1, "beta")
    assert stores.journal.trades("beta", 9) == ([trade(1)], None)
    assert stores.journal.decisions("beta", 9) == ([decision(1, "beta")], None)
    assert stores.journal.fills("beta") == [fill(1)]
    assert stores.journal.equity("beta", 0, minute_ms(9)) == [equity_point(1)]
    assert len(stores.journal.fills(AGENT)) == 2


def test_what_a_refused_commit_would_have_appended_is_not_there(stores: Stores) -> None:
    commit_minutes(stores, 1)
    refused = replace(full_change(2), entries=(order(1),))
    with pytest.raises(Exception, match="stored before"):
        stores.portfolios.commit(refused)
    assert stores.journal.trades(AGENT, 9) == ([trade(1)], None)
    assert stores.journal.decisions(AGENT, 9) == ([decision(1)], None)
    assert stores.journal.fills(AGENT) == [fill(1)]
    assert stores.journal.equity(AGENT, 0, minute_ms(9)) == [equity_point(1)]
