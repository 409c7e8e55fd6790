"""What became of a feed's items is counted: read from their text, skipped for want of any, beyond the limit."""

from __future__ import annotations

from pathlib import Path

import pytest

from chalicelib.adapters.rss import RssSource
from chalicelib.adapters.rss.entries import ITEM_LIMIT
from chalicelib.domain import FeedPage, FeedReading, FeedState
from chalicelib.feed_notes import notes
from chalicelib.headlines import TITLE_LIMIT

NOW_MS = 1_760_000_000_000  # 2025-10-09
RSS = '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Desk</title>{}</channel></rss>'
ATOM = '<feed xmlns="http://www.w3.org/2005/Atom"><title>Desk</title>{}</feed>'


def page_of(tmp_path: Path, form: str, *insides: str) -> FeedPage:
    tag = "entry" if form == ATOM else "item"
    file = tmp_path / "feed.xml"
    file.write_text(form.format("".join(f"<{tag}>{inside}</{tag}>" for inside in insides)))
    return RssSource().fetch(str(file), FeedState(), NOW_MS)


def titles_of(page: FeedPage) -> list[str]:
    return [item.title for item in page.items]


@pytest.mark.parametrize(
    ("form", "inside"),
    [
        (RSS, "<description>&lt;p&gt;Exchange X hacked, 40,000 BTC gone&lt;/p&gt;</description>"),
        (RSS, "<title> </title><description>Exchange X hacked, 40,000 BTC gone</description>"),
        (
            RSS,
            "<title>&lt;img/&gt;</title><description><![CDATA[Exchange X hacked, 40,000 BTC gone<br>x]]></description>",
        ),
        (
            RSS,
            "<description>&lt;img/&gt;</description>"
            "<content:encoded>Exchange X hacked, 40,000 BTC gone</content:encoded>",
        ),
        (ATOM, "<summary type='html'>Exchange X hacked, 40,000 BTC gone&lt;br/&gt;by desk</summary>"),
        (ATOM, "<content type='text'>Exchange X hacked, 40,000 BTC gone\n\nMore.</content>"),
        (
            ATOM,
            "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>Exchange X hacked,\n40,000 BTC gone</p>"
            "<p>More</p></div></content>",
        ),
    ],
)
def test_an_item_without_a_title_is_read_from_its_text(tmp_path: Path, form: str, inside: str) -> None:
    page = page_of(tmp_path, form, inside)
    assert titles_of(page) == ["Exchange X hacked, 40,000 BTC gone"]
    assert page.reading == FeedReading(read=1, from_text=1)


@pytest.mark.parametrize(
    ("lines", "title"),
    [
        (("JUST IN:", "Withdrawals halted", "More soon."), "JUST IN: Withdrawals halted"),
        (("突发", "交易所遭黑客攻击 比特币被盗", "正在调查。"), "突发 交易所遭黑客攻击 比特币被盗"),
        (("交易所遭黑客攻击 比特币被盗", "正在调查。"), "交易所遭黑客攻击 比特币被盗"),
    ],
)
def test_an_exclamation_alone_is_no_headline(tmp_path: Path, lines: tuple[str, ...], title: str) -> None:
    text = "".join(f"&lt;p&gt;{line}&lt;/p&gt;" for line in lines)
    assert titles_of(page_of(tmp_path, RSS, f"<description>{text}</description>")) == [title]


def test_a_title_goes_before_the_text(tmp_path: Path) -> None:
    page = page_of(tmp_path, RSS, "<title>T</title><description>Exchange X hacked</description>")
    assert (titles_of(page), page.reading) == (["T"], FeedReading(read=1))


def test_a_long_text_is_cut_where_a_title_is(tmp_path: Path) -> None:
    page = page_of(tmp_path, RSS, f"<description>SO:&lt;br&gt;{'word ' * 100_000}</description>")
    assert len(titles_of(page)[0]) <= TITLE_LIMIT
    assert titles_of(page)[0].endswith("word…")


def test_items_without_any_text_are_counted(tmp_path: Path) -> None:
    silent = ("<link>https://a.example/</link>", "<description>&lt;img src='x'/&gt;</description>")
    page = page_of(tmp_path, RSS, "<title>One</title>", *silent)
    assert (titles_of(page), page.reading) == (["One"], FeedReading(read=1, without_text=2))


def test_what_a_feed_has_beyond_the_limit_is_counted(tmp_path: Path) -> None:
    page = page_of(tmp_path, RSS, *("<title>T</title>" for _ in range(ITEM_LIMIT + 7)))
    assert len(page.items) == ITEM_LIMIT
    assert page.reading == FeedReading(read=ITEM_LIMIT, beyond_limit=7)


def test_an_unchanged_feed_was_not_read(tmp_path: Path) -> None:
    page = page_of(tmp_path, RSS, "<title>T</title>")
    assert RssSource().fetch(str(tmp_path / "feed.xml"), page.state, NOW_MS).reading is None


def test_what_is_told_names_every_number_once_in_one_line() -> None:
    reading = FeedReading(read=11, from_text=12, undated=13, without_text=14, unreadable=15, beyond_limit=16)
    said = notes(reading)
    assert said.startswith("11 of 56 items read: ")
    assert all(f" {number} " in said for number in (12, 13, 14, 15, 16))
    assert "below the first 40" in said
    assert "\n" not in said


def test_items_whose_date_is_not_understood_are_counted(tmp_path: Path) -> None:
    dates = ("", "<pubDate> </pubDate>", "<pubDate>yesterday</pubDate>", "<pubDate>2025-10-01</pubDate>")
    whole = "<pubDate>Wed, 08 Oct 2025 12:00:00 CEST</pubDate>"
    page = page_of(tmp_path, RSS, *(f"<title>{n}</title>{date}" for n, date in enumerate((*dates, whole))))
    assert [item.published_ms for item in page.items] == [None, None, None, None, 1_759_917_600_000]
    assert page.reading == FeedReading(read=5, undated=2)
