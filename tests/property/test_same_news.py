"""However pages are read, again, shuffled, in parts or late, what is news is so once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain import DAY_MS, NewsItem
from chalicelib.headline_holder import Holder
from chalicelib.same_news import Known, keys_asked, shared_keys, sift, unseen

few = st.integers(0, 3)
GUIDS = ("", "urn:a", "urn:b", "42", "https://a.example/x#0", "https://a.example/x#1", "https://a.example/n#n1")
LINKS = ("", "https://a.example/x", "https://a.example/n", "https://b.example/x")
TITLES = ("One", "Two", "One - CoinDesk", "BTC ↑", "BTC ↓")
any_item = st.builds(
    lambda at, fetched, source, title, url, guid: NewsItem(
        None if at == 0 else at * DAY_MS // 2, fetched * DAY_MS, source, title, url, guid
    ),
    few,
    few,
    st.sampled_from("AB"),
    st.sampled_from(TITLES),
    st.sampled_from(LINKS),
    st.sampled_from(GUIDS),
)
pages = st.lists(any_item, max_size=5)


def read(page: list[NewsItem], known: Known) -> list[NewsItem]:
    return unseen(page, shared_keys(page), known)


@given(st.lists(pages, max_size=3), pages, st.randoms(use_true_random=False))
def test_a_page_that_is_read_again_in_any_order_has_no_news(
    earlier: list[list[NewsItem]], page: list[NewsItem], random: object
) -> None:
    known: Known = {}
    for each in (*earlier, page):
        read(each, known)
    again = list(page)
    random.shuffle(again)  # type: ignore[attr-defined]
    assert read(again, known) == []


@given(
    st.lists(st.lists(st.integers(0, 9), unique=True), max_size=6), st.lists(few, min_size=10, max_size=10), st.data()
)
def test_items_of_a_feed_whose_guids_and_titles_differ_are_all_news_once(
    polls: list[list[int]], links: list[int], data: st.DataObject
) -> None:
    """Whatever they have for links, and whichever of them stand on a page together, and in whatever order."""
    dates = data.draw(st.lists(st.none() | few, min_size=10, max_size=10))
    items = [
        NewsItem(None if at is None else at * DAY_MS, 0, "Desk", f"Title {n}", LINKS[links[n]], f"urn:{n}")
        for n, at in enumerate(dates)
    ]
    known: Known = {}
    found = [each for poll in polls for each in read([items[n] for n in poll], known)]
    assert sorted(each.title for each in found) == sorted({items[n].title for poll in polls for n in poll})


@given(st.lists(pages, max_size=3), pages)
def test_every_new_item_has_a_key_that_nothing_had(earlier: list[list[NewsItem]], page: list[NewsItem]) -> None:
    """By which a store that reads what is no longer true notices that another process was first."""
    known: Known = {}
    for each in earlier:
        read(each, known)
    before = set(known)
    for sifted in sift(page, shared_keys(page), known):
        assert not sifted.is_new or sifted.changes.keys() - before
        before |= sifted.changes.keys()


@given(pages, pages)
def test_a_store_that_holds_what_was_asked_decides_as_one_that_holds_all(
    one: list[NewsItem], two: list[NewsItem]
) -> None:
    """What `keys_asked` names is enough."""
    known: Known = {}
    read(one, known)
    shared = shared_keys(two)
    asked: set[str] = set()
    while more := keys_asked(two, shared, {key: known[key] for key in asked & known.keys()}) - asked:
        asked |= more
    part = {key: known[key] for key in asked & known.keys()}
    assert list(sift(two, shared, part)) == list(sift(two, shared, dict(known)))


@given(st.integers(0, 2**53), st.booleans(), st.lists(st.text("0123456789abcdef-", min_size=1), min_size=5, max_size=5))
def test_a_holder_comes_back_from_its_text(time_ms: int, is_dated: bool, prints: list[str]) -> None:
    holder = Holder(time_ms, is_dated, *prints)
    assert Holder.of_text(holder.text()) == holder
