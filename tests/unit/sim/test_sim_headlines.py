"""Simulated headlines: restartable, without look-ahead, clear in tone and naming the coins."""

from __future__ import annotations

from itertools import pairwise, product, takewhile
from statistics import mean

import pytest
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from chalicelib.assets import default_keywords
from chalicelib.domain import MINUTE_MS, FeedState, NewsItem
from chalicelib.headlines import match_symbols
from trader.sim.generator import generate
from trader.sim.headlines import HeadlineFeed
from trader.sim.listing import generated_listing
from trader.sim.news import SimulatedNews
from trader.sim.phrases import COIN_NAMES, FIRMS, GENERAL, PLACES, SPECIFIC
from trader.sim.tape import MarketPath, generated_tapes

START_MS = 1_700_000_040_000
END_MS = START_MS + 3_000 * MINUTE_MS


def feed(seed: int = 1) -> HeadlineFeed:
    return HeadlineFeed(seed, generated_tapes(seed, ["BTCUSDT", "ETHUSDT"], START_MS))


def test_headlines_come_every_three_to_ten_minutes() -> None:
    times = [headline.published_ms for headline in feed().between(START_MS, END_MS)]
    pauses = [(b - a) / MINUTE_MS for a, b in pairwise(times)]
    assert 4.0 < mean(pauses) < 8.0
    assert max(pauses) < 21.0  # two halves of a pause meet at midnight
    assert min(pauses) > 0.0


def test_minute_by_minute_gives_the_same_as_all_at_once_and_as_a_restart() -> None:
    at_once = feed().between(START_MS, END_MS)
    stepwise = feed()
    steps = range(START_MS, END_MS, MINUTE_MS)
    assert [line for ms in steps for line in stepwise.between(ms, ms + MINUTE_MS)] == at_once
    middle_ms = START_MS + 1_000 * MINUTE_MS
    assert feed().between(middle_ms, END_MS) == [line for line in at_once if line.published_ms > middle_ms]


def test_a_headline_needs_no_candle_that_closes_after_its_minute() -> None:
    half_ms = START_MS + 500 * MINUTE_MS
    listings = [generated_listing(name) for name in ("BTCUSDT", "ETHUSDT")]
    known = {
        item.name: takewhile(lambda step: step[0].close_ms < half_ms, generate(1, item, START_MS)) for item in listings
    }
    blind = HeadlineFeed(1, {item.name: MarketPath(item, known[item.name]) for item in listings})
    assert blind.between(START_MS, half_ms) == feed().between(START_MS, half_ms)
    assert blind.between(half_ms, END_MS) != feed().between(half_ms, END_MS)


def test_seeds_differ() -> None:
    assert feed(1).between(START_MS, END_MS) != feed(2).between(START_MS, END_MS)


@pytest.mark.parametrize("tone", [0, 1, 2])
def test_every_phrase_scores_clearly(tone: int) -> None:
    analyzer = SentimentIntensityAnalyzer()
    for phrase, coin, firm in product(SPECIFIC[tone] + GENERAL[tone], ("Bitcoin", "FIL"), FIRMS):
        title = phrase.format(coin=coin, firm=firm, place="Oslo", number=7, quarter=2)
        score = analyzer.polarity_scores(title)["compound"]
        assert (score <= -0.3, abs(score) <= 0.2, score >= 0.3)[tone], f"{score}: {title}"


def test_no_name_has_a_tone_of_its_own() -> None:
    analyzer = SentimentIntensityAnalyzer()
    assert [
        name for name in (*FIRMS, *PLACES, *COIN_NAMES.values()) if analyzer.polarity_scores(name)["compound"]
    ] == []


@pytest.mark.parametrize("base", [*COIN_NAMES, "PEPE", "ONE", "OP", "S"])
def test_a_headline_about_a_coin_is_matched_to_it(base: str) -> None:
    symbol = f"{base}USDT"
    concerned = {symbol: default_keywords(symbol)}
    titles = HeadlineFeed(1, generated_tapes(1, [symbol], START_MS)).between(START_MS, START_MS + 600 * MINUTE_MS)
    matched = [bool(match_symbols(headline.title, concerned)) for headline in titles]
    assert 0.5 < mean(matched) < 1.0


def test_all_tones_and_coins_occur_and_most_titles_are_unique() -> None:
    titles = [headline.title for headline in feed().between(START_MS, START_MS + 20_000 * MINUTE_MS)]
    analyzer = SentimentIntensityAnalyzer()
    tones = [analyzer.polarity_scores(title)["compound"] for title in titles]
    for share in (mean(t >= 0.3 for t in tones), mean(t <= -0.3 for t in tones), mean(abs(t) < 0.3 for t in tones)):
        assert share > 0.15
    assert sum("Bitcoin" in title for title in titles) > len(titles) / 4
    assert sum("Ethereum" in title for title in titles) > len(titles) / 4
    assert len(set(titles)) > 0.95 * len(titles)


def test_news_gives_each_headline_once_to_a_reader_with_a_state() -> None:
    news, state = SimulatedNews(feed()), FeedState()
    items: list[NewsItem] = []
    for now_ms in range(START_MS, END_MS, MINUTE_MS):
        page = news.fetch("simulated", state, now_ms)
        assert all(item.published_ms is not None and item.published_ms <= now_ms for item in page.items)
        assert all(item.fetched_ms == now_ms for item in page.items)
        items += page.items
        state = page.state
    assert [item.title for item in items] == [line.title for line in feed().between(START_MS - 1, END_MS - MINUTE_MS)]
    assert len({item.guid for item in items}) == len({item.url for item in items}) == len(items)


def test_a_state_of_another_kind_of_feed_is_no_obstacle() -> None:
    assert SimulatedNews(feed()).fetch("simulated", FeedState(etag='W/"abc"'), END_MS).items
