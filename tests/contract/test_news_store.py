from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.domain import DAY_MS, NewsItem, ScoredNews
from chalicelib.errors import BadInput
from chalicelib.same_news import shared_keys
from tests.contract.backends import Backend, Stores
from tests.contract.samples import minute_ms, news_item, score


def put(stores: Stores, item: NewsItem, value: float, known_ms: int) -> ScoredNews:
    """The item, stored and scored."""
    [(news_id, stored)] = stores.news.add([item])
    scored = ScoredNews(news_id, stored, score(value), known_ms)
    stores.news.record([scored])
    return scored


def test_new_items_are_returned_with_distinct_ids(stores: Stores) -> None:
    added = stores.news.add([news_item(1), news_item(2)])
    assert [item for _, item in added] == [news_item(1), news_item(2)]
    assert len({news_id for news_id, _ in added}) == 2


@pytest.mark.parametrize(
    "same",
    [
        pytest.param(replace(news_item(9), guid=news_item(1).guid), id="guid"),
        pytest.param(replace(news_item(9), url=news_item(1).url, source="Another desk"), id="link"),
        pytest.param(
            replace(news_item(9), url="https://b.example/", title="HEADLINE  Number 1!"), id="normalised title"
        ),
    ],
)
def test_an_item_seen_under_any_of_its_keys_is_not_stored_again(stores: Stores, same: NewsItem) -> None:
    stores.news.add([news_item(1)])
    assert stores.news.add([same]) == []
    assert len(stores.news.latest(9)) == 1


def test_duplicates_within_one_call_are_one(stores: Stores) -> None:
    twin = replace(news_item(9), source="Another desk", url="https://b.example/9", title=news_item(1).title)
    assert [item for _, item in stores.news.add([news_item(1), twin, news_item(1)])] == [news_item(1)]


def test_the_keys_of_a_duplicate_are_remembered_too(stores: Stores) -> None:
    stores.news.add([news_item(1)])
    stores.news.add([replace(news_item(2), url=news_item(1).url, source="Another desk")])
    assert stores.news.add([replace(news_item(3), guid=news_item(2).guid)]) == []


def test_two_items_of_one_feed_under_one_link_are_two_by_their_guids_and_titles(stores: Stores) -> None:
    notices = [replace(news_item(number), url="https://status.example/history") for number in range(4)]
    for page in (notices[:1], notices[1:2], notices[1:], notices[:1], notices):
        stores.news.add(page, shared_keys(page))
    assert [item for item, _ in stores.news.latest(9)] == notices[::-1]


