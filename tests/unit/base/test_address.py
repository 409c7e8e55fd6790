"""What of an address is shown: enough to know the feed by, nothing that opens it."""

from __future__ import annotations

import base64
import uuid
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.address import hidden, secrets_in
from chalicelib.redact import shown_address, without_forms

PUBLIC = [
    "https://www.coindesk.com/arc/outboundfeeds/rss/",
    "https://cointelegraph.com/rss/tag/bitcoin",
    "https://www.theblock.co/rss.xml",
    "https://news.google.com/rss/search?q=bitcoin+price&hl=en-US&gl=US&ceid=US:en",
    "https://www.reddit.com/r/CryptoCurrency/new/.rss?sort=new&limit=100",
    "https://medium.com/feed/@binance",
    "https://feeds.feedburner.com/CoinDesk#latest",
    "https://blog.kraken.com/category/product/asset-listings/feed",
    "https://nitter.net/VitalikButerin/rss",
    "http://127.0.0.1:8931/bitcoin-price-news-2025-11-30",
    "http://[::1]:8080/feed.xml?page=2",
    "file:///srv/tmp0a1b2c3d4e5f/feed.xml",
    "/srv/tmp0a1b2c3d4e5f/feed.xml",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_shown_as_it_is(address: str) -> None:
    assert shown_address(address) == without_forms(address) == address
    assert secrets_in(address) == frozenset()


def spelt(data: bytes) -> list[str]:
    """The bytes as services spell what they draw."""
    url_safe, base32 = base64.urlsafe_b64encode(data).decode(), base64.b32encode(data).decode().rstrip("=")
    return [data.hex(), data.hex().upper(), url_safe, base32, str(uuid.UUID(bytes=data[:16]))]


PLACES = [
    "https://{}@host/feed",
    "https://me:{}@host/feed",
    "https://host/feed/{}/",
    "https://host/{}.xml",
    "https://host/feed;jsessionid={}",
    "https://host/feed?t={}",
    "https://host/feed?q=btc&{}",
    "https://host/feed?q={}",
    "https://host/feed?q=btc&token={}#top",
    "https://host/feed#{}",
]


@given(st.integers(0, 2**64), st.sampled_from(PLACES))
def test_what_was_drawn_is_hidden_wherever_it_stands(seed: int, place: str) -> None:
    for secret in spelt(Random(seed).randbytes(24)):
        address = place.format(secret)
        assert secret not in shown_address(address)
        assert secret not in without_forms(f"cannot read ({address}): refused")
        assert hidden(hidden(address)) == hidden(address)
        if "{}@" not in place:
            assert secret in {*secrets_in(address), *(found.partition(".")[0] for found in secrets_in(address))}


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://host/feed?t=hunter2", "https://host/feed?t=***"),
        ("https://host/feed?pw=x&q=btc", "https://host/feed?pw=***&q=btc"),
        ("https://host/feed?%74oken=x", "https://host/feed?%74oken=***"),
        ("https://me:a/b@host/feed", "https://***@host/feed"),
        ("me:hush@host/feed", "***@host/feed"),
        ("https:/host/feed?t=hunter2", "https:/host/feed?t=***"),  # as a path's text has it
        ("HTTPS://ME:HUSH@HOST/FEED", "HTTPS://***@HOST/FEED"),
        ("https://api.telegram.org/bot12345678:AAE_x-y/feed", "https://api.telegram.org/bot***/feed"),
    ],
)
def test_what_nobody_can_know_to_be_harmless_is_hidden(address: str, shown: str) -> None:
    assert shown_address(address) == shown
