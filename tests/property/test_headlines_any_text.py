"""Whatever a publisher sends, a headline is clean text with stable keys."""

from __future__ import annotations

import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.domain import NewsItem
from chalicelib.headlines import TITLE_LIMIT, canonical_link, normalised_title, plain_text
from tests.support.headline_keys import keys_of

MARKUP = st.text(st.sampled_from("<>&;/!-[]ab=\"' \t\n\u202e\u200b\x00#x0gltamp"), max_size=200)
ANY_TEXT = st.text(max_size=300) | MARKUP


@given(ANY_TEXT)
def test_text_is_short_composed_and_visible(raw: str) -> None:
    text = plain_text(raw)
    assert len(text) <= TITLE_LIMIT
    assert text == " ".join(text.split())
    assert not [c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs")]
    assert unicodedata.is_normalized("NFC", text)


@given(ANY_TEXT)
def test_a_normalised_title_is_its_own_key(raw: str) -> None:
    key = normalised_title(raw)
    assert normalised_title(key) == key
    assert normalised_title(raw.replace(" ", "  ") + " ") == key


HOSTS = st.text(max_size=20) | st.text(st.sampled_from("w.:[]1ag@%"), max_size=12).map("www.{}".format)


@given(st.text(max_size=100) | st.builds("http://{}/{}?{}".format, HOSTS, st.text(max_size=20), st.text(max_size=20)))
@example("http://www.www.a.example/b")
@example("http://./a")
@example("http://[::1]:8000/a")
@example("http://google.com/%75rl/?url=https://a.example/b")
def test_a_canonical_link_is_its_own_key(url: str) -> None:
    link = canonical_link(url)
    assert canonical_link(link) == link
    link.encode()


@given(ANY_TEXT, ANY_TEXT, ANY_TEXT)
def test_keys_are_few_distinct_and_made_for_any_item(title: str, url: str, guid: str) -> None:
    keys = keys_of(NewsItem(None, 0, "source", title, url, guid))
    assert len(keys) == len(set(keys)) <= 3
    assert keys or not (title.strip() or guid.strip())
