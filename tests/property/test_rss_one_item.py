"""Whatever stands in one item, the others are read: what a publisher gets wrong costs the item it is wrong in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.adapters.rss.document import Document
from chalicelib.adapters.rss.entries import ITEM_LIMIT, entries
from chalicelib.adapters.rss.items import Parsed
from chalicelib.adapters.rss.parse import parse
from chalicelib.adapters.rss.parser import parsed
from chalicelib.adapters.rss.weight import HEAVIEST, weight
from chalicelib.domain import FeedState

NOW_MS = 1_760_000_000_000
NAMESPACES = {
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "geo": "http://www.w3.org/2003/01/geo/wgs84_pos#",
    "georss": "http://www.georss.org/georss",
    "gml": "http://www.opengis.net/gml",
    "itunes": "http://www.itunes.com/DTDs/PodCast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "psc": "http://podlove.org/simple-chapters",
}
OPENING = "".join(f' xmlns:{prefix}="{address}"' for prefix, address in NAMESPACES.items())
RSS = f'<rss version="2.0"{OPENING}><channel><title>Desk</title>%s</channel></rss>'
ATOM = f'<feed xmlns="http://www.w3.org/2005/Atom"{OPENING}><title>Desk</title>%s</feed>'

PLAIN = "title link guid id pubDate updated description summary content author category source enclosure image width"
FOREIGN = (
    "dc:date content:encoded geo:lat georss:point georss:polygon georss:where gml:pos gml:posList gml:Polygon "
    "itunes:explicit media:player media:rating media:thumbnail media:title psc:chapters psc:chapter"
)
ELEMENTS = st.sampled_from(f"{PLAIN} {FOREIGN}".split())
REFERENCES = "&#55357;&#56960; &#xDC00; &#x110000; &#99999999999; &#0; &#8; &bogus; &"
MARKUP = "< <b> </b> <svg> <div> ]]> <![CDATA[ <!-- --> <?x"
VALUES = "1e999 nan -1 EPSG:x 0000-00-00T99:99:99Z https://[bad //[ \x00 \x0b \ufffe \u202e é 漢 \U0001f680"
ODD = st.sampled_from(f"{REFERENCES} {MARKUP} {VALUES}".split(" "))
TEXTS = st.lists(ODD | st.text(max_size=8), max_size=4).map(" ".join)
ATTRIBUTES = st.sampled_from(
    [
        "",
        ' srsName="EPSG:x"',
        ' srsDimension="é"',
        ' xml:base="http://[b"',
        ' type="xhtml"',
        ' mode="base64"',
        ' href="//["',
    ]
)
CLOSED = st.sampled_from(["</%s>", "</%s>", "</%s>", "", "</item>"])


@st.composite
def odd_elements(draw: st.DrawFn) -> str:
    name = draw(ELEMENTS)
    end = draw(CLOSED)
    return f"<{name}{draw(ATTRIBUTES)}>{draw(TEXTS)}{end % name if '%s' in end else end}"


def titles_of(body: str, url: str = "https://desk.example/feed") -> list[str]:
    items, _ = parse(Document(body.encode(errors="ignore"), FeedState(), url, "feed"), "feed", NOW_MS)
    return [item.title for item in items]


@given(st.sampled_from([(RSS, "item"), (ATOM, "entry")]), st.lists(odd_elements(), min_size=1, max_size=3))
def test_an_odd_item_costs_no_other(form: tuple[str, str], odd: list[str]) -> None:
    feed, tag = form
    inside = (f"<{tag}><title>{title}</title></{tag}>" for title in ("One", "Two"))
    others = (f"<{tag}><title>{title}</title></{tag}>" for title in ("Four", "Five"))
    titles = titles_of(feed % "".join((*inside, f"<{tag}><title>Three</title>{''.join(odd)}</{tag}>", *others)))
    kept = [title for title in titles if title in ("One", "Two", "Four", "Five")]
    assert kept == ["One", "Two", "Four", "Five"]


@given(odd_elements().filter(lambda element: "</item>" not in element))
def test_an_odd_element_of_the_channel_costs_no_item(odd: str) -> None:
    items = "<item><title>One</title></item><item><title>Two</title></item>"
    assert titles_of(RSS.replace("%s", f"{odd}{items}")) == ["One", "Two"]


@pytest.mark.parametrize(
    "inside",
    [
        "<georss:point>x</georss:point><gml:pos>1 2</gml:pos>",
        "<gml:Point srsName='EPSG:x'><gml:pos>1 2</gml:pos></gml:Point>",
        "<gml:LinearRing><gml:posList>north</gml:posList></gml:LinearRing>",
        "<psc:chapters><psc:chapter title='no start'/></psc:chapters>",
    ],
)
def test_an_element_at_which_the_parser_raises_costs_that_element_alone(inside: str) -> None:
    assert titles_of(RSS.replace("%s", f"<item>{inside}<title>One</title></item>")) == ["One"]


def poisoned(text: str, url: str) -> Parsed | None:
    return None if "poison" in text else parsed(text, url)


@given(st.lists(st.booleans(), max_size=12).filter(any))
def test_items_at_which_the_parser_gives_up_are_counted_and_the_others_read(bad: list[bool]) -> None:
    items = "".join(f"<item><title>{n}</title><x>{'poison' * is_bad}</x></item>" for n, is_bad in enumerate(bad))
    read = entries(RSS.replace("%s", items), "", poisoned)
    assert [entry["title"] for entry in read.found] == [str(n) for n, is_bad in enumerate(bad) if not is_bad]
    assert (read.unreadable, read.about["title"]) == (sum(bad), "Desk")


def test_a_broken_feed_is_read_no_further_than_a_sound_one() -> None:
    broken = RSS.replace("%s", "<item><title>T</title><b></item>" * (ITEM_LIMIT + 5))
    read = entries(broken, "")
    assert (len(read.found), read.beyond_limit) == (ITEM_LIMIT, 5)


@pytest.mark.parametrize(
    "broken",
    [
        RSS.replace("%s", "<item><title>T</title><b></item>" * 5000),
        RSS.replace("%s", ("<item><title>T</title>" + "<b/>" * 60 + "</item>") * 1000),
        "<!--" + "\n" * 10_000 + "--><rss>" + "<item>" * 1000,
        "<!--" + "x" * 1_000_000 + "--><rss>" + "<item>" * 1000,
    ],
)
def test_reading_a_broken_feed_costs_no_more_than_three_times_the_heaviest(broken: str) -> None:
    spent = []

    def counted(text: str, url: str) -> Parsed:
        spent.append(400 + weight(text.encode()) + len(text) // 50)
        return {"bozo": True, "entries": [], "feed": {}, "version": ""}

    entries(broken, "", counted)
    assert sum(spent) < 3 * HEAVIEST


def test_what_a_broken_feed_says_of_itself_is_kept_when_its_items_are_read_one_by_one() -> None:
    body = (
        '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY eacute "&#233;">]><!-- <rss> -->'
        + RSS.replace(
            "%s", "<item><title>At the caf&eacute;</title></item><item><b><link>/2</link><title>Two</title></item>"
        )
        + "<!-- </item> -->"
    )
    items, _ = parse(Document(body.encode(), FeedState(), "https://desk.example/feed", "feed"), "feed", NOW_MS)
    assert [item.title for item in items] == ["At the café", "Two"]
    assert (items[1].source, items[1].url) == ("Desk", "https://desk.example/2")
