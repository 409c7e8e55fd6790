"""Trading by the clock: late candles, outages, stale prices, many outstanding minutes, guards that halt."""

from __future__ import annotations

import pytest

from chalicelib.adapters.sqlite import Database, SqlitePortfolioStore
from chalicelib.domain import Candle, Change, Reason, Side
from chalicelib.errors import Unavailable
from chalicelib.services.ready_minutes import Pace
from tests.contract.backends import sqlite_stores
from tests.support.desk import FALLING, DeadNotifier, Desk, after_close, desk, open_of, outcomes

PAIR = ("AAAUSDT", "BBBUSDT")
ALL_IN = (
    "risk.position_fraction=1",
    "risk.stop_loss=0",
    "risk.daily_loss_limit=0.05",
)


def test_a_minute_waits_twenty_seconds_for_a_late_candle_and_is_then_traded_without_it() -> None:
    with desk(PAIR) as shop:
        for symbol in PAIR:
            shop.feed(symbol, 0, *FALLING)
        shop.trade(after_close(2, 3))
        shop.feed("AAAUSDT", 3, 97.0)

        assert shop.trade(after_close(3, 0)) == ()
        assert shop.trade(after_close(3, 19.999)) == ()
        changes = shop.trade(after_close(3, 20))

        assert outcomes(changes, "AAAUSDT") == ["nothing wanted"]  # long since the open of this bar
        assert outcomes(changes, "BBBUSDT") == ["missing"]
        assert [order.symbol for order in shop.portfolio().orders] == ["BBBUSDT"]  # still waits for its next bar


def test_a_candle_that_comes_after_its_minute_was_traded_is_not_traded_again() -> None:
    with desk(PAIR) as shop:
        for symbol in PAIR:
            shop.feed(symbol, 0, *FALLING)
        shop.trade(after_close(2, 3))
        shop.feed("AAAUSDT", 3, 97.0)
        shop.trade(after_close(3, 21))
        shop.feed("BBBUSDT", 3, 97.0)
        assert shop.trade(after_close(3, 40)) == ()


def test_after_an_outage_missed_bars_settle_and_only_the_newest_decides() -> None:
    with desk() as shop:
        shop.minutes(0, *FALLING, 98.0)
        assert shop.held() > 0.0

        shop.feed("AAAUSDT", 4, 95.0, low=90.0)
        shop.feed("AAAUSDT", 5, 94.0, 93.0, 92.0, 91.0)
        changes = shop.trade(after_close(8, 3))

        assert outcomes(changes) == ["missed", "missed", "missed", "missed", "ordered"]
        assert [change.trades[0].reason for change in changes if change.trades] == [Reason.STOP_LOSS]
        points = shop.stores.journal.equity("default", 0, 2**62)
        assert [point.time_ms for point in points][-5:] == [open_of(minute) for minute in range(4, 9)]
        assert points[-5].equity < points[-6].equity


class OutOfReach(SqlitePortfolioStore):
    """A store that cannot be reached when this minute is committed."""

    minute = -1

    def commit(self, change: Change) -> None:
        if change.portfolio.minute_ms == open_of(self.minute):
            raise Unavailable("disk full")
        super().commit(change)


def test_an_outage_is_told_unless_minutes_before_it_were_traded(monkeypatch: pytest.MonkeyPatch) -> None:
    with Database(":memory:") as database:
        shop = Desk(database, stores=sqlite_stores(database, OutOfReach))
        shop.minutes(0, *FALLING)
        shop.feed("AAAUSDT", 3, 97.0, 96.0, 95.0)
        monkeypatch.setattr(OutOfReach, "minute", 4)
        assert [change.portfolio.minute_ms for change in shop.trade(after_close(5, 3))] == [open_of(3)]
        with pytest.raises(Unavailable, match="disk full"):
            shop.trade(after_close(5, 4))
        monkeypatch.undo()
        traded = [change.portfolio.minute_ms for change in shop.trade(after_close(5, 5))]
        assert traded == [open_of(4), open_of(5)]


def test_a_bar_is_not_decided_while_a_newer_one_waits_for_a_late_candle() -> None:
    with desk(PAIR) as shop:
        for symbol in PAIR:
            shop.feed(symbol, 0, 100.0, 100.0, 100.0)
        shop.trade(after_close(2, 3))
        for symbol in PAIR:
            shop.feed(symbol, 3, 99.0, 98.0)
        shop.feed("AAAUSDT", 5, 97.0)

        assert outcomes(shop.trade(after_close(5, 3))) == ["missed", "missed"]
        assert outcomes(shop.trade(after_close(5, 20))) == ["ordered"]


