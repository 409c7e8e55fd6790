"""Headlines of a file become known one by one, as a feed would bring them."""

from __future__ import annotations

from pathlib import Path

import pytest

from chalicelib.domain import FeedState
from chalicelib.errors import BadInput
from trader.data.news_file import NewsFile

T = 1_750_000_000_000


def news_file(tmp_path: Path, *lines: str) -> NewsFile:
    path = tmp_path / "news.csv"
    path.write_text("\n".join(["time,title,source,url", *lines]), "utf-8")
    return NewsFile(path)


def test_each_headline_is_brought_once_and_not_before_its_time(tmp_path: Path) -> None:
    source = news_file(tmp_path, f"{T},one,desk,u1", f"{T + 5},two,desk,u2", f"{T + 5},three,desk,u3")
    before = source.fetch("f", FeedState(), T - 1)
    assert before.items == ()
    first = source.fetch("f", before.state, T)
    assert [item.title for item in first.items] == ["one"]
    second = source.fetch("f", first.state, T + 5)
    assert [item.title for item in second.items] == ["two", "three"]
    assert source.fetch("f", second.state, T + 10**9).items == ()


def test_a_cursor_of_a_file_that_shrank_brings_nothing(tmp_path: Path) -> None:
    page = news_file(tmp_path, f"{T},one,desk,u").fetch("f", FeedState(etag="5"), T)
    assert page.items == ()


def test_text_is_cleaned_and_the_time_is_when_it_was_known(tmp_path: Path) -> None:
    [item] = (
        news_file(tmp_path, f'{T},"<b>Bitcoin</b> &amp; co",the  desk,https://x.example/1')
        .fetch("f", FeedState(), T)
        .items
    )
    assert (item.title, item.source, item.url) == ("Bitcoin & co", "the desk", "https://x.example/1")
    assert item.published_ms == item.fetched_ms == T


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([f"{T},,desk,u"], "row 1: title is empty"),
        ([f"{T},<br/>,desk,u"], "row 1: title is empty"),
        ([f"{T},one,desk,u", f"{T - 1},two,desk,u"], f"row 2: time {T - 1} lies before"),
        ([f"{T},one"], "row 1: too few columns"),
        (["soon,one,desk,u"], "row 1: time 'soon' must be"),
    ],
)
def test_a_mistake_names_its_row(lines: list[str], message: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        news_file(tmp_path, *lines)
    assert f"news.csv: {message}" in str(caught.value)
