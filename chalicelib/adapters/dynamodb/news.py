"""Headlines: each stored once, with its first score.

pk           sk                what
item         id                a headline and, once it has one, its score; ids count up, so they sort by storing
seen#HASH    -                 a key under which a headline is known, and whose it is; its score or not
known#SYMBOL known_ms#id       a scored headline, under each of its symbols or under none
ledger       -                 one item, see `ledger`

Feeds and values of series stand beside them, see `feeds` and `series`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import islice
from typing import NamedTuple

from chalicelib import codec
from chalicelib.adapters.dynamodb.client import MOST_IN_A_TRANSACTION, Operation, Tables, attribute
from chalicelib.adapters.dynamodb.faults import Cancelled, Contended
from chalicelib.adapters.dynamodb.items import (
    NONCE,
    Attribute,
    Item,
    has_nonce,
    integer,
    new_nonce,
    number,
    packed,
    text,
    unpacked,
)
from chalicelib.adapters.dynamodb.ledger import Ledger, adding, forget, is_waiting, read_ledger, recording
from chalicelib.adapters.dynamodb.tables import EXPIRES_AT, NEWS
from chalicelib.domain import DAY_MS, NewsItem, Score, ScoredNews, Scoring
from chalicelib.errors import BadInput, Unavailable
from chalicelib.same_news import Known, Sifted, holder_before, keys_asked, sift

_ITEM = "item"
_HOLDER = "holder"
_ABSENT = attribute("pk").does_not_exist()
_PRESENT = attribute("pk").exists()
_ATTEMPTS = 8
_REMEMBERED = 20_000
_LOOK_BACK = 500
"""Headlines among which `latest` looks for those published last: feeds tell of a story hours late at most."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A headline as its item holds it."""

    item: NewsItem
    score: Score | None = None
    known_ms: int | None = None


@dataclass(frozen=True, slots=True)
class _NewestScored:
    """The newest scored headlines of one symbol, and the ledger's count of records at which they were read."""

    records: int
    count: int
    news: list[ScoredNews]


class Claim(NamedTuple):
    """A key to be stored with its holder, and what was found under it."""

    key: str
    holder: str
    found: str | None


Claims = dict[NewsItem | None, list[Claim]]
"""What is stored with each new headline, and under None what its duplicates leave."""


