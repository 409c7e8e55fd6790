"""From a feed's bytes to news items: everything that a publisher may get wrong ends here."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterable, Sequence
from functools import cache
from io import BytesIO
from typing import Any

from chalicelib.adapters.rss.document import Document
from chalicelib.adapters.rss.items import Parsed, news_item, text_of, title_of
from chalicelib.adapters.rss.weight import HEAVIEST, refuse_heavy, weight
from chalicelib.domain import FeedReading, NewsItem
from chalicelib.errors import BadInput
from chalicelib.headlines import plain_text
from chalicelib.redact import secrets_in

ITEM_LIMIT = 1000
"""Items that are read of one feed, from its top."""

_LONGEST_DATE = 200
_SOURCE_LIMIT = 100
_END = re.compile(rb"</(?:[\w.-]+:)?(?:rss|feed|rdf)\s*>", re.IGNORECASE)
_UNDECLARED_PREFIX = re.compile(rb"(?<=<)(/?)rss:(?=[a-zA-Z])")
_REFERENCE = re.compile(rb"&\0*#(\0*+[xX][0-9a-fA-F\0]++|[0-9\0]++);?")  # NULs: of wide characters
_BLANK = b"\0" + b" " * 255  # each byte but NUL to a space
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")


def parse(document: Document, feed: str, fetched_ms: int) -> tuple[tuple[NewsItem, ...], FeedReading]:
    """The items that say something, in the feed's order, and what became of all; those readable of a broken feed.

    Raises BadInput in one line naming `feed` for what is no feed, has nothing readable or would expand beyond reason.
    """
    body = _without_stray_nulls(document.body or b"")
    flat = body.replace(b"\0", b"")
    refuse_heavy(flat, document.charset, feed)
    body, charset = _decodable(_without_impossible_references(body), document.charset)
    parsed = _parsed(body, charset, document.url, feed)
    if not parsed["entries"] and parsed["bozo"] and weight(flat) < HEAVIEST // 2:
        parsed = _parsed(_UNDECLARED_PREFIX.sub(rb"\1", body), charset, document.url, feed)
    if not parsed["entries"] and not parsed.get("version"):
        raise BadInput(f"feed {feed}: what it serves is no RSS or Atom feed")
    if not parsed["entries"] and parsed["bozo"]:
        raise BadInput(f"feed {feed}: broken, and no item of it can be read")
    entries = parsed["entries"][:ITEM_LIMIT]
    items = _items(entries, parsed["feed"], document, fetched_ms)
    return items, _reading(entries, items, len(parsed["entries"]))


def is_whole(body: bytes) -> bool:
    """Whether the document ends as a feed does; one that broke off may lack items.

    >>> is_whole(b"<rss><channel></channel></rss>"), is_whole(b"<rss><channel><item>")
    (True, False)
    """
    return _END.search(body.replace(b"\0", b"")) is not None  # of UTF-16, too


def _parsed(body: bytes, charset: str, url: str, feed: str) -> Parsed:
    feedparser = _feedparser()
    headers = {"content-type": "application/xml" + (f"; charset={charset}" if charset else ""), "content-location": url}
    try:
        parsed: Parsed = feedparser.parse(
            BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except Exception as error:  # a third party's parser over hostile bytes: whatever it trips over is the feed's fault
        raise BadInput(f"feed {feed}: cannot be read as a feed ({type(error).__name__})") from error
    return parsed


@cache
def _feedparser() -> Any:  # untyped
    import feedparser  # 45 ms that a poll without news need not spend

    feedparser.registerDateHandler(_long_date)
    return feedparser


def _long_date(date: str) -> time.struct_time | None:
    """What stands for no date, of text far too long for one: feedparser would take it apart into millions of words."""
    return time.gmtime(0) if len(date) > _LONGEST_DATE else None


def _items(entries: Sequence[Parsed], about: Parsed, document: Document, fetched_ms: int) -> tuple[NewsItem, ...]:
    source = plain_text(text_of(about, "title"), _SOURCE_LIMIT) or document.name
    base = document.url or _own_address(about)
    secrets = secrets_in(document.asked) | secrets_in(document.url)
    items = (news_item(entry, source, base, secrets, fetched_ms) for entry in entries)
    return tuple(item for item in items if item.title)


def _reading(entries: Sequence[Parsed], items: Sequence[NewsItem], found: int) -> FeedReading:
    untitled = sum(1 for entry in entries if not title_of(entry))
    silent = len(entries) - len(items)
    return FeedReading(len(items), untitled - silent, without_text=silent, beyond_limit=found - len(entries))


def _own_address(feed: Parsed) -> str:
    """What a feed from a file says of its own place, so that its relative links mean something."""
    links: Iterable[Parsed] = feed.get("links") or ()
    for candidate in (text_of(feed, "link"), *(text_of(link, "href") for link in links)):
        if candidate.startswith(("http://", "https://")):
            return candidate
    return ""


def _without_stray_nulls(body: bytes) -> bytes:
    """NULs belong into UTF-16 and UTF-32 only, which show in the first bytes."""
    return body if body[:2] in _WIDE_MARKS or b"\0" in body[:4] else body.replace(b"\0", b"")


def _without_impossible_references(body: bytes) -> bytes:
    """Blanks for each reference to a number that is no character, at which feedparser gives the whole feed up.

    >>> _without_impossible_references(b"&#233; &#xD83D;&#99999999;")
    b'&#233;                    '
    """
    return _REFERENCE.sub(lambda found: found[0] if _is_character(found[1]) else found[0].translate(_BLANK), body)


def _is_character(reference: bytes) -> bool:
    digits = reference.replace(b"\0", b"").lower()
    value = digits.lstrip(b"x0")
    number = int(value or b"0", 16 if digits.startswith(b"x") else 10) if len(value) < 8 else sys.maxunicode + 1
    return number <= sys.maxunicode and not 0xD800 <= number <= 0xDFFF  # halves of UTF-16 pairs


def _decodable(body: bytes, declared: str) -> tuple[bytes, str]:
    """The body and its charset: UTF-8 wherever it fits, for wrong declarations are common, and bytes that look like
    UTF-8 by chance are not. A few broken bytes in it cost those characters only.
    """
    if body.isascii():
        return body, declared
    text = body.decode("utf-8", errors="ignore")
    letters = len(text) - len(text.encode("ascii", errors="ignore"))
    broken = len(body) - len(text.encode())
    return (text.encode(), "utf-8") if letters > 10 * broken else (body, declared)
