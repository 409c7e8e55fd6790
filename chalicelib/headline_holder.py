"""A headline as a store remembers it under its keys, and whether another one is the same news."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from chalicelib.domain import DAY_MS, NewsItem
from chalicelib.headlines import guid_key, link_key, title_key
from chalicelib.publishers import host_of, without_publisher

_NOTHING = "-"


class Holder(NamedTuple):
    """A headline as a store remembers it under its keys: fingerprints, and when it was published or else fetched."""

    time_ms: int
    is_dated: bool
    feed: str
    site: str
    guid: str
    link: str
    title: str
    """Two headlines have the same fingerprint of what they have in common, - of what they both lack."""

    def text(self) -> str:
        """As a store keeps it."""
        return " ".join((f"{'' if self.is_dated else '~'}{self.time_ms}", *self[2:]))

    @staticmethod
    def of_text(text: str) -> Holder:
        """The holder that `text` made a text of."""
        return Holder(time_ms_of(text), not text.startswith("~"), *text.split(" ")[1:])


class Names(NamedTuple):
    """The names by which an item calls itself, whatever its page."""

    guid: str
    link: str
    title: str
    listing: str
    holder: Holder


@lru_cache(maxsize=4096)  # a store asks once to look the keys up and once to compare the items
def names_of(item: NewsItem) -> Names:
    """The keys of an item, "" for each that it has not, and what a store remembers of it."""
    guid, link, title = guid_key(item), link_key(item), title_key(item)
    time_ms = item.fetched_ms if item.published_ms is None else item.published_ms
    site = without_publisher(item)[1] or host_of(item) or item.source
    holder = Holder(time_ms, item.published_ms is not None, *map(fingerprint, (item.source, site, guid, link, title)))
    listing = "\n".join((item.source, guid, link, title, str(item.published_ms)))
    return Names(guid, link, title, f"item:{fingerprint(listing)}", holder)


def are_same(one: Holder, other: Holder, shared: set[str]) -> bool:
    """Whether two headlines are the same news.

    One that is listed again as it was is. So are two of the same guid or link, unless one feed gives the link to
    several, by guids of their own or one after another. Two of one title are if told within a day, unless the same
    site tells them apart.
    """
    if one._replace(time_ms=0) == other._replace(time_ms=0) and (one.time_ms == other.time_ms or not one.is_dated):
        return True
    ours, theirs = ({each.guid, each.link} - shared - {_NOTHING} for each in (one, other))
    within_a_day = abs(one.time_ms - other.time_ms) < DAY_MS
    links = shared | {one.link, other.link}  # a guid that is a link is none of one's own
    guids_differ = _differ(one.guid, other.guid, links)
    if ours & theirs:
        by_link_alone = guids_differ and one.feed == other.feed and ours & theirs == {one.link}
        again = one.title == other.title and (within_a_day or not (one.is_dated and other.is_dated))
        return again or not (by_link_alone or _follows(one, other))
    told_apart = guids_differ or _differ(one.link, other.link, shared)
    return one.title == other.title and within_a_day and (one.site != other.site or not told_apart)


def _follows(one: Holder, other: Holder) -> bool:
    """Whether one feed shows them one after another at a link by which alone it names them: another title of another
    time; of another day where the link is their guid, too, for publishers date edited stories anew.
    """
    if one.feed != other.feed or one.title == other.title or one.link != other.link:
        return False
    pause_ms = abs(one.time_ms - other.time_ms) if one.is_dated and other.is_dated else 0
    guids = {one.guid, other.guid}
    return guids <= {one.link, _NOTHING} and pause_ms >= (1 if guids == {_NOTHING} else DAY_MS)


def _differ(one: str, other: str, shared: set[str]) -> bool:
    """Whether both have such a key, of their own and another."""
    return one != other and not {one, other} & (shared | {_NOTHING})


def time_ms_of(text: str) -> int:
    """The time in a holder's text."""
    return int(text.split(" ")[0].removeprefix("~"))


def fingerprint(text: str) -> str:
    """A fingerprint, which no other text of a store has; "-" of nothing."""
    return blake2b(text.encode(errors="surrogatepass"), digest_size=6).hexdigest() if text else _NOTHING
