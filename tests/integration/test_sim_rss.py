"""The headlines as an RSS feed."""

from __future__ import annotations

from collections.abc import Iterator
from time import struct_time

import feedparser
import pytest
import requests

from tests.sim_server import START_MS, Running, generated, running


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running(generated()) as server:
        yield server


def read(server: Running, **headers: str) -> requests.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.get(f"{server.url}/news.rss", headers=named, timeout=5)


def test_a_feed_reader_finds_the_newest_headlines_first(server: Running) -> None:
    parsed = feedparser.parse(read(server).content)
    assert not parsed.bozo
    assert len(parsed.entries) == 50
    times = [entry.published_parsed for entry in parsed.entries]
    assert all(isinstance(time, struct_time) for time in times)
    assert times == sorted(times, reverse=True)
    assert len({entry.id for entry in parsed.entries}) == 50
    expected = server.exchange.headlines.between(0, START_MS)[-1]
    assert expected.title in [entry.title for entry in parsed.entries[:2]]


def test_nothing_new_is_304_by_either_validator(server: Running) -> None:
    first = read(server)
    assert read(server, If_None_Match=first.headers["ETag"]).status_code == 304
    assert read(server, If_None_Match="W/" + first.headers["ETag"]).status_code == 304
    assert read(server, If_Modified_Since=first.headers["Last-Modified"]).status_code == 304


@pytest.mark.parametrize(
    "headers",
    [
        {"If_None_Match": '"other"'},
        {"If_Modified_Since": "Mon, 01 Jan 2024 00:00:00 GMT"},
        {"If_Modified_Since": "yesterday"},
        {"If_Modified_Since": "Mon, 01 Jan 2024 00:00:00 -0000"},
    ],
)
def test_a_reader_who_knows_less_gets_all(server: Running, headers: dict[str, str]) -> None:
    assert read(server, **headers).status_code == 200


def test_an_etag_outweighs_a_date(server: Running) -> None:
    modified = read(server).headers["Last-Modified"]
    assert read(server, If_None_Match='"other"', If_Modified_Since=modified).status_code == 200
