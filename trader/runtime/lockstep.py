"""Simulated time: the stored cursor is the clock, and candles, headlines and decisions advance in lock-step.

No minute is skipped, and a restart goes on at the next one. As many minutes as fit into a twentieth of a second share
one durable transaction, all or nothing: what a killed run loses are minutes that it will trade again alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from threading import Event
from time import monotonic

from chalicelib.domain import close_of
from chalicelib.services.chain import Chain, chain_of
from chalicelib.services.trade import TradeReport
from chalicelib.services.wake_chain import worst_first
from chalicelib.wiring import EveryMinute

BATCH_S = 0.05

Timeline = Callable[[int | None], int | None]
"""The first minute (open_ms) with a candle after this one, the very first after None; None at the end of the data."""


class StepClock:
    """A clock that stands where it was put."""

    def __init__(self, now_ms: int = 0) -> None:
        self._now_ms = now_ms

    def now_ms(self) -> int:
        return self._now_ms

    def set(self, now_ms: int) -> None:
        """Move to this time."""
        self._now_ms = now_ms


@dataclass(frozen=True)
class LockStep:
    """The minutes of a process' agents, one after the other. `seconds_per_minute` 0.0 is as fast as it goes."""

    every_minute: EveryMinute
    clock: StepClock
    timeline: Timeline
    transaction: Callable[[], AbstractContextManager[object]]
    seconds_per_minute: float
    beat: Callable[[None], None] = lambda now: None
    """Called at least once a minute of a slow run, and once a transaction of a fast one."""

    @cached_property
    def _chain(self) -> Chain:
        made = self.every_minute
        return chain_of(self.clock, made.fetch_klines, made.updates, made.traders)

    def run(
        self,
        cursor_ms: int | None,
        minutes: int | None,
        stop: Event,
        on_minute: Callable[[Mapping[str, TradeReport]], None],
    ) -> bool:
        """Trade on from the cursor, `minutes` more (None: to the end of the data). False when `stop` came first.

        At a pace each minute is told once it is stored: a reader that stands still must not keep other writers waiting.
        """
        left = minutes
        minute_ms = self.timeline(cursor_ms)
        while minute_ms is not None and left != 0:
            if stop.is_set():
                return False
            due = monotonic() + self.seconds_per_minute
            batch_end = monotonic() + (0.0 if self.seconds_per_minute else BATCH_S)
            self.beat(None)
            with self.transaction():
                while minute_ms is not None and left != 0:
                    reports = self.trade_minute(minute_ms)
                    if not self.seconds_per_minute:
                        on_minute(reports)
                    left = None if left is None else left - 1
                    minute_ms = self.timeline(minute_ms)
                    if monotonic() >= batch_end or stop.is_set():
                        break
            if self.seconds_per_minute:
                on_minute(reports)
            if minute_ms is not None and left != 0:
                stop.wait(max(due - monotonic(), 0.0))
        return True

    def trade_minute(self, minute_ms: int) -> Mapping[str, TradeReport]:
        """The minute as it looks at its close: news, candles, indicators, trade; what came of it by agent id.

        Raises the worst of what failed.
        """
        now_ms = close_of(minute_ms)
        self.clock.set(now_ms)
        self.every_minute.news.run(now_ms)
        made = self._chain.run()
        for error in worst_first(error for _, error in made.failures()):
            raise error
        return made.reports()[-1]
