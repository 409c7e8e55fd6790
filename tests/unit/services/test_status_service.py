"""What a user asks first, answered from the last commit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.domain import MINUTE_MS, FeedHealth, FeedState, Scoring
from chalicelib.errors import Unavailable
from chalicelib.services.status import Status
from tests.support.desk import FALLING, after_close, desk, open_of


def test_an_agent_that_never_traded_owns_its_cash() -> None:
    with desk(settings=("agent.cash=500",)) as shop:
        now = shop.status()
    assert (now.agent, now.mode, now.halted, now.halt_reason) == ("default", "paper", False, None)
    assert (now.equity, now.cash, now.drawdown, now.positions, now.pending_orders) == (500.0, 500.0, 0.0, (), ())
    assert now.last_minute_ms is None


def test_a_pending_entry_is_shown_before_it_fills() -> None:
    with desk() as shop:
        shop.minutes(0, *FALLING)
        now = shop.status()
    [order] = now.pending_orders
    assert (order.symbol, order.side, order.decided_ms) == ("AAAUSDT", "BUY", open_of(2))
    assert now.positions == ()
    assert now.last_minute_ms == open_of(2)


def test_a_position_is_marked_at_the_last_close_with_its_levels() -> None:
    with desk(settings=("risk.stop_loss=0.05", "risk.take_profit=0.5", "fees.rate=0.001")) as shop:
        shop.minutes(0, *FALLING, 100.0, 97.0)
        now = shop.status()
        quantity = shop.held()
        fee = shop.portfolio().slots["AAAUSDT"].position.entry_fee
    [position] = now.positions
    assert (position.symbol, position.quantity, position.entry_price) == ("AAAUSDT", quantity, 100.0)
    assert (position.mark_price, position.entry_ms) == (97.0, open_of(3))
    assert position.unrealized_pnl == pytest.approx(-3.0 * quantity - fee)
    assert position.stop_price == pytest.approx(95.0)
    assert position.take_profit_price == pytest.approx(150.0)
    assert (position.entry_fee, position.position) == (fee, 1)
    assert now.equity == pytest.approx(now.cash + 97.0 * quantity)
    assert 0.0 < now.drawdown < 0.05


def test_levels_that_are_off_are_none() -> None:
    with desk(settings=("risk.stop_loss=0", "risk.take_profit=0")) as shop:
        shop.minutes(0, *FALLING, 98.0)
        [position] = shop.status().positions
    assert (position.stop_price, position.take_profit_price) == (None, None)


def test_a_flag_for_all_and_one_of_its_own_are_both_named() -> None:
    with desk() as shop:
        shop.halt.run(None, "exchange odd", False, after_close(0, 0))
        shop.halt.run("default", "agent odd", False, after_close(0, 0))
        now = shop.status()
    assert now.halted
    assert set(str(now.halt_reason).split("; ")) == {"exchange odd", "agent odd"}


class SilentNews:
    """A store of news that does not answer."""

    def scoring(self) -> Scoring:
        raise Unavailable("news: throttled")

    def load(self, feed: str) -> FeedState:
        raise Unavailable("news: throttled")

    def save(self, feed: str, state: FeedState) -> None:
        raise Unavailable("news: throttled")

    def health(self) -> list[FeedHealth]:
        raise Unavailable("news: throttled")


def test_what_is_owned_is_told_though_the_news_cannot_be_read() -> None:
    with desk() as shop:
        shop.minutes(0, *FALLING)
        stores, limits = shop.stores, shop.rules.params.limits
        silent = SilentNews()
        now = Status(stores.portfolios, stores.halts, silent, silent, "paper", 10_000.0, limits).run("default")
        assert now == replace(shop.status(), sentiment=None, feeds=None)


def test_feeds_that_are_polled_no_more_are_not_told_of() -> None:
    hour_ms = 60 * MINUTE_MS
    with desk() as shop:
        for health in (
            FeedHealth("asked", asked_ms=9 * hour_ms),
            FeedHealth("gone for a day", asked_ms=hour_ms, silent_until_ms=25 * hour_ms),
            FeedHealth("removed", asked_ms=6 * hour_ms),
            FeedHealth(),
        ):
            shop.stores.feeds.save(health.name, FeedState(health=health))
        assert [feed.name for feed in shop.status().feeds or ()] == ["asked", "gone for a day"]
