"""Stores of series: what is known once stays, and nothing is put before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from math import isnan, nan
from pathlib import Path

import pytest

from chalicelib.adapters.dynamodb import DynamoSeriesStore, Tables
from chalicelib.adapters.sqlite import Database, SqliteSeriesStore
from chalicelib.domain import SeriesValue
from chalicelib.errors import BadInput
from chalicelib.ports import SeriesStore
from tests.support.dynamodb import created, shared_connection
from tests.support.memory_series import MemorySeriesStore
from tests.support.moto_dynamodb import drop

Open = Callable[[], AbstractContextManager[SeriesStore]]
BTC, ETH, ALL = "BTCUSDT", "ETHUSDT", ""


@pytest.fixture(params=["memory", "sqlite", "dynamodb"])
def opening(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens the one set of values once more, as another process does."""
    if request.param == "memory":
        kept = MemorySeriesStore()
        yield lambda: nullcontext(kept)
    elif request.param == "sqlite":

        @contextmanager
        def opened() -> Iterator[SeriesStore]:
            with Database(tmp_path / "series.sqlite") as database:
                yield SqliteSeriesStore(database)

        yield opened
    else:
        connection = shared_connection(str(request.getfixturevalue("dynamodb_endpoint")))
        prefix = created(connection)
        yield lambda: nullcontext(DynamoSeriesStore(Tables(connection, prefix)))
        drop(prefix)


@pytest.fixture
def store(opening: Open) -> Iterator[SeriesStore]:
    with opening() as opened:
        yield opened


def value(number: float, known_ms: int, symbol: str = ALL, name: str = "funding", evidence: str = "") -> SeriesValue:
    return SeriesValue(name, symbol, number, known_ms, evidence)


def test_nothing_is_known_of_a_series_without_values(store: SeriesStore) -> None:
    assert store.known("funding", BTC, 10**15) is None
    assert store.latest("funding", ALL, 5) == []


def test_a_value_comes_back_as_it_went_to_whoever_opens_the_store(opening: Open) -> None:
    given = value(0.1 + 0.2, 1_700_000_000_123, BTC, evidence="Größe # 1 📈")
    with opening() as first:
        assert first.put([given]) == 1
    with opening() as second:
        assert second.known("funding", BTC, 1_700_000_000_123) == given


def test_a_value_counts_from_its_time_to_the_next_one(store: SeriesStore) -> None:
    store.put([value(1.0, 1_000), value(2.0, 20_000)])
    found = [store.known("funding", BTC, at_ms) for at_ms in (999, 1_000, 19_999, 20_000, 2**62)]
    assert [None if each is None else each.value for each in found] == [None, 1.0, 1.0, 2.0, 2.0]


def test_of_a_symbols_own_values_and_those_of_all_the_newest_counts(store: SeriesStore) -> None:
    store.put([value(1.0, 10), value(3.0, 30), value(2.0, 20, BTC), value(4.0, 30, BTC), value(5.0, 25, ETH)])
    known = [store.known("funding", symbol, at_ms) for symbol, at_ms in ((BTC, 29), (BTC, 30), (ETH, 29), (ETH, 30))]
    assert [each.value for each in known if each] == [2.0, 4.0, 5.0, 3.0]


def test_series_stay_apart(store: SeriesStore) -> None:
    store.put([value(1.0, 10, name="mood"), value(2.0, 5)])
    known = store.known("funding", BTC, 10)
    assert known is not None
    assert known.value == 2.0


def test_a_series_may_be_unknown_from_a_time_on(store: SeriesStore) -> None:
    store.put([value(1.0, 10), value(nan, 20)])
    known = store.known("funding", BTC, 20)
    assert known is not None
    assert isnan(known.value)
    assert store.put([value(nan, 20)]) == 0


def test_the_newest_of_a_symbol_are_listed_newest_first(store: SeriesStore) -> None:
    store.put([value(1.0, 10), value(2.0, 20), value(3.0, 30), value(9.0, 99, BTC)])
    assert [each.value for each in store.latest("funding", ALL, 2)] == [3.0, 2.0]
    assert store.latest("funding", ALL, 0) == []


def test_values_that_are_there_are_passed_over_and_keep_their_evidence(store: SeriesStore) -> None:
    assert store.put([value(1.0, 10, evidence="first"), value(2.0, 20)]) == 2
    assert store.put([value(1.0, 10, evidence="second"), value(2.0, 20), value(3.0, 30)]) == 1
    assert [each.evidence for each in store.latest("funding", ALL, 9)] == ["", "", "first"]


@pytest.mark.parametrize(
    ("late", "words"),
    [
        (value(5.0, 20, BTC), r"funding of BTCUSDT: the value of 1970-01-01T00:00:00.* is 2\.0, not 5\.0: .* never"),
        (value(nan, 20, BTC), "is 2.0, not nan"),
        (value(5.0, 15, BTC), "comes before the newest, .*: nothing is put into the past"),
        (value(5.0, 5, BTC), "nothing is put into the past"),
    ],
)
def test_what_was_known_is_not_changed(late: SeriesValue, words: str, store: SeriesStore) -> None:
    store.put([value(1.0, 10, BTC), value(2.0, 20, BTC), value(3.0, 30, BTC)])
    with pytest.raises(BadInput, match=words):
        store.put([late])
    assert [each.value for each in store.latest("funding", BTC, 9)] == [3.0, 2.0, 1.0]


def test_values_that_are_put_together_are_held_to_each_other(store: SeriesStore) -> None:
    with pytest.raises(BadInput, match="never changed"):
        store.put([value(1.0, 10), value(2.0, 10)])
    with pytest.raises(BadInput, match="into the past"):
        store.put([value(1.0, 40), value(2.0, 30)])


def test_another_symbol_may_be_behind(store: SeriesStore) -> None:
    assert store.put([value(1.0, 10, BTC)]) == 1
    assert store.put([value(2.0, 5, ETH), value(3.0, 7)]) == 2


def test_a_file_of_many_values_is_kept_whole(store: SeriesStore) -> None:
    many = [value(float(each), each * 1_000 + 1) for each in range(250)]
    assert store.put(many) == 250
    assert store.put([*many, value(0.5, 999_999)]) == 1
    assert store.latest("funding", ALL, 999)[::-1] == [*many, value(0.5, 999_999)]
