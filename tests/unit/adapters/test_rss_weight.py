"""What reading a feed may cost is counted before a parser begins: heavy documents are refused, large ones read."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from chalicelib.adapters.rss import RssSource
from chalicelib.adapters.rss.charset import text_of_document
from chalicelib.adapters.rss.weight import (
    HEAVIEST,
    LONGEST_TAG,
    MOST_ATTRIBUTES,
    MOST_NAMESPACES,
    WEIGHTS,
    refuse_heavy,
    weight,
)
from chalicelib.domain import FeedState
from chalicelib.errors import BadInput

NOW_MS = 1_760_000_000_000
HEAD = b"<rss version='2.0'><channel><title>Desk</title><item><title>T</title><description>"
TAIL = b"</description></item></channel></rss>"


def attributes(count: int) -> bytes:
    return b"<a " + b" ".join(b"a%d='v'" % number for number in range(count)) + b"/>"


HEAVY = {
    "elements": b"<a/>" * 67_000,
    "closed elements": b"<a>x</a>" * 34_000,
    "attributes of many": attributes(10) * 23_000,
    "attributes of one": attributes(MOST_ATTRIBUTES + 1),
    "attributes without values": b"<a " + b"x " * (MOST_ATTRIBUTES + 1) + b">",
    "attributes that hold angles": b"<a " + b" ".join(b"a%d='>'" % n for n in range(MOST_ATTRIBUTES + 1)) + b"/>",
    "references": b"&amp;" * 500_001,
    "references to characters": b"&#65;" * 500_001,
    "lines": b"x\n" * 500_001,
    "old lines": b"x\r" * 500_001,
    "namespaces": b"".join(b"<n xmlns:n%d='u%d'/>" % (n, n) for n in range(MOST_NAMESPACES + 1)),
    "sections": b"<![CDATA[x]]>" * 67_000,
    "comments": b"<!-- x -->" * 67_000,
    "brackets": b"<![CDATA[" + b"]" * 1_000_001,
    "a long name": b"<" + b"a" * (LONGEST_TAG + 1) + b">",
    "blanks in a tag": b"<a b='c'" + b" " * LONGEST_TAG + b"d='e'>",
    "tags in a section": b"<![CDATA[" + b"<p>x</p>" * 34_000 + b"]]>",
}


@pytest.mark.parametrize("kind", HEAVY)
def test_a_heavy_document_is_refused_before_it_is_parsed(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "feed.xml"
    file.write_bytes(HEAD + HEAVY[kind] + TAIL)
    with pytest.raises(BadInput, match=r"elements|attributes|namespaces|a tag"):
        RssSource().fetch(str(file), FeedState(), NOW_MS)


@pytest.mark.parametrize(
    "inside",
    [
        b"<a/>" * 10_000,
        attributes(MOST_ATTRIBUTES),
        attributes(20) * 1000,
        b"&amp;" * 100_000,
        b"x\n" * 100_000,
        b"x" * 2_000_000,
        b"<img src='data:" + b"x" * 1_000_000 + b"'/>",
        b"<div xmlns='http://www.w3.org/1999/xhtml'/>" * 1000,
        b"<![CDATA[" + b"it's <b title='a > b'>bold</b>, isn't it? \"Yes\" <br> " * 5000 + b"]]>",
    ],
)
def test_a_large_one_is_read(inside: bytes, tmp_path: Path) -> None:
    file = tmp_path / "feed.xml"
    file.write_bytes(HEAD + inside + TAIL)
    assert [item.title for item in RssSource().fetch(str(file), FeedState(), NOW_MS).items] == ["T"]


@pytest.mark.parametrize(
    ("charset", "hidden"),
    [
        ("utf-7", b"+ADw-a/+AD4-"),
        ("unicode_escape", rb"\x3ca/\x3e"),
        ("raw_unicode_escape", rb"\u003ca/\u003e\xe9"),
        ("mac_arabic", b"\xbca/\xbe"),
    ],
)
def test_markup_that_only_a_declared_charset_would_show_is_text(charset: str, hidden: bytes) -> None:
    body = HEAD + hidden * 3 + TAIL
    declared = f"<?xml version='1.0' encoding='{charset}'?>".encode()
    assert text_of_document(declared + body, "").count("<") == body.count(b"<")
    assert text_of_document(body, charset).count("<") == body.count(b"<")


def test_what_begins_as_ebcdic_is_refused() -> None:
    with pytest.raises(BadInput, match="character set"):
        refuse_heavy("<?xml version='1.0'?>".encode("cp037"), "f")


def test_wide_characters_weigh_what_narrow_ones_do(tmp_path: Path) -> None:
    file = tmp_path / "feed.xml"
    file.write_bytes((HEAD + HEAVY["elements"] + TAIL).decode().encode("utf-16"))
    with pytest.raises(BadInput, match="elements"):
        RssSource().fetch(str(file), FeedState(), NOW_MS)


def test_a_weight_is_the_sum_of_its_marks() -> None:
    assert weight(b"".join(mark * 3 for mark in WEIGHTS)) == 3 * sum(WEIGHTS.values())
    assert weight(b"x" * 5_000_000) == 0 < HEAVIEST


LIGHT = {
    "a reference to no character": b"&#" + b"9" * 4_000_000 + b";",
    "a date of words": b"</description><pubDate>" + b"a, " * 1_300_000 + b"</pubDate><description>",
}


@pytest.mark.parametrize("kind", LIGHT)
def test_what_is_read_takes_no_more_memory_than_a_long_text(kind: str, tmp_path: Path) -> None:
    def megabytes(inside: bytes) -> float:
        file = tmp_path / "feed.xml"
        file.write_bytes(HEAD + inside + TAIL)
        tracemalloc.start()
        try:
            assert [item.title for item in RssSource().fetch(str(file), FeedState(), NOW_MS).items] == ["T"]
            return tracemalloc.get_traced_memory()[1] / 1e6
        finally:
            tracemalloc.stop()

    assert megabytes(LIGHT[kind]) < 2 * megabytes(b"x" * 4_000_000)
