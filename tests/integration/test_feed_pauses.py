"""How often feeds are asked over minutes of simulated time, by HTTP on loopback, whoever polls."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from email.utils import formatdate
from itertools import chain
from pathlib import Path

import pytest

from chalicelib.adapters.rss import DocumentLimits, RssSource
from chalicelib.adapters.sqlite import Database, SqliteFeedStore, SqliteNewsStore
from chalicelib.adapters.sqlite.database import APPLICATION_ID
from chalicelib.adapters.sqlite.migrations import MIGRATIONS
from chalicelib.domain import MINUTE_MS, FeedHealth, FeedState
from chalicelib.services.poll_news import PollNews
from tests.fakes.web_server import Answer, Received, WebServer, serving

NOW_MS = 1_760_000_000_000
HOUR = 60
DAY = 24 * HOUR
FEED = "<rss version='2.0'><channel><title>Desk</title><item><title>One</title><link>/1</link></item></channel></rss>"
LIMITS = DocumentLimits(total_s=2.0, silence_s=0.2)


@pytest.fixture
def web() -> Iterator[WebServer]:
    with serving() as server:
        server.otherwise = Answer(body=FEED)
        yield server


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "run.sqlite"


class Process:
    """One process that polls; what it knows ends with it, but for the store."""

    def __init__(self, store: Path, *feeds: str) -> None:
        self._store = store
        self._feeds = feeds
        self._known: list[tuple[Database, PollNews]] = []

    def run(self, now_ms: int) -> dict[str, str]:
        """The errors of this minute."""
        if not self._known:
            database = Database(self._store)
            news = SqliteNewsStore(database)
            poll = PollNews(RssSource(LIMITS), self._feeds, SqliteFeedStore(database), news, {})
            self._known.append((database, poll))
        return dict(self._known[0][1].run(now_ms).errors)

    def end(self) -> None:
        while self._known:
            self._known.pop()[0].close()


def minutes_asked(web: WebServer, process: Process, minutes: int) -> list[int]:
    """In which minutes the server was asked."""
    asked = []
    for minute in range(minutes):
        before = len(web.received)
        process.run(NOW_MS + minute * MINUTE_MS)
        asked += [minute] * (len(web.received) - before)
    process.end()
    return asked


@pytest.mark.parametrize("status", [403, 404, 429, 500, 503])
def test_a_feed_that_fails_is_asked_ever_less_often_an_hour_apart_at_most(
    web: WebServer, store: Path, status: int
) -> None:
    web.otherwise = Answer(status)
    asked = minutes_asked(web, Process(store, web.url), 5 * HOUR)
    assert asked == [0, 1, 3, 7, 15, 31, 63, 123, 183, 243]


def test_a_feed_that_is_silent_or_no_feed_is_asked_less_often_too(web: WebServer, store: Path) -> None:
    web.routes = {"/silent": lambda asked: Answer(silent=True), "/page": lambda asked: Answer(body="<html>")}
    process = Process(store, f"{web.url}/silent", f"{web.url}/page")
    told = [len(process.run(NOW_MS + minute * MINUTE_MS)) for minute in range(8)]
    process.end()
    assert told == [2, 2, 0, 2, 0, 0, 0, 2]


def test_a_feed_that_is_gone_is_asked_once_a_day(web: WebServer, store: Path) -> None:
    web.otherwise = Answer(410)
    assert minutes_asked(web, Process(store, web.url), DAY + HOUR) == [0, DAY]


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_a_feed_is_left_alone_for_as_long_as_it_asks(web: WebServer, store: Path, form: str) -> None:
    until = "7200" if form == "seconds" else formatdate(NOW_MS / 1000 + 7200, usegmt=True)
    web.script.append(Answer(429, headers={"Retry-After": until}))
    assert minutes_asked(web, Process(store, web.url), 123) == [0, 120, 121, 122]


def test_one_answer_ends_the_pauses(web: WebServer, store: Path) -> None:
    web.script.extend([Answer(500), Answer(500), Answer(), Answer(body=FEED), Answer(500), Answer(body=FEED)])
    assert minutes_asked(web, Process(store, web.url), 12) == [0, 1, 3, 7, 8, 9, 10, 11]


def test_each_feed_is_left_alone_by_itself(web: WebServer, store: Path) -> None:
    asked: Counter[str] = Counter()

    def answer(received: Received) -> Answer:
        asked.update([received.target])
        return Answer(404)

    web.routes = {"/no": answer}
    assert len(minutes_asked(web, Process(store, f"{web.url}/no", f"{web.url}/yes"), 20)) == 20
    assert asked["/no"] == 5


def test_another_process_leaves_the_feed_alone_too(web: WebServer, store: Path) -> None:
    web.otherwise = Answer(429, headers={"Retry-After": "900"})
    for minute in range(15):
        process = Process(store, web.url)
        process.run(NOW_MS + minute * MINUTE_MS)
        process.end()
    assert len(web.received) == 1


def test_two_processes_that_take_turns_know_of_each_other(web: WebServer, store: Path) -> None:
    processes = [Process(store, web.url), Process(store, web.url)]
    for minute in range(4):
        processes[minute % 2].run(NOW_MS + minute * MINUTE_MS)
    web.otherwise = Answer(429, headers={"Retry-After": "900"})
    for minute in range(4, 19):
        processes[minute % 2].run(NOW_MS + minute * MINUTE_MS)
    for process in processes:
        process.end()
    assert len(web.received) == 5


@pytest.mark.parametrize("jump_ms", [-DAY * MINUTE_MS, -1, 366 * DAY * MINUTE_MS])
def test_a_clock_that_was_wrong_silences_no_feed(web: WebServer, store: Path, jump_ms: int) -> None:
    web.otherwise = Answer(429, headers={"Retry-After": "86400"})
    process = Process(store, web.url)
    process.run(NOW_MS)
    process.run(NOW_MS + jump_ms)
    process.end()
    assert len(web.received) == 2


def test_what_an_earlier_version_stored_is_found_and_its_address_is_nowhere(web: WebServer, store: Path) -> None:
    feed = f"{web.url}/hush-hush-hush/feed"
    with closing(sqlite3.connect(store)) as old, old:
        for statement in (
            *chain(*MIGRATIONS[:6]),
            f"PRAGMA application_id = {APPLICATION_ID}",
            "PRAGMA user_version = 6",
        ):
            old.execute(statement)
        old.execute("INSERT INTO feed VALUES (?, ?, ?)", (feed, '"7"', ""))
    with Database(store) as database:
        assert SqliteFeedStore(database).load(feed) == FeedState('"7"')
        assert SqliteFeedStore(database).health() == []
    assert not any(b"hush-hush" in path.read_bytes() for path in store.parent.iterdir())


class CountingStore(SqliteFeedStore):
    saved = 0

    def save(self, feed: str, state: FeedState) -> None:
        self.saved += 1
        super().save(feed, state)


@pytest.mark.parametrize("validator", [{}, {"ETag": '"7"'}])
def test_a_feed_that_brings_nothing_is_written_once_an_hour(web: WebServer, validator: dict[str, str]) -> None:
    def answer(received: Received) -> Answer:
        known = validator and "If-None-Match" in received.headers
        return Answer(304) if known else Answer(body=FEED, headers=validator)

    web.routes = {"/": answer}
    with Database(":memory:") as database:
        store = CountingStore(database)
        poll = PollNews(RssSource(LIMITS), [web.url + "/"], store, SqliteNewsStore(database), {})
        for minute in range(3 * HOUR):
            poll.run(NOW_MS + minute * MINUTE_MS)
        assert store.saved == 3
        [health] = store.health()
    assert health == FeedHealth(
        name=web.url + "/",
        asked_ms=NOW_MS + 120 * MINUTE_MS,
        answered_ms=NOW_MS + 120 * MINUTE_MS,
        newest_ms=NOW_MS,
        read=1,
    )


def polled_for(minutes: int, *feeds: str) -> dict[str, FeedHealth]:
    """How the feeds have fared then, by the last part of their names."""
    with Database(":memory:") as database:
        store = SqliteFeedStore(database)
        poll = PollNews(RssSource(LIMITS), feeds, store, SqliteNewsStore(database), {})
        for minute in range(minutes):
            poll.run(NOW_MS + minute * MINUTE_MS)
        return {health.name.rpartition("/")[2]: health for health in store.health()}


def dated(age_ms: int, *more: str) -> Answer:
    date = formatdate((NOW_MS - age_ms) / 1000, usegmt=True)
    item = f"<item><title>Old</title><pubDate>{date}</pubDate></item>"
    return Answer(body=FEED[: FEED.index("<item>")] + item + "".join(more) + "</channel></rss>")


def test_a_feed_that_stopped_is_told_from_one_that_goes_on(web: WebServer) -> None:
    day_ms = DAY * MINUTE_MS
    web.routes = {
        "/stopped": lambda asked: dated(3 * day_ms),
        "/stops": lambda asked: dated(day_ms - MINUTE_MS),
        "/goes": lambda asked: dated(day_ms // 2, "<item><guid>untold</guid></item>"),
        "/empty": lambda asked: Answer(body=FEED[: FEED.index("<item>")] + "</channel></rss>"),
        "/undated": lambda asked: Answer(body=FEED),
        "/failing": lambda asked: Answer(503, headers={"Retry-After": "7200"}),
    }
    health = polled_for(2 * HOUR, *(web.url + path for path in web.routes))
    assert [name for name, each in health.items() if each.stopped] == ["stopped", "stops"]
    assert health["stopped"].newest_ms == NOW_MS - 3 * day_ms
    assert health["undated"].newest_ms == NOW_MS
    assert health["empty"].newest_ms is None
    assert (health["goes"].read, health["goes"].skipped) == (1, 1)
    failing = health["failing"]
    assert (failing.failures, failing.reason, failing.answered_ms) == (1, "answered 503", None)
    assert failing.silent_until_ms == NOW_MS + 7200 * 1000


def test_a_feed_that_recovers_has_no_reason_left(web: WebServer) -> None:
    web.script.append(Answer(500))
    [health] = polled_for(2, web.url).values()
    assert (health.failures, health.reason, health.silent_until_ms) == (0, "", None)
    assert health.answered_ms == NOW_MS + MINUTE_MS
