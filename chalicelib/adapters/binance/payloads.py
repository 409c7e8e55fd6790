"""Binance's JSON into domain types. Corrupt data is worse than no data: whatever is odd raises Unavailable, but for
candles, where what is odd is left out and said.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite, nan
from typing import NamedTuple

from chalicelib.adapters.binance.intervals import MONTH, interval_ms
from chalicelib.candle_rule import (
    ANOTHER_OF_ITS_MINUTE,
    LATEST_MS,
    MOST_PRICE,
    MOST_VOLUME,
    CandleRow,
    OddCandle,
    fault_of,
    odd_candle,
)
from chalicelib.domain import DAY_MS, Candle, Symbol, Ticker
from chalicelib.errors import BadInput, Unavailable


def as_list(value: object, what: str) -> list[object]:
    """The value if it is a JSON array."""
    if not isinstance(value, list):
        raise _odd(what, "an array", value)
    return value


def as_object(value: object, what: str) -> Mapping[str, object]:
    """The value if it is a JSON object."""
    if not isinstance(value, dict):
        raise _odd(what, "an object", value)
    return value


def as_text(value: object, what: str) -> str:
    """The value if it is a JSON string with something in it."""
    if not isinstance(value, str) or not value:
        raise _odd(what, "a text", value)
    return value


def as_time_ms(value: object, what: str) -> int:
    """The value if it is a time in milliseconds."""
    if type(value) is not int or not 0 <= value <= LATEST_MS:
        raise _odd(what, "a time in milliseconds", value)
    return value


def as_amount(value: object, what: str, largest: float = MOST_VOLUME) -> float:
    """A number as Binance writes one (a string), 0 <= number <= largest."""
    number = _number(value)
    if not (isfinite(number) and 0.0 <= number <= largest):
        raise _odd(what, "a number that is not negative", value)
    return number


def as_price(value: object, what: str) -> float:
    """A number as above, greater than 0."""
    price = as_amount(value, what, MOST_PRICE)
    if price <= 0.0:
        raise _odd(what, "a price above 0", value)
    return price


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
    told = CandleRow(_time(row), *map(_number, row[1:6]))
    complaint = fault_of(told, nominal_ms)
    if complaint is not None:
        return complaint
    length_ms = row[6] - row[0] + 1 if type(row[6]) is int else 0
    if not 1 < length_ms <= (nominal_ms if interval != MONTH else 31 * DAY_MS):
        return f"close_time is not within one {interval} of open_time"
    return Candle(symbol, int(row[0]), *told[1:], interval_ms=length_ms if interval == MONTH else nominal_ms)


def _time(row: object) -> float:
    return row[0] if isinstance(row, list) and row and type(row[0]) is int and abs(row[0]) < 2**63 else nan


def _number(value: object) -> float:
    """A number as Binance writes one (a string); NaN for anything else."""
    if not isinstance(value, (str, float, int)) or isinstance(value, bool):
        return nan
    try:
        return float(value)
    except (ValueError, OverflowError):
        return nan


def candle_event(data: Mapping[str, object], interval: str) -> tuple[Candle, bool, int]:
    """(candle, closed, event time) of a kline event of a stream of this interval."""
    kline = as_object(data.get("k"), "kline event")
    symbol = as_text(kline.get("s"), "symbol of a kline event")
    closed = kline.get("x")
    if not isinstance(closed, bool):
        raise _odd("x of a kline event", "true or false", closed)
    if kline.get("i") != interval:
        raise _odd("interval of a kline event", interval, kline.get("i"))
    made = candle(symbol, interval, [kline.get(name) for name in ("t", "o", "h", "l", "c", "v", "T")])
    return made, closed, as_time_ms(data.get("E"), "time of a kline event")


def ticker_event(data: Mapping[str, object]) -> Ticker:
    """The last price of a miniTicker event of a stream."""
    symbol = as_text(data.get("s"), "symbol of a ticker event")
    price = as_price(data.get("c"), f"price of {symbol}")
    return Ticker(symbol, price, as_time_ms(data.get("E"), "time of a ticker event"))


def symbol_of(name: str, answer: object) -> Symbol:
    """The pair from an exchangeInfo answer. Raises BadInput where the answer does not list it."""
    for entry in as_list(as_object(answer, "exchangeInfo").get("symbols"), "symbols of exchangeInfo"):
        pair = as_object(entry, "symbol of exchangeInfo")
        if pair.get("symbol") == name:
            return _pair(name, pair)
    raise BadInput(f"the exchange has no symbol {name!r}")


def weight_limit(answer: object) -> int | None:
    """Request weight per minute as exchangeInfo tells it, None where it does not."""
    for entry in as_list(as_object(answer, "exchangeInfo").get("rateLimits", []), "rateLimits of exchangeInfo"):
        limit = as_object(entry, "rate limit")
        if (limit.get("rateLimitType"), limit.get("interval"), limit.get("intervalNum")) == (
            "REQUEST_WEIGHT",
            "MINUTE",
            1,
        ):
            number = limit.get("limit")
            return number if type(number) is int and number > 0 else None
    return None


def _pair(name: str, pair: Mapping[str, object]) -> Symbol:
    filters: dict[str, Mapping[str, object]] = {}
    for entry in as_list(pair.get("filters"), f"filters of {name}"):
        one = as_object(entry, f"filter of {name}")
        filters[as_text(one.get("filterType"), f"filterType of {name}")] = one

    def step(kind: str, key: str) -> float:
        return as_amount(filters.get(kind, {}).get(key, "0"), f"{kind}.{key} of {name}")

    return Symbol(
        name=name,
        base=as_text(pair.get("baseAsset"), f"baseAsset of {name}"),
        quote=as_text(pair.get("quoteAsset"), f"quoteAsset of {name}"),
        tick_size=step("PRICE_FILTER", "tickSize"),
        lot_step=step("LOT_SIZE", "stepSize"),
        min_quantity=step("LOT_SIZE", "minQty"),
        min_notional=max(step("NOTIONAL", "minNotional"), step("MIN_NOTIONAL", "minNotional")),
        trading=pair.get("status") == "TRADING",
    )


def _odd(what: str, wanted: str, found: object) -> Unavailable:
    return Unavailable(f"{what}: expected {wanted}, found {repr(found)[:100]}")
