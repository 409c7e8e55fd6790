"""Polling: nothing lost, nothing twice, whatever fails in between. The stores are real, over SQLite in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import pytest

from chalicelib.adapters.sqlite import Database, SqliteFeedStore, SqliteNewsStore
from chalicelib.domain import DAY_MS, FeedHealth, FeedPage, FeedState, NewsItem, Score
from chalicelib.errors import BadInput, TraderError, Unavailable
from chalicelib.ports import Clock, NewsSource, SentimentAnalyzer
from chalicelib.services.news import News, NewsReport
from chalicelib.services.poll_news import PollNews
from chalicelib.services.score_news import BATCH, ScoreNews

NOW_MS = 1_760_000_000_000
KEYWORDS = {"BTCUSDT": ("bitcoin", "btc"), "ETHUSDT": ("ether",)}


@dataclass
class Feeds:
    """A NewsSource of scripted pages: the state's etag counts them, as a server's would."""

    pages: dict[str, list[Sequence[NewsItem] | TraderError]]
    asked: list[tuple[str, FeedState]] = field(default_factory=list)

    def fetch(self, feed: str, state: FeedState, now_ms: int) -> FeedPage:
        self.asked.append((feed, state))
        number = int(state.etag or 0)
        if number >= len(self.pages[feed]):
            return FeedPage((), state)
        page = self.pages[feed][number]
        if isinstance(page, TraderError):
            raise page
        return FeedPage(tuple(replace(item, fetched_ms=now_ms) for item in page), FeedState(str(number + 1)))


@dataclass
class Analyzer:
    """Scores by length; `failures` holds what the next calls raise, None for a call that works."""

    model: str = "scripted-1"
    failures: list[Exception | None] = field(default_factory=list)
    scored: list[str] = field(default_factory=list)

    def score(self, titles: Sequence[str]) -> list[Score]:
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure
        self.scored += titles
        return [Score(len(title) / 100, "positive", self.model) for title in titles]


class Crash(Exception):
    """The process dies here."""


class CrashingFeedStore(SqliteFeedStore):
    def save(self, feed: str, state: FeedState) -> None:
        raise Crash(feed, state)


class CrashingNewsStore(SqliteNewsStore):
    def add(self, items: Sequence[NewsItem], shared: frozenset[str] = frozenset()) -> list[tuple[str, NewsItem]]:
        super().add(items, shared)
        raise Crash


class DeadNewsStore(SqliteNewsStore):
    def add(self, items: Sequence[NewsItem], shared: frozenset[str] = frozenset()) -> list[tuple[str, NewsItem]]:
        raise Crash(items)


@dataclass
class HastySource:
    """A planted defect: what was fetched counts as read before it is stored."""

    feeds: Feeds
    feed_store: SqliteFeedStore

    def fetch(self, feed: str, state: FeedState, now_ms: int) -> FeedPage:
        page = self.feeds.fetch(feed, state, now_ms)
        self.feed_store.save(feed, replace(page.state, health=FeedHealth(answered_ms=now_ms)))
        return page


class LateClock:
    def now_ms(self) -> int:
        return NOW_MS + 7_000


def item(title: str, url: str = "", guid: str = "", published_ms: int | None = None) -> NewsItem:
    return NewsItem(published_ms, NOW_MS, "Desk", title, url, guid)


@pytest.fixture
def database() -> Iterator[Database]:
    with Database(":memory:") as database:
        yield database


def poll(
    database: Database,
    source: NewsSource,
    feeds: Sequence[str] = ("a",),
    analyzer: SentimentAnalyzer | None = None,
    fallback: SentimentAnalyzer | None = None,
    clock: Clock | None = None,
) -> News:
    news_store = SqliteNewsStore(database)
    return News(
        PollNews(source, feeds, SqliteFeedStore(database), news_store, KEYWORDS),
        ScoreNews(news_store, analyzer or Analyzer(), fallback, clock),
    )


def counts(report: NewsReport) -> tuple[int, int, int, int, dict[str, str]]:
    """Fetched, added, scored, scored by the fallback, errors."""
    polled, scored = report.polled, report.scored
    return polled.fetched, len(polled.added), scored.scored, scored.degraded, report.errors


def known(database: Database, at_ms: int = NOW_MS) -> list[str]:
    return [news.item.title for news in SqliteNewsStore(database).known("BTCUSDT", at_ms, 1000)]


def test_new_headlines_are_stored_matched_scored_and_known_from_now_on(database: Database) -> None:
    source = Feeds({"a": [[item("Bitcoin and ether rise"), item("Stocks fall"), item("Ether falls")]]})
    report = poll(database, source).run(NOW_MS)
    assert counts(report) == (3, 3, 3, 0, {})
    assert known(database) == ["Bitcoin and ether rise", "Stocks fall"]
    assert known(database, NOW_MS - 1) == []
    news = SqliteNewsStore(database).known("ETHUSDT", NOW_MS, 9)
    assert {scored.item.symbols for scored in news} == {("BTCUSDT", "ETHUSDT"), (), ("ETHUSDT",)}
    assert {scored.known_ms for scored in news} == {NOW_MS}


def test_a_score_counts_from_when_it_was_stored(database: Database) -> None:
    poll(database, Feeds({"a": [[item("Bitcoin rises")]]}), clock=LateClock()).run(NOW_MS)
    assert known(database, NOW_MS + 6_999) == []
    assert known(database, NOW_MS + 7_000) == ["Bitcoin rises"]


def test_the_newest_headline_of_a_page_comes_first(database: Database) -> None:
    page = [item("Undated btc"), item("Newer btc", published_ms=2), item("Older btc", published_ms=1)]
    poll(database, Feeds({"a": [page]})).run(NOW_MS)
    assert known(database) == ["Undated btc", "Newer btc", "Older btc"]


def test_the_same_headline_counts_once_across_feeds_polls_and_restarts(database: Database) -> None:
    first, again = item("Bitcoin rises", "https://x.example/1"), item("BITCOIN rises!", "https://y.example/2")
    source = Feeds({"a": [[first], [first]], "b": [[again]]})
    use_case = poll(database, source, ("a", "b", "a"))
    assert len(use_case.run(NOW_MS).polled.added) == 1
    assert len(use_case.run(NOW_MS).polled.added) == 0
    assert len(poll(database, Feeds({"a": [[again]]}, [])).run(NOW_MS).polled.added) == 0
    assert len(known(database)) == 1


def test_a_feed_is_asked_for_what_changed_since_its_last_page(database: Database) -> None:
    source = Feeds({"a": [[item("Bitcoin rises")]]})
    poll(database, source).run(NOW_MS)
    poll(database, source).run(NOW_MS)
    assert source.asked == [("a", FeedState()), ("a", FeedState("1"))]


@pytest.mark.parametrize("error", [Unavailable("feed b: silent"), BadInput("feed b: no feed")])
def test_a_broken_feed_stops_no_other(database: Database, error: TraderError) -> None:
    source = Feeds({"a": [[item("Bitcoin rises")]], "b": [error], "c": [[item("Ether and btc")]]})
    report = poll(database, source, ("a", "b", "c")).run(NOW_MS)
    assert report.errors == {"b": str(error)}
    assert len(known(database)) == 2


def test_a_feed_that_asks_to_be_left_alone_is(database: Database) -> None:
    source = Feeds({"a": [Unavailable("feed a: answered 429", retry_after_s=120.0)]})
    use_case = poll(database, source)
    for minute in range(4):
        use_case.run(NOW_MS + minute * 60_000)
    assert len(source.asked) == 2


def test_a_feed_that_an_older_version_read_is_read_whole_once_and_told_of(database: Database) -> None:
    source, page = Feeds({"a": [[item("One"), item("Two")]]}), [item("One"), item("Two")]
    SqliteFeedStore(database).save("a", FeedState("1"))
    SqliteNewsStore(database).add(page)
    for minute in range(2):
        assert not poll(database, source).run(NOW_MS + minute * 60_000).polled.added
    assert [state.etag for _, state in source.asked] == ["", "1"]
    assert SqliteFeedStore(database).load("a").health.read == 2


def test_a_feed_cannot_silence_itself_for_ever(database: Database) -> None:
    source = Feeds({"a": [Unavailable("feed a: answered 503", retry_after_s=1e9)]})
    use_case = poll(database, source)
    use_case.run(NOW_MS)
    use_case.run(NOW_MS + DAY_MS - 1)
    assert len(source.asked) == 1
    use_case.run(NOW_MS + DAY_MS)
    assert len(source.asked) == 2


CRASHES = ["before add", "after add", "save", "score", "second batch"]
TITLES = [f"Bitcoin headline {number}" for number in range(BATCH + 5)]


def known_after_a_crash(database: Database, crash_at: str, source: NewsSource) -> list[str]:
    """What a process that dies at this point and the next one make known together, in order of title."""
    failures: dict[str, list[Exception | None]] = {"score": [Crash()], "second batch": [None, Crash()]}
    news_stores = {"before add": DeadNewsStore, "after add": CrashingNewsStore}
    feed_store = (CrashingFeedStore if crash_at == "save" else SqliteFeedStore)(database)
    news_store = news_stores.get(crash_at, SqliteNewsStore)(database)
    dying = News(
        PollNews(source, ("a",), feed_store, news_store, KEYWORDS),
        ScoreNews(news_store, Analyzer(failures=failures.get(crash_at, []))),
    )
    with pytest.raises(Crash):
        dying.run(NOW_MS)
    poll(database, source).run(NOW_MS + 60_000)
    return sorted(known(database, NOW_MS + 60_000))


@pytest.mark.parametrize("crash_at", CRASHES)
def test_a_crash_loses_and_doubles_nothing(database: Database, crash_at: str) -> None:
    source = Feeds({"a": [[item(title) for title in TITLES]]})
    assert known_after_a_crash(database, crash_at, source) == sorted(TITLES)


def test_the_crash_test_sees_a_feed_state_that_is_saved_too_early(database: Database) -> None:
    source = HastySource(Feeds({"a": [[item(title) for title in TITLES]]}), SqliteFeedStore(database))
    assert known_after_a_crash(database, "before add", source) == []


def test_an_unavailable_analyzer_is_stood_in_for_and_marked(database: Database) -> None:
    analyzer = Analyzer(failures=[Unavailable("llama: not there")])
    source = Feeds({"a": [[item("Bitcoin rises")], [item("Bitcoin falls")]]})
    use_case = poll(database, source, analyzer=analyzer, fallback=Analyzer("words-1"))
    report = use_case.run(NOW_MS)
    assert counts(report) == (1, 1, 1, 1, {"scripted-1": "llama: not there"})
    assert use_case.run(NOW_MS).scored.degraded == 0
    news = SqliteNewsStore(database).known("BTCUSDT", NOW_MS, 9)
    assert [(scored.score.model, scored.score.degraded) for scored in news] == [
        ("scripted-1", False),
        ("words-1", True),
    ]


def test_without_a_fallback_headlines_wait_for_the_analyzer(database: Database) -> None:
    analyzer = Analyzer(failures=[Unavailable("llama: not there")])
    use_case = poll(database, Feeds({"a": [[item("Bitcoin rises")]]}), analyzer=analyzer)
    assert use_case.run(NOW_MS).errors == {"scripted-1": "llama: not there"}
    assert known(database) == []
    assert use_case.run(NOW_MS + 60_000).scored.scored == 1
    assert known(database, NOW_MS + 59_999) == []
    assert known(database, NOW_MS + 60_000) == ["Bitcoin rises"]


def test_running_again_with_nothing_new_does_nothing(database: Database) -> None:
    analyzer = Analyzer()
    use_case = poll(database, Feeds({"a": [[item("Bitcoin rises")]]}), analyzer=analyzer)
    use_case.run(NOW_MS)
    report = use_case.run(NOW_MS + 60_000)
    assert counts(report) == (0, 0, 0, 0, {})
    assert analyzer.scored == ["Bitcoin rises"]


def test_no_feeds_is_no_news(database: Database) -> None:
    assert poll(database, Feeds({}), ()).run(NOW_MS).polled.fetched == 0
