"""A write that was done but whose answer got lost is repeated by botocore: it must count as done, and only once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from botocore.exceptions import ConnectionClosedError

from chalicelib.adapters.dynamodb import DynamoCandleStore, DynamoPortfolioStore, DynamoTexts
from chalicelib.adapters.dynamodb.faults import Cancelled, ConditionFailed
from chalicelib.adapters.dynamodb.items import Attribute, Item
from chalicelib.domain import Change, IndicatorRecord, ScoredNews
from chalicelib.errors import Conflict, Unavailable
from tests.contract.backends import Stores, dynamodb_stores
from tests.contract.samples import AGENT, candle, flag, full_change, minute_ms, news_item, score, tick
from tests.support.moto_dynamodb import tables_in_memory


class LosesAnswers:
    """Loses the answers of the next `writes` writes."""

    writes = 0
    lost = 0

    def before(self, operation: str) -> None:
        pass

    def after(self, operation: str) -> None:
        if self.writes and operation in ("PutItem", "UpdateItem", "TransactWriteItems"):
            self.writes -= 1
            self.lost += 1
            raise ConnectionClosedError(endpoint_url="dynamodb")


def quiet(version: int) -> Change:
    """A minute in which nothing was ordered or booked."""
    return replace(full_change(version), entries=(), fills=(), trades=())


def append_one(stores: Stores) -> None:
    assert stores.candles.append([candle(9)]) == 1


def append_some(stores: Stores) -> None:
    assert stores.candles.append([candle(1), candle(2)]) == 2


def fold(stores: Stores) -> None:
    stores.indicators.commit(IndicatorRecord("BTCUSDT/rule", 1, {"closes": 1}), [tick(0)])
    assert stores.indicators.load("BTCUSDT/rule").version == 1


def commit_a_trade(stores: Stores) -> None:
    stores.portfolios.commit(full_change(2))
    assert len(stores.journal.fills(AGENT)) == 2


def commit_a_minute(stores: Stores) -> None:
    stores.portfolios.commit(quiet(2))
    assert len(stores.journal.decisions(AGENT, 9)[0]) == 2


def throw(stores: Stores) -> None:
    stores.halts.throw(flag(flatten=True))
    assert stores.halts.flags(AGENT) == [flag(flatten=True)]


def add(stores: Stores) -> None:
    added = stores.news.add([news_item(1), news_item(2)])
    assert stores.news.unscored(9) == added
    assert len(added) == 2


def record(stores: Stores) -> None:
    [(news_id, item)] = stores.news.unscored(9) or stores.news.add([news_item(3)])
    stores.news.record([ScoredNews(news_id, item, score(0.5), minute_ms(1))])
    assert len(stores.news.known("BTCUSDT", minute_ms(1), 9)) == 1


def count_failures(stores: Stores) -> None:
    assert stores.failures.count(AGENT, None) == 1
    assert stores.failures.count(AGENT, None) == 2


WRITES = (append_one, append_some, fold, commit_a_trade, commit_a_minute, throw, add, record, count_failures)


@pytest.mark.parametrize("write", WRITES)
def test_a_write_whose_answer_was_lost_is_done_once(write: Callable[[Stores], None]) -> None:
    loses = LosesAnswers()
    with tables_in_memory(loses) as tables:
        stores = dynamodb_stores(tables)
        stores.portfolios.commit(full_change(1))
        loses.writes = 1
        write(stores)
        assert loses.lost == 1


@pytest.mark.parametrize("before", ["", "a"])
def test_a_shared_text_whose_answer_was_lost_is_made_once(before: str) -> None:
    loses = LosesAnswers()
    with tables_in_memory(loses) as tables:
        texts = DynamoTexts(tables)
        texts.change("one", lambda _: before)
        loses.writes = 1
        assert texts.change("one", lambda text: text + "b") == before
        assert texts.change("one", lambda text: text) == before + "b"
        assert loses.lost == 1


class TakesEveryRefusalForAnothers(DynamoPortfolioStore):
    """Planted defect: nobody asks whose write it was that stands in the way."""

    def _judge(
        self, change: Change, stored: Item | None, retried: bool, nonce: Attribute, refusal: ConditionFailed | Cancelled
    ) -> None:
        super()._judge(change, stored, retried, {"B": b""}, refusal)


@pytest.mark.parametrize("write", [commit_a_trade, commit_a_minute])
def test_a_store_that_does_not_know_its_own_write_is_noticed(write: Callable[[Stores], None]) -> None:
    loses = LosesAnswers()
    with tables_in_memory(loses) as tables:
        stores = dynamodb_stores(tables, TakesEveryRefusalForAnothers)
        stores.portfolios.commit(full_change(1))
        loses.writes = 1
        with pytest.raises(Conflict):
            write(stores)


def test_another_writer_is_never_taken_for_oneself() -> None:
    with tables_in_memory() as tables:
        one, other = dynamodb_stores(tables), dynamodb_stores(tables)
        for stores in (one, other):
            stores.portfolios.load(AGENT)
        one.portfolios.commit(full_change(1))
        with pytest.raises(Conflict):
            other.portfolios.commit(full_change(1))
        assert DynamoCandleStore(tables).append([candle(0)]) == 1
        assert DynamoCandleStore(tables).append([candle(0)]) == 0


def test_a_commit_that_others_have_gone_on_from_is_unknown_and_not_refused() -> None:
    """Our write succeeded unheard, and before it was repeated another writer had built on it."""

    class RivalGoesOn(LosesAnswers):
        def after(self, operation: str) -> None:
            if self.writes:
                self.writes = 0
                rival.portfolios.load(AGENT)
                rival.portfolios.commit(quiet(3))
                raise ConnectionClosedError(endpoint_url="dynamodb")

    goes_on = RivalGoesOn()
    with tables_in_memory(goes_on) as tables:
        rival = dynamodb_stores(tables)
        rival.portfolios.commit(full_change(1))
        stores = dynamodb_stores(tables)
        stores.portfolios.load(AGENT)
        goes_on.writes = 1
        with pytest.raises(Unavailable, match="an earlier try may have been written"):
            stores.portfolios.commit(quiet(2))


def test_answers_that_never_come_are_unavailable() -> None:
    loses = LosesAnswers()
    with tables_in_memory(loses) as tables:
        stores = dynamodb_stores(tables)
        loses.writes = 3
        with pytest.raises(Unavailable, match="DynamoDB UpdateItem of halts: no answer"):
            stores.halts.throw(flag())
