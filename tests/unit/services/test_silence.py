"""Data that stay away: one alert when they do, one when they are back, whoever looks and how often."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from chalicelib.adapters.sqlite import Database
from chalicelib.domain import close_of
from chalicelib.errors import Unavailable
from chalicelib.services.silence import SilenceWatch
from chalicelib.services.trade import TradeReport
from tests.support.desk import FALLING, DeadNotifier, Desk, after_close, open_of

SYMBOLS = ("AAAUSDT", "BBBUSDT")
LIMIT_MS = 180_000


class Watched:
    """A desk that is looked after at each wake-up."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.watch = self.another()

    def another(self, after_ms: int = LIMIT_MS) -> SilenceWatch:
        """As a process that begins now has it."""
        stores, rule = self.desk.stores, self.desk.rules.rule
        return SilenceWatch(rule, after_ms, stores.portfolios, stores.candles, self.desk.told)

    def minute(self, minute: int, **closes: float) -> None:
        """These symbols' candles, and a wake-up late enough to trade without the others."""
        for symbol, close in closes.items():
            self.desk.feed(symbol, minute, close)
        self.wake(after_close(minute, 25))

    def wake(self, now_ms: int) -> None:
        self.watch.run(self.desk.use_case.run(now_ms), now_ms)

    def told(self) -> list[str]:
        """Subjects since the last time."""
        subjects = [alert.subject for alert in self.desk.told.alerts]
        self.desk.told.alerts.clear()
        return subjects

    def silent(self) -> Mapping[str, int]:
        return self.desk.portfolio().silent


@contextmanager
def watched() -> Iterator[Watched]:
    """Two symbols, an open position in AAAUSDT, minute 3 the newest."""
    with Database(":memory:") as database:
        made = Watched(Desk(database, SYMBOLS))
        for minute, close in enumerate((*FALLING, 97.0)):
            made.minute(minute, AAAUSDT=close, BBBUSDT=100.0 + minute)
        assert made.desk.held() > 0.0
        assert made.told() == []
        yield made


def test_an_outage_is_told_once_with_symbols_and_positions_and_its_end_once() -> None:
    with watched() as shop:
        shop.wake(after_close(3, 180))
        assert shop.told() == []
        for seconds in (180.001, 185, 240, 600):
            shop.wake(after_close(3, seconds))
        [alert] = shop.desk.told.alerts
        assert alert.subject == "default: no data of AAAUSDT, BBBUSDT for 3 minutes"
        assert "open positions: AAAUSDT" in alert.body
        assert shop.silent() == dict.fromkeys(SYMBOLS, close_of(open_of(3)))
        shop.told()
        shop.minute(14, AAAUSDT=97.0, BBBUSDT=103.0)
        shop.minute(15, AAAUSDT=97.0, BBBUSDT=103.0)
        assert shop.told() == ["default: data of AAAUSDT, BBBUSDT are back"]
        assert shop.silent() == {}


def test_one_symbol_that_stays_away_is_told_while_the_others_trade_on() -> None:
    with watched() as shop:
        for minute in range(4, 12):
            shop.minute(minute, AAAUSDT=97.0)
        assert shop.told() == ["default: no data of BBBUSDT for 3 minutes"]
        assert shop.silent() == {"BBBUSDT": close_of(open_of(3))}
        shop.minute(12, AAAUSDT=97.0, BBBUSDT=103.0)
        assert shop.told() == ["default: data of BBBUSDT are back"]


def test_a_restart_and_a_second_process_tell_nothing_again() -> None:
    with watched() as shop:
        now_ms = after_close(3, 200)
        old = shop.desk.use_case.run(now_ms)
        shop.watch.run(old, now_ms)
        shop.another().run(old, now_ms)  # it read the portfolio before the first one had told
        shop.another().run(shop.desk.use_case.run(now_ms), now_ms)
        assert len(shop.told()) == 1


def test_without_a_limit_and_before_the_first_decision_nothing_is_told() -> None:
    with watched() as shop:
        late_ms = after_close(3, 90_000)
        shop.another(after_ms=0).run(shop.desk.use_case.run(late_ms), late_ms)
        shop.watch.run(TradeReport(), late_ms)
        assert shop.told() == []


def test_what_was_told_goes_with_the_minutes_that_are_traded() -> None:
    """BBBUSDT stays away; the minutes of AAAUSDT must not make it new again."""
    with watched() as shop:
        for minute in range(4, 60):
            shop.minute(minute, AAAUSDT=97.0)
        assert len(shop.told()) == 1


def test_a_store_that_does_not_answer_is_asked_again_and_a_dead_channel_stops_nothing() -> None:
    class Down:
        def load(self, key: str) -> Any:
            raise Unavailable("throttled")

    with watched() as shop:
        report = shop.desk.use_case.run(after_close(3, 200))
        stores = shop.desk.stores
        stored: Any
        for stored, told in ((Down(), set()), (stores.portfolios, set(SYMBOLS))):
            watch = SilenceWatch(shop.desk.rules.rule, LIMIT_MS, stored, stores.candles, DeadNotifier())
            watch.run(report, after_close(3, 200))
            assert set(shop.silent()) == told


def test_catching_up_is_no_end_of_an_outage_before_the_newest_candles_are_there() -> None:
    with watched() as shop:
        now_ms = after_close(30, 5)
        shop.wake(now_ms)
        shop.told()
        for symbol in SYMBOLS:
            shop.desk.feed(symbol, 4, *[97.0] * 20)
        shop.wake(now_ms)
        assert shop.told() == []
        shop.minute(30, AAAUSDT=97.0, BBBUSDT=103.0)
        assert shop.told() == ["default: data of AAAUSDT, BBBUSDT are back"]
