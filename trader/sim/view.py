"""What is visible of a pair at one moment: its closed minutes, the running minute as far as it has come, and the bars
of any interval made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, groupby, islice

from chalicelib.addition import added
from chalicelib.domain import DAY_MS, HOUR_MS, MINUTE_MS, Candle
from chalicelib.errors import Unavailable
from trader.sim.listing import Listing
from trader.sim.tape import MarketPath

INTERVALS = {
    **{f"{minutes}m": minutes * MINUTE_MS for minutes in (1, 3, 5, 15, 30)},
    **{f"{hours}h": hours * HOUR_MS for hours in (1, 2, 4, 6, 8, 12)},
    "1d": DAY_MS,
}
"""Length in milliseconds of every interval that the simulated exchange knows."""

Hidden = Callable[[Candle], bool]


def nothing_hidden(candle: Candle) -> bool:
    return False


class MarketView:
    """One pair at `now_ms`. Candles that `hidden` names are left out, as if the exchange had lost them."""

    def __init__(self, tape: MarketPath, now_ms: int, hidden: Hidden = nothing_hidden) -> None:
        self.tape = tape
        self.now_ms = now_ms
        self._hidden = hidden

    def bars(self, interval_ms: int, start_ms: int | None, end_ms: int | None, limit: int) -> list[Candle]:
        """At most `limit` bars, oldest first, bounds on open_ms and inclusive; the running bar may be the last.

        With `start_ms` the oldest from there on, without it the newest up to `end_ms` (or now).
        """
        if interval_ms == MINUTE_MS:
            return [minutes[0] for minutes in self.groups(interval_ms, start_ms, end_ms, limit)]
        return [merge(minutes, interval_ms) for minutes in self.groups(interval_ms, start_ms, end_ms, limit)]

    def groups(
        self, interval_ms: int, start_ms: int | None, end_ms: int | None, limit: int, offset_ms: int = 0
    ) -> list[list[Candle]]:
        """What `bars` are made of: the minutes of each, oldest first. Bars begin `offset_ms` before those of UTC."""
        last_ms = self.now_ms if end_ms is None else min(end_ms, self.now_ms)
        last_minute_ms = last_ms - (last_ms + offset_ms) % interval_ms + interval_ms - MINUTE_MS
        if start_ms is not None:
            minutes = self.forward(start_ms + -(start_ms + offset_ms) % interval_ms, last_minute_ms)
            return list(islice(_grouped(minutes, interval_ms, offset_ms), limit))
        newest_first = islice(_grouped(self.backward(last_minute_ms), interval_ms, offset_ms), limit)
        return [minutes[::-1] for minutes in newest_first][::-1]

    def forward(self, first_ms: int, last_ms: int) -> Iterator[Candle]:
        """The minutes with first_ms <= open_ms <= last_ms, oldest first."""
        closed = self.tape.forward(first_ms, min(last_ms, last_closed_ms(self.now_ms, MINUTE_MS)))
        running = (minute for minute in self._running(last_ms) if first_ms <= minute.open_ms)
        return (minute for minute in chain(closed, running) if not self._hidden(minute))

    def backward(self, last_ms: int) -> Iterator[Candle]:
        """The minutes with open_ms <= last_ms, newest first."""
        closed = self.tape.backward(min(last_ms, last_closed_ms(self.now_ms, MINUTE_MS)))
        running = self._running(last_ms)
        return (minute for minute in chain(running, closed) if not self._hidden(minute))

    @property
    def trades(self) -> bool:
        """Whether a minute is running or still to come."""
        return self.tape.next_open(self.now_ms - MINUTE_MS) is not None

    def last(self) -> Candle:
        """The newest minute; its close is the last price. Raises Unavailable before the first."""
        for minute in self.backward(self.now_ms):
            return minute
        raise Unavailable(f"{self.tape.listing.name} has not traded yet")

    def _running(self, last_ms: int) -> Iterator[Candle]:
        """The minute that has not closed yet, if it opened by then."""
        open_ms = last_closed_ms(self.now_ms, MINUTE_MS) + MINUTE_MS
        if open_ms <= min(last_ms, self.now_ms) and (candle := self.tape.at(open_ms)) is not None:
            yield so_far(candle, self.now_ms - open_ms, self.tape.listing)


def last_closed_ms(now_ms: int, interval_ms: int) -> int:
    """open_ms of the newest bar that is closed now, its last millisecond included.

    >>> last_closed_ms(59_998, 60_000), last_closed_ms(59_999, 60_000)
    (-60000, 0)
    """
    return (now_ms + 1) // interval_ms * interval_ms - interval_ms


def so_far(candle: Candle, elapsed_ms: int, listing: Listing) -> Candle:
    """A minute after some of it has passed: the price goes from the open over both extremes to the close."""
    first, second = (candle.low, candle.high) if candle.close >= candle.open else (candle.high, candle.low)
    corners = (candle.open, first, second, candle.close)
    leg, into_leg_ms = divmod(3 * elapsed_ms, MINUTE_MS)
    price = corners[leg] + (corners[leg + 1] - corners[leg]) * into_leg_ms / MINUTE_MS
    price = listing.on_tick(price)
    seen = (*corners[: leg + 1], price)
    lots = int(candle.volume * listing.lots_per_unit * elapsed_ms / MINUTE_MS)
    return replace(candle, high=max(seen), low=min(seen), close=price, volume=lots / listing.lots_per_unit)


def merge(minutes: Sequence[Candle], interval_ms: int, offset_ms: int = 0) -> Candle:
    """The bar of these minutes, oldest first."""
    first = minutes[0]
    return Candle(
        first.symbol,
        first.open_ms - (first.open_ms + offset_ms) % interval_ms,
        first.open,
        max(minute.high for minute in minutes),
        min(minute.low for minute in minutes),
        minutes[-1].close,
        added(minute.volume for minute in minutes),
        interval_ms,
    )


def _grouped(minutes: Iterable[Candle], interval_ms: int, offset_ms: int) -> Iterator[list[Candle]]:
    """The minutes of each bar, in the order in which they come."""
    if interval_ms == MINUTE_MS:
        return ([minute] for minute in minutes)
    return (
        list(group) for _, group in groupby(minutes, key=lambda minute: (minute.open_ms + offset_ms) // interval_ms)
    )
