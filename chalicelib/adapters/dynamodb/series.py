"""Values of named series, beside the headlines: a small item each.

pk                    sk         what
series#NAME#SYMBOL    known_ms   a value; of all symbols under none
series#NAME#SYMBOL    newest     the known_ms of the newest, which alone does not expire
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, islice

from chalicelib.adapters.dynamodb.client import MOST_IN_A_TRANSACTION, Operation, Tables, attribute
from chalicelib.adapters.dynamodb.faults import Cancelled
from chalicelib.adapters.dynamodb.items import Item, integer, new_nonce, number, text
from chalicelib.adapters.dynamodb.tables import EXPIRES_AT, NEWS
from chalicelib.domain import SeriesValue
from chalicelib.errors import Conflict
from chalicelib.series import is_new

_NEWEST = "newest"
"""Range key of the item that names the newest value: behind all times, so that a query up to a time never meets it."""
_LATEST_MS = 10**15
_OF_A_CHUNK = MOST_IN_A_TRANSACTION - 2


class DynamoSeriesStore:
    """`SeriesStore`. The newest value of a series and symbol is kept for good, those before it for some weeks more."""

    def __init__(self, tables: Tables, kept_days: int = 90) -> None:
        self._tables = tables
        self._kept_days = kept_days

    def put(self, values: Sequence[SeriesValue]) -> int:
        by_partition = sorted(values, key=_partition_of)
        new = [self._put(partition, list(group)) for partition, group in groupby(by_partition, _partition_of)]
        return sum(map(len, new))

    def known(self, name: str, symbol: str, at_ms: int) -> SeriesValue | None:
        found = [each for of in dict.fromkeys((symbol, "")) for each in self._until(name, of, at_ms, 1)]
        return max(
            found, key=lambda each: each.known_ms, default=None
        )  # of two of one time the first: the symbol's own

    def latest(self, name: str, symbol: str, count: int) -> list[SeriesValue]:
        return self._until(name, symbol, _LATEST_MS, count)

    def _put(self, partition: str, values: list[SeriesValue]) -> list[SeriesValue]:
        head = self._tables.get(NEWS, partition, _NEWEST)
        newest_ms = None if head is None else integer(head, "known_ms")
        stored = {} if newest_ms is None else self._stored(partition, values)
        new: list[SeriesValue] = []
        for value in values:
            after_ms = new[-1].known_ms if new else newest_ms
            same = new[-1] if new and new[-1].known_ms == value.known_ms else stored.get(value.known_ms)
            if is_new(value, after_ms, same):
                new.append(value)
        for start in range(0, len(new), _OF_A_CHUNK):
            chunk = new[start : start + _OF_A_CHUNK]
            self._append(partition, newest_ms, chunk)
            newest_ms = chunk[-1].known_ms
        return new

    def _stored(self, partition: str, values: Sequence[SeriesValue]) -> dict[int, SeriesValue]:
        """What is stored from the first of these times to the last."""
        times = [value.known_ms for value in values]
        bounds = attribute("sk").between(text(_range_key(min(times))), text(_range_key(max(times))))
        return {each.known_ms: each for each in map(_value, self._tables.query(NEWS, partition, bounds))}

    def _append(self, partition: str, newest_ms: int | None, values: Sequence[SeriesValue]) -> None:
        """Store values behind the newest, which begins to age as they come. Raises Conflict where it is another one."""
        expiry, known_ms = self._expiry_behind(values[-1]), attribute("known_ms")
        met = known_ms.does_not_exist() if newest_ms is None else known_ms == number(newest_ms)
        moved = [known_ms.set(number(values[-1].known_ms))]
        operations: list[Operation] = [self._tables.updating(NEWS, (partition, _NEWEST), moved, met)]
        if newest_ms is not None:
            ages = [attribute(EXPIRES_AT).set(expiry[EXPIRES_AT])]
            operations.append(self._tables.updating(NEWS, (partition, _range_key(newest_ms)), ages))
        older = [{**_item(partition, value), **expiry} for value in values[:-1]]
        operations += [self._tables.putting(NEWS, item) for item in (*older, _item(partition, values[-1]))]
        try:
            self._tables.transact(operations, new_nonce()["B"].hex())
        except Cancelled as error:
            raise Conflict(f"series {values[0].name}: somebody else put values at this moment; try again") from error

    def _expiry_behind(self, newest: SeriesValue) -> Item:
        """Of values before this one, which may be known only from a later time on."""
        from_now_s = integer(self._tables.expiry(self._kept_days), EXPIRES_AT)
        return {EXPIRES_AT: number(max(from_now_s, newest.known_ms // 1000 + self._kept_days * 86_400))}

    def _until(self, name: str, symbol: str, at_ms: int, count: int) -> list[SeriesValue]:
        if count <= 0:
            return []
        partition, bounds = _partition(name, symbol), attribute("sk") <= text(_range_key(min(at_ms, _LATEST_MS)))
        found = self._tables.query(NEWS, partition, bounds, newest_first=True, page=count, consistent=False)
        return [_value(item) for item in islice(found, count)]


def _partition(name: str, symbol: str) -> str:
    """The partition of these values; no other of the table has a # in its name."""
    return f"series#{name}#{symbol}"


def _partition_of(value: SeriesValue) -> str:
    return _partition(value.name, value.symbol)


def _range_key(known_ms: int) -> str:
    return f"{known_ms:016d}"


def _item(partition: str, value: SeriesValue) -> Item:
    # The value as text: a DynamoDB number holds neither every float's digits nor NaN.
    body = {"value": text(repr(value.value)), "evidence": text(value.evidence)}
    return {"pk": text(partition), "sk": text(_range_key(value.known_ms)), **body}


def _value(item: Item) -> SeriesValue:
    _, name, symbol = item["pk"]["S"].split("#")
    return SeriesValue(name, symbol, float(item["value"]["S"]), int(item["sk"]["S"]), item["evidence"]["S"])
