"""A headline of more symbols than one transaction takes: a crash after any of its writes leaves what is made whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from chalicelib.adapters.dynamodb import DynamoNewsStore, Tables
from chalicelib.adapters.dynamodb.news import Stored
from chalicelib.adapters.dynamodb.tables import NEWS
from chalicelib.domain import ScoredNews
from tests.contract.samples import minute_ms, news_item, score
from tests.integration.test_dynamodb_crash import KeepsEveryState
from tests.support.moto_dynamodb import bring_back, kept, tables_in_memory

SYMBOLS = tuple(f"C{number:03d}USDT" for number in range(110))


class RecordsFirst(DynamoNewsStore):
    """Planted defect: the headline waits no more before all its symbols know it."""

    def _record_wide(self, news: ScoredNews, stored: Stored) -> None:
        if stored.known_ms is None:
            self._record_all([replace(news, item=replace(news.item, symbols=SYMBOLS[:90]))])
            for symbol in SYMBOLS[90:]:
                self._tables.put(NEWS, self._known_item(symbol, news))


def record(tables: Tables, kind: type[DynamoNewsStore], value: float, known_ms: int) -> None:
    """Score and record what waits, as a process does that has just started."""
    store = kind(tables)
    store.record([ScoredNews(news_id, item, score(value), known_ms) for news_id, item in store.unscored(9)])


def after_each_crash(kind: type[DynamoNewsStore]) -> Iterator[set[ScoredNews]]:
    """What the symbols know once another process has gone on."""
    keeps = KeepsEveryState()
    with tables_in_memory(keeps) as tables:
        DynamoNewsStore(tables).add([news_item(1, SYMBOLS)])
        keeps.tables, keeps.states = tables, [kept(tables)]
        record(tables, kind, 0.5, minute_ms(2))
        keeps.tables = None
        assert len(keeps.states) >= 3
        for state in keeps.states:
            bring_back(tables, state)
            record(tables, kind, -0.9, minute_ms(3))
            store = DynamoNewsStore(tables)
            known = [store.known(symbol, minute_ms(9), 9) for symbol in SYMBOLS]
            yield {news for each in known for news in each} if all(len(each) == 1 for each in known) else set()
            scoring = store.scoring()
            assert (scoring.scored, scoring.waiting) == (1, 0)


def test_a_crash_while_it_is_recorded_leaves_every_symbol_with_the_first_score() -> None:
    ends = list(after_each_crash(DynamoNewsStore))
    assert all(len(end) == 1 for end in ends)
    values = [news.score.value for end in ends for news in end]
    assert values == [-0.9, *[0.5] * (len(ends) - 1)]


def test_a_headline_that_waits_no_more_too_early_is_noticed() -> None:
    assert any(len(end) != 1 for end in after_each_crash(RecordsFirst))
