"""From a feed file to news items: what publishers get wrong costs at most the item it is wrong in."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

import pytest

from chalicelib.adapters.rss import DocumentLimits, RssSource
from chalicelib.domain import FeedState, NewsItem
from chalicelib.errors import BadInput, Unavailable

NOW_MS = 1_760_000_000_000  # 2025-10-09
HEAD = '<rss version="2.0"><channel><title>Desk</title><link>https://desk.example/</link>'
TAIL = "</channel></rss>"


def items_of(tmp_path: Path, feed: str | bytes) -> tuple[NewsItem, ...]:
    file = tmp_path / "feed.xml"
    file.write_bytes(feed if isinstance(feed, bytes) else feed.encode())
    return RssSource().fetch(str(file), FeedState(), NOW_MS).items


def only(tmp_path: Path, inside: str) -> NewsItem:
    (item,) = items_of(tmp_path, f"{HEAD}<item>{inside}</item>{TAIL}")
    return item


def test_an_item_has_every_field(tmp_path: Path) -> None:
    inside = (
        "<title>Bitcoin &amp;amp; Ether</title><link>https://desk.example/a</link><guid>7</guid>"
        "<pubDate>Wed, 08 Oct 2025 12:00:00 +0200</pubDate>"
    )
    assert only(tmp_path, inside) == NewsItem(
        1_759_917_600_000, NOW_MS, "Desk", "Bitcoin & Ether", "https://desk.example/a", "7"
    )


@pytest.mark.parametrize(
    "date",
    [
        "",
        "yesterday",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Wed, 31 Dec 1989 23:59:59 GMT",
        "Sat, 11 Oct 2025 12:00:00 GMT",
        "Wed, 08 Oct 9999 12:00:00 GMT",
        "Wed, 99 Foo 2025 77:00:00 GMT",
        "0000-00-00T00:00:00Z",
        "1" * 5000,
    ],
)
def test_a_missing_or_impossible_date_is_none(tmp_path: Path, date: str) -> None:
    assert only(tmp_path, f"<title>T</title><pubDate>{date}</pubDate>").published_ms is None


def test_a_date_within_a_day_ahead_is_a_clock_that_runs_fast(tmp_path: Path) -> None:
    dated = only(tmp_path, "<title>T</title><pubDate>Fri, 10 Oct 2025 06:00:00 GMT</pubDate>")
    assert dated.published_ms == 1_760_076_000_000


def test_a_possible_second_date_stands_in_for_an_impossible_first(tmp_path: Path) -> None:
    feed = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>T</title>'
        "<published>2999-01-01T00:00:00Z</published><updated>2025-10-01T00:00:00Z</updated></entry></feed>"
    )
    assert items_of(tmp_path, feed)[0].published_ms == 1_759_276_800_000


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("file:///etc/passwd", ""),
        ("http://[bad", ""),
        ("http://", ""),
        ("", ""),
        ("https://a.example/" + "x" * 3000, ""),
        ("https://a.example/\u202egpj.exe", ""),
        ("/story/1", "https://desk.example/story/1"),
        ("//cdn.example/2", "https://cdn.example/2"),
        (" https://a.example/b c\n", "https://a.example/b%20c"),
    ],
)
def test_a_link_is_absolute_http_or_nothing(tmp_path: Path, link: str, url: str) -> None:
    assert only(tmp_path, f"<title>T</title><link><![CDATA[{link}]]></link>").url == url


def test_titles_are_plain_short_text(tmp_path: Path) -> None:
    feed = (
        f"{HEAD}<item><title>&lt;b&gt;Bold&lt;/b&gt; \u202emove\u200b</title></item>"
        f"<item><title>{'x' * 100_000}</title></item><item><link>https://a.example/</link></item>"
        f"<item><title> &lt;br&gt; </title></item>{TAIL}"
    )
    titles = [item.title for item in items_of(tmp_path, feed)]
    assert titles == ["Bold move", "x" * 499 + "…"]


def test_control_characters_and_nulls_cost_no_item(tmp_path: Path) -> None:
    feed = f"{HEAD}<item><title>One\x00\x08</title></item><item><title>T\x00wo</title></item>{TAIL}"
    assert [item.title for item in items_of(tmp_path, feed)] == ["One", "Two"]


@pytest.mark.parametrize(
    ("declared", "used"),
    [
        ("utf-16", "utf-16"),
        ("utf-16", "utf-8"),
        ("iso-8859-1", "iso-8859-1"),
        ("windows-1252", "windows-1252"),
        ("utf-8", "windows-1252"),
        ("iso-8859-1", "utf-8"),
        ("no-such-charset", "utf-8"),
        ("iso-8859-1", "utf-16"),
        ("undefined", "windows-1252"),
        ("punycode", "utf-8"),
        ("hex", "utf-16"),
        ("rot13", "windows-1252"),
        ("unicode_escape", "utf-8"),
        ("utf-7", "windows-1252"),
        ("utf-16", "iso-8859-1"),
    ],
)
def test_encodings_are_read_as_used_even_if_declared_wrong(tmp_path: Path, declared: str, used: str) -> None:
    feed = f'<?xml version="1.0" encoding="{declared}"?>{HEAD}<item><title>Zürich hält 5 £</title></item>{TAIL}'
    assert items_of(tmp_path, feed.encode(used))[0].title == "Zürich hält 5 £"


def test_a_broken_byte_costs_one_character(tmp_path: Path) -> None:
    feed = f"{HEAD}<item><title>Zürich, Genève, Köln, Łódź, Århus, Malmö, ça</title></item>{TAIL}".encode()
    assert items_of(tmp_path, feed.replace(b"ca", b"ca\xff"))[0].title == "Zürich, Genève, Köln, Łódź, Århus, Malmö, ça"


def test_a_feed_cut_in_the_middle_gives_the_items_before(tmp_path: Path) -> None:
    feed = f"{HEAD}<item><title>One</title></item><item><title>Two</title></item><item><ti"
    assert [item.title for item in items_of(tmp_path, feed)] == ["One", "Two"]


def test_duplicate_guids_are_left_to_the_store(tmp_path: Path) -> None:
    feed = f"{HEAD}{'<item><title>T</title><guid>1</guid></item>' * 2}{TAIL}"
    assert len(items_of(tmp_path, feed)) == 2


def test_an_empty_feed_is_a_feed(tmp_path: Path) -> None:
    assert items_of(tmp_path, HEAD + TAIL) == ()


@pytest.mark.parametrize(
    "body",
    [
        "",
        "   ",
        "{}",
        "<!DOCTYPE html><html><head><title>Blocked</title></head><body><p>no</body></html>",
        "<head><title>Moved</title></head><body>here</body>",
        "\x89PNG\r\n\x1a\n\x00\x00",
        "<rss><channel><title>cut",
    ],
)
def test_what_is_no_feed_is_explained_in_one_line(tmp_path: Path, body: str) -> None:
    with pytest.raises(BadInput, match=r"^feed [^\n]*feed\.xml: [^\n]+$"):
        items_of(tmp_path, body)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("\n", "empty"),
        ('{"version": "https://jsonfeed.org/version/1.1", "items": []}', "JSON"),
        ("<!doctype html><title>Sign in</title>", "HTML"),
    ],
)
def test_what_is_no_feed_is_named(tmp_path: Path, body: str, kind: str) -> None:
    with pytest.raises(BadInput, match=kind):
        items_of(tmp_path, body)


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    "declarations",
    [
        f'<!ENTITY l0 "lol">{LAUGHS}',
        f'<!ENTITY l0 "lol">{LAUGHS}'.replace("><", ">\n<"),
        f"<!ENTITY l9 '{'x' * 100_000}'>",
        '<!ENTITY x "<b/>"><!ENTITY l9 "&x;&x;">',
        "<!ENTITY % p \"<!ENTITY l9 '%p;%p;'>\">%p;",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_an_entity_bomb_is_refused_at_once(tmp_path: Path, declarations: str, encoding: str) -> None:
    feed = f"<!DOCTYPE rss [{declarations}]>{HEAD}<item><title>{'&l9;' * 1000}</title></item>{TAIL}"
    started = time.perf_counter()
    with pytest.raises(BadInput, match="entities"):
        items_of(tmp_path, feed.encode(encoding))
    assert time.perf_counter() - started < 20.0  # expanded, it would take hours and all memory


def test_an_accent_declared_as_an_entity_is_text(tmp_path: Path) -> None:
    feed = f'<!DOCTYPE rss [\n<!ENTITY eacute "&#233;">\n]>{HEAD}<item><title>Caf&eacute;</title></item>{TAIL}'
    assert items_of(tmp_path, feed)[0].title == "Café"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-32"])
@pytest.mark.parametrize(
    "reference", ["&#56960;&#55357;", "&#xD83D;", "&#x110000;", "&#99999999999;", f"&#{'9' * 300};", "&#0055296;"]
)
def test_a_reference_to_no_character_costs_that_reference_alone(tmp_path: Path, reference: str, encoding: str) -> None:
    title = f"<item><title>Caf&#233; &#{'0' * 9}65; {reference}&#x1F680; up</title></item>"
    text = f"<item><title>T</title><description>{reference}</description></item>"
    feed = f'<?xml version="1.0" encoding="{encoding}"?>{HEAD}{title}{text}{TAIL}'
    assert [item.title for item in items_of(tmp_path, feed.encode(encoding))] == ["Café A \U0001f680 up", "T"]


@pytest.mark.parametrize(
    "pair", ["&#55357;&#56960;", "&#xd83d;&#xDE80;", "&amp;#55357;&amp;#56960;", "<![CDATA[&#55357;&#56960;]]>"]
)
def test_two_halves_of_a_character_are_that_character(tmp_path: Path, pair: str) -> None:
    assert only(tmp_path, f"<title>To the {pair} moon</title>").title == "To the \U0001f680 moon"


def test_two_halves_of_a_character_written_as_bytes_are_that_character(tmp_path: Path) -> None:
    feed = f"{HEAD}<item><title>To the \ud83d\ude80 moon \ude80</title></item>{TAIL}"
    assert [item.title for item in items_of(tmp_path, feed.encode(errors="surrogatepass"))] == [
        "To the \U0001f680 moon"
    ]


@pytest.mark.parametrize("end", ["\n", ""])
def test_an_external_entity_is_never_read(tmp_path: Path, end: str) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    feed = (
        f'<!DOCTYPE rss [{end}<!ENTITY x SYSTEM "{secret.as_uri()}">{end}]>'
        f"{HEAD}<item><title>A &x; b</title></item><item><title>Good</title></item>{TAIL}"
    )
    titles = [item.title for item in items_of(tmp_path, feed)]
    assert "Good" in titles
    assert "secret" not in " ".join(titles)


@pytest.mark.parametrize("unit", ["<a>", "<", "<a b='", "&", "&a", "<!--", "<![CDATA[", "<?", "<item><title>"])
def test_rubbish_is_dealt_with_in_time_that_grows_with_its_size(tmp_path: Path, unit: str) -> None:
    started = time.process_time()
    with suppress(BadInput):
        items_of(tmp_path, HEAD + unit * (400_000 // len(unit)))
    assert time.process_time() - started < 5.0


def test_a_file_is_read_again_only_when_it_changed(tmp_path: Path) -> None:
    file = tmp_path / "feed.xml"
    file.write_text(f"{HEAD}<item><title>One</title></item>{TAIL}")
    source = RssSource()
    first = source.fetch(file.as_uri(), FeedState(), NOW_MS)
    assert [item.title for item in first.items] == ["One"]
    assert source.fetch(file.as_uri(), first.state, NOW_MS).items == ()
    file.write_text(f"{HEAD}<item><title>One and two</title></item>{TAIL}")
    assert [item.title for item in source.fetch(file.as_uri(), first.state, NOW_MS).items] == ["One and two"]


def test_a_feed_without_title_is_named_by_its_file(tmp_path: Path) -> None:
    assert items_of(tmp_path, "<rss><channel><item><title>T</title></item></channel></rss>")[0].source == "feed.xml"


def test_what_cannot_be_read_is_unavailable(tmp_path: Path) -> None:
    for feed in (str(tmp_path / "absent.xml"), "a\0b"):
        with pytest.raises(Unavailable, match=r"^feed [^\n]+$"):
            RssSource().fetch(feed, FeedState(), NOW_MS)


def test_what_is_no_feed_address_is_refused(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for feed in ("ftp://a.example/x", "javascript://x", "file://other.host/x", str(fifo), str(tmp_path), "/dev/zero"):
        with pytest.raises(BadInput, match=r"^feed [^\n]+$"):
            RssSource().fetch(feed, FeedState(), NOW_MS)


def test_a_large_file_is_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "feed.xml"
    file.write_text(HEAD + " " * 2000 + TAIL)
    with pytest.raises(BadInput, match="larger than 1000 bytes"):
        RssSource(DocumentLimits(size_bytes=1000)).fetch(str(file), FeedState(), NOW_MS)
