"""Minutes wait in the agent's item and move out in blocks: nothing is lost or shown twice, whoever moves them when."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from chalicelib.adapters.dynamodb import DynamoJournal, DynamoPortfolioStore, Tables, minutes
from chalicelib.adapters.dynamodb.head import head_of, read_head
from chalicelib.adapters.dynamodb.minutes import Line
from chalicelib.adapters.dynamodb.portfolio import MOST_RECORDS
from chalicelib.adapters.dynamodb.tables import MINUTES
from chalicelib.domain import Change, Order, Sentiment
from chalicelib.errors import BadInput, Conflict, Unavailable
from tests.contract.samples import AGENT, decision, equity_point, full_change, minute_ms, order
from tests.support.moto_dynamodb import tables_in_memory


def quiet(version: int) -> Change:
    """A minute in which nothing was ordered or booked."""
    return replace(full_change(version), entries=(), fills=(), trades=())


def trade_on(tables: Tables, first: int, last: int) -> None:
    store = DynamoPortfolioStore(tables)
    for version in range(first, last + 1):
        store.commit(quiet(version))


def points(tables: Tables) -> list[int]:
    return [point.time_ms for point in DynamoJournal(tables).equity(AGENT, 0, minute_ms(10_000))]


def waiting(tables: Tables) -> tuple[Line, ...]:
    item = read_head(tables, AGENT)
    assert item is not None
    return head_of(item).waiting


def test_minutes_move_out_in_blocks_and_are_all_there() -> None:
    with tables_in_memory() as tables:
        trade_on(tables, 1, 60)
        blocks = list(tables.query(MINUTES, AGENT))
        assert 0 < len(blocks) < 30
        assert 0 < len(waiting(tables)) < 30
        assert points(tables) == [minute_ms(number) for number in range(1, 61)]


def test_a_limit_that_there_is_not_costs_nothing_and_reads_as_none() -> None:
    change = quiet(1)
    text = '"a",\\"max_age_ms":null,"max_age_ms":null'
    for max_age_ms, count in ((None, 0), (60_000, len(change.decisions))):
        told = [replace(each, sentiment=Sentiment(0.0, (), text, max_age_ms)) for each in change.decisions]
        line = minutes.line_of(replace(change, decisions=tuple(told)))
        assert line is not None
        assert line.body.count('"max_age_ms":') == count
        assert minutes.minute_of(line).decisions == tuple(told)


def test_a_commit_of_more_records_than_a_cursor_can_tell_apart_is_refused_and_writes_nothing() -> None:
    change = full_change(1)
    too_many = (
        replace(change, decisions=change.decisions[:1] * MOST_RECORDS),
        replace(change, fills=change.fills[:1] * MOST_RECORDS),
        replace(change, trades=change.trades[:1] * MOST_RECORDS),
    )
    with tables_in_memory() as tables:
        for each in too_many:
            with pytest.raises(BadInput, match="1000 records in one commit, fewer than 1000 allowed"):
                DynamoPortfolioStore(tables).commit(each)
        assert read_head(tables, AGENT) is None


def test_a_run_that_fell_asleep_before_it_copied_takes_nothing_back() -> None:
    with tables_in_memory() as tables:
        trade_on(tables, 1, 2)
        asleep = waiting(tables)
        trade_on(tables, 3, 40)
        minutes.copy_out(tables, AGENT, asleep, kept_days=90)
        assert points(tables) == [minute_ms(number) for number in range(1, 41)]


def test_a_block_that_was_copied_but_not_left_out_yet_is_shown_once() -> None:
    with tables_in_memory() as tables:
        trade_on(tables, 1, 2)
        minutes.copy_out(tables, AGENT, waiting(tables), kept_days=90)
        assert points(tables) == [minute_ms(1), minute_ms(2)]
        assert len(DynamoJournal(tables).decisions(AGENT, 9)[0]) == 2
        trade_on(tables, 3, 30)
        assert points(tables) == [minute_ms(number) for number in range(1, 31)]


class NoMinutes(Tables):
    """Tables of which that of the minutes cannot be written."""

    def put(self, table: str, *arguments: object, **named: object) -> None:
        if table == MINUTES:
            raise Unavailable("DynamoDB PutItem of minutes: throttled")
        super().put(table, *arguments, **named)  # type: ignore[arg-type]


def test_minutes_wait_longer_while_their_table_cannot_be_written() -> None:
    with tables_in_memory() as tables:
        trade_on(NoMinutes(tables.connection, tables.prefix), 1, 50)
        assert len(waiting(tables)) == 50
        trade_on(tables, 51, 52)
        assert points(tables) == [minute_ms(number) for number in range(1, 53)]
        assert len(waiting(tables)) < 10


def test_large_minutes_wait_until_the_item_is_full_and_then_for_their_table() -> None:
    random = Random(1)

    def large(version: int) -> Change:
        evidence = tuple((f"{number:08d}", random.random()) for number in range(12_000))
        minute = replace(decision(version), sentiment=Sentiment(0.5, evidence))
        return replace(quiet(version), decisions=(minute,))

    with tables_in_memory() as tables:
        store = DynamoPortfolioStore(NoMinutes(tables.connection, tables.prefix))
        store.commit(large(1))
        store.commit(large(2))
        with pytest.raises(Unavailable, match="minutes: throttled"):
            store.commit(large(3))
        assert len(waiting(tables)) == 2
        DynamoPortfolioStore(tables).commit(large(3))
        assert points(tables) == [minute_ms(number) for number in range(1, 4)]


def test_an_earlier_minute_is_refused() -> None:
    with tables_in_memory() as tables:
        trade_on(tables, 1, 5)
        with pytest.raises(Conflict, match="stored before: the minute"):
            DynamoPortfolioStore(tables).commit(replace(quiet(6), equity=equity_point(3)))


def test_more_entries_than_a_transaction_holds_are_refused_in_words() -> None:
    def many(count: int) -> tuple[Order, ...]:
        return tuple(replace(order(2), client_id=f"many-{number}") for number in range(count))

    with tables_in_memory() as tables:
        store = DynamoPortfolioStore(tables)
        store.commit(full_change(1))
        with pytest.raises(BadInput, match="96 entries in one minute, at most 95 fit into a commit"):
            store.commit(replace(full_change(2), entries=many(96)))
        store.commit(replace(full_change(2), entries=many(95)))
