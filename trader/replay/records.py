"""An agent's records, minute by minute, oldest first, however long the run: a page at a time is in memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from chalicelib.domain import DAY_MS, Decision, EquityPoint, Fill, Trade
from chalicelib.ports import Journal
from chalicelib.services.trade_story import all_trades

PAGE = 1000
PAGES_KEPT = 20
"""Of those walked through last, which are the ones replayed first: a run of 20,000 decisions is read once."""
EQUITY_MS = 7 * DAY_MS


@dataclass(slots=True)
class RecordedMinute:
    """What one minute left behind; a record that is missing is missing here too."""

    minute_ms: int
    decisions: list[Decision] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    trades: list[Trade] = field(default_factory=list)
    equity: EquityPoint | None = None


class JournalMinutes:
    """One agent's journal up to the minute that was its newest when reading began: a run that goes on may be replayed.

    `evidence` is the largest number of headlines that any decision rests on, by the hash of its settings.
    """

    def __init__(self, journal: Journal, agent_id: str, until_ms: int) -> None:
        self._journal = journal
        self._agent_id = agent_id
        self._until_ms = until_ms
        self._cursors: list[int | None] = []
        self._kept: deque[list[Decision]] = deque(maxlen=PAGES_KEPT)
        self.count = 0
        self.evidence: dict[str, int] = {}
        self._find_pages()

    def _find_pages(self) -> None:
        """Journals are read from their newest page backwards; where each page begins is all that is kept of most."""
        cursor: int | None = None
        while True:
            page, following = self._page(cursor)
            self._cursors.append(cursor)
            self._kept.append(page)
            self.count += len(page)
            for decision in page:
                known = self.evidence.get(decision.config_hash, 0)
                self.evidence[decision.config_hash] = max(known, len(decision.sentiment.evidence))
            if following is None:
                return
            cursor = following

    def _page(self, cursor: int | None) -> tuple[list[Decision], int | None]:
        page, following = self._journal.decisions(self._agent_id, PAGE, cursor)
        return [decision for decision in reversed(page) if decision.minute_ms <= self._until_ms], following

    def decisions(self) -> Iterator[Decision]:
        """Every decision in the order in which they were recorded."""
        while self._cursors:
            cursor = self._cursors.pop()
            yield from self._kept.pop() if self._kept else self._page(cursor)[0]

    def minutes(self) -> Iterator[RecordedMinute]:
        """Every minute that has any record, in order of time; once."""
        fills = [fill for fill in self._journal.fills(self._agent_id) if fill.time_ms <= self._until_ms]
        trades = [trade for trade in all_trades(self._journal, self._agent_id) if trade.exit_ms <= self._until_ms]
        waiting: dict[int, RecordedMinute] = {}
        for fill in fills:
            waiting.setdefault(fill.time_ms, RecordedMinute(fill.time_ms)).fills.append(fill)
        for trade in reversed(trades):
            waiting.setdefault(trade.exit_ms, RecordedMinute(trade.exit_ms)).trades.append(trade)
        lonely = deque(sorted(waiting))
        for minute in self._marked():
            while lonely and lonely[0] < minute.minute_ms:
                yield waiting[lonely.popleft()]
            if lonely and lonely[0] == minute.minute_ms:
                found = waiting[lonely.popleft()]
                minute.fills, minute.trades = found.fills, found.trades
            yield minute
        yield from (waiting[minute_ms] for minute_ms in lonely)

    def _marked(self) -> Iterator[RecordedMinute]:
        """The minutes that have decisions or equity."""
        points = self._points()
        point = next(points, None)
        for minute in self._decided():
            while point is not None and point.time_ms < minute.minute_ms:
                yield RecordedMinute(point.time_ms, equity=point)
                point = next(points, None)
            if point is not None and point.time_ms == minute.minute_ms:
                minute.equity = point
                point = next(points, None)
            yield minute
        while point is not None:
            yield RecordedMinute(point.time_ms, equity=point)
            point = next(points, None)

    def _decided(self) -> Iterator[RecordedMinute]:
        minute: RecordedMinute | None = None
        for decision in self.decisions():
            if minute is None or minute.minute_ms != decision.minute_ms:
                if minute is not None:
                    yield minute
                minute = RecordedMinute(decision.minute_ms)
            minute.decisions.append(decision)
        if minute is not None:
            yield minute

    def _points(self) -> Iterator[EquityPoint]:
        """A week at a time: a journal is asked for a range."""
        oldest = self._kept[-1] if self._kept else []
        first_ms = oldest[0].minute_ms if oldest else self._until_ms + 1
        yield from self._journal.equity(self._agent_id, 0, first_ms - 1)
        while first_ms <= self._until_ms:
            last_ms = min(first_ms + EQUITY_MS, self._until_ms)
            yield from self._journal.equity(self._agent_id, first_ms, last_ms)
            first_ms = last_ms + 1