@pytest.mark.parametrize(
    ("age_s", "pace", "outcome"),
    [
        (180.0, Pace(20_000, 180_000), "ordered"),
        (180.001, Pace(20_000, 180_000), "stale"),
        (86_400.0, Pace(20_000, 0), "ordered"),
    ],
    ids=["just fresh", "just stale", "staleness off"],
)
def test_a_close_is_acted_on_up_to_its_age_limit(age_s: float, pace: Pace, outcome: str) -> None:
    with desk(pace=pace) as shop:
        shop.feed("AAAUSDT", 0, *FALLING)
        changes = shop.trade(after_close(2, age_s))
        assert outcomes(changes) == [outcome]
        assert bool(shop.portfolio().orders) == (outcome == "ordered")


def test_a_new_agent_starts_at_the_newest_minute_however_much_history_there_is() -> None:
    with desk() as shop:
        shop.feed("AAAUSDT", 0, *[100.0 + index % 7 for index in range(1_203)])
        changes = shop.trade(after_close(1_202, 3))
        assert [change.portfolio.minute_ms for change in changes] == [open_of(1_202)]
        assert shop.portfolio().account.equity == 10_000.0


def test_more_outstanding_minutes_than_a_page_are_all_settled_once_whatever_the_gaps() -> None:
    with desk(PAIR) as shop:
        for symbol in PAIR:
            shop.feed(symbol, 0, 100.0)
        shop.trade(after_close(0, 3))
        last = 2_300
        gaps = {minute for minute in range(1, last) if minute % 3 == 0 or 900 < minute < 1_400}
        shop.feed("AAAUSDT", 1, *[100.0] * last)
        for minute in set(range(1, last + 1)) - gaps:
            shop.stores.candles.append([Candle("BBBUSDT", open_of(minute), 100.0, 100.0, 100.0, 100.0, 1.0)])
        shop.indicators.run()

        changes = shop.trade(after_close(last, 30))

        assert [change.portfolio.minute_ms for change in changes] == [open_of(m) for m in range(1, last + 1)]
        missing = {m for m, outcome in enumerate(outcomes(changes, "BBBUSDT"), start=1) if outcome == "missing"}
        assert missing == gaps
        assert set(outcomes(changes)[:-1]) == {"missed"}
        assert outcomes(changes)[-1] == "nothing wanted"


def test_a_clock_far_behind_a_full_page_trades_nothing_and_returns() -> None:
    with desk(PAIR) as shop:
        shop.feed("BBBUSDT", 0, 100.0)
        shop.feed("AAAUSDT", 0, 100.0)
        shop.trade(after_close(0, 3))
        shop.feed("AAAUSDT", 1, *[100.0] * 1_001)
        assert shop.trade(after_close(0, 4)) == ()


def test_a_symbol_that_left_the_configuration_while_flat_is_forgotten() -> None:
    with Database(":memory:") as database:
        Desk(database).minutes(0, 100.0)
        other = Desk(database, ("BBBUSDT",))
        other.feed("BBBUSDT", 0, 100.0, 100.0)
        assert len(other.trade(after_close(1, 3))) == 1
        assert set(other.portfolio().slots) == {"BBBUSDT"}


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (("risk.daily_loss_limit=0.05",), "daily loss limit"),
        (("risk.daily_loss_limit=0", "risk.max_drawdown=0.05"), "max drawdown"),
    ],
)
def test_a_loss_beyond_a_limit_halts_tells_once_and_is_cleared_and_rebased_by_resume(
    settings: tuple[str, ...], reason: str
) -> None:
    with desk(settings=(*ALL_IN, *settings)) as shop:
        shop.minutes(0, *FALLING, 98.0)
        shop.minutes(4, 92.0, 91.0, 90.0)

        assert [alert.subject for alert in shop.told.alerts] == [f"default halted: {reason}"]
        assert (shop.status().halted, shop.status().halt_reason) == (True, reason)
        assert shop.held() > 0.0  # freeze keeps it

        shop.resume.run("default")
        assert not shop.status().halted
        shop.minutes(7, 89.0)
        assert not shop.status().halted  # 9 % below the first base, 1 % below the new one
        shop.minutes(8, 84.0)
        assert shop.status().halted
        assert len(shop.told.alerts) == 2


def test_a_guard_flattens_when_told_to() -> None:
    with desk(settings=(*ALL_IN, "risk.halt_action=flatten")) as shop:
        shop.minutes(0, *FALLING, 98.0)
        shop.minutes(4, 92.0, 91.0)
        assert shop.held() == 0.0
        trades, _ = shop.stores.journal.trades("default", 10)
        assert [trade.reason for trade in trades] == [Reason.KILL_SWITCH]


def test_a_dead_notifier_blocks_no_guard_and_no_trade() -> None:
    with desk(settings=ALL_IN, notifier=DeadNotifier()) as shop:
        changes = shop.minutes(0, *FALLING, 98.0, 92.0)
        assert [fill.side for change in changes for fill in change.fills] == [Side.BUY]
        assert shop.status().halt_reason == "daily loss limit"
