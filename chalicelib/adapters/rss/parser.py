"""feedparser, kept from giving a whole feed up for what it trips over in one place."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from io import BytesIO
from typing import Any

from chalicelib.adapters.rss.items import Parsed

_HEADERS = {"content-type": "application/xml; charset=utf-8"}


def parsed(text: str, url: str) -> Parsed | None:
    """The document as feedparser makes it, None where it raises: a third party's parser over hostile text."""
    try:
        found: Parsed = _feedparser().parse(
            BytesIO(text.encode(errors="ignore")),
            response_headers={**_HEADERS, "content-location": url},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception:
        return None
    return found


@cache
def _feedparser() -> Any:  # untyped
    import feedparser  # 45 ms that a poll without news need not spend

    feedparser.registerDateHandler(_no_date)
    for name in ("StrictFeedParser", "LooseFeedParser"):
        setattr(feedparser.api, name, _forgiving(getattr(feedparser.api, name)))
    return feedparser


def _forgiving(parser: type) -> type:
    """The parser with handlers that leave out an element at which they raise (of a point on a map without a
    number, say), for parse() has no other place for that.
    """
    handlers = (name for name in dir(parser) if name.startswith(("_start_", "_end_", "handle_")))
    return type(parser.__name__, (parser,), {name: _guarded(getattr(parser, name)) for name in handlers})


def _guarded(handler: Callable[..., object]) -> Callable[..., object]:
    def call(*arguments: object, **named: object) -> object:
        try:
            return handler(*arguments, **named)
        except (AttributeError, RecursionError):  # the one tells feedparser to go on by itself, the other is costly
            raise
        except Exception:
            return None

    return call


def _no_date(_: str) -> time.struct_time:
    """A time in place of every date, which are read elsewhere: feedparser invents what they lack, and takes a long
    text apart into millions of words.
    """
    return time.gmtime(0)
