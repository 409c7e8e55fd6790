"""A decision's headlines are shown by title: those it rests on, no others, and how many are gone."""

from __future__ import annotations

from chalicelib import wiring
from chalicelib.domain import Decision, NewsItem, Score, ScoredNews, Sentiment, close_of
from chalicelib.services.explained import Explained, explained, headlines_behind
from chalicelib.strategy.loader import built_in
from chalicelib.strategy.settings import rule_with
from trader.cli.explaining import sentiment_facts

MINUTE_MS = 120_000


def decision(*evidence: tuple[str, float], model: str = "m") -> Decision:
    known = Sentiment(0.0, evidence, model)
    return Decision("a", "BTCUSDT", MINUTE_MS, None, {}, known, (), False, "", "", None, 0.0, 0.0, "", 0)


def stored(stores: wiring.Stores, count: int) -> list[str]:
    """Ids of so many headlines that were known at the close, oldest first."""
    items = [NewsItem(None, 0, "feed", f"Title {number}", f"https://example.com/{number}") for number in range(count)]
    added = stores.news.add(items)
    for place, (news_id, item) in enumerate(added):
        known_ms = close_of(MINUTE_MS) - count + place
        stores.news.record([ScoredNews(news_id, item, Score(place / 10, "neutral", "m"), known_ms)])
    return [news_id for news_id, _ in added]


def test_headlines_are_those_of_the_evidence_and_the_gone_are_counted() -> None:
    with wiring.sqlite_stores(":memory:") as stores:
        ids = stored(stores, 5)
        rests = decision((ids[3], 0.3), (ids[1], 0.1), ("gone", 0.5))
        headlines = headlines_behind(rests, stores.news)
        assert [headline.item.title for headline in headlines] == ["Title 3", "Title 1"]
        assert Explained(rests, (), headlines).gone == 1


def test_headlines_stand_behind_no_decision_of_a_strategy_that_reads_none() -> None:
    with wiring.sqlite_stores(":memory:") as stores:
        rests = decision((stored(stores, 2)[1], 0.1))
        bars_alone, reader = (rule_with(built_in(name), {}) for name in ("ema_cross", "rsi_sentiment"))
        told = explained(rests, bars_alone, stores.news)
        assert (told.reads_sentiment, told.headlines, told.gone) == (False, (), 0)
        assert len(explained(rests, reader, stores.news).headlines) == 1
        assert len(explained(rests, None, stores.news).headlines) == 1
    assert sentiment_facts(told) == {"sentiment": "not read by this strategy"}


def test_a_sentiment_file_stands_behind_no_headline_and_nothing_of_it_is_gone() -> None:
    with wiring.sqlite_stores(":memory:") as stores:
        rests = decision((stored(stores, 1)[0], 0.0), model="file scores.csv")
        assert headlines_behind(rests, stores.news) == ()
        assert Explained(rests, (), ()).gone == 0
