"""A symbol that left the settings while it was held goes on until it is flat: stops and exits, no entry."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from chalicelib.adapters.sqlite import Database
from chalicelib.domain import Alert, Order, Reason
from chalicelib.errors import Unavailable
from chalicelib.services.trade import TradeMinutes, TradePorts
from tests.support.desk import FALLING, REAL_TIME, Desk, Neutral, after_close, outcomes
from tests.support.world import AGENT

HELD, NAMED = "AAAUSDT", "BBBUSDT"
STOPS = ("risk.stop_loss=0.05", "risk.daily_loss_limit=0")


@pytest.fixture
def database() -> Iterator[Database]:
    with Database(":memory:") as opened:
        yield opened


def without_it(database: Database, *settings: str) -> Desk:
    """The agent after a restart with settings that name the other symbol alone."""
    return Desk(database, (NAMED,), (*STOPS, *settings))


def holding(database: Database) -> float:
    """Have the agent buy AAAUSDT in minute 3 at 98.0; its equity then."""
    desk = Desk(database, (HELD,), STOPS)
    desk.minutes(0, *FALLING, 98.0)
    assert desk.held(HELD) > 0.0
    return desk.portfolio().account.equity


def test_its_stop_is_met_in_the_bar_that_reaches_it_and_it_is_not_entered_again(database: Database) -> None:
    before = holding(database)
    desk = without_it(database)
    for minute, close, low in ((4, 96.0, 95.0), (5, 94.0, 90.0)):  # an RSI of 0 throughout: the rule wants to enter
        desk.feed(NAMED, minute, 100.0)
        desk.feed(HELD, minute, close, low=low)
        desk.trade(after_close(minute, 3))
    assert [trade.reason for trade in desk.stores.journal.trades(AGENT, 9)[0]] == [Reason.STOP_LOSS]
    assert desk.portfolio().orders == ()
    assert 0.02 < (before - desk.portfolio().account.equity) / before < 0.03  # 5 % of one half

    desk.feed(NAMED, 6, 100.0)
    change = desk.trade(after_close(6, 3))[0]
    assert [decision.symbol for decision in change.decisions] == [NAMED]
    assert set(desk.portfolio().slots) == {NAMED}


def test_a_bar_in_which_it_left_decides_no_entry_although_the_rule_wants_one(database: Database) -> None:
    holding(database)
    desk = without_it(database)
    desk.feed(NAMED, 4, 100.0)
    desk.feed(HELD, 4, 91.0, low=90.0)
    changes = desk.trade(after_close(4, 3))
    assert [(d.symbol, d.action, d.outcome) for d in changes[0].decisions] == [
        (NAMED, "hold", "nothing wanted"),
        (HELD, "enter", "reducing"),
    ]


def test_the_rule_may_leave_it(database: Database) -> None:
    holding(database)
    desk = without_it(database)
    for minute, close in enumerate((110.0, 111.0), start=4):  # overbought
        desk.feed(NAMED, minute, 100.0)
        desk.feed(HELD, minute, close)
        desk.trade(after_close(minute, 3))
    assert [trade.reason for trade in desk.stores.journal.trades(AGENT, 9)[0]] == [Reason.SIGNAL]


def test_its_candle_is_waited_for_like_that_of_a_named_symbol(database: Database) -> None:
    holding(database)
    desk = without_it(database)
    desk.feed(NAMED, 4, 100.0)
    assert desk.trade(after_close(4, 3)) == ()
    assert outcomes(desk.trade(after_close(4, 20)), HELD) == ["missing"]


def test_status_says_so_and_one_alert_is_sent_however_often_the_agent_starts(database: Database) -> None:
    holding(database)
    told: list[Alert] = []
    for minute in (4, 5, 6):
        desk = without_it(database)  # a process that starts anew
        desk.feed(NAMED, minute, 100.0)
        desk.feed(HELD, minute, 98.0)
        desk.trade(after_close(minute, 3))
        assert desk.status().reducing == (HELD,)
        assert [position.symbol for position in desk.status().positions] == [HELD]
        told += desk.told.alerts
    assert [alert.subject for alert in told] == ["default still holds AAAUSDT, which its settings no longer name"]

    desk.feed(NAMED, 7, 100.0)
    desk.feed(HELD, 7, 91.0, low=90.0)
    desk.trade(after_close(7, 3))
    assert desk.status().reducing == ()


def test_a_pending_entry_into_it_is_withdrawn_before_any_bar_can_fill_it(database: Database) -> None:
    Desk(database, (HELD,), STOPS).minutes(0, *FALLING)
    desk = without_it(database)
    [pending] = desk.portfolio().orders
    assert (pending.symbol, pending.side) == (HELD, "BUY")
    desk.feed(NAMED, 3, 100.0)
    desk.feed(HELD, 3, 98.0)
    [change] = desk.trade(after_close(3, 3))
    assert (change.fills, change.portfolio.orders, change.portfolio.account.cash) == ((), (), 10_000.0)
    assert [decision.symbol for decision in change.decisions] == [NAMED]


class Silent:
    """A venue that does not answer a withdrawal."""

    def __init__(self, desk: Desk) -> None:
        self._venue = desk.executor
        self.send, self.order_fill, self.exit_fill = (
            desk.executor.send,
            desk.executor.order_fill,
            desk.executor.exit_fill,
        )

    def cancel(self, order: Order) -> bool:
        raise Unavailable("no answer")


def test_a_pending_entry_that_the_venue_does_not_let_go_of_is_booked_and_then_only_left(database: Database) -> None:
    Desk(database, (HELD,), STOPS).minutes(0, *FALLING)
    desk = without_it(database)
    stores = desk.stores
    ports = TradePorts(
        stores.portfolios,
        stores.halts,
        stores.candles,
        stores.indicators,
        stores.rules,
        Neutral(),
        Silent(desk),
        desk.told,
    )
    trade = TradeMinutes(desk.rules, desk.config.agent.cash, REAL_TIME, ports)
    desk.feed(NAMED, 3, 100.0)
    desk.feed(HELD, 3, 98.0)
    [change] = trade.run(after_close(3, 3)).changes
    assert [fill.symbol for fill in change.fills] == [HELD]
    assert change.portfolio.reducing == (HELD,)


def test_a_halt_with_flatten_closes_it(database: Database) -> None:
    holding(database)
    desk = without_it(database)
    desk.halt.run(AGENT, "a test", True, after_close(3, 5))
    desk.feed(NAMED, 4, 100.0)
    desk.feed(HELD, 4, 98.0)
    desk.trade(after_close(4, 3))
    assert [trade.reason for trade in desk.stores.journal.trades(AGENT, 9)[0]] == [Reason.KILL_SWITCH]


def test_named_again_it_may_be_entered_again(database: Database) -> None:
    holding(database)
    desk = without_it(database)
    desk.feed(NAMED, 4, 100.0)
    desk.feed(HELD, 4, 91.0, low=90.0)
    desk.trade(after_close(4, 3))
    again = Desk(database, (HELD, NAMED), STOPS)
    for symbol, close in ((NAMED, 100.0), (HELD, 80.0)):
        again.feed(symbol, 5, close)
    assert outcomes(again.trade(after_close(5, 3)), HELD) == ["ordered"]


def test_a_preview_decides_on_it_as_the_next_minute_will(database: Database) -> None:
    holding(database)
    desk = without_it(database)
    desk.feed(NAMED, 4, 100.0)
    desk.feed(HELD, 4, 98.0)
    assert [decision.symbol for decision in desk.preview.run(after_close(4, 3))] == [NAMED, HELD]


def test_an_older_portfolio_says_nothing_of_it_and_reads(database: Database) -> None:
    holding(database)
    with database.transaction():
        [(body,)] = database.query("SELECT body FROM portfolio")
        older = {name: value for name, value in json.loads(body).items() if name != "reducing"}
        database.execute("UPDATE portfolio SET body = ?", (json.dumps(older),))
    assert without_it(database).portfolio().reducing == ()
