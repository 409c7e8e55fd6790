"""Wall-clock time: every minute the stages wake each other, as the Lambdas do.

A closed candle on the exchange's stream wakes them at once; without it they wake half a second after each close. While
a minute still misses candles they look again every two seconds, until it is traded without them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from threading import Event, Thread

from chalicelib import wiring
from chalicelib.domain import MINUTE_MS
from chalicelib.errors import TraderError
from chalicelib.partly_read import PartlyRead
from chalicelib.ports import Clock
from chalicelib.services.chain import FETCH, INDICATORS, NEVER_MS, TRADE, chain_of
from chalicelib.services.news import News
from chalicelib.services.trade import TradeReport
from chalicelib.services.wake_chain import TradeStage
from chalicelib.wiring import REAL_TIME_GRACE_MS, EveryMinute

AFTER_CLOSE_S = 0.5
RETRY_S = 2.0
LONGEST_WAIT_S = 5.0
"""The exchange's clock may run otherwise than ours (a simulated one does), so it is read again at least this often."""
NEWS_PERIOD_S = 60.0
SAID_AS = {FETCH: "candles", INDICATORS: "indicators", TRADE: "trade"}
"""What a stage is called where its trouble is said."""

Say = Callable[[str], None]


class RealTime:
    """The agents of a process, minute after minute, until told to stop: a timer over the chain of their stages."""

    def __init__(
        self,
        every_minute: EveryMinute,
        clock: Clock,
        wake: Event,
        say: Say,
        beat: Callable[[int | None], None] = lambda now_ms: None,
        stopwatch: Clock | None = None,
    ) -> None:
        """`beat` hears at each wake-up that the run lives, and the market's time."""
        self._traders = every_minute.traders
        self._clock = LastingClock(clock, stopwatch or wiring.stopwatch())
        self._chain = chain_of(self._clock, every_minute.fetch_klines, every_minute.updates, every_minute.traders)
        self._beat = beat
        self._wake = wake
        self._say = say
        self._done_ms: dict[str, int] = {}
        self._odd: set[str] = set()
        """What was said at the last wake-up of newest candles that are none, which are asked for again every two s."""

    def run(self, minutes: int | None, stop: Event, on_minute: Callable[[Mapping[str, TradeReport]], None]) -> bool:
        """Trade until each agent has traded `minutes` more (None: for ever). False when `stop` came first."""
        left = {} if minutes is None else {trader.agent_id: minutes for trader in self._traders}
        while not stop.is_set():
            for reports in self._tick(left):
                if any(report.changes for report in reports.values()):
                    on_minute(reports)
                for agent_id in left:
                    left[agent_id] -= len(reports[agent_id].changes) if agent_id in reports else 0
            self._beat(self._clock.guess_ms())
            if left and all(count <= 0 for count in left.values()):
                return True
            self._wait(stop)
        return False

    def _tick(self, left: Mapping[str, int]) -> list[Mapping[str, TradeReport]]:
        """One wake-up: what was traded in it. What fails is said, and tried again at the next."""
        self._chain.stages = {**self._chain.stages, TRADE: TradeStage(self._traders, most=left)}
        try:
            made = self._chain.run()
        except TraderError:  # the exchange's clock, as silent as its candles; waiting says so
            for trader in self._traders:
                trader.look(self._clock.guess_ms())
            return []
        for stage, error in made.failures():
            if not isinstance(error, TraderError):
                raise error
            if str(error) not in self._odd:
                self._say(f"{SAID_AS[stage]}: {error}")
        self._odd = {str(error) for _, error in made.failures() if isinstance(error, PartlyRead)}
        for symbol, text in (item for done in made.of(INDICATORS) for item in done.troubles.items()):
            self._say(f"{symbol}: {text}")
        reports = made.reports()
        done_ms = {trader.agent_id: trader.done_until_ms for trader in self._traders}
        for agent_id, report in (item for each in reports for item in each.items()):
            self._done_ms[agent_id] = max(self._done_ms.get(agent_id, NEVER_MS), done_ms[agent_id](report) or NEVER_MS)
        return reports

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
        if self._newest_of_all_ms() < newest_closed_ms and since_close_ms < REAL_TIME_GRACE_MS + RETRY_S * 1000:
            seconds = RETRY_S
        else:
            seconds = min((MINUTE_MS - since_close_ms) / 1000 + AFTER_CLOSE_S, LONGEST_WAIT_S)
        self._wake.wait(seconds)
        self._wake.clear()

    def _newest_of_all_ms(self) -> int:
        """The newest minute with which every agent is done."""
        return min(self._done_ms.get(trader.agent_id, NEVER_MS) for trader in self._traders)


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