class DynamoNewsStore:
    """`NewsStore` and `ScoringHistory`. `record` raises BadInput for an id that was never stored.

    `latest` goes by when a headline was published, or fetched where it does not say, among the last 500 stored.
    """

    def __init__(self, tables: Tables, kept_days: int = 90) -> None:
        self._tables = tables
        self._kept_days = kept_days
        self._seen: Known = {}
        """Keys that surely are stored; feeds show the same headlines again and again."""
        self._newest: dict[str, _NewestScored] = {}

    def add(self, items: Sequence[NewsItem], shared: frozenset[str] = frozenset()) -> list[tuple[str, NewsItem]]:
        for _ in range(_ATTEMPTS):
            stored = self._known_of(items, shared)
            sifted = list(sift(items, shared, dict(stored)))
            claims = _claims(sifted, stored)
            try:
                added = self._add_fresh([each.item for each in sifted if each.is_new], claims)
            except (Cancelled, Contended):  # somebody else is storing too: look again
                self._seen.clear()
                continue
            for claim in claims[None]:
                self._tables.put(NEWS, self._seen_item(claim.key, claim.holder))
            self._remember({claim.key: claim.holder for claim in claims[None]})
            return added
        raise Unavailable("news: others are storing headlines all the time; try again")

    def unscored(self, limit: int) -> list[tuple[str, NewsItem]]:
        if limit <= 0:
            return []
        while waiting := read_ledger(self._tables).unscored[:limit]:
            found = self._items(waiting)
            if found:
                return [(news_id, _stored(found[news_id]).item) for news_id in waiting if news_id in found]
            forget(self._tables, waiting)
        return []

    def record(self, scored: Sequence[ScoredNews]) -> None:
        first = {news.id: news for news in reversed(scored)}
        for _ in range(_ATTEMPTS):
            found = self._items(list(first))
            for news_id in first:
                if news_id not in found:
                    raise BadInput(f"news: no stored headline has the id {news_id!r}")
            stored = {news_id: _stored(found[news_id]) for news_id in sorted(first)}
            news = [replace(first[key], item=has.item) for key, has in stored.items()]
            wide = [one for one in news if _operations(one) >= MOST_IN_A_TRANSACTION]
            waiting = [one for one in news if one not in wide and stored[one.id].known_ms is None]
            try:
                self._record_all(waiting)
                for one in wide:
                    self._record_wide(one, stored[one.id])
            except (Cancelled, Contended):
                continue
            return
        raise Unavailable("news: others are storing scores all the time; try again")

    def known(self, symbol: str, at_ms: int, count: int) -> list[ScoredNews]:
        if count <= 0:
            return []
        records = read_ledger(self._tables).records
        found = [news for name in {symbol, ""} for news in self._known(name, at_ms, count, records)]
        return sorted(found, key=lambda news: (news.known_ms, news.id), reverse=True)[:count]

    def latest(self, count: int) -> list[tuple[NewsItem, Score | None]]:
        if count <= 0:
            return []
        most = max(_LOOK_BACK, count)
        items = self._tables.query(NEWS, _ITEM, newest_first=True, page=most, consistent=False)
        stored = [(_stored(item), item["sk"]["S"]) for item in islice(items, most)]
        stored.sort(key=lambda pair: (_published_ms(pair[0].item), pair[1]), reverse=True)
        return [(has.item, has.score) for has, _ in stored[:count]]

    def scoring(self) -> Scoring:
        return read_ledger(self._tables).scoring

    def _known_of(self, items: Sequence[NewsItem], shared: frozenset[str]) -> Known:
        """Those keys of these items that are stored; one stored this very moment shows when it is written."""
        asked: set[str] = set()
        known: Known = {}
        while more := keys_asked(items, shared, known) - asked:
            asked |= more
            kept = {key: self._seen[key] for key in more if key in self._seen}
            known |= kept | self._look_up(more - kept.keys())
        return known

    def _look_up(self, keys: Iterable[str]) -> Known:
        asked = {_hash(key): key for key in keys}
        items = self._tables.batch_get(NEWS, [(f"seen#{name}", "-") for name in asked], consistent=False)
        found = {asked[item["pk"]["S"].removeprefix("seen#")]: item for item in items}
        known = {key: self._holder(item) for key, item in found.items()}
        half_life = integer(self._tables.expiry(self._kept_days // 2), EXPIRES_AT)
        for key, item in found.items():
            if integer(item, EXPIRES_AT) < half_life:  # a headline that is listed for longer than it is kept is no news
                self._tables.put(NEWS, self._seen_item(key, known[key]))
        self._remember(known)
        return known

    def _holder(self, item: Item) -> str:
        """Whose a key is; of one from before that was kept, when it was stored."""
        if _HOLDER in item:
            return str(item[_HOLDER]["S"])
        return holder_before(integer(item, EXPIRES_AT) * 1000 - self._kept_days * DAY_MS)

    def _remember(self, known: Known) -> None:
        if len(self._seen) > _REMEMBERED:
            self._seen.clear()
        self._seen |= known

    def _add_fresh(self, fresh: list[NewsItem], claims: Claims) -> list[tuple[str, NewsItem]]:
        added: list[tuple[str, NewsItem]] = []
        ledger = read_ledger(self._tables) if fresh else None
        while ledger is not None and len(added) < len(fresh):
            chunk = _fitting(fresh[len(added) :], claims)
            ids = [f"{ledger.stored + place:08d}" for place in range(1, len(chunk) + 1)]
            self._add_chunk(ledger, ids, chunk, claims)
            self._remember({claim.key: claim.holder for item in chunk for claim in claims[item]})
            added += zip(ids, chunk, strict=True)
            ledger = replace(ledger, stored=ledger.stored + len(chunk))
        return added

    def _add_chunk(self, ledger: Ledger, ids: list[str], chunk: list[NewsItem], claims: Claims) -> None:
        """Count, store and claim the keys of these headlines in one transaction."""
        nonce = new_nonce()
        operations = [adding(self._tables, ledger, ids, nonce)]
        for news_id, item in zip(ids, chunk, strict=True):
            operations.append(self._tables.putting(NEWS, self._item(news_id, Stored(item), nonce), _ABSENT))
            operations += [self._claiming(claim) for claim in claims[item]]
        self._transact(operations, nonce)

    def _claiming(self, claim: Claim) -> Operation:
        """Store the key, provided that under it stands what was found there."""
        holder, found = attribute(_HOLDER), claim.found
        condition = _ABSENT if found is None else (holder == text(found)) | (holder.does_not_exist() & _PRESENT)
        return self._tables.putting(NEWS, self._seen_item(claim.key, claim.holder), condition)

    def _record_all(self, news: list[ScoredNews]) -> None:
        while news:
            chunk, news = _split(news)
            nonce = new_nonce()
            operations = [recording(self._tables, chunk)]
            for one in chunk:
                operations.append(self._scoring(one, nonce))
                operations += [self._tables.putting(NEWS, self._known_item(name, one)) for name in _symbols(one)]
            self._transact(operations, nonce)

    def _record_wide(self, news: ScoredNews, stored: Stored) -> None:
        """Record a headline of more symbols than one transaction takes: its score, its symbols, then the ledger.

        It waits in the ledger until all of it is written, so that what a crash leaves is made whole by the next call,
        with the score that was stored first.
        """
        if stored.score is None or stored.known_ms is None:
            nonce = new_nonce()
            self._transact([self._scoring(news, nonce)], nonce)
        elif news.id in read_ledger(self._tables).unscored:
            news = replace(news, score=stored.score, known_ms=stored.known_ms)
        else:
            return
        rows = [self._tables.putting(NEWS, self._known_item(name, news)) for name in _symbols(news)]
        for start in range(0, len(rows), MOST_IN_A_TRANSACTION):
            self._transact(rows[start : start + MOST_IN_A_TRANSACTION], new_nonce())
        self._transact([recording(self._tables, [news], is_waiting(news.id))], new_nonce())

    def _scoring(self, news: ScoredNews, nonce: Attribute) -> Operation:
        """Store the score of a headline that waits for one."""
        item = self._item(news.id, Stored(news.item, news.score, news.known_ms), nonce)
        item["known_ms"] = number(news.known_ms)
        waits = attribute("known_ms").does_not_exist() & _PRESENT
        return self._tables.putting(NEWS, item, waits)

    def _transact(self, operations: list[Operation], nonce: Attribute) -> None:
        """Raises Cancelled unless the transaction was written, be it by an earlier try whose answer was lost."""
        try:
            self._tables.transact(operations, nonce["B"].hex())
        except Cancelled as cancelled:
            if not any(reason is not None and has_nonce(reason.stored, nonce) for reason in cancelled.reasons):
                raise

    def _known(self, symbol: str, at_ms: int, count: int, records: int) -> list[ScoredNews]:
        """The newest of one partition, from memory while no record was made and none of them is of a later time."""
        kept = self._newest.get(symbol)
        if kept is None or kept.records != records or kept.count < count:
            kept = self._newest[symbol] = _NewestScored(records, count, self._read_known(symbol, None, count))
        if not kept.news or kept.news[0].known_ms <= at_ms:
            return kept.news
        return self._read_known(symbol, at_ms, count)

    def _read_known(self, symbol: str, at_ms: int | None, count: int) -> list[ScoredNews]:
        bounds = None if at_ms is None else attribute("sk") < text(f"{at_ms + 1:013d}")
        items = self._tables.query(NEWS, f"known#{symbol}", bounds, newest_first=True, page=count)
        return [codec.load(ScoredNews, unpacked(item, "body")) for item in islice(items, count)]

    def _items(self, ids: Sequence[str]) -> dict[str, Item]:
        found = self._tables.batch_get(NEWS, [(_ITEM, news_id) for news_id in ids if news_id])
        return {item["sk"]["S"]: item for item in found}

    def _item(self, news_id: str, stored: Stored, nonce: Attribute) -> Item:
        return {**self._row(_ITEM, news_id), "body": packed(codec.dump(stored)), NONCE: nonce}

    def _known_item(self, symbol: str, news: ScoredNews) -> Item:
        return {**self._row(f"known#{symbol}", f"{news.known_ms:013d}#{news.id}"), "body": packed(codec.dump(news))}

    def _seen_item(self, key: str, holder: str) -> Item:
        return {**self._row(f"seen#{_hash(key)}", "-"), _HOLDER: text(holder)}

    def _row(self, hash_key: str, range_key: str) -> Item:
        return {"pk": text(hash_key), "sk": text(range_key), **self._tables.expiry(self._kept_days)}


def _claims(sifted: Sequence[Sifted], stored: Known) -> Claims:
    """Each key goes with the last new headline that changes it, so that what a crash leaves is of headlines stored."""
    places: dict[str, tuple[NewsItem | None, str]] = {}
    for item, is_new, changes in sifted:
        for key, holder in changes.items():
            keeper = item if is_new else places.get(key, (None, ""))[0]
            places[key] = keeper, holder
    claims: Claims = {None: []} | {each.item: [] for each in sifted if each.is_new}
    for key, (keeper, holder) in places.items():
        claims[keeper].append(Claim(key, holder, stored.get(key)))
    return claims


def _fitting(fresh: list[NewsItem], claims: Claims) -> list[NewsItem]:
    """As many headlines as one transaction can store."""
    used, chunk = 1, []
    for item in fresh:
        used += 1 + len(claims[item])
        if used > MOST_IN_A_TRANSACTION:
            break
        chunk.append(item)
    return chunk


def _split(news: list[ScoredNews]) -> tuple[list[ScoredNews], list[ScoredNews]]:
    """As many headlines as one transaction can make known, and the rest."""
    used = 1
    for place, one in enumerate(news):
        used += _operations(one)
        if used > MOST_IN_A_TRANSACTION:
            return news[:place], news[place:]
    return news, []


def _operations(news: ScoredNews) -> int:
    """How many make the headline known, beside that of the ledger."""
    return 1 + len(_symbols(news))


def _symbols(news: ScoredNews) -> list[str]:
    return sorted(set(news.item.symbols)) or [""]


def _stored(item: Item) -> Stored:
    return codec.load(Stored, unpacked(item, "body"))


def _published_ms(item: NewsItem) -> int:
    return item.fetched_ms if item.published_ms is None else item.published_ms


def _hash(key: str) -> str:
    return sha256(key.encode(errors="surrogatepass")).hexdigest()[:32]
