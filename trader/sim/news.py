"""The simulated headlines in process: a NewsSource whose feed states carry the time up to which items were read."""

from __future__ import annotations

from chalicelib.domain import FeedPage, FeedState, NewsItem
from trader.sim.headlines import GeneratedHeadline, HeadlineFeed

SOURCE = "simulated"
FIRST_PAGE_MS = 3_600_000
"""A reader without a state gets the headlines of the last hour."""


class SimulatedNews:
    """Serves one feed, whatever name it is asked by."""

    def __init__(self, headlines: HeadlineFeed) -> None:
        self._headlines = headlines

    def fetch(self, feed: str, state: FeedState, now_ms: int) -> FeedPage:
        read_ms = int(state.etag) if state.etag.isdigit() else now_ms - FIRST_PAGE_MS
        fresh = self._headlines.between(read_ms, now_ms)
        if not fresh:
            return FeedPage((), state)
        items = tuple(self._item(headline, now_ms) for headline in fresh)
        return FeedPage(items, FeedState(etag=str(fresh[-1].published_ms)))

    def _item(self, headline: GeneratedHeadline, now_ms: int) -> NewsItem:
        seed = self._headlines.seed
        url, identity = link(seed, headline), guid(seed, headline)
        return NewsItem(headline.published_ms, now_ms, SOURCE, headline.title, url, identity)


def guid(seed: int, headline: GeneratedHeadline) -> str:
    """What identifies the headline, in process and over RSS alike."""
    return f"simulated-{seed}-{headline.published_ms}"


def link(seed: int, headline: GeneratedHeadline) -> str:
    """A link for the headline that leads nowhere."""
    return f"https://news.example/{guid(seed, headline)}"
