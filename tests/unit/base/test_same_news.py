"""Which headlines are the same news: over polls, feeds, days, and what older versions had stored."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from chalicelib.domain import DAY_MS, NewsItem
from chalicelib.same_news import SHARED, Known, holder_before, keys_asked, shared_keys, sift, unseen
from tests.support.headline_keys import keys_of

HOUR_MS = DAY_MS // 24


def item(
    title: str,
    url: str = "",
    guid: str = "",
    *,
    hours: int | None = 0,
    source: str = "Desk",
    fetched_hours: int = 0,
) -> NewsItem:
    published_ms = None if hours is None else hours * HOUR_MS
    return NewsItem(published_ms, fetched_hours * HOUR_MS, source, title, url, guid)


def new_of(*pages: Sequence[NewsItem], known: Known | None = None) -> list[str]:
    """The titles that are new when these pages are read one after another."""
    known = {} if known is None else known
    return [each.title for page in pages for each in unseen(page, shared_keys(page), known)]


def test_an_edited_title_under_the_same_guid_and_link_is_no_news() -> None:
    first, edited = (item(title, "https://a.example/x", "7") for title in ("Bitcoin falls", "Bitcoin falls to 60k"))
    assert new_of([first], [edited], [first]) == ["Bitcoin falls"]
    assert new_of([first], [item("Moved", "https://a.example/moved", "7")]) == ["Bitcoin falls"]


def test_one_article_by_several_feeds_is_one() -> None:
    first = item("Bitcoin falls", "https://a.example/x", "7")
    for other in (
        item("Other words", "http://www.a.example/x/?utm_source=rss", "8", source="Topic feed"),
        item("Other words", "", "https://a.example/x", source="Aggregator"),
        item("BITCOIN falls!", "https://b.example/c", "9", source="B", hours=23),
    ):
        assert new_of([first], [other]) == ["Bitcoin falls"]
        assert len(new_of([other], [first])) == 1


@pytest.mark.parametrize(
    "ending",
    [" - CoinDesk", " | Reuters", " — The Block", " - Yahoo Finance", " - CoinDesk - MSN", " \u2013 investing.com"],
)
def test_the_publisher_at_the_end_makes_no_other_headline(ending: str) -> None:
    plain = item("Bitcoin falls below 60k", "https://a.example/x", "7")
    told = item(f"Bitcoin falls below 60k{ending}", "https://b.example/y", "8", source="B", hours=3)
    third = item("Bitcoin falls below 60k - Bloomberg", "https://b.example/z", "9", source="B", hours=4)
    assert len(new_of([plain, told, third])) == len(new_of([third], [told], [plain])) == 1


def test_an_aggregator_names_any_publisher() -> None:
    links = [f"https://news.google.com/rss/articles/{n}?oc=5" for n in range(3)]
    told = [
        item(f"Kraken lists ABC - {name}", link, str(n), source='"Kraken" - Google News')
        for n, (name, link) in enumerate(zip(("Crypto Weekly", "The Hash", "Kraken Blog"), links, strict=True))
    ]
    assert len(new_of(told)) == 1
    assert len(new_of([item("Market report - Bitcoin", "", "1"), item("Market report - Ethereum", "", "2")])) == 2


def test_a_title_that_comes_again_at_another_link_under_another_guid_is_new() -> None:
    alerts = [item("Liquidation alert", f"https://a.example/{n}", f"a{n}", hours=10 * n) for n in range(3)]
    assert len(new_of(alerts)) == len(new_of(alerts[::-1])) == len(new_of(*([each] for each in alerts))) == 3


def test_a_title_told_elsewhere_on_another_day_is_new() -> None:
    title = "Here\u2019s what happened in crypto today"
    first = item(title, "https://a.example/1", "1")
    assert len(new_of([first], [item(title, "https://b.example/1", "1", source="B", hours=23)])) == 1
    assert len(new_of([first], [item(title, "https://b.example/1", "1", source="B", hours=24)])) == 2


def test_a_status_page_is_as_many_as_its_guids() -> None:
    history = "https://status.example/history"
    suspended, hacked = item("Withdrawals suspended", history, "i1"), item("Exchange hacked", history, "i2", hours=1)
    again = item("Withdrawals suspended", history, "i3", hours=50)
    for pages in ([[suspended, hacked, again]], [[suspended], [hacked], [again]], [[again], [hacked], [suspended]]):
        assert len(new_of(*pages, [suspended, hacked, again], [hacked])) == 3


def test_a_link_that_a_page_shared_is_none_for_what_stands_alone_later() -> None:
    one, two, three, four = (item(f"Notice {word}", "https://a.example/n") for word in ("one", "two", "three", "four"))
    assert new_of([one, two], [three], [four], [three, four], [one]) == [each.title for each in (one, two, three, four)]


def test_a_guid_that_is_the_same_for_all_is_none() -> None:
    for guid in ("https://a.example/", "https://a.example/feed", "feed", "urn:feed"):
        page = [item(f"Notice {n}", f"https://a.example/{n}", guid) for n in range(3)]
        assert len(new_of(page, page[1:], page[:1])) == 3
        bare = [item(f"Notice {n}", "", guid) for n in range(3)]
        assert len(new_of(bare, bare[1:], bare[:1])) == 3


def test_revisions_that_a_guid_counts_are_one() -> None:
    page = [item(title, "https://bbc.example/x", f"https://bbc.example/x#{n}") for n, title in enumerate(["A", "B"])]
    assert new_of(page) == new_of(page[:1], page[1:]) == ["A"]


def test_notices_that_are_parts_of_one_page_are_several() -> None:
    page = [item(f"Notice {n}", "https://a.example/n", f"https://a.example/n#n{n}") for n in range(3)]
    assert len(new_of(page)) == len(new_of(*([each] for each in page), page)) == 3


def test_undated_items_with_nothing_but_a_title_stay_known_for_good() -> None:
    polls = [[item("Only a title", hours=None, fetched_hours=hours)] for hours in (0, 1, 30, 100)]
    assert new_of(*polls) == ["Only a title"]
    assert (
        len(new_of([item("Daily note", hours=0)], [item("Daily note", hours=30)], [item("Daily note", hours=0)])) == 2
    )


def test_guids_made_anew_at_every_poll_are_no_news() -> None:
    for hours in (0, None):
        polls = [[item("A", "https://a.example/x", f"r{n}", hours=hours, fetched_hours=30 * n)] for n in range(4)]
        assert new_of(*polls) == ["A"]


def test_a_page_that_shows_one_notice_at_a_time_gives_them_all() -> None:
    for link in ("https://a.example/n", "https://a.example/n?lang=en"):
        notices = [item(title, link, hours=n) for n, title in enumerate(("Suspended", "Hacked", "Resumed"))]
        assert len(new_of(*([each] for each in notices))) == 3
        assert len(new_of(*([each] for each in notices[::-1]), notices, notices[:1])) == 3
    named = [item(f"Report {n}", "https://a.example/r", "https://a.example/r", hours=24 * n) for n in range(3)]
    assert len(new_of(*([each] for each in (*named, named[0])), named)) == 3


def test_a_story_that_is_edited_and_dated_anew_under_its_guid_is_no_news() -> None:
    for guid, days in (("https://a.example/x", 0), ("urn:x", 0), ("urn:x", 3)):
        edited = item("Bitcoin falls to 60k", "https://a.example/x", guid, hours=24 * days + 5)
        assert new_of([item("Bitcoin falls", "https://a.example/x", guid)], [edited]) == ["Bitcoin falls"]


def test_a_link_to_a_part_of_a_page_names_the_item_where_it_has_no_guid() -> None:
    for link in ("https://a.example/n#n{}", "https://a.example/#/notice/{}", "https://a.example/app#!/{}"):
        page = [item(f"Notice {n}", link.format(100 + n), hours=None) for n in range(3)]
        assert len(new_of(page)) == len(new_of(*([each] for each in page), page)) == 3
    told = [item("One story", f"https://a.example/x#xtor=RSS-{n}") for n in range(2)]
    assert new_of(told[:1], told[1:], told) == ["One story"]


def test_more_revisions_than_a_page_has_of_one_story_are_notices() -> None:
    page = [item(f"Notice {n}", "https://a.example/n", f"https://a.example/n#{n}") for n in range(3)]
    assert len(new_of(page, page[::-1])) == 3


def test_a_link_that_names_its_visitor_anew_at_each_fetch_is_one() -> None:
    for link in (
        "https://a.example/n?id=5&PHPSESSID=ab{}",
        "https://a.example/n;jsessionid=A{}.node1?id=5",
        "https://a.example/n?id=5&sid=0123456789abcdef0123456789abcde{}",
        "https://a.example/n?_=179605445215{}&id=5",
    ):
        assert new_of(*([item("Listing", link.format(n), hours=None)] for n in range(3))) == ["Listing"]
    stories = [item(f"Story {n}", f"https://a.example/modules.php?sid={n}") for n in range(3)]
    assert len(new_of(stories)) == 3


def test_keys_of_a_duplicate_are_known_too() -> None:
    first, twin = item("One", "https://a.example/1"), item("One, again", "https://a.example/1", source="B")
    third = item("ONE again", "https://c.example/2", source="C")
    assert new_of([first], [twin], [third]) == ["One"]


def stored_before(*items: NewsItem, hours: int = 0) -> Known:
    """What a store of an older version knows: keys alone, by a title without symbols."""
    keys = {key for each in items for key in keys_of(each)} | {"title:btc 5"}
    return dict.fromkeys(keys, holder_before(hours * HOUR_MS))


def test_what_an_older_version_stored_stays_known_and_hides_no_later_title() -> None:
    listed = item("Daily note", "https://a.example/1", "1", hours=-50)
    copy = item("Daily note", "https://b.example/1", "1", hours=3, source="B")
    undated = item("BTC ↑ 5%", hours=None, fetched_hours=1_000)
    assert new_of([listed, copy, undated], known=stored_before(listed)) == []
    later = item("Daily note", "https://a.example/2", "2", hours=24)
    assert new_of([later, later], [listed], known=stored_before(listed)) == ["Daily note"]


def test_a_link_from_an_older_version_is_none_once_a_page_shares_it() -> None:
    notices = [item(f"Notice {n}", "https://a.example/n", f"i{n}") for n in range(3)]
    known = stored_before(notices[0])
    assert new_of(notices[:1], notices, notices[1:], known=known) == ["Notice 1", "Notice 2"]
    assert known["link:https://a.example/n"] == SHARED


def test_no_more_than_three_keys_are_looked_up_and_stored_for_an_ordinary_item() -> None:
    ordinary = item("Bitcoin ↑", "https://a.example/x", "7")
    assert len(keys_asked([ordinary], frozenset(), {})) == 3
    [sifted] = sift([ordinary], frozenset(), {})
    assert sifted.is_new
    assert sorted(sifted.changes) == sorted(keys_of(ordinary))


def test_what_an_older_version_stored_under_a_link_hides_no_later_notice_of_its_own_guid() -> None:
    first, *later = (item(f"Notice {n}", "https://a.example/n", f"i{n}", hours=n) for n in range(3))
    known = stored_before(first)
    copy = item("Notice 0", "https://a.example/n", "c1", source="B")
    renamed = item("Notice 0", "https://a.example/n", "r9", hours=None, fetched_hours=50)
    pages = [[first], [copy], [renamed], *([each] for each in later), [first], later]
    assert new_of(*pages, known=known) == ["Notice 1", "Notice 2"]
