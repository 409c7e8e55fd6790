"""The rule of when two headlines are the same news, and what a store keeps to tell.

A headline is known under its guid, its link and its title, each of which may stand for several: a key that items of one
feed's page share under different titles is no key there, nor ever after. Under each key stands its holder, as text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from chalicelib.domain import DAY_MS, NewsItem
from chalicelib.headline_holder import Holder, Names, are_same, fingerprint, names_of, time_ms_of
from chalicelib.headlines import REVISION, words_of

SHARED = "*"
"""What stands under a key of several headlines."""
_REVISIONS = 2
"""Titles of one story that a page may show at a time; a guid that counts more (#1, #2, #3) counts notices."""

Known = dict[str, str]
"""Keys with their holders."""


class Sifted(NamedTuple):
    """An item, whether it is new, and what now stands under keys where something else did, or nothing."""

    item: NewsItem
    is_new: bool
    changes: Known


def holder_before(time_ms: int) -> str:
    """The text under a key that was stored by then, before holders were; a later title is another's."""
    return str(time_ms)


def shared_keys(page: Iterable[NewsItem]) -> frozenset[str]:
    """The guids and links under which one source has several headlines on this page of a feed.

    Titles tell that they are several; so does, of a link, that they have guids and dates of their own. Two revisions of
    one story, which its guid counts, are one.
    """
    stories: dict[tuple[str, str], set[object]] = {}
    revised: set[tuple[str, str]] = set()
    for item in page:
        own = names_of(item)
        is_revision = REVISION.fullmatch(item.guid.strip().partition("#")[2]) is not None
        moment = item.published_ms if own.guid and own.guid != own.link and not is_revision else None
        places = {(item.source, key) for key in (own.guid, own.link) if key}
        revised |= places if is_revision else set()
        for place in places:
            stories.setdefault(place, set()).add((own.title, moment if place[1] == own.link else None))
    return frozenset(
        place[1] for place, several in stories.items() if len(several) > (_REVISIONS if place in revised else 1)
    )


def keys_asked(items: Iterable[NewsItem], shared: frozenset[str], known: Known) -> set[str]:
    """The keys to be looked up for these items, given what is known of some: ask again until there are no others."""
    return {key for item in items for key in _Keys.of(item, shared, known).asked}


def sift(items: Iterable[NewsItem], shared: frozenset[str], known: Known) -> Iterator[Sifted]:
    """Each of the items with whether it is new. `shared` are the `shared_keys` of their pages; `known` holds all of
    `keys_asked` that a store has, and is kept up to date.
    """
    for item in items:
        keys = _Keys.of(item, shared, known)
        is_new = not any(key in known and keys.is_held(key, known) for key in keys.asked)
        changes = dict(keys.changes(is_new, known))
        known.update(changes)
        yield Sifted(item, is_new, changes)


def unseen(items: Iterable[NewsItem], shared: frozenset[str], known: Known) -> list[NewsItem]:
    """The new ones of some items, in order; as `sift`."""
    return [each.item for each in sift(items, shared, known) if each.is_new]


@dataclass(frozen=True, slots=True)
class _Keys:
    """The keys of one item among those of its page, "" for each that it has not."""

    own: Names
    shared: frozenset[str]
    """Those of guid and link that stand for several headlines."""
    listing: str
    """All of the item as one key, where its guid is none."""
    before: str
    """The title as it was a key before symbols counted, where the item has nothing else to be known by."""

    @classmethod
    def of(cls, item: NewsItem, shared_on_page: frozenset[str], known: Known) -> _Keys:
        own = names_of(item)
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

    def is_held(self, key: str, known: Known) -> bool:
        """Whether the item is what stands under the key."""
        text = known[key]
        if text == SHARED:
            return False
        if " " not in text:
            return key not in self.shared and self._is_from_before(key, known)
        return key == self.listing or are_same(
            self.own.holder, Holder.of_text(text), set(map(fingerprint, self.shared))
        )

    def changes(self, is_new: bool, known: Known) -> Iterator[tuple[str, str]]:
        """Keys of the item with what is to stand under them from now on, where that is something else."""
        holder = self.own.holder
        for key in self._kept:
            text = known.get(key)
            if key in self.shared:
                wanted = SHARED
            elif text is None or (is_new and time_ms_of(text) <= holder.time_ms):
                wanted = holder.text()
            else:
                continue
            if wanted != text:
                yield key, wanted

    def _is_from_before(self, key: str, known: Known) -> bool:
        """Whether a key that was stored without its holder is the item's: a title for a day, a link unless guid and
        title are others, a guid as it was.
        """
        guid, link, title = self.own[:3]
        if key not in (title, self.before):
            return key == guid or guid in ("", link) or not known.keys().isdisjoint((guid, title))
        time_ms = int(known[key])
        return self.own.holder.time_ms < time_ms + DAY_MS or (bool(self.before) and not self.own.holder.is_dated)
