"""Two processes that store the same headlines at once, one of them by what it read before the other wrote."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from chalicelib.adapters.dynamodb import DynamoNewsStore
from chalicelib.domain import DAY_MS, NewsItem
from chalicelib.same_news import Known, shared_keys
from tests.contract.samples import news_item
from tests.support.moto_dynamodb import tables_in_memory

NOTICES = [replace(news_item(number), url="https://status.example/history") for number in range(3)]
UNNAMED = [replace(notice, guid="") for notice in NOTICES]
DAILY = [replace(news_item(number), title="What happened today", published_ms=number * DAY_MS) for number in range(3)]


class LateReader(DynamoNewsStore):
    """Finds nothing at first: all was stored right after it looked."""

    looked = False

    def _look_up(self, keys: Iterable[str]) -> Known:
        if self.looked:
            return super()._look_up(keys)
        self.looked = True
        return {}


@pytest.mark.parametrize("page", [NOTICES, UNNAMED, DAILY])
def test_each_headline_is_stored_once(page: list[NewsItem]) -> None:
    with tables_in_memory() as tables:
        shared = shared_keys(page)
        assert [item for _, item in DynamoNewsStore(tables).add(page[:2], shared)] == page[:2]
        late = LateReader(tables)
        assert [item for _, item in late.add(page, shared)] == page[2:]
        assert late.looked
        assert len(DynamoNewsStore(tables).latest(9)) == 3
