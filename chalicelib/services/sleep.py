"""When a whole fleet may sleep: between two closes nothing has to be fetched, folded or read for who holds nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chalicelib.domain import MINUTE_MS, close_of
from chalicelib.errors import BadInput
from chalicelib.ports import PortfolioStore
from chalicelib.services.due import is_active, next_minute_ms

NEWS_MS = 300_000
"""How often feeds are looked at where bars are so long or longer, the last time in the minute before a close."""
LOOKED_AFTER_MS = 300_000
"""How long after a close every wake-up looks whether it can be folded, however the first one fared."""
AHEAD_MS = 900_000
"""How often candles are fetched for which nobody waits, the last time in the minute before a close: there is time to
store them one by one, which costs half as much as many at once, and a close waits for its last candle only."""


def always(now_ms: int) -> bool:
    """What a stage does that never sleeps."""
    return True


def never(now_ms: int) -> bool:
    """What a stage does that does nothing ahead."""
    return False


@dataclass(frozen=True, slots=True)
class FleetSleep:
    """The lengths of the bars that agents decide by, by agent; none sleeps whose bars are minutes."""

    portfolios: PortfolioStore
    intervals_ms: Mapping[str, int]
    _rests_until_ms: dict[str, int] = field(default_factory=dict)
    """By agent, until when it is taken to wait for no candle. Only one that it waits for makes an agent hold or order
    anything, so that nothing has to be read before; each reading is billed."""

    def needs_candles(self, now_ms: int) -> bool:
        """Whether some agent waits for a candle that may have closed by now. Raises Unavailable."""
        return any(self._waits(agent_id, interval_ms, now_ms) for agent_id, interval_ms in self.intervals_ms.items())

    def fetches_ahead(self, now_ms: int) -> bool:
        """Whether candles are to be stored now for which nobody waits yet."""
        return is_last_minute(now_ms, [AHEAD_MS])

    def needs_folding(self, now_ms: int) -> bool:
        """Whether a bar has closed so recently that it may still be decided."""
        return any(now_ms % each < max(LOOKED_AFTER_MS, each // 20) for each in self.intervals_ms.values())

    def needs_news(self, now_ms: int) -> bool:
        """Whether this is the last minute before a close of some agent, or before five minutes are over."""
        return is_last_minute(now_ms, [min(each, NEWS_MS) for each in self.intervals_ms.values()])

    def _waits(self, agent_id: str, interval_ms: int, now_ms: int) -> bool:
        if interval_ms == MINUTE_MS:
            return True
        if now_ms < self._rests_until_ms.get(agent_id, 0):
            return False
        try:
            portfolio = self.portfolios.load(agent_id)
        except BadInput:  # damaged: such an agent cannot trade, and keeps no other from its candles
            return True
        if portfolio is None or portfolio.minute_ms is None:
            return True
        due_ms = close_of(next_minute_ms(portfolio, interval_ms))
        if now_ms < due_ms and not (is_active(portfolio) or portfolio.unfinished):
            self._rests_until_ms[agent_id] = min(due_ms, now_ms + AHEAD_MS)
        return now_ms >= due_ms


def is_last_minute(now_ms: int, periods_ms: Sequence[int]) -> bool:
    """Whether one of these periods ends within a minute.

    >>> is_last_minute(240_000, [300_000]), is_last_minute(239_999, [300_000])
    (True, False)
    """
    return any(now_ms // each != (now_ms + MINUTE_MS) // each for each in periods_ms)
