"""Binance's JSON into domain types. Corrupt data is worse than no data: whatever is odd raises Unavailable."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite, nan

from chalicelib.candle_rule import LATEST_MS, MOST_PRICE, MOST_VOLUME
from chalicelib.domain import Symbol, Ticker
from chalicelib.errors import BadInput, Unavailable


def as_list(value: object, what: str) -> list[object]:
    """The value if it is a JSON array."""
    if not isinstance(value, list):
        raise unexpected(what, "an array", value)
    return value


def as_object(value: object, what: str) -> Mapping[str, object]:
    """The value if it is a JSON object."""
    if not isinstance(value, dict):
        raise unexpected(what, "an object", value)
    return value


def as_text(value: object, what: str) -> str:
    """The value if it is a JSON string with something in it."""
    if not isinstance(value, str) or not value:
        raise unexpected(what, "a text", value)
    return value


def as_time_ms(value: object, what: str) -> int:
    """The value if it is a time in milliseconds."""
    if type(value) is not int or not 0 <= value <= LATEST_MS:
        raise unexpected(what, "a time in milliseconds", value)
    return value


def number_or_nan(value: object) -> float:
    """A number as Binance writes one (a string); NaN for anything else."""
    if not isinstance(value, (str, float, int)) or isinstance(value, bool):
        return nan
    try:
        return float(value)
    except (ValueError, OverflowError):
        return nan


def as_amount(value: object, what: str, largest: float = MOST_VOLUME) -> float:
    """A number as Binance writes one (a string), 0 <= number <= largest."""
    amount = number_or_nan(value)
    if not (isfinite(amount) and 0.0 <= amount <= largest):
        raise unexpected(what, "a number that is not negative", value)
    return amount


def as_price(value: object, what: str) -> float:
    """A number as above, greater than 0."""
    price = as_amount(value, what, MOST_PRICE)
    if price <= 0.0:
        raise unexpected(what, "a price above 0", value)
    return price


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
            told = limit.get("limit")
            return told if type(told) is int and told > 0 else None
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
        lot_step=max(step("LOT_SIZE", "stepSize"), step("MARKET_LOT_SIZE", "stepSize")),
        min_quantity=step("LOT_SIZE", "minQty"),
        min_notional=max(step("NOTIONAL", "minNotional"), step("MIN_NOTIONAL", "minNotional")),
        trading=pair.get("status") == "TRADING",
    )


def unexpected(what: str, wanted: str, found: object) -> Unavailable:
    """The error of a part of an answer that is not what it has to be."""
    return Unavailable(f"{what}: expected {wanted}, found {repr(found)[:100]}")