def test_a_link_under_which_a_feed_shows_one_after_another_goes_to_the_newest(stores: Stores) -> None:
    notices = [
        replace(news_item(n), url="https://status.example/now", guid="", published_ms=n * DAY_MS // 24)
        for n in (1, 2, 3)
    ]
    edited = replace(notices[2], title="Notice three, in other words")
    added = [item for page in ([each] for each in (*notices, edited, *notices)) for _, item in stores.news.add(page)]
    assert added == notices


def test_a_guid_of_several_on_a_page_is_none_ever_after(stores: Stores) -> None:
    notices = [replace(news_item(number), guid="https://desk.example/notices", url="") for number in range(4)]
    pages = (notices[:2], notices[:1], notices[2:3], notices[:2], notices[3:], notices[2:3])
    added = [item for page in pages for _, item in stores.news.add(page, shared_keys(page))]
    assert added == notices


def test_a_title_is_a_key_for_a_day(stores: Stores) -> None:
    days = [replace(news_item(n), title="What happened today", published_ms=n * DAY_MS) for n in (1, 2, 3)]
    copies = [
        replace(day, source="B", url=f"https://b.example/{n}", guid=f"b{n}", published_ms=n * DAY_MS + DAY_MS // 2)
        for n, day in enumerate(days, 1)
    ]
    for day, copy in zip(days, copies, strict=True):
        assert [item for _, item in stores.news.add([day])] == [day]
        assert stores.news.add([copy]) == []
    assert stores.news.add([*days, *copies]) == []


def test_what_was_seen_is_remembered_after_a_restart(backend: Backend) -> None:
    with backend.open() as first:
        first.news.add([news_item(1)])
    with backend.open() as second:
        assert second.news.add([news_item(1)]) == []


def test_unscored_items_wait_oldest_first(stores: Stores) -> None:
    added = stores.news.add([news_item(2), news_item(1), news_item(3)])
    assert stores.news.unscored(2) == added[:2]
    stores.news.record([ScoredNews(added[0][0], added[0][1], score(0.5), minute_ms(3))])
    assert stores.news.unscored(9) == added[1:]
    assert stores.news.unscored(0) == []


def test_the_first_score_stays_and_so_does_the_time_it_was_known(stores: Stores) -> None:
    first = put(stores, news_item(1), 0.5, known_ms=minute_ms(2))
    stores.news.record([replace(first, score=score(-0.9), known_ms=minute_ms(0))])
    assert stores.news.known("BTCUSDT", minute_ms(1), 9) == []
    assert stores.news.known("BTCUSDT", minute_ms(2), 9) == [first]


def test_the_first_score_stays_within_one_call_too(stores: Stores) -> None:
    [(news_id, item)] = stores.news.add([news_item(1)])
    first = ScoredNews(news_id, item, score(0.5), minute_ms(2))
    stores.news.record([first, replace(first, score=score(-0.9))])
    assert stores.news.known("BTCUSDT", minute_ms(2), 9) == [first]


def test_a_fallback_score_comes_back_labelled_so(stores: Stores) -> None:
    [(news_id, item)] = stores.news.add([news_item(1)])
    degraded = ScoredNews(news_id, item, replace(score(0.1), degraded=True), minute_ms(1))
    stores.news.record([degraded])
    assert stores.news.known("BTCUSDT", minute_ms(1), 1) == [degraded]


def test_a_score_of_nothing_stored_is_refused_with_all_that_came_with_it(stores: Stores) -> None:
    [(news_id, item)] = stores.news.add([news_item(1)])
    good = ScoredNews(news_id, item, score(0.5), minute_ms(1))
    with pytest.raises(BadInput, match="no stored headline"):
        stores.news.record([good, replace(good, id="none-such")])
    assert stores.news.unscored(9) == [(news_id, item)]


def test_known_never_shows_what_became_known_later(stores: Stores) -> None:
    early = put(stores, news_item(1), 0.1, known_ms=minute_ms(5))
    late = put(stores, news_item(0), 0.2, known_ms=minute_ms(6))
    assert stores.news.known("BTCUSDT", minute_ms(5) - 1, 9) == []
    assert stores.news.known("BTCUSDT", minute_ms(5), 9) == [early]
    assert stores.news.known("BTCUSDT", minute_ms(6), 9) == [late, early]


def test_known_matches_the_symbol_or_no_symbol(stores: Stores) -> None:
    bitcoin = put(stores, news_item(1, ("BTCUSDT",)), 0.1, minute_ms(1))
    both = put(stores, news_item(2, ("ETHUSDT", "BTCUSDT")), 0.2, minute_ms(2))
    everyone = put(stores, news_item(3), 0.3, minute_ms(3))
    ether = put(stores, news_item(4, ("ETHUSDT",)), 0.4, minute_ms(4))
    assert stores.news.known("BTCUSDT", minute_ms(9), 9) == [everyone, both, bitcoin]
    assert stores.news.known("ETHUSDT", minute_ms(9), 9) == [ether, everyone, both]
    assert stores.news.known("BNBUSDT", minute_ms(9), 9) == [everyone]


def test_known_is_newest_first_and_of_the_same_time_the_one_stored_last(stores: Stores) -> None:
    kept = [put(stores, news_item(number, ("BTCUSDT",) * (number % 2)), 0.1, minute_ms(1)) for number in range(6)]
    assert stores.news.known("BTCUSDT", minute_ms(1), 4) == kept[:1:-1]
    assert stores.news.known("BTCUSDT", minute_ms(1), 0) == []


def test_latest_goes_by_publication_and_shows_scores_where_there_are(stores: Stores) -> None:
    undated = replace(news_item(7), published_ms=None, fetched_ms=minute_ms(2))
    scored = put(stores, news_item(1), 0.5, known_ms=minute_ms(9))
    stores.news.add([news_item(3), undated])
    assert stores.news.latest(9) == [(news_item(3), None), (undated, None), (scored.item, scored.score)]
    assert stores.news.latest(1) == [(news_item(3), None)]


@pytest.mark.parametrize("count", [98, 99, 250])
def test_a_headline_is_recorded_however_many_symbols_it_concerns(count: int, stores: Stores) -> None:
    symbols = tuple(f"C{number:03d}USDT" for number in range(count))
    narrow = put(stores, news_item(1, symbols[:1]), 0.5, minute_ms(1))
    wide = put(stores, news_item(2, symbols), 0.5, minute_ms(2))
    stores.news.record([replace(wide, score=score(-0.9), known_ms=minute_ms(3))])
    assert all(stores.news.known(symbol, minute_ms(9), 9) == [wide] for symbol in symbols[1:])
    assert stores.news.known(symbols[0], minute_ms(9), 9) == [wide, narrow]
    assert stores.news.unscored(9) == []
    assert (stores.scoring.scoring().scored, stores.scoring.scoring().waiting) == (2, 0)


def test_fewer_are_given_after_more_were_asked_for_and_more_after_fewer(stores: Stores) -> None:
    """Whoever looks for young headlines asks for more where old ones stand before them, then for the usual number."""
    newest = [put(stores, news_item(number), 0.1, minute_ms(number)) for number in range(1, 7)][::-1]
    for count in (2, 4, 2, 6, 3, 9, 1):
        assert stores.news.known("ANY", minute_ms(9), count) == newest[:count]
