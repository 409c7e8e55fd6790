"""From what feedparser made of one item to a clean news item."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

from chalicelib.adapters.rss.dates import published_ms
from chalicelib.adapters.rss.public import public, without
from chalicelib.domain import NewsItem
from chalicelib.headlines import plain_text

Parsed = Mapping[str, Any]  # feedparser's results are untyped

_LINK_LIMIT = 2048
_LINE_BREAK = re.compile(r"\n[ \t\r]*\n|</?(?:p|br|div|li|h[1-6]|blockquote)\b[^<>]*>", re.IGNORECASE)
_LINES = 20  # of a text, looked at for a headline
_SHORTEST = 25  # bytes, nine Chinese characters; fewer are an exclamation ("JUST IN:") to which the next line belongs


def news_item(entry: Parsed, source: str, base: str, secrets: Collection[str], fetched_ms: int) -> NewsItem:
    """The item; its title is empty where it has neither a title nor a text."""
    return NewsItem(
        published_ms=_first_date(entry, fetched_ms),
        fetched_ms=fetched_ms,
        source=source,
        title=title_of(entry) or _headline_of_text(entry),
        url=public(_safe_link(text_of(entry, "link"), base), secrets),
        guid=without(plain_text(text_of(entry, "id"), _LINK_LIMIT), secrets),
    )


def title_of(entry: Parsed) -> str:
    """The title as plain text, empty where there is none."""
    return plain_text(text_of(entry, "title"))


def is_dated(entry: Parsed) -> bool:
    """Whether it has a date, be it understood or not."""
    return any(text.strip() for text in _dates(entry))


def text_of(mapping: Parsed, name: str) -> str:
    """The text under this name, empty where there is none."""
    value = mapping.get(name)
    return value if isinstance(value, str) else ""


def _headline_of_text(entry: Parsed) -> str:
    """The first line of the item's text, and further ones while they make less than a headline."""
    return next(filter(None, map(_first_lines, _texts(entry))), "")


def _texts(entry: Parsed) -> Iterator[str]:
    yield text_of(entry, "summary")
    for content in entry.get("content") or ():
        yield text_of(content, "value")


def _first_lines(text: str) -> str:
    """The text's first line, and further ones while what they say together is too short for a headline.

    >>> _first_lines("<p>JUST IN:</p><p>Exchange X hacked, 40,000 BTC stolen</p><p>Withdrawals are halted.</p>")
    'JUST IN: Exchange X hacked, 40,000 BTC stolen'
    """
    found = ""
    for line in _LINE_BREAK.split(text, maxsplit=_LINES):
        found = f"{found} {plain_text(line)}".strip()
        if len(found.encode()) >= _SHORTEST:
            break
    return plain_text(found)


def _first_date(entry: Parsed, fetched_ms: int) -> int | None:
    return next((time_ms for text in _dates(entry) if (time_ms := published_ms(text, fetched_ms)) is not None), None)


def _dates(entry: Parsed) -> Iterator[str]:
    """The texts that say the time of the item, best first."""
    for name in ("published", "updated", "created"):
        if name in entry:  # get() warns about an absent "updated"
            yield text_of(entry, name)


def _safe_link(link: str, base: str) -> str:
    """The absolute http(s) address, empty for any other and for what no browser would show as it is."""
    try:
        url = urljoin(base, re.sub(r"[\t\r\n]", "", link.strip()).replace(" ", "%20"))
        parts = urlsplit(url)
        safe = parts.scheme in ("http", "https") and bool(parts.hostname) and url.isprintable()
    except ValueError:
        return ""
    return url if safe and link.strip() and len(url) <= _LINK_LIMIT else ""
