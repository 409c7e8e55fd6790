"""What a headline is: its text, its keys, its symbols."""

from __future__ import annotations

import pytest

from chalicelib.domain import NewsItem
from chalicelib.headlines import (
    TITLE_LIMIT,
    canonical_link,
    guid_key,
    link_key,
    normalised_title,
    plain_text,
)
from tests.support.headline_keys import keys_of


def item(title: str = "", url: str = "", guid: str = "", source: str = "Desk") -> NewsItem:
    return NewsItem(None, 0, source, title, url, guid)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("Bit<b>coin</b> up<br/>again", "Bitcoin up again"),
        ("AT&amp;amp;T &amp;lt;b&amp;gt;soars&amp;lt;/b&amp;gt;", "AT&T soars"),
        ("a\x00b\x1b[31mc\u202ed\u200be\ufefff\u00adg", "ab[31mcdefg"),
        ("  tabs\tand\r\nlines\u2028too\u00a0", "tabs and lines too"),
        ("<script>alert(1)</script>ETH<!-- no --> falls", "ETH falls"),
        ("<![CDATA[Ether & co]]>", "Ether & co"),
        ("cafe\u0301", "caf\u00e9"),
        ("fear < 20 and greed > 80 <3", "fear < 20 and greed > 80 <3"),
        ("half \ud83d a pair", "half a pair"),
        ("", ""),
        ("<b></b>&nbsp;", ""),
    ],
)
def test_text_is_one_clean_line(raw: str, clean: str) -> None:
    assert plain_text(raw) == clean


def test_a_long_title_is_cut() -> None:
    text = plain_text("word " * 20_000)
    assert len(text) <= TITLE_LIMIT
    assert text.endswith("word…")


def test_a_tag_at_the_cut_leaves_nothing_behind() -> None:
    assert plain_text("x" * 4990 + '<a href="long', limit=10_000) == "x" * 4990


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a?b=1&c=2",
        "HTTP://WWW.EXAMPLE.COM:80/a/?c=2&b=1",
        "https://example.com/a/?b=1&utm_source=rss&c=2&fbclid=x#comments",
        " https://example.com/%61?b=1&c=2 ",
        "https://www.google.com/url?rct=j&url=https://example.com/a%3Fb%3D1%26c%3D2&ct=ga",
    ],
)
def test_one_page_has_one_canonical_link(url: str) -> None:
    assert canonical_link(url) == "https://example.com/a?b=1&c=2"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "http://",
        "http://[bad",
        "http://a:99999/x",
        "https://a.example/",
    ],
)
def test_no_page_has_no_canonical_link(url: str) -> None:
    assert canonical_link(url) == ""


def test_distinct_queries_are_distinct_pages() -> None:
    assert canonical_link("https://a.example/?p=1") != canonical_link("https://a.example/?p=2")


def test_titles_are_compared_without_case_and_typography() -> None:
    assert normalised_title("BITCOIN: \u201cUp\u201d \u2013 again!") == normalised_title("Bitcoin 'up' again")
    assert normalised_title("\uff22\uff34\uff23 \ufb01rst") == "btc first"


def test_a_sign_and_a_decimal_make_another_title() -> None:
    titles = ["BTC +5%", "BTC -5%", "BTC 1.5", "BTC 15"]
    assert len({normalised_title(title) for title in titles}) == 4


def test_scripts_without_case_keep_their_marks() -> None:
    assert normalised_title("बिटकॉइन।") == "बिटकॉइन"


def test_a_bare_number_as_guid_is_unique_at_its_own_site_only() -> None:
    assert guid_key(item("One", "https://a.example/x", "42")) != guid_key(item("Two", "https://b.example/y", "42"))
    assert guid_key(item("One", "", "42", "A")) != guid_key(item("Two", "", "42", "B"))


@pytest.mark.parametrize("guid", ["tag:a.example,2024:7", "urn:x:7", "0b7f1b9c-9a5e-4c1d-8f00-1234567890ab"])
def test_a_guid_unique_by_its_form_holds_across_sites(guid: str) -> None:
    assert guid_key(item("One", "https://a.example/x", guid)) == guid_key(item("Two", "https://b.example/y", guid))


def test_a_guid_that_is_an_address_is_a_link_but_for_a_part_of_a_page() -> None:
    story, second, notice, other = (item("A", "", f"https://a.example/x{end}") for end in ("", "#2", "#n101", "#n102"))
    assert guid_key(story) == guid_key(second) == link_key(item("B", "http://www.a.example/x/?utm_source=rss"))
    assert len({guid_key(story), guid_key(notice), guid_key(other)}) == 3


@pytest.mark.parametrize("guid", ["", " ", "https://a.example", "http://a.example/"])
def test_a_bare_site_is_no_guid(guid: str) -> None:
    assert guid_key(item("One", "https://a.example/x", guid)) == ""


def test_a_title_of_symbols_only_is_still_a_key() -> None:
    assert keys_of(item("🚀🚀")) == ("title:🚀 🚀",)
    assert keys_of(item("...")) == ("title:...",)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("BTC ↑ 5% in 24h", "BTC ↓ 5% in 24h"),
        ("Bitcoin > $60K", "Bitcoin < $60K"),
        ("ETH ⬆️", "ETH ⬇️"),
        ("🟢 BTC 1h close", "🔴 BTC 1h close"),
        ("Fed ≥ 4.5", "Fed ≤ 4.5"),
        ("Deposits ✅", "Deposits ❌"),
        ("ETF flows -$500M", "ETF flows $500M"),
        ("BTC +5%", "BTC 5%"),
        ("Funding -.5%", "Funding .5%"),
        ("Vote 👍", "Vote 👎"),
    ],
)
def test_a_symbol_makes_another_title(one: str, other: str) -> None:
    assert normalised_title(one) != normalised_title(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ETH ⬆️ 5%", "ETH ⬆ 5%"),
        ("BTC>60K", "BTC > 60K"),
        ("🚨 Bitcoin falls…", "Bitcoin falls..."),
        ("Bitcoin falls | live", "Bitcoin falls \u2013 “live”"),
        ("BTC \u22125%", "BTC -5%"),
        ("BTC .5%", "BTC 0.5%"),
        ("Tether™ wins", "TetherTM wins"),
    ],
)
def test_typography_makes_none(one: str, other: str) -> None:
    assert normalised_title(one) == normalised_title(other)
