"""Texts that processes share, and the ledger of unfilled orders that they hold, over every adapter."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.adapters.binance.order_limits import UnfilledLedger, end_ms
from chalicelib.adapters.dynamodb import DynamoTexts, Tables
from chalicelib.adapters.memory_texts import MemoryTexts
from chalicelib.adapters.sqlite import SqliteTexts
from chalicelib.adapters.sqlite.database import APPLICATION_ID
from chalicelib.adapters.sqlite.migrations import MIGRATIONS
from chalicelib.errors import BadInput
from chalicelib.feed_key import feed_key
from chalicelib.ports import SharedTexts
from tests.support.dynamodb import created, shared_connection
from tests.support.moto_dynamodb import drop

NOW_MS = 1_700_000_001_000
ENDS_MS = end_ms("10S", NOW_MS)
MOST = 7
BEFORE_TEXTS = 9
"""The schema of files in which no texts were shared."""


@dataclass(frozen=True)
class SqliteFamily:
    path: Path

    def open(self) -> SharedTexts:
        return SqliteTexts(self.path)


@dataclass(frozen=True)
class DynamoFamily:
    endpoint: str
    prefix: str

    def open(self) -> SharedTexts:
        return DynamoTexts(Tables(shared_connection(self.endpoint), self.prefix))


@dataclass(frozen=True)
class MemoryFamily:
    texts: MemoryTexts

    def open(self) -> SharedTexts:
        return self.texts


Family = SqliteFamily | DynamoFamily | MemoryFamily


@pytest.fixture(params=["memory", "sqlite", "dynamodb"])
def family(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Family]:
    if request.param == "memory":
        yield MemoryFamily(MemoryTexts())
    elif request.param == "sqlite":
        yield SqliteFamily(tmp_path / "exchange.sqlite")
    else:
        endpoint = str(request.getfixturevalue("dynamodb_endpoint"))
        made = DynamoFamily(endpoint, created(shared_connection(endpoint)))
        yield made
        drop(made.prefix)


def reserved(family: Family, tries: int) -> int:
    """How many of so many single orders one more process may send."""
    ledger = UnfilledLedger(family.open())
    return len([None for _ in range(tries) if ledger.reserve(1, NOW_MS) == 0.0])


def limited(family: Family, most: int = MOST) -> UnfilledLedger:
    ledger = UnfilledLedger(family.open())
    ledger.learn({"10S": most})
    return ledger


def test_a_text_is_empty_at_first_and_then_what_was_made_of_it(family: Family) -> None:
    assert family.open().change("one", lambda text: text + "a") == ""
    assert family.open().change("one", lambda text: text + "b") == "a"
    assert family.open().change("one", lambda text: text) == "ab"
    assert family.open().change("two", lambda text: text) == ""


def test_who_fails_to_make_a_text_changes_nothing(family: Family) -> None:
    def fail(text: str) -> str:
        raise BadInput(text)

    family.open().change("one", lambda text: "a")
    with pytest.raises(BadInput):
        family.open().change("one", fail)
    assert family.open().change("one", lambda text: text) == "a"


def test_threads_that_race_lose_no_change(family: Family) -> None:
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: family.open().change("one", lambda text: text + "x"), range(24)))
    assert family.open().change("one", lambda text: text) == "x" * 24


def test_processes_that_race_send_no_more_than_there_may_be(family: Family, processes: ProcessPoolExecutor) -> None:
    ledger = limited(family)
    if isinstance(family, MemoryFamily):
        assert reserved(family, 9) == MOST
    else:
        assert sum(processes.map(reserved, [family] * 3, [5] * 3)) == MOST
    assert ledger.reserve(1, NOW_MS) == (ENDS_MS - NOW_MS) / 1000


def test_who_crashed_before_sending_blocks_until_the_window_ends_and_no_longer(family: Family) -> None:
    assert limited(family).reserve(MOST, NOW_MS) == 0.0
    after = UnfilledLedger(family.open())
    assert after.reserve(1, ENDS_MS - 1) == 0.001
    assert after.reserve(MOST, ENDS_MS) == 0.0


def test_an_answer_that_was_overtaken_frees_nothing(family: Family) -> None:
    ledger = limited(family)
    ledger.reserve(MOST, NOW_MS)
    ledger.record({"10S": 1}, NOW_MS)
    assert ledger.reserve(1, NOW_MS) > 0.0


def test_what_other_keys_place_counts_as_the_exchange_tells_it(family: Family) -> None:
    limited(family).record({"10S": MOST}, NOW_MS)
    assert UnfilledLedger(family.open()).reserve(1, NOW_MS) > 0.0
    assert UnfilledLedger(family.open()).reserve(1, ENDS_MS) == 0.0


def test_all_wait_where_one_was_told_to(family: Family) -> None:
    limited(family).close(30.0, NOW_MS)
    limited(family).close(1.0, NOW_MS)
    assert UnfilledLedger(family.open()).reserve(1, NOW_MS + 20_000) == 10.0


def test_who_is_behind_at_the_turn_of_a_window_frees_nothing_of_the_next(family: Family) -> None:
    ahead = limited(family)
    assert ahead.reserve(MOST - 1, ENDS_MS) == 0.0
    assert UnfilledLedger(family.open()).reserve(1, ENDS_MS - 1) == 0.0
    assert ahead.reserve(1, ENDS_MS + 1) > 0.0


def test_an_exchange_that_begins_anew_is_not_held_by_what_was_later(family: Family) -> None:
    ledger = limited(family)
    ledger.reserve(MOST, NOW_MS)
    ledger.close(10_000.0, NOW_MS)
    assert ledger.reserve(MOST, NOW_MS - 3_600_000) == 0.0
    ledger.close(5.0, NOW_MS - 3_500_000)
    assert ledger.reserve(1, NOW_MS - 3_500_000) == 5.0


def test_accounts_count_apart(family: Family) -> None:
    limited(family).reserve(MOST, NOW_MS)
    assert UnfilledLedger(family.open(), "another").reserve(MOST, NOW_MS) == 0.0


def test_a_file_of_an_earlier_version_is_brought_up_to_date(tmp_path: Path) -> None:
    older = tmp_path / "exchange.sqlite"
    with closing(sqlite3.connect(older)) as connection:
        connection.create_function("feed_key", 1, feed_key)
        for statement in chain(*MIGRATIONS[:BEFORE_TEXTS]):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {BEFORE_TEXTS}")
        connection.commit()
    assert UnfilledLedger(SqliteTexts(older)).reserve(1, NOW_MS) == 0.0


@pytest.mark.parametrize(
    "damage", ["{", "[]", "{}", '{"limits": {}, "counts": {"10S": 1}, "closed_ms": 0, "closed_until_ms": 0}']
)
def test_a_damaged_ledger_lets_nothing_pass(damage: str) -> None:
    texts = MemoryTexts()
    texts.change("unfilled account", lambda _: damage)
    with pytest.raises(BadInput, match="ledger of unfilled orders cannot be read"):
        UnfilledLedger(texts).reserve(1, NOW_MS)


Step = tuple[int, int]


@given(st.lists(st.tuples(st.integers(0, 4_000), st.integers(1, 3)), max_size=40))
def test_no_window_ever_gets_more_than_it_may(steps: list[Step]) -> None:
    ledger, now_ms = UnfilledLedger(MemoryTexts()), NOW_MS
    ledger.learn({"10S": MOST, "1M": 20})
    sent: dict[tuple[str, int], int] = {}
    for pause_ms, orders in steps:
        now_ms += pause_ms
        wait_s = ledger.reserve(orders, now_ms)
        windows = [(window, end_ms(window, now_ms)) for window in ("10S", "1M")]
        fits = all(sent.get(each, 0) + orders <= most for each, most in zip(windows, (MOST, 20), strict=True))
        assert (wait_s == 0.0) is fits
        for each in windows if fits else []:
            sent[each] = sent.get(each, 0) + orders
