"""From a feed's bytes to news items: everything that a publisher may get wrong ends here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from chalicelib.adapters.rss.charset import text_of_document
from chalicelib.adapters.rss.document import Document
from chalicelib.adapters.rss.entries import Entries, entries
from chalicelib.adapters.rss.items import Parsed, is_dated, news_item, text_of, title_of
from chalicelib.adapters.rss.public import without
from chalicelib.adapters.rss.weight import refuse_heavy
from chalicelib.address import secrets_in
from chalicelib.domain import FeedReading, NewsItem
from chalicelib.errors import BadInput
from chalicelib.headlines import plain_text
from chalicelib.redact import without_forms

_SOURCE_LIMIT = 100
_END = re.compile(rb"</(?:[\w.-]+:)?(?:rss|feed|rdf)\s*>", re.IGNORECASE)
_PREFIX = re.compile(r"(?<=<)(/?)rss:(?=[a-zA-Z])")
_WEB_PAGE = re.compile(r"\s*(?:<!DOCTYPE\s+html|<html|<head)", re.IGNORECASE)


def parse(document: Document, feed: str, fetched_ms: int) -> tuple[tuple[NewsItem, ...], FeedReading]:
    """The items that say something, in the feed's order, and what became of all; those readable of a broken feed.

    Raises BadInput in one line naming `feed` for what is no feed, has nothing readable or would expand beyond reason.
    """
    body = document.body or b""
    refuse_heavy(body.replace(b"\0", b""), feed)
    text = _with_declared_prefixes(text_of_document(body, document.charset))
    read = entries(text, document.url)
    if not read.is_feed:
        raise BadInput(f"feed {feed}: what it serves is {_kind(text)}")
    if not read.found and read.is_broken:
        raise BadInput(f"feed {feed}: broken, and no item of it can be read")
    items = _items(read, document, fetched_ms)
    return tuple(item for item in items if item.title), _reading(read, items)


def is_whole(body: bytes) -> bool:
    """Whether the document ends as a feed does; one that broke off may lack items.

    >>> is_whole(b"<rss><channel></channel></rss>"), is_whole(b"<rss><channel><item>")
    (True, False)
    """
    return _END.search(body.replace(b"\0", b"")) is not None  # of UTF-16, too


def _with_declared_prefixes(text: str) -> str:
    """Elements with RSS's own prefix as they are without it, where the feed forgot to declare it."""
    return text if "xmlns:rss" in text else _PREFIX.sub(r"\1", text)


def _kind(text: str) -> str:
    """The kind of a document that is no feed, as a message says it."""
    if not text.strip():
        return "empty"
    if text.lstrip().startswith(("{", "[")):
        return "JSON, no RSS or Atom feed"
    return "a web page (HTML), no RSS or Atom feed" if _WEB_PAGE.match(text) else "no RSS or Atom feed"


def _items(read: Entries, document: Document, fetched_ms: int) -> list[NewsItem]:
    base = document.url or _own_address(read.about)
    secrets = secrets_in(document.asked) | secrets_in(base)
    title = plain_text(text_of(read.about, "title"), _SOURCE_LIMIT)
    source = without_forms(without(title or document.name, secrets))
    return [news_item(entry, source, base, secrets, fetched_ms) for entry in read.found]


def _reading(read: Entries, items: Sequence[NewsItem]) -> FeedReading:
    kept = [(entry, item) for entry, item in zip(read.found, items, strict=True) if item.title]
    return FeedReading(
        read=len(kept),
        from_text=sum(1 for entry, _ in kept if not title_of(entry)),
        undated=sum(1 for entry, item in kept if item.published_ms is None and is_dated(entry)),
        without_text=len(items) - len(kept),
        unreadable=read.unreadable,
        beyond_limit=read.beyond_limit,
    )


def _own_address(feed: Parsed) -> str:
    """What a feed from a file says of its own place, so that its relative links mean something."""
    links: Iterable[Parsed] = feed.get("links") or ()
    for candidate in (text_of(feed, "link"), *(text_of(link, "href") for link in links)):
        if candidate.startswith(("http://", "https://")):
            return candidate
    return ""
