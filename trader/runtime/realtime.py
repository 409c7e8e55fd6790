"""Wall-clock time: every minute the use cases are woken in the order in which the Lambdas wake each other.

A closed candle on the exchange's stream wakes them at once; without it they wake half a second after each close. While
a minute still misses candles they look again every two seconds, until it is traded without them.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Event, Thread

from chalicelib import wiring
from chalicelib.domain import MINUTE_MS
from chalicelib.errors import TraderError
from chalicelib.ports import Clock
from chalicelib.services.news import News
from chalicelib.services.trade import TradeReport
from chalicelib.services.wake_chain import PATIENCE_MS
from chalicelib.wiring import REAL_TIME_GRACE_MS, UseCases

AFTER_CLOSE_S = 0.5
RETRY_S = 2.0
LONGEST_WAIT_S = 5.0
"""The exchange's clock may run otherwise than ours (a simulated one does), so it is read again at least this often."""
NEWS_PERIOD_S = 60.0

Say = Callable[[str], None]


class RealTime:
    """One agent, minute after minute, until told to stop."""

    def __init__(
        self,
        use_cases: UseCases,
        clock: Clock,
        wake: Event,
        say: Say,
        beat: Callable[[int | None], None] = lambda now_ms: None,
        stopwatch: Clock | None = None,
    ) -> None:
        """`beat` hears at each wake-up that the run lives, and the market's time."""
        self._use_cases = use_cases
        self._clock = LastingClock(clock, stopwatch or wiring.stopwatch())
        self._beat = beat
        self._wake = wake
        self._say = say
        self._traded_ms = -1
        self._asked_ms = -1

    def run(self, minutes: int | None, stop: Event, on_minute: Callable[[TradeReport], None]) -> bool:
        """Trade until `minutes` more are traded (None: for ever). False when `stop` came first."""
        left = minutes
        while not stop.is_set():
            report = self._tick(left)
            self._beat(self._clock.guess_ms())
            if report.changes:
                on_minute(report)
            if left is not None:
                left -= len(report.changes)
                if left <= 0:
                    return True
            self._wait(stop)
        return False

    def _tick(self, most: int | None) -> TradeReport:
        """One wake-up; what fails is said and tried again at the next."""
        try:
            whole, more = self._prepare()
            now_ms = self._clock.now_ms()
        except TraderError:  # the exchange's clock, as silent as its candles; waiting says so
            self._use_cases.trade.look(self._clock.guess_ms())
            return TradeReport()
        try:
            report = self._use_cases.trade.run(now_ms, self._asked_for_by(now_ms, whole), most)
        except TraderError as error:
            self._say(f"trade: {error}")
            return TradeReport()
        if report.changes:
            self._traded_ms = report.changes[-1].portfolio.minute_ms or 0
        if more:
            self._wake.set()
        return report

    def _asked_for_by(self, now_ms: int, whole: bool) -> int:
        """Up to when every symbol's candles are folded, or would be, had a failing one been waited for no longer.

        A long round that failed for none says nothing of candles that closed while it lasted: the next one does.
        """
        return self._asked_ms if whole else max(self._asked_ms, now_ms - PATIENCE_MS)

    def _prepare(self) -> tuple[bool, bool]:
        """Fetch and fold: whether that failed for no symbol, and whether there is more. Raises what the clock does."""
        asked_ms = self._clock.now_ms()
        report = self._use_cases.fetch_klines.run()
        for error in report.failed:
            self._say(f"candles: {error}")
        vouched_ms = report.vouched_ms(asked_ms)
        try:
            self._use_cases.update_indicators.run()
        except TraderError as error:  # of a symbol that failed the others are folded
            self._say(f"indicators: {error}")
            vouched_ms = None
        if vouched_ms is not None:
            self._asked_ms = vouched_ms
        return vouched_ms is not None, report.more

    def _wait(self, stop: Event) -> None:
        """Until the next minute can be there, the stream says that it is, or `stop`."""
        try:
            now_ms = self._clock.now_ms()
        except TraderError as error:
            self._say(f"clock: {error}")
            stop.wait(LONGEST_WAIT_S)
            return
        newest_closed_ms = now_ms // MINUTE_MS * MINUTE_MS - MINUTE_MS
        since_close_ms = now_ms % MINUTE_MS
        if self._traded_ms < newest_closed_ms and since_close_ms < REAL_TIME_GRACE_MS + RETRY_S * 1000:
            seconds = RETRY_S
        else:
            seconds = min((MINUTE_MS - since_close_ms) / 1000 + AFTER_CLOSE_S, LONGEST_WAIT_S)
        self._wake.wait(seconds)
        self._wake.clear()


class LastingClock:
    """A clock that can be guessed while it does not answer. Implements ports.Clock."""

    def __init__(self, clock: Clock, stopwatch: Clock) -> None:
        self._clock = clock
        self._stopwatch = stopwatch
        self._ahead_ms = 0

    def now_ms(self) -> int:
        """Raises what the clock does."""
        now_ms = self._clock.now_ms()
        self._ahead_ms = now_ms - self._stopwatch.now_ms()
        return now_ms

    def guess_ms(self) -> int:
        """The time when it last answered, and what has passed here since."""
        return self._stopwatch.now_ms() + self._ahead_ms


class NewsThread:
    """Polls the feeds beside trading, so that a slow feed never delays an order."""

    def __init__(
        self, open_poll: Callable[[], AbstractContextManager[tuple[News, Clock]]], stop: Event, say: Say
    ) -> None:
        """`open_poll` is called in the thread: it has its own connections."""
        self._open_poll = open_poll
        self._stop = stop
        self._say = say
        self._thread = Thread(target=self._poll_until_stopped, name="news", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def join(self) -> None:
        """Wait for the poll under way, five seconds at most: what it has not stored the next run polls again."""
        self._thread.join(5.0)

    def _poll_until_stopped(self) -> None:
        while not self._stop.is_set():
            try:
                with self._open_poll() as (news, clock):
                    self._poll_every_minute(news, clock)
            except TraderError as error:
                self._say(f"news: {error}")
            except Exception as error:  # a defect in reading some feed: said, and tried again
                self._say(f"news: unexpected {type(error).__name__}: {error}")
            self._stop.wait(NEWS_PERIOD_S)

    def _poll_every_minute(self, news: News, clock: Clock) -> None:
        while not self._stop.is_set():
            for feed, error in news.run(clock.now_ms()).errors.items():
                self._say(f"news: {feed}: {error}")
            self._stop.wait(NEWS_PERIOD_S)
