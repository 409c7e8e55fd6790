"""Candles: a ring buffer per symbol, one item each."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from chalicelib.adapters.dynamodb.client import MOST_IN_A_TRANSACTION, Tables, attribute
from chalicelib.adapters.dynamodb.faults import Cancelled, ConditionFailed
from chalicelib.adapters.dynamodb.items import NONCE, Attribute, Item, has_nonce, integer, new_nonce, number, text
from chalicelib.adapters.dynamodb.tables import CANDLES
from chalicelib.domain import DAY_MS, MINUTE_MS, Candle
from chalicelib.errors import BadInput

_ABSENT = attribute("symbol").does_not_exist()


class DynamoCandleStore:
    """`CandleStore` of one-minute candles. `append` raises BadInput for another interval.

    Candles are stored oldest first, so that a failure in between leaves no gap before the newest stored one.
    """

    def __init__(self, tables: Tables, kept_days: int = 14) -> None:
        self._tables = tables
        self._kept_days = kept_days

    def append(self, candles: Sequence[Candle], kept: int = 0) -> int:
        for candle in candles:
            if candle.interval_ms != MINUTE_MS:
                raise BadInput(f"{candle.symbol}: a candle of {candle.interval_ms} ms; the store keeps {MINUTE_MS} ms")
        first = {(candle.open_ms, candle.symbol): candle for candle in reversed(candles)}
        distinct = [first[key] for key in sorted(first)]
        days = max(self._kept_days, -(-kept * MINUTE_MS // DAY_MS))
        if len(distinct) == 1:
            return self._append_one(distinct[0], days)
        starts = range(0, len(distinct), MOST_IN_A_TRANSACTION)
        return sum(self._append_many(distinct[start : start + MOST_IN_A_TRANSACTION], days) for start in starts)

    def after(self, symbol: str, open_ms: int | None, limit: int) -> list[Candle]:
        if limit <= 0:
            return []
        bounds = None if open_ms is None else attribute("open_ms") > number(open_ms)
        found = self._tables.query(CANDLES, symbol, bounds, page=limit)
        return [_candle(item) for item in islice(found, limit)]

    def last(self, symbol: str, count: int) -> list[Candle]:
        if count <= 0:
            return []
        found = self._tables.query(CANDLES, symbol, newest_first=True, page=count)
        return [_candle(item) for item in islice(found, count)][::-1]

    def _append_one(self, candle: Candle, days: int) -> int:
        nonce = new_nonce()
        try:
            self._tables.put(CANDLES, self._item(candle, nonce, days), _ABSENT)
        except ConditionFailed as refused:
            return int(has_nonce(refused.stored, nonce))
        return 1

    def _append_many(self, candles: list[Candle], days: int) -> int:
        """Store those not stored yet in one transaction, which is made anew without those found there.

        Only a failed condition says that a candle is there: one that was throttled or contended is written anew.
        """
        while candles:
            nonce = new_nonce()
            items = [self._tables.putting(CANDLES, self._item(candle, nonce, days), _ABSENT) for candle in candles]
            try:
                self._tables.transact(items, nonce["B"].hex())
            except Cancelled as cancelled:
                if any(reason is not None and has_nonce(reason.stored, nonce) for reason in cancelled.reasons):
                    break
                left = zip(candles, cancelled.reasons, strict=True)
                candles = [candle for candle, reason in left if reason is None]
                continue
            break
        return len(candles)

    def _item(self, candle: Candle, nonce: Attribute, days: int) -> Item:
        prices = (candle.open, candle.high, candle.low, candle.close, candle.volume)
        return {
            "symbol": text(candle.symbol),
            "open_ms": number(candle.open_ms),
            # As text: a DynamoDB number holds neither every float's digits nor its range.
            "ohlcv": text(" ".join(map(repr, prices))),
            NONCE: nonce,
            **self._tables.expiry(days),
        }


def _candle(item: Item) -> Candle:
    opening, high, low, close, volume = map(float, item["ohlcv"]["S"].split())
    return Candle(item["symbol"]["S"], integer(item, "open_ms"), opening, high, low, close, volume)
