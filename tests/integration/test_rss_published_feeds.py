"""Every feed that other projects keep as a fixture: what is read of it, and what another reader expects."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from chalicelib.adapters.rss import RssSource
from chalicelib.domain import FeedState, NewsItem
from chalicelib.errors import BadInput
from chalicelib.headlines import plain_text
from tests.shared_data import SHARED_DATA, shared

NOW_MS = 1_763_000_000_000
NOT_FEEDS = {"nfp_notafeed.html", "rbren_unrecognized.rss"}
WITHOUT_TITLES = {"rbren_incomplete-fields.atom", "rbren_missing-fields.atom"}
COUNTS = {
    "feedjira_DuplicateContentAtomFeed.xml": 10,
    "feedjira_InvalidDateFormat.xml": 2,
    "feedjira_google_alerts_atom.xml": 20,
    "ffp_malformed_rss_namespaced.xml": 2,
    "nfp_illegally-nested.xml": 10,
    "nfp_saxerror.xml": 3,
    "rbren_encoding.rss": 40,
    "rbren_guardian.rss": 55,
    "rbren_heise.atom": 15,
    "rbren_reddit-home.rss": 24,
    "rbren_rss-1.rss": 69,
    "rbren_uolNoticias.rss": 15,
}
FEEDS = sorted(p.name for p in (SHARED_DATA / "rss").glob("*") if p.suffix not in (".json", ".md")) or ["absent.xml"]
EXPECTED = sorted(p.name for p in (SHARED_DATA / "rss").glob("*.serde.json")) or ["absent.serde.json"]


def items_of(file: Path) -> tuple[NewsItem, ...]:
    return RssSource().fetch(str(file), FeedState(), NOW_MS).items


@pytest.mark.parametrize("name", FEEDS)
def test_a_published_feed_gives_clean_items_or_one_clear_line(name: str) -> None:
    file = shared(f"rss/{name}")
    if name in NOT_FEEDS:
        with pytest.raises(BadInput, match=r"^[^\n]+ no RSS or Atom feed$"):
            items_of(file)
        return
    items = items_of(file)
    assert len(items) == COUNTS.get(name, len(items))
    assert bool(items) != (name in WITHOUT_TITLES)
    for item in items:
        assert item.title == plain_text(item.title) != ""
        assert item.source
        assert item.url == "" or item.url.startswith(("http://", "https://"))
        assert item.published_ms is None or 631_152_000_000 <= item.published_ms <= NOW_MS


@pytest.mark.parametrize("name", EXPECTED)
def test_items_are_those_that_feed_rs_expects(name: str) -> None:
    expected = json.loads(shared(f"rss/{name}").read_text(encoding="utf-8"))
    items = items_of(shared(f"rss/{name.replace('.serde.json', '.xml')}"))
    assert len(items) == len(expected["entries"])
    for item, entry in zip(items, expected["entries"], strict=True):
        assert item.title == plain_text(entry["title"]["content"])
        assert item.source == plain_text(expected["title"]["content"])
        dated = entry["published"] or entry["updated"]
        if item.published_ms is not None or not (dated or "").endswith("T00:00:00Z"):  # its midnight for a day alone
            assert item.published_ms == (dated and round(datetime.fromisoformat(dated).timestamp() * 1000))
        for link in entry["links"][:1]:
            assert item.url.endswith(link["href"])  # feed-rs leaves relative links as they are
