"""trader news: the last headlines with their scores."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import NamedTuple

import click

from chalicelib.domain import FeedState, NewsItem
from chalicelib.errors import TraderError, Unavailable
from chalicelib.feed_notes import notes
from chalicelib.headline_domain import HeadlineDomain
from chalicelib.partly_scored import scores_or_reasons
from chalicelib.ports import NewsSource, NewsStore, SentimentAnalyzer
from chalicelib.redact import shown_address
from chalicelib.same_news import Known, shared_keys, unseen
from chalicelib.services.feed_health import after_failure, after_page, is_silent
from trader.cli import output
from trader.cli.analyzers import ANALYZER, named_analyzer

PERIOD_S = 60.0
LOOK_BACK = 500
"""Stored headlines looked through for new ones each time; feeds bring a few a minute."""
NO_NEWS = "no headlines are stored yet: `trader paper run` collects them, `trader news --feed URL_OR_FILE` reads a feed"


class ScoredHeadline(NamedTuple):
    """An item with its score, None while it waits for one."""

    item: NewsItem
    score: float | None

    @property
    def time_ms(self) -> int:
        return self.item.fetched_ms if self.item.published_ms is None else self.item.published_ms


Poll = Callable[[], list[ScoredHeadline]]
"""What is new since the last call, newest first."""


@click.command("news")
@click.option("-k", "count", default=10, show_default=True, type=click.IntRange(min=1), help="How many headlines.")
@click.option("--feed", "feeds", multiple=True, metavar="URL_OR_FILE", help="Read this feed instead of the store.")
@click.option("--watch", is_flag=True, help="Go on: look every minute, print only what is new, one line each.")
@ANALYZER
@click.option("--every", default=PERIOD_S, type=click.FloatRange(min=0.01), hidden=True, help="Seconds between looks.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array; with --watch one object a line.")
def command(count: int, feeds: tuple[str, ...], watch: bool, analyzer: str, every: float, as_json: bool) -> None:
    """The last headlines, each once, with their scores (-1 bad to 1 good).

    They come from the local store, which the running agent fills, or with --feed from feeds that are read now and
    scored by the analyzer; the store is then neither read nor written.

    \b
    Examples:
      trader news -k 5
      trader news --feed https://example.com/rss --feed saved.xml
      trader news --watch --json
    """
    chosen = click.get_current_context().get_parameter_source("analyzer")
    if not feeds and chosen is click.core.ParameterSource.COMMANDLINE:
        raise click.UsageError("--analyzer is for --feed: stored headlines have their scores")
    poll = _poll(feeds, analyzer, every)
    if watch:
        with suppress(KeyboardInterrupt):
            _watch(poll, _told_if_none(_first_answer(poll, every)[:count], feeds), every, as_json)
        return
    headlines = _told_if_none(poll()[:count], feeds)
    if as_json:
        output.print_json([_as_json(headline) for headline in headlines])
    elif headlines:
        output.print_table("Headlines", ("published", "score", "source", "title", "url"), map(_row, headlines))


@contextmanager
def open_news_store(say: Callable[[str], None]) -> Iterator[NewsStore | None]:
    """The headlines of the agent started last, None while none ever ran; `say` hears of others that are damaged."""
    from chalicelib.config import home
    from trader.runtime.desks import open_run
    from trader.runtime.runs import RunFolder

    folder = RunFolder(home())
    kept = folder.pointers(say)
    if not kept:
        yield None
        return
    with open_run(folder, folder.find(kept[0].run_id)) as stores:
        yield stores.news


class FeedPoll:
    """Reads feeds; each headline is new once, however many feeds have it."""

    def __init__(
        self, feeds: Sequence[str], source: NewsSource, analyzer: SentimentAnalyzer, every_s: float = PERIOD_S
    ) -> None:
        self._every_ms = round(every_s * 1000)
        self._states = {feed: FeedState() for feed in feeds}
        self._errors: dict[str, TraderError] = {}
        self._source = source
        self._analyzer = analyzer
        self._known: Known = {}
        self._answered = False
        self._complaints: dict[str, str] = {}
        self._notes: dict[str, str] = {}

    def __call__(self) -> list[ScoredHeadline]:
        """Raises the first feed's error if no feed ever answered; later errors are noted, each once.

        A feed that fails is left alone for as long as a running agent would leave it alone.
        """
        now_ms = time.time_ns() // 1_000_000
        asked = [feed for feed, state in self._states.items() if not is_silent(state.health, now_ms)]
        pages = [self._items(feed, now_ms) for feed in asked]
        if self._errors and not self._answered:
            raise next(iter(self._errors.values()))
        fresh = [item for page in pages for item in unseen(page, shared_keys(page), self._known)]
        found = scores_or_reasons(self._analyzer.score, [item.title for item in fresh])
        reasons = [each for each in found if isinstance(each, str)]
        if reasons:
            self._complain(self._analyzer.model, reasons[0])
        values = (None if isinstance(each, str) else each.value for each in found)
        headlines = [ScoredHeadline(item, value) for item, value in zip(fresh, values, strict=True)]
        return sorted(headlines, key=lambda headline: headline.time_ms, reverse=True)

    def _items(self, feed: str, now_ms: int) -> Sequence[NewsItem]:
        state = self._states[feed]
        try:
            page = self._source.fetch(feed, state, now_ms)
        except TraderError as error:
            health = after_failure(state.health, feed, error, now_ms, self._every_ms)
            self._states[feed] = replace(state, health=health)
            self._errors[feed] = error
            self._complain(feed, str(error))
            return ()
        self._states[feed] = after_page(state, feed, page, has_new=False, now_ms=now_ms)
        self._answered = True
        self._errors.pop(feed, None)
        self._complaints.pop(feed, None)
        if page.reading is not None:
            self._tell(feed, notes(page.reading))
        return page.items

    def _tell(self, feed: str, said: str) -> None:
        """What was skipped or assumed, when that is other than it was."""
        if said and self._notes.get(feed) != said:
            output.note(f"trader: feed {shown_address(feed)}: {said}")
        self._notes[feed] = said

    def _complain(self, feed: str, message: str) -> None:
        if self._complaints.get(feed) != message and (self._answered or len(self._states) > 1):
            output.note(f"trader: {message}")
        self._complaints[feed] = message


class StorePoll:
    """Reads the store of the moment, for an agent may be started meanwhile; each headline is new once."""

    def __init__(self) -> None:
        self._seen: set[NewsItem] = set()
        self._told: set[str] = set()

    def __call__(self) -> list[ScoredHeadline]:
        with open_news_store(self._tell_once) as store:
            latest = store.latest(LOOK_BACK) if store else []
        fresh = [(item, score) for item, score in latest if item not in self._seen]
        self._seen.update(item for item, _ in fresh)
        return [ScoredHeadline(item, score.value if score else None) for item, score in fresh]

    def _tell_once(self, line: str) -> None:
        if line not in self._told:
            output.note(line)
        self._told.add(line)


def _poll(feeds: Sequence[str], analyzer: str, every_s: float) -> Poll:
    if not feeds:
        return StorePoll()
    from chalicelib import wiring

    return FeedPoll(feeds, wiring.rss(), named_analyzer(analyzer, HeadlineDomain.CRYPTO), every_s)


def _told_if_none(headlines: list[ScoredHeadline], feeds: Sequence[str]) -> list[ScoredHeadline]:
    if not headlines and not feeds:
        output.note(NO_NEWS)
    return headlines


def _first_answer(poll: Poll, every_s: float) -> list[ScoredHeadline]:
    """Who watches a feed waits for it, too."""
    told = ""
    while True:
        try:
            return poll()
        except Unavailable as error:
            if str(error) != told:
                output.note(f"trader: {error}")
            told = str(error)
            time.sleep(every_s)


def _watch(poll: Poll, headlines: list[ScoredHeadline], every_s: float, as_json: bool) -> None:
    """The headlines, then for ever what is new, oldest first."""
    while True:
        for headline in reversed(headlines):
            if as_json:
                output.print_json(_as_json(headline))
            else:
                output.print_line(*_row(headline))
        time.sleep(every_s)
        headlines = poll()


def _row(headline: ScoredHeadline) -> list[output.Cell]:
    item = headline.item
    return [output.utc(item.published_ms), headline.score, item.source, item.title, item.url]


def _as_json(headline: ScoredHeadline) -> dict[str, str | int | float | None]:
    item = headline.item
    return {
        "published_ms": item.published_ms,
        "fetched_ms": item.fetched_ms,
        "source": item.source,
        "title": item.title,
        "url": item.url,
        "score": headline.score,
    }
