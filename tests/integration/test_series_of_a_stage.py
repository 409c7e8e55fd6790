"""Values of series as Lambdas read them: from the tables of the stage, at the close that they are known by."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from chalicelib.adapters.dynamodb import DynamoSeriesStore
from chalicelib.adapters.dynamodb.tables import EXPIRES_AT, NEWS
from chalicelib.domain import MINUTE_MS, SeriesValue
from chalicelib.errors import Conflict
from chalicelib.wiring import aws
from tests.support.account import account
from tests.support.moto_dynamodb import tables_in_memory

DAY_S = 86_400


def value(number: float, known_ms: int, name: str = "entry") -> SeriesValue:
    return SeriesValue(name, "", number, known_ms, "a desk")


def test_a_deployed_agent_decides_by_what_was_put_by_the_close(monkeypatch: pytest.MonkeyPatch) -> None:
    text = '[agent]\nsymbols = ["BTCUSDT"]\n[strategy]\nname = "signals"\n[inputs]\nseries_max_age = ["entry=1m"]\n'
    with account(text, monkeypatch, symbols="BTCUSDT") as (stage, _):
        first_ms = stage.clock.now_ms() // MINUTE_MS * MINUTE_MS
        aws.series_store().put([value(1.0, first_ms + MINUTE_MS + 1)])
        for number in range(1, 5):
            stage.minute(first_ms + number * MINUTE_MS)
        decisions, _ = aws.stores().journal.decisions("default", 4)
    seen = [(each.action, [(known.value, known.evidence) for known in each.inputs]) for each in decisions[::-1]]
    assert [action for action, _ in seen] == ["hold", "enter", "hold", "hold"]
    assert seen[1][1][0] == (1.0, "store: a desk")
    assert [repr(inputs[0][0]) for _, inputs in seen] == ["nan", "1.0", "nan", "nan"]


def test_the_newest_value_is_kept_for_good_and_those_before_it_for_a_time() -> None:
    with tables_in_memory() as tables:
        store = DynamoSeriesStore(tables, kept_days=90)
        for known_ms in (1, 2):
            store.put([value(1.0, known_ms)])
        store.put([value(1.0, each) for each in (3, 4, 5)])
        items = [item for item in tables.query(NEWS, "series#entry#") if item["sk"]["S"] != "newest"]
        assert [EXPIRES_AT in item for item in items] == [True, True, True, True, False]
        assert int(items[0][EXPIRES_AT]["N"]) - time.time() > 89 * DAY_S
        in_a_year_s = round(time.time()) + 365 * DAY_S
        store.put([value(1.0, in_a_year_s * 1000)])
        before = tables.get(NEWS, "series#entry#", f"{5:016d}")
        assert before is not None
        assert int(before[EXPIRES_AT]["N"]) == in_a_year_s + 90 * DAY_S  # it counts until then


class Hasty(DynamoSeriesStore):
    """Somebody else puts a later value after it has looked."""

    def _append(self, partition: str, newest_ms: int | None, values: Sequence[SeriesValue]) -> None:
        DynamoSeriesStore(self._tables).put([value(3.0, 30)])
        super()._append(partition, newest_ms, values)


@pytest.mark.parametrize("before", [[], [value(1.0, 10)]])
def test_two_who_put_at_once_do_not_put_into_the_past(before: list[SeriesValue]) -> None:
    """Planted: without the condition on the newest one, a value of 20 would come to stand behind that of 30."""
    with tables_in_memory() as tables:
        store = DynamoSeriesStore(tables)
        store.put(before)
        with pytest.raises(Conflict, match="series entry: somebody else put values"):
            Hasty(tables).put([value(2.0, 20)])
        assert [each.value for each in store.latest("entry", "", 9)] == [3.0, *(each.value for each in before)]
