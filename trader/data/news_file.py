"""Headlines from a file: each becomes known at its own time, as if a feed had brought it then."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path

from chalicelib.domain import FeedPage, FeedState, NewsItem
from chalicelib.headlines import canonical_link, plain_text
from trader.data.csv_rows import Ascending, read_rows, time_ms

COLUMNS = ("time", "title", "source", "url")


class NewsFile:
    """A NewsSource whose only feed is the file; the cursor stands in the feed's etag."""

    def __init__(self, path: Path) -> None:
        """Raises BadInput naming the row of the first mistake."""
        ascending = Ascending()
        self._items = read_rows(path, COLUMNS, lambda row: _item(row, ascending))
        self._times = [item.fetched_ms for item in self._items]

    @property
    def items(self) -> Sequence[NewsItem]:
        """Every row, oldest first; `fetched_ms` is its time."""
        return self._items

    def fetch(self, feed: str, state: FeedState, now_ms: int) -> FeedPage:
        """The rows that became known since the last fetch."""
        start = int(state.etag or 0)
        end = bisect_right(self._times, now_ms)
        if end <= start:
            return FeedPage((), state)
        return FeedPage(tuple(self._items[start:end]), FeedState(etag=str(end)))


def _link(url: str) -> str:
    """The address if it is an http(s) one, as with feeds; nothing otherwise."""
    return url.strip() if canonical_link(url) else ""


def _item(row: dict[str, str], ascending: Ascending) -> NewsItem:
    known_ms = ascending.check(time_ms(row["time"]))
    title = plain_text(row["title"])
    if not title:
        raise ValueError("title is empty")
    return NewsItem(known_ms, known_ms, plain_text(row["source"]), title, _link(row["url"]))
