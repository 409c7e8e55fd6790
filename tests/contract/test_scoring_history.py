from __future__ import annotations

from dataclasses import replace

from chalicelib.domain import Score, ScoredNews, Scoring, fallback_score
from tests.contract.backends import Backend, Stores
from tests.contract.samples import minute_ms, news_item, score

MODEL = Score(0.5, "positive", "llama-1", confidence=0.75, flags=("hidden",))
FALLBACK = fallback_score(score(0.4))


def record(stores: Stores, number: int, given: Score, known_ms: int) -> ScoredNews:
    [(news_id, item)] = stores.news.add([news_item(number)])
    scored = ScoredNews(news_id, item, given, known_ms)
    stores.news.record([scored])
    return scored


def test_nothing_was_ever_scored(stores: Stores) -> None:
    assert stores.scoring.scoring() == Scoring()


def test_what_waits_is_counted(stores: Stores) -> None:
    stores.news.add([news_item(1), news_item(2)])
    assert stores.scoring.scoring() == Scoring(waiting=2)


def test_the_newest_score_says_how_it_goes(stores: Stores) -> None:
    record(stores, 1, FALLBACK, minute_ms(1))
    assert stores.scoring.scoring() == Scoring("lexicon-1", True, minute_ms(1), 0, 1, 1)
    record(stores, 2, MODEL, minute_ms(2))
    stores.news.add([news_item(3)])
    assert stores.scoring.scoring() == Scoring("llama-1", False, minute_ms(2), 1, 2, 1)


def test_of_one_batch_every_score_counts(stores: Stores) -> None:
    added = stores.news.add([news_item(1), news_item(2), news_item(3)])
    given = (MODEL, FALLBACK, FALLBACK)
    stores.news.record(
        [ScoredNews(key, item, each, minute_ms(5)) for (key, item), each in zip(added, given, strict=True)]
    )
    found = stores.scoring.scoring()
    assert (found.scored, found.degraded_scored, found.last_scored_ms) == (3, 2, minute_ms(5))
    assert found.degraded


def test_a_score_that_is_not_the_first_changes_nothing(stores: Stores) -> None:
    first = record(stores, 1, MODEL, minute_ms(1))
    stores.news.record([replace(first, score=FALLBACK, known_ms=minute_ms(2))])
    assert stores.scoring.scoring() == Scoring("llama-1", False, minute_ms(1), 0, 1, 0)
    assert stores.news.known("BTCUSDT", minute_ms(9), 9) == [first]


def test_all_that_explains_a_score_comes_back(backend: Backend) -> None:
    with backend.open() as first:
        stored = record(first, 1, MODEL, minute_ms(1))
    with backend.open() as second:
        assert second.news.known("BTCUSDT", minute_ms(1), 1) == [stored]
        assert second.news.latest(1) == [(stored.item, MODEL)]
