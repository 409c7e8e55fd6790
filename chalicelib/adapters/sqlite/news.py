"""Headlines: each stored once, with its first score."""

from __future__ import annotations

import json
from collections.abc import Sequence

from chalicelib.adapters.sqlite.database import Database, Row
from chalicelib.domain import NewsItem, Score, ScoredNews, Scoring
from chalicelib.errors import BadInput
from chalicelib.same_news import Known, keys_asked, unseen

_HOLDER = "SELECT holder FROM news_key WHERE key = ?"
_SET_HOLDER = """INSERT INTO news_key (key, holder) VALUES (?, ?)
    ON CONFLICT (key) DO UPDATE SET holder = excluded.holder"""
_NEXT = "SELECT coalesce(max(number), 0) + 1 FROM news"
_ADD = """INSERT INTO news (number, published_ms, fetched_ms, source, title, url, guid, symbols)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""
_UNSCORED = "SELECT * FROM news WHERE known_ms IS NULL ORDER BY number LIMIT ?"
_FIND = "SELECT symbols, known_ms FROM news WHERE number = ?"
_RECORD = """UPDATE news SET known_ms = ?, score = ?, label = ?, model = ?, degraded = ?, confidence = ?, flags = ?
    WHERE number = ?"""
_MAKE_KNOWN = "INSERT INTO news_known VALUES (?, ?, ?)"
# Each branch reads the end of one range of the primary key, so the work does not grow with the archive.
_KNOWN = """SELECT number FROM (
    SELECT * FROM (SELECT known_ms, number FROM news_known
        WHERE symbol = ?1 AND known_ms <= ?2 ORDER BY known_ms DESC, number DESC LIMIT ?3)
    UNION ALL
    SELECT * FROM (SELECT known_ms, number FROM news_known
        WHERE symbol = '' AND known_ms <= ?2 ORDER BY known_ms DESC, number DESC LIMIT ?3))
    ORDER BY known_ms DESC, number DESC LIMIT ?3"""
_BY_NUMBER = "SELECT * FROM news WHERE number = ?"
_LATEST = "SELECT * FROM news ORDER BY coalesce(published_ms, fetched_ms) DESC, number DESC LIMIT ?"
_SCORING = """SELECT count(*), coalesce(sum(degraded), 0), max(known_ms) FROM news WHERE known_ms IS NOT NULL"""
_NEWEST = """SELECT model, degraded FROM news WHERE known_ms = ? ORDER BY number DESC LIMIT 1"""
_WAITING = "SELECT count(*) FROM news WHERE known_ms IS NULL"
_KNOWN_MS = 8  # its place in a row of the table
_KEPT_LIMIT = 4_096


class SqliteNewsStore:
    """`NewsStore` and `ScoringHistory` over a Database.

    `latest` goes by when a headline was published, or fetched where it does not say.

    `record` raises BadInput for an id that was never stored.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        # A scored headline never changes, so it is built once; a number may mean another after a transaction is undone.
        self._kept: dict[int, ScoredNews] = {}
        self._kept_undone = database.undone

    def add(self, items: Sequence[NewsItem], shared: frozenset[str] = frozenset()) -> list[tuple[str, NewsItem]]:
        with self._database.transaction():
            stored = self._known(items, shared)
            known = dict(stored)
            added = [(str(self._insert(item)), item) for item in unseen(items, shared, known)]
            changed = [(key, holder) for key, holder in known.items() if stored.get(key) != holder]
            self._database.execute_many(_SET_HOLDER, changed)
        return added

    def unscored(self, limit: int) -> list[tuple[str, NewsItem]]:
        return [(str(row[0]), _item(row)) for row in self._database.query(_UNSCORED, (max(limit, 0),))]

    def record(self, scored: Sequence[ScoredNews]) -> None:
        with self._database.transaction():
            for news in scored:
                self._record(news)

    def known(self, symbol: str, at_ms: int, count: int) -> list[ScoredNews]:
        self._drop_doubtful()
        rows = self._database.query(_KNOWN, (symbol, at_ms, max(count, 0)))
        return [self._kept.get(number) or self._keep(number) for (number,) in rows]

    def latest(self, count: int) -> list[tuple[NewsItem, Score | None]]:
        rows = self._database.query(_LATEST, (max(count, 0),))
        return [(_item(row), None if row[_KNOWN_MS] is None else _score(row)) for row in rows]

    def scoring(self) -> Scoring:
        [(waiting,)] = self._database.query(_WAITING)
        [(scored, degraded_scored, last_ms)] = self._database.query(_SCORING)
        if last_ms is None:
            return Scoring(waiting=waiting)
        [(model, degraded)] = self._database.query(_NEWEST, (last_ms,))
        return Scoring(model, bool(degraded), last_ms, waiting, scored, degraded_scored)

    def _known(self, items: Sequence[NewsItem], shared: frozenset[str]) -> Known:
        asked: set[str] = set()
        known: Known = {}
        while more := keys_asked(items, shared, known) - asked:
            asked |= more
            known |= {key: holder for key in more for (holder,) in self._database.query(_HOLDER, (key,))}
        return known

    def _drop_doubtful(self) -> None:
        if self._kept_undone != self._database.undone or len(self._kept) > _KEPT_LIMIT:
            self._kept.clear()
            self._kept_undone = self._database.undone

    def _keep(self, number: int) -> ScoredNews:
        row = self._database.query(_BY_NUMBER, (number,))[0]
        news = self._kept[number] = ScoredNews(str(number), _item(row), _score(row), row[_KNOWN_MS])
        return news

    def _insert(self, item: NewsItem) -> int:
        number: int = self._database.query(_NEXT)[0][0]
        symbols = " ".join(item.symbols)
        row = (number, item.published_ms, item.fetched_ms, item.source, item.title, item.url, item.guid, symbols)
        self._database.execute(_ADD, row)
        return number

    def _record(self, news: ScoredNews) -> None:
        number = int(news.id) if news.id.isdecimal() else 0
        found = self._database.query(_FIND, (number,))
        if not found:
            raise BadInput(f"news: no stored headline has the id {news.id!r}")
        symbols, known_ms = found[0]
        if known_ms is not None:
            return
        score = news.score
        judged = (score.value, score.label, score.model, int(score.degraded), score.confidence, json.dumps(score.flags))
        self._database.execute(_RECORD, (news.known_ms, *judged, number))
        self._database.execute_many(
            _MAKE_KNOWN, [(symbol, news.known_ms, number) for symbol in set(symbols.split()) or {""}]
        )


def _item(row: Row) -> NewsItem:
    _, published_ms, fetched_ms, source, title, url, guid, symbols, *_ = row
    return NewsItem(published_ms, fetched_ms, source, title, url, guid, tuple(symbols.split()))


def _score(row: Row) -> Score:
    *_, value, label, model, degraded, confidence, flags = row
    return Score(value, label, model, bool(degraded), confidence, tuple(json.loads(flags)))
