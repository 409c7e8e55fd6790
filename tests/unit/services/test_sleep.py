"""A fleet that sleeps between closes: who keeps it awake, and when it looks for headlines."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.domain import MINUTE_MS, Portfolio
from chalicelib.errors import BadInput
from chalicelib.kernel.account import EMPTY_SLOT, FLAT, open_account
from chalicelib.services.sleep import FleetSleep

HOUR_MS = 3_600_000
HELD = EMPTY_SLOT._replace(position=FLAT._replace(quantity=1.0))
CLOSED = Portfolio("a", 1, open_account(1.0), {"AAAUSDT": EMPTY_SLOT}, (), HOUR_MS - MINUTE_MS)


class Shelf:
    """Portfolios by agent; a damaged one is None here."""

    def __init__(self, **portfolios: Portfolio | None) -> None:
        self.portfolios = portfolios
        self.loaded = 0

    def load(self, agent_id: str) -> Portfolio | None:
        self.loaded += 1
        if agent_id not in self.portfolios:
            return None
        found = self.portfolios[agent_id]
        if found is None:
            raise BadInput("damaged")
        return found

    def commit(self, change: object) -> None:
        raise AssertionError

    def agents(self) -> list[str]:
        raise AssertionError


def sleep(portfolio: Portfolio | None, **more: int) -> FleetSleep:
    return FleetSleep(Shelf(a=portfolio), {"a": HOUR_MS, **more})


def test_between_two_closes_who_holds_nothing_needs_no_candles() -> None:
    fleet = sleep(CLOSED)
    assert not fleet.needs_candles(2 * HOUR_MS - 1)
    assert fleet.needs_candles(2 * HOUR_MS)


@pytest.mark.parametrize(
    "awake",
    [
        sleep(replace(CLOSED, slots={"AAAUSDT": HELD})),
        sleep(replace(CLOSED, unfinished=("AAAUSDT",))),
        sleep(None),
        FleetSleep(Shelf(), {"a": HOUR_MS}),
        sleep(CLOSED, b=MINUTE_MS),
        sleep(CLOSED, b=HOUR_MS),
    ],
    ids=["holds", "a bar is not over", "damaged", "never traded", "another by minutes", "another is new"],
)
def test_who_may_have_to_do_with_the_next_minute_keeps_all_awake(awake: FleetSleep) -> None:
    assert awake.needs_candles(HOUR_MS + MINUTE_MS)


def test_a_portfolio_that_waits_for_nothing_is_read_every_quarter_of_an_hour() -> None:
    """Each reading is billed. From the close on it is read each minute, so that whatever is held then is seen."""
    shelf = Shelf(a=CLOSED)
    fleet = FleetSleep(shelf, {"a": HOUR_MS})
    assert not any(fleet.needs_candles(HOUR_MS + minute * MINUTE_MS) for minute in range(60))
    assert shelf.loaded == 4
    shelf.portfolios["a"] = held = replace(CLOSED, slots={"AAAUSDT": HELD}, minute_ms=2 * HOUR_MS - MINUTE_MS)
    assert not fleet.needs_candles(2 * HOUR_MS)
    for minute in range(1, 60):
        shelf.portfolios["a"] = replace(held, minute_ms=2 * HOUR_MS + (minute - 2) * MINUTE_MS)
        assert fleet.needs_candles(2 * HOUR_MS + minute * MINUTE_MS)


@pytest.mark.parametrize(
    "busy", [replace(CLOSED, slots={"AAAUSDT": HELD}), replace(CLOSED, unfinished=("AAAUSDT",))], ids=["holds", "open"]
)
def test_a_portfolio_that_waits_for_the_next_minute_is_read_in_each(busy: Portfolio) -> None:
    """A halt may flatten it at any time, and others may trade it on."""
    shelf = Shelf(a=busy)
    fleet = FleetSleep(shelf, {"a": HOUR_MS})
    assert [fleet.needs_candles(HOUR_MS + seconds * 1000) for seconds in (1, 30, 60)] == [False, False, True]
    assert shelf.loaded == 3


def test_candles_are_fetched_ahead_every_quarter_of_an_hour_and_before_each_close() -> None:
    ahead = [minute for minute in range(60) if sleep(CLOSED).fetches_ahead(minute * MINUTE_MS + 2_000)]
    assert ahead == [14, 29, 44, 59]


def test_a_bar_is_looked_for_while_it_may_be_decided() -> None:
    assert [sleep(CLOSED).needs_folding(HOUR_MS + seconds * 1000) for seconds in (0, 299, 300)] == [True, True, False]
    daily = FleetSleep(Shelf(), {"a": 24 * HOUR_MS})
    assert daily.needs_folding(HOUR_MS)
    assert not daily.needs_folding(2 * HOUR_MS)


def test_headlines_are_looked_for_before_each_close_and_every_five_minutes() -> None:
    minutes = [minute for minute in range(60) if sleep(CLOSED).needs_news(minute * MINUTE_MS + 2_000)]
    assert minutes == list(range(4, 60, 5))
    three = FleetSleep(Shelf(), {"a": 3 * MINUTE_MS})
    assert [minute for minute in range(7) if three.needs_news(minute * MINUTE_MS)] == [2, 5]
    assert all(sleep(CLOSED, b=MINUTE_MS).needs_news(minute * MINUTE_MS) for minute in range(10))
