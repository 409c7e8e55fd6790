"""Binance's JSON into domain types. Corrupt data is worse than no data: whatever is odd raises Unavailable."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

from chalicelib.adapters.binance.intervals import MONTH, interval_ms
from chalicelib.domain import Candle, Symbol, Ticker
from chalicelib.errors import BadInput, Unavailable

LATEST_MS = 7_258_118_400_000
"""The year 2200: a time beyond it was sent in another unit."""
_LARGEST_PRICE = 1e15
_LARGEST_AMOUNT = 1e24


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
    if type(value) is not int or not 0 <= value < LATEST_MS:
        raise _odd(what, "a time in milliseconds", value)
    return value


def as_amount(value: object, what: str, largest: float = _LARGEST_AMOUNT) -> float:
    """A number as Binance writes one (a string), 0 <= number <= largest."""
    number = -1.0
    if isinstance(value, (str, float, int)) and not isinstance(value, bool):
        try:
            number = float(value)
        except (ValueError, OverflowError):
            number = -1.0
    if not (isfinite(number) and 0.0 <= number <= largest):
        raise _odd(what, "a number that is not negative", value)
    return number


def as_price(value: object, what: str) -> float:
    """A number as above, greater than 0."""
    price = as_amount(value, what, _LARGEST_PRICE)
    if price <= 0.0:
        raise _odd(what, "a price above 0", value)
    return price


def candle(symbol: str, interval: str, row: object) -> Candle:
    """The candle of one kline row [openTime, o, h, l, c, volume, closeTime, ...].

    `interval_ms` is the interval's own length; for a month, where that varies, what the close time gives.
    """
    what = f"kline of {symbol}"
    cells = as_list(row, what)
    if len(cells) < 7:
        raise _odd(what, "7 cells or more", row)
    open_ms, close_ms = as_time_ms(cells[0], what), as_time_ms(cells[6], what)
    what = f"kline of {symbol} at {open_ms}"
    nominal_ms = interval_ms(interval)
    longest_ms = nominal_ms if interval != MONTH else 31 * 86_400_000
    length_ms = close_ms - open_ms + 1
    if open_ms % 1000 or not 1 < length_ms <= longest_ms:
        raise _odd(what, f"open and close times of one {interval}", row)
    made = Candle(
        symbol=symbol,
        open_ms=open_ms,
        open=as_price(cells[1], what),
        high=as_price(cells[2], what),
        low=as_price(cells[3], what),
        close=as_price(cells[4], what),
        volume=as_amount(cells[5], what),
        interval_ms=length_ms if interval == MONTH else nominal_ms,
    )
    if not (made.low <= min(made.open, made.close) and made.high >= max(made.open, made.close)):
        raise _odd(what, "low <= open, close <= high", row)
    return made


def candles(symbol: str, interval: str, rows: object, *, start_ms: int, end_ms: int, limit: int) -> list[Candle]:
    """The candles of a klines answer, refused as a whole unless ascending, within the bounds and at most `limit`."""
    listed = as_list(rows, f"klines of {symbol}")
    if len(listed) > limit:
        raise Unavailable(f"klines of {symbol}: {len(listed)} rows where {limit} were asked for")
    found = [candle(symbol, interval, row) for row in listed]
    previous_ms = start_ms - 1
    for one in found:
        if not previous_ms < one.open_ms <= end_ms:
            raise Unavailable(f"klines of {symbol}: the row at {one.open_ms} is out of order or was not asked for")
        previous_ms = one.open_ms
    return found


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
