"""The items of a document as feedparser sees them: whole, or one by one where something in it is wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chalicelib.adapters.rss.items import Parsed, text_of
from chalicelib.adapters.rss.parser import parsed
from chalicelib.adapters.rss.pieces import Pieces, pieces
from chalicelib.adapters.rss.weight import HEAVIEST, weight

ITEM_LIMIT = 1000
"""Items that are read of one feed, from its top."""
_ONE_PARSE = 400
"""Microseconds that feedparser takes to begin and end, with nothing to do in between."""
_BYTES_A_MICROSECOND = 50

Parse = Callable[[str, str], Parsed | None]
"""From a document and its address to what feedparser makes of it, None where that raises."""


@dataclass(frozen=True, slots=True)
class Entries:
    """A document's items as feedparser sees them, and what is said of the feed."""

    about: Parsed
    found: Sequence[Parsed]
    """The first ITEM_LIMIT ones."""
    unreadable: int
    """Items among the first at which feedparser raises."""
    beyond_limit: int
    is_feed: bool
    is_broken: bool


def entries(text: str, url: str, parse: Parse = parsed) -> Entries:
    """The document's items. Those of one that is no sound XML are read each by itself, for what is left open in one
    would swallow those after it.
    """
    whole = parse(text, url)
    if whole is not None and not whole["bozo"]:
        return _of_whole(whole)
    cut = pieces(text)
    one_by_one = _one_by_one(cut, url, parse) if _is_cheap(text, cut) else None
    if whole is None:
        return one_by_one or Entries({}, (), len(cut.items), 0, is_feed=bool(cut.items), is_broken=True)
    together = _of_whole(whole)
    return one_by_one if one_by_one and _titles(one_by_one) >= _titles(together) else together


def _of_whole(whole: Parsed) -> Entries:
    found = whole["entries"]
    return Entries(
        about=whole["feed"],
        found=found[:ITEM_LIMIT],
        unreadable=0,
        beyond_limit=max(0, len(found) - ITEM_LIMIT),
        is_feed=bool(found or whole.get("version")),
        is_broken=bool(whole["bozo"]),
    )


def _is_cheap(text: str, cut: Pieces) -> bool:
    """Whether there are items, and reading them one by one takes no more than the heaviest document does."""
    opening = cut.opening.encode()
    each = _ONE_PARSE + weight(opening) + len(opening) // _BYTES_A_MICROSECOND
    items = min(len(cut.items), ITEM_LIMIT)
    return items > 0 and weight(text.encode()) + items * each <= HEAVIEST


def _one_by_one(cut: Pieces, url: str, parse: Parse) -> Entries:
    about = parse(cut.about, url)
    read = [parse(cut.document(item), url) for item in cut.items[:ITEM_LIMIT]]
    found = [entry for one in read if one is not None for entry in one["entries"]]
    return Entries(
        about=about["feed"] if about else {},
        found=found[:ITEM_LIMIT],
        unreadable=sum(1 for one in read if one is None or not one["entries"]),
        beyond_limit=max(0, len(cut.items) - ITEM_LIMIT),
        is_feed=True,
        is_broken=True,
    )


def _titles(entries: Entries) -> int:
    return sum(1 for entry in entries.found if text_of(entry, "title"))
