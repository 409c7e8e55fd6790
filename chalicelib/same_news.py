"""When two headlines are the same news, and what a store keeps to tell.

A headline is known under its guid, its link and its title, each of which may stand for several: a key that items of one
feed's page share under different titles is no key there, nor ever after. Under each key stands its holder, as text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from chalicelib.domain import DAY_MS, NewsItem
from chalicelib.headlines import REVISION, guid_key, link_key, title_key, words_of
from chalicelib.publishers import host_of, without_publisher

SHARED = "*"
"""What stands under a key of several headlines."""

Known = dict[str, str]
"""Keys with their holders."""

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

    def text(self) -> str:
        """As a store keeps it."""
        return " ".join((f"{'' if self.is_dated else '~'}{self.time_ms}", *self[2:]))

    @staticmethod
    def of_text(text: str) -> Holder:
        """What `text` made a text of."""
        return Holder(_time_ms(text), not text.startswith("~"), *text.split(" ")[1:])


class Sifted(NamedTuple):
    """An item, whether it is new, and what now stands under keys where something else did, or nothing."""

    item: NewsItem
    is_new: bool
    changes: Known


def holder_before(time_ms: int) -> str:
    """What stands under a key that was stored by then, before holders were; a later title is another's."""
    return str(time_ms)


def shared_keys(page: Iterable[NewsItem]) -> frozenset[str]:
    """The guids and links under which one source has several headlines on this page of a feed.

    Titles tell that they are several; so does, of a link, that they have guids and dates of their own. Revisions of one
    story, which its guid counts, are one.
    """
    stories: dict[tuple[str, str], set[object]] = {}
    for item in page:
        own = _own(item)
        is_revision = REVISION.fullmatch(item.guid.strip().partition("#")[2]) is not None
        moment = item.published_ms if own.guid and own.guid != own.link else None
        for key in {own.guid, own.link} - {""}:
            story = own.guid if is_revision else (own.title, moment if key == own.link else None)
            stories.setdefault((item.source, key), set()).add(story)
    return frozenset(key for (_, key), several in stories.items() if len(several) > 1)


def keys_asked(items: Iterable[NewsItem], shared: frozenset[str], known: Known) -> set[str]:
    """The keys to be looked up for these items, given what is known of some: ask again until there are no others."""
    return {key for item in items for key in _Keys.of(item, shared, known).asked}


def sift(items: Iterable[NewsItem], shared: frozenset[str], known: Known) -> Iterator[Sifted]:
    """Each of the items with whether it is new. `shared` are the `shared_keys` of their pages; `known` holds all of
    `keys_asked` that a store has, and is kept up to date.
    """
    for item in items:
        keys = _Keys.of(item, shared, known)
        is_new = not any(key in known and keys.is_held(key, known[key]) for key in keys.asked)
        changes = dict(keys.changes(is_new, known))
        known.update(changes)
        yield Sifted(item, is_new, changes)


def unseen(items: Iterable[NewsItem], shared: frozenset[str], known: Known) -> list[NewsItem]:
    """The new ones of some items, in order; as `sift`."""
    return [each.item for each in sift(items, shared, known) if each.is_new]


@dataclass(frozen=True, slots=True)
class _Keys:
    """The keys of one item among those of its page, "" for each that it has not."""

    own: _Own
    shared: frozenset[str]
    """Those of guid and link that stand for several headlines."""
    listing: str
    """All of the item as one key, where its guid is none."""
    before: str
    """The title as it was a key before symbols counted, where the item has nothing else to be known by."""

    @classmethod
    def of(cls, item: NewsItem, shared_on_page: frozenset[str], known: Known) -> _Keys:
        own = _own(item)
        shared = frozenset(key for key in own[:2] if key in shared_on_page or known.get(key) == SHARED)
        has_guid, has_link = (bool(key) and key not in shared for key in own[:2])
        listing = "" if has_guid else own.listing
        return cls(own, shared, listing, "" if has_guid or has_link else f"title:{words_of(item.title)}")

    @property
    def asked(self) -> set[str]:
        return {*self._kept, *filter(None, (self.before,))}

    @property
    def _kept(self) -> tuple[str, ...]:
        keys = (self.own.guid, self.own.link, self.listing, self.own.title)
        return tuple(dict.fromkeys(filter(None, keys)))

    def is_held(self, key: str, text: str) -> bool:
        """Whether the item is what stands under the key."""
        if text == SHARED:
            return False
        if " " not in text:
            return key not in self.shared and self._is_from_before(key, int(text))
        return key == self.listing or _same(self.own.holder, Holder.of_text(text), set(map(_print, self.shared)))

    def changes(self, is_new: bool, known: Known) -> Iterator[tuple[str, str]]:
        """What is to stand under the item's keys from now on, where that is something else."""
        holder, title = self.own.holder, self.own.title
        for key in self._kept:
            text = known.get(key)
            if key in self.shared:
                wanted = SHARED
            elif text is None or (is_new and key == title and _time_ms(text) <= holder.time_ms):
                wanted = holder.text()
            else:
                continue
            if wanted != text:
                yield key, wanted

    def _is_from_before(self, key: str, time_ms: int) -> bool:
        """Whether a key that was stored without its holder is the item's: a title for a day, others as they were."""
        if key not in (self.own.title, self.before):
            return True
        return self.own.holder.time_ms < time_ms + DAY_MS or (bool(self.before) and not self.own.holder.is_dated)


class _Own(NamedTuple):
    """What an item says of itself, whatever its page."""

    guid: str
    link: str
    title: str
    listing: str
    holder: Holder


@lru_cache(maxsize=4096)  # a store asks once to look the keys up and once to compare the items
def _own(item: NewsItem) -> _Own:
    guid, link, title = guid_key(item), link_key(item), title_key(item)
    time_ms = item.fetched_ms if item.published_ms is None else item.published_ms
    site = without_publisher(item)[1] or host_of(item) or item.source
    holder = Holder(time_ms, item.published_ms is not None, *map(_print, (item.source, site, guid, link, title)))
    listing = "\n".join((item.source, guid, link, title, str(item.published_ms)))
    return _Own(guid, link, title, f"item:{_print(listing)}", holder)


def _same(one: Holder, other: Holder, shared: set[str]) -> bool:
    """Whether two headlines are the same news.

    One that is listed again as it was is. So are two of the same guid or link, unless one feed gives the link to
    several, by guids of their own. Two of one title are if told within a day, unless the same site tells them apart.
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
        return not by_link_alone or again
    told_apart = guids_differ or _differ(one.link, other.link, shared)
    return one.title == other.title and within_a_day and (one.site != other.site or not told_apart)


def _differ(one: str, other: str, shared: set[str]) -> bool:
    """Whether both have such a key, of their own and another."""
    return one != other and not {one, other} & (shared | {_NOTHING})


def _time_ms(text: str) -> int:
    return int(text.split(" ")[0].removeprefix("~"))


def _print(text: str) -> str:
    """A fingerprint, which no other text of a store has; "-" of nothing."""
    return blake2b(text.encode(errors="surrogatepass"), digest_size=6).hexdigest() if text else _NOTHING
