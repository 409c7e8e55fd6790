"""The headlines as an RSS 2.0 feed with conditional GET, so that a feed reader can be tried on them."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from xml.etree import ElementTree

from starlette.requests import Request
from starlette.responses import Response

from trader.sim.exchange import Exchange
from trader.sim.headlines import GeneratedHeadline
from trader.sim.news import guid, link

PATH = "/news.rss"
SHOWN = 50
SHOWN_MS = 12 * 3_600_000
"""Long enough for that many headlines."""


def news_response(exchange: Exchange, request: Request) -> Response:
    """The newest headlines, newest first; 304 for a reader who has them."""
    now_ms = exchange.clock.now_ms()
    headlines = exchange.headlines.between(now_ms - SHOWN_MS, now_ms)[-SHOWN:][::-1]
    newest_ms = headlines[0].published_ms if headlines else exchange.headlines.first_ms
    seed = exchange.headlines.seed
    headers = {"ETag": f'"{seed}-{newest_ms}"', "Last-Modified": _http_date(newest_ms), "Cache-Control": "no-cache"}
    if _is_known(request, headers["ETag"], newest_ms):
        return Response(status_code=304, headers=headers)
    return Response(_document(headlines, seed), media_type="application/rss+xml", headers=headers)


def _is_known(request: Request, etag: str, newest_ms: int) -> bool:
    """RFC 9110, 13.2.2: If-Modified-Since counts only where there is no If-None-Match."""
    if (wanted := request.headers.get("if-none-match")) is not None:
        known = [tag.strip().removeprefix("W/") for tag in wanted.split(",")]
        return etag in known or "*" in known
    try:
        since = parsedate_to_datetime(request.headers.get("if-modified-since", ""))
    except ValueError:
        return False
    return since.replace(tzinfo=since.tzinfo or UTC).timestamp() >= newest_ms // 1000


def _document(headlines: list[GeneratedHeadline], seed: int) -> bytes:
    root = ElementTree.Element("rss", version="2.0")
    channel = ElementTree.SubElement(root, "channel")
    _add(channel, "title", "Simulated headlines")
    _add(channel, "link", "https://news.example/")
    _add(channel, "description", f"Headlines of the simulated exchange, seed {seed}")
    for headline in headlines:
        item = ElementTree.SubElement(channel, "item")
        _add(item, "title", headline.title)
        _add(item, "link", link(seed, headline))
        _add(item, "guid", guid(seed, headline)).set("isPermaLink", "false")
        _add(item, "pubDate", _http_date(headline.published_ms))
    document: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _add(parent: ElementTree.Element, tag: str, content: str) -> ElementTree.Element:
    element = ElementTree.SubElement(parent, tag)
    element.text = content
    return element


def _http_date(time_ms: int) -> str:
    return format_datetime(datetime.fromtimestamp(time_ms // 1000, UTC), usegmt=True)
