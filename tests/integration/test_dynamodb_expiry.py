"""What is stored for a time only, as time goes by."""

from __future__ import annotations

from pynamodb.connection import Connection

from chalicelib.adapters.dynamodb import DynamoNewsStore, Tables
from chalicelib.adapters.dynamodb.items import integer
from chalicelib.adapters.dynamodb.tables import BY_NAME, EXPIRES_AT, NEWS, full_name
from tests.contract.samples import news_item
from tests.support.moto_dynamodb import tables_in_memory

DAY_S = 86_400
KEPT_DAYS = 90
START_S = 1_800_000_000


class Days:
    """A real clock that stands where it is put."""

    def __init__(self) -> None:
        self.day = 0

    def now_s(self) -> float:
        return START_S + self.day * DAY_S


def expire(connection: Connection, prefix: str, now_s: float) -> int:
    """Delete what has expired, as DynamoDB does within days; how many items that were."""
    name = full_name(prefix, NEWS)
    items = connection.dispatch("Scan", {"TableName": name})["Items"]
    old = [item for item in items if EXPIRES_AT in item and integer(item, EXPIRES_AT) < now_s]
    for item in old:
        key = {part: item[part] for part, _ in BY_NAME[NEWS].keys}
        connection.dispatch("DeleteItem", {"TableName": name, "Key": key})
    return len(old)


def test_a_headline_that_is_listed_for_longer_than_it_is_kept_is_news_once() -> None:
    items = [news_item(1), news_item(2)]
    days = Days()
    with tables_in_memory() as memory:
        for days.day in range(0, 3 * KEPT_DAYS, 10):
            tables = Tables(memory.connection, memory.prefix, now_s=days.now_s)
            expire(memory.connection, memory.prefix, days.now_s())
            added = DynamoNewsStore(tables, KEPT_DAYS).add(items)  # a new process, that remembers nothing
            assert len(added) == (0 if days.day else 2), f"day {days.day}"


def test_a_headline_that_is_listed_no_more_is_forgotten() -> None:
    days = Days()
    with tables_in_memory() as memory:
        tables = Tables(memory.connection, memory.prefix, now_s=days.now_s)
        assert len(DynamoNewsStore(tables, KEPT_DAYS).add([news_item(1)])) == 1
        days.day = KEPT_DAYS + 1
        assert expire(memory.connection, memory.prefix, days.now_s()) == 4  # the headline and its three keys
        assert len(DynamoNewsStore(tables, KEPT_DAYS).add([news_item(1)])) == 1


def test_young_keys_are_not_written_again() -> None:
    writes: list[str] = []
    days = Days()

    class Writes:
        def before(self, operation: str) -> None:
            writes.append(operation)

        def after(self, operation: str) -> None:
            pass

    with tables_in_memory(Writes()) as memory:
        tables = Tables(memory.connection, memory.prefix, now_s=days.now_s)
        DynamoNewsStore(tables, KEPT_DAYS).add([news_item(1)])
        for day, puts in ((40, 0), (50, 3), (60, 0)):
            days.day = day
            writes.clear()
            DynamoNewsStore(tables, KEPT_DAYS).add([news_item(1)])
            assert writes.count("PutItem") == puts, f"day {day}"
