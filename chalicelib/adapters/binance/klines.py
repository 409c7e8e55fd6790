"""Klines as Binance tells them, over REST and in streams, into candles; rows that are none are left out and said."""

from __future__ import annotations

from collections.abc import Mapping
from math import nan
from typing import NamedTuple

from chalicelib.adapters.binance.intervals import MONTH, interval_ms
from chalicelib.adapters.binance.payloads import as_list, as_object, as_text, as_time_ms, number_or_nan, unexpected
from chalicelib.candle_rule import ANOTHER_OF_ITS_MINUTE, CandleRow, OddCandle, fault_of, odd_candle
from chalicelib.domain import DAY_MS, Candle
from chalicelib.errors import Unavailable


class CandlePage(NamedTuple):
    """A klines answer: its candles, oldest first, and the rows that are none."""

    candles: list[Candle]
    odd: tuple[OddCandle, ...]

    @property
    def oldest_ms(self) -> int | None:
        """The first open_time, that of an odd row too; None where no row has one that was asked for."""
        return min(self._times(), default=None)

    @property
    def newest_ms(self) -> int | None:
        """The last moment that the answer tells of, None where no row has a time that was asked for."""
        return max(self._times() + [candle.close_ms for candle in self.candles], default=None)

    def _times(self) -> list[int]:
        odd = [each.open_ms for each in self.odd if each.open_ms is not None]
        return [candle.open_ms for candle in self.candles] + odd


def candle(symbol: str, interval: str, row: object) -> Candle:
    """The candle of one kline row [openTime, o, h, l, c, volume, closeTime, ...].

    `interval_ms` is the interval's own length; for a month, where that varies, what the close time gives. Raises
    Unavailable.
    """
    found = _read(symbol, interval, row)
    if isinstance(found, Candle):
        return found
    raise Unavailable(f"kline of {symbol}: {found}, found {repr(row)[:100]}")


def candles(symbol: str, interval: str, rows: object, *, start_ms: int, end_ms: int, limit: int) -> CandlePage:
    """The candles of a klines answer that open within the bounds, the first of each time, and what else is in it.

    Raises Unavailable for what is no list of at most `limit` rows, or without a row whose time was asked for.
    """
    listed = as_list(rows, f"klines of {symbol}")
    if len(listed) > limit:
        raise Unavailable(f"klines of {symbol}: {len(listed)} rows where {limit} were asked for")
    found: dict[int, Candle] = {}
    odd = []
    for number, row in enumerate(listed, 1):
        read = _read(symbol, interval, row)
        complaint = _unwanted(read, start_ms, end_ms, found) if isinstance(read, Candle) else read
        if complaint is None and isinstance(read, Candle):
            found[read.open_ms] = read
        elif complaint is not None:
            told = odd_candle(number, _time(row), complaint)
            odd.append(told if start_ms <= _time(row) <= end_ms else told._replace(open_ms=None))
    page = CandlePage([found[open_ms] for open_ms in sorted(found)], tuple(odd))
    if listed and page.newest_ms is None:
        found_instead = f"{odd[0].place}: {odd[0].complaint}, found {repr(listed[0])[:100]}"
        raise Unavailable(f"klines of {symbol}: none of {len(listed)} rows was asked for; {found_instead}")
    return page


def _unwanted(read: Candle, start_ms: int, end_ms: int, found: Mapping[int, Candle]) -> str | None:
    """The reason why a candle is not taken; empty where it was, and says nothing else."""
    if not start_ms <= read.open_ms <= end_ms:
        return "it was not asked for"
    before = found.get(read.open_ms)
    return None if before is None else "" if before == read else ANOTHER_OF_ITS_MINUTE


def _read(symbol: str, interval: str, row: object) -> Candle | str:
    """The candle of a row, or what is wrong with it."""
    if not isinstance(row, list) or len(row) < 7:
        return "a row of 7 cells or more was expected"
    nominal_ms = interval_ms(interval)
    told = CandleRow(_time(row), *map(number_or_nan, row[1:6]))
    complaint = fault_of(told, nominal_ms)
    if complaint is not None:
        return complaint
    length_ms = row[6] - row[0] + 1 if type(row[6]) is int else 0
    if not 1 < length_ms <= (nominal_ms if interval != MONTH else 31 * DAY_MS):
        return f"close_time is not within one {interval} of open_time"
    return Candle(symbol, int(row[0]), *told[1:], interval_ms=length_ms if interval == MONTH else nominal_ms)


def _time(row: object) -> float:
    return row[0] if isinstance(row, list) and row and type(row[0]) is int and abs(row[0]) < 2**63 else nan


def candle_event(data: Mapping[str, object], interval: str) -> tuple[Candle, bool, int]:
    """(candle, closed, event time) of a kline event of a stream of this interval."""
    kline = as_object(data.get("k"), "kline event")
    symbol = as_text(kline.get("s"), "symbol of a kline event")
    closed = kline.get("x")
    if not isinstance(closed, bool):
        raise unexpected("x of a kline event", "true or false", closed)
    if kline.get("i") != interval:
        raise unexpected("interval of a kline event", interval, kline.get("i"))
    made = candle(symbol, interval, [kline.get(name) for name in ("t", "o", "h", "l", "c", "v", "T")])
    return made, closed, as_time_ms(data.get("E"), "time of a kline event")
