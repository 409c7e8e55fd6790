"""How many unfilled orders an account may have in a window of time, and when it may place more.

Whoever places orders for the account counts into one ledger, in processes and functions that share its texts. What is
to be sent is counted before it is sent, so a crash in between costs its place until the window ends, and no longer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace

from chalicelib.errors import BadInput
from chalicelib.ports import SharedTexts

DEFAULT_LIMITS: Mapping[str, int] = {"10S": 100, "1D": 200_000}
"""By window; GET /api/v3/rateLimit/order tells the true ones."""
_SECONDS = {"S": 1, "M": 60, "H": 3_600, "D": 86_400}
_HEADER = re.compile(r"X-MBX-ORDER-COUNT-([0-9]{1,4}[SMHD])", re.IGNORECASE)
_WINDOW = re.compile(r"[1-9][0-9]{0,3}[SMHD]")
SHORTEST_PAUSE_S = 10.0
"""After the exchange said that there are too many, and not for how long."""
_CLOCKS_PART_BY_MS = 60_000
"""By more than that nobody's clock is behind another's: what was told later is of another exchange."""


@dataclass(frozen=True, slots=True)
class UnfilledCounts:
    """What is known of an account. Times are the exchange's, in milliseconds."""

    limits: Mapping[str, int] = field(default_factory=lambda: DEFAULT_LIMITS)
    counts: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """By window: how many there are, and when it ends."""
    closed_ms: int = 0
    """When the exchange last said that nothing may be placed,"""
    closed_until_ms: int = 0
    """and until when."""

    def counted(self, window: str, now_ms: int) -> tuple[int, int]:
        """How many there are in the window that is now, and when it ends.

        Who is behind another at the turn of a window counts into the later one. What is further ahead is of an exchange
        that began anew, as a simulated one may.
        """
        count, until_ms = self.counts.get(window, (0, 0))
        end = end_ms(window, now_ms)
        return (count, until_ms) if end <= until_ms <= end + length_ms(window) else (0, end)

    def with_counts(self, counts: Mapping[str, int], now_ms: int) -> UnfilledCounts:
        """At least so many: an answer that was overtaken on its way tells of fewer, and what was counted before it was
        sent may be in none yet. So what fills or is refused takes its place until the window ends."""
        known = {window: self.counted(window, now_ms) for window in {**self.counts, **counts}}
        told = {window: (max(counts.get(window, 0), count), until_ms) for window, (count, until_ms) in known.items()}
        return replace(self, counts=told)

    def with_orders(self, orders: int, now_ms: int) -> UnfilledCounts:
        """So many more in every window, unless that would be too many."""
        if self.wait_s(orders, now_ms) > 0.0:
            return self
        return self.with_counts({window: self.counted(window, now_ms)[0] + orders for window in self.limits}, now_ms)

    def closed(self, seconds: float, now_ms: int) -> UnfilledCounts:
        """Nothing may be placed for so long."""
        until_ms = max(now_ms + round(seconds * 1000), now_ms + self._closed_for_ms(now_ms))
        return replace(self, closed_ms=now_ms, closed_until_ms=until_ms)

    def wait_s(self, orders: int, now_ms: int) -> float:
        """Seconds until so many more may be placed; 0.0 for at once."""
        known = {window: self.counted(window, now_ms) for window in self.limits}
        full = [until_ms for window, (count, until_ms) in known.items() if count + orders > self.limits[window]]
        return max(0, *(until_ms - now_ms for until_ms in full), self._closed_for_ms(now_ms)) / 1000

    def _closed_for_ms(self, now_ms: int) -> int:
        return max(0, self.closed_until_ms - now_ms) if now_ms > self.closed_ms - _CLOCKS_PART_BY_MS else 0


class UnfilledLedger:
    """The unfilled orders of one account by window, such as 10S. Times are the exchange's, in milliseconds.

    Every method raises Unavailable where the texts cannot be reached, BadInput where they are not a ledger's.
    """

    def __init__(self, texts: SharedTexts, account: str = "account") -> None:
        """`account` is a name of it that says nothing of its key."""
        self._texts = texts
        self._name = f"unfilled {account}"

    def learn(self, limits: Mapping[str, int]) -> None:
        """How many there may be by window; one of a length that we do not know is left out."""
        self._change(lambda known: replace(known, limits={**known.limits, **_known_windows(limits)}))

    def record(self, counts: Mapping[str, int], now_ms: int) -> None:
        """How many there are, as the answer to a request of this moment told it."""
        self._change(lambda known: known.with_counts(_known_windows(counts), now_ms))

    def close(self, seconds: float, now_ms: int) -> None:
        """Nothing may be placed for so long."""
        self._change(lambda known: known.closed(seconds, now_ms))

    def reserve(self, orders: int, now_ms: int) -> float:
        """0.0 where so many more may be placed, which are counted with that; else seconds until they may be."""
        before = self._change(lambda known: known.with_orders(orders, now_ms))
        return before.wait_s(orders, now_ms)

    def _change(self, change: Callable[[UnfilledCounts], UnfilledCounts]) -> UnfilledCounts:
        """What was known before."""
        return _known(self._texts.change(self._name, lambda text: _text(change(_known(text)))))


def end_ms(window: str, now_ms: int) -> int:
    """When the window that a moment lies in ends: windows are cut from the beginning of UTC days.

    >>> end_ms("10S", 12_345), end_ms("1D", 5)
    (20000, 86400000)
    """
    length = length_ms(window)
    return (now_ms // length + 1) * length


def length_ms(window: str) -> int:
    """How long a window is.

    >>> length_ms("10S")
    10000
    """
    return int(window[:-1]) * _SECONDS[window[-1].upper()] * 1000


def told_counts(headers: Mapping[str, str]) -> dict[str, int]:
    """Unfilled orders by window, as an answer's headers tell them.

    >>> told_counts({"x-mbx-order-count-10s": "3", "X-MBX-ORDER-COUNT-1D": "many", "Date": "1"})
    {'10S': 3}
    """
    named = {match[1].upper(): told for name, told in headers.items() if (match := _HEADER.fullmatch(name))}
    return {
        window: int(told)
        for window, told in named.items()
        if told.isascii() and told.isdecimal() and len(told) < 10 and int(window[:-1]) > 0
    }


def _known_windows(numbers: Mapping[str, int]) -> dict[str, int]:
    return {window: number for window, number in numbers.items() if _WINDOW.fullmatch(window)}


def _text(known: UnfilledCounts) -> str:
    return json.dumps(asdict(known), sort_keys=True)


def _known(text: str) -> UnfilledCounts:
    if not text:
        return UnfilledCounts()
    try:
        kept = json.loads(text)
        counts = {window: (int(count), int(until_ms)) for window, (count, until_ms) in kept["counts"].items()}
        limits = {window: int(limit) for window, limit in kept["limits"].items()}
        return UnfilledCounts(limits, counts, int(kept["closed_ms"]), int(kept["closed_until_ms"]))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadInput(f"the stored ledger of unfilled orders cannot be read: {error!r}") from error
