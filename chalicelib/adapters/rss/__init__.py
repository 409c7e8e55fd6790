"""RSS and Atom feeds, from the web or a local file, as clean news items."""

from __future__ import annotations

from threading import Lock

from chalicelib.adapters.rss.document import DocumentLimits
from chalicelib.adapters.rss.files import local_path, read
from chalicelib.adapters.rss.parse import is_whole, parse
from chalicelib.adapters.rss.web import download
from chalicelib.domain import FeedPage, FeedState
from chalicelib.errors import BadInput
from chalicelib.redact import shown_address

__all__ = ["DocumentLimits", "RssSource"]


class RssSource:
    """A NewsSource over feedparser and requests. A feed is an http(s) address, a file:// address or a path.

    A feed on the web is asked for conditionally (ETag, Last-Modified), a file is read again when its time or size
    changed. One that broke off is asked for whole again. `limits` bound size, time and redirects of one fetch.
    """

    def __init__(self, limits: DocumentLimits | None = None) -> None:
        self._limits = limits or DocumentLimits()
        self._parsing = Lock()

    def fetch(self, feed: str, state: FeedState, now_ms: int) -> FeedPage:
        """See NewsSource. Every error names the feed, without a password it may hold, in one line."""
        scheme, separator, _ = feed.partition("://")
        scheme = scheme.lower() if separator else ""
        if scheme in ("http", "https"):
            document = download(feed, state, self._limits, now_ms)
        elif scheme in ("", "file"):
            document = read(local_path(feed), state, self._limits)
        else:
            raise BadInput(f"feed {shown_address(feed)}: only http and https addresses and files are read")
        if document.body is None:
            return FeedPage((), document.state)
        with self._parsing:  # several at once would take no less time, but memory for all of them
            items, reading = parse(document, shown_address(feed), now_ms)
        return FeedPage(items, document.state if is_whole(document.body) else state, reading)
