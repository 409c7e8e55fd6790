"""The public REST endpoints: what they take, what they weigh and what they answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from chalicelib.domain import MINUTE_MS
from trader.sim.depth import best_offers
from trader.sim.exchange import Exchange
from trader.sim.exchange_info import AVERAGE_MINUTES, exchange_info
from trader.sim.payloads import average_price, day_ticker, kline_row, text
from trader.sim.query import ApiError, Query
from trader.sim.service import Task
from trader.sim.view import INTERVALS

DEFAULT_KLINES, MAX_KLINES = 500, 1000
STATUSES = dict.fromkeys(("TRADING", "HALT", "BREAK", "CANCEL_ONLY"))
"""What a client may ask for: a pair whose candles are over is in a BREAK."""


class Endpoint(NamedTuple):
    """A GET endpoint. `weight` and `answer` get the checked query; both may raise ApiError."""

    path: str
    parameters: tuple[str, ...]
    weight: Callable[[Query], int]
    answer: Callable[[Exchange, Query], object]

    def task(self, exchange: Exchange, query: Query) -> Task:
        """This, asked with these parameters."""
        return Task(self.weight(query), lambda: self.answer(exchange, query))


def weighing(weight: int) -> Callable[[Query], int]:
    return lambda query: weight


def _weighing_by_symbol(one: int, several: int) -> Callable[[Query], int]:
    return lambda query: one if query.has("symbol") else several


def _day_ticker_weight(query: Query) -> int:
    """2 up to 20 symbols, 40 up to 100, 80 above or for all."""
    if query.has("symbol"):
        return 2
    if not query.has("symbols"):
        return 80
    count = query.mandatory("symbols").count(",") + 1
    return 2 if count <= 20 else 40 if count <= 100 else 80


def _nothing(exchange: Exchange, query: Query) -> object:
    return {}


def _time(exchange: Exchange, query: Query) -> object:
    return {"serverTime": exchange.clock.now_ms() + exchange.faults.skew_ms("GET /api/v3/time")}


def _selected(exchange: Exchange, query: Query, *other_selections: str) -> list[str]:
    """The pairs of this name, of these, of this status, or all; names go with no other parameter that selects."""
    names = query.symbol_or_symbols(exchange.listed())
    if names is not None and any(query.has(each) for each in ("symbolStatus", *other_selections)):
        raise ApiError(-1128, "Combination of optional parameters invalid.")
    status = query.choice("symbolStatus", STATUSES, "", ApiError(-1122, "Invalid symbolStatus."))
    return [name for name in (exchange.listed() if names is None else names) if status in ("", exchange.status(name))]


def _exchange_info(exchange: Exchange, query: Query) -> object:
    names = _selected(exchange, query, "permissions")
    asked = not query.has("permissions") or "SPOT" in query.words("permissions")
    views = [exchange.view(name) for name in names if asked]
    sets = query.word("showPermissionSets", ("true", "false"), "true")
    return exchange_info(exchange, views, with_permission_sets=sets == "true")


def _klines(exchange: Exchange, query: Query) -> object:
    symbol = query.symbol(exchange.listed())
    interval_ms = INTERVALS.get(query.mandatory("interval"))
    if interval_ms is None:
        raise ApiError(-1120, "Invalid interval.")
    limit = query.limit(DEFAULT_KLINES, MAX_KLINES)
    start_ms, end_ms = query.number("startTime"), query.number("endTime")
    offset_ms = query.time_zone_ms()
    view = exchange.view_without_late(symbol) if interval_ms == MINUTE_MS else exchange.view(symbol)
    groups = view.groups(interval_ms, start_ms, end_ms, limit, offset_ms)
    return [kline_row(minutes, interval_ms, offset_ms) for minutes in groups]


def _average_price(exchange: Exchange, query: Query) -> object:
    return average_price(exchange.view(query.symbol(exchange.listed())), AVERAGE_MINUTES)


def _execution_rules(exchange: Exchange, query: Query) -> object:
    wanted = _selected(exchange, query)
    ranges = exchange.conditions.price_ranges
    return {
        "symbolRules": [
            {"symbol": name, "rules": [{"ruleType": "PRICE_RANGE", **ranges[name]}] if name in ranges else []}
            for name in wanted
        ]
    }


def _execution_rules_weight(query: Query) -> int:
    if query.has("symbol"):
        return 2
    return min(40, 2 * (query.mandatory("symbols").count(",") + 1)) if query.has("symbols") else 40


def _reference_price(exchange: Exchange, query: Query) -> object:
    view = exchange.view(query.symbol(exchange.listed()))
    price = average_price(view, AVERAGE_MINUTES)["price"]
    return {"symbol": view.tape.listing.name, "referencePrice": price, "timestamp": view.now_ms}


def _price_ticker(exchange: Exchange, symbol: str) -> dict[str, object]:
    return {"symbol": symbol, "price": text(exchange.view(symbol).last().close)}


def _book_ticker(exchange: Exchange, symbol: str) -> dict[str, object]:
    return {"symbol": symbol, **best_offers(exchange.view(symbol), exchange.liquidity)}


def _per_symbol(show: Callable[[Exchange, str], dict[str, object]]) -> Callable[[Exchange, Query], object]:
    """One object for `symbol`, a list for `symbols` or for all."""

    def answer(exchange: Exchange, query: Query) -> object:
        names = query.symbol_or_symbols(exchange.listed())
        if query.has("symbol") and names is not None:
            return show(exchange, names[0])
        return [show(exchange, name) for name in (exchange.listed() if names is None else names)]

    return answer


def _day_ticker(exchange: Exchange, query: Query) -> object:
    kind = query.choice("type", {"FULL": True, "MINI": True}, "FULL", ApiError(-1139, "Invalid ticker type."))

    def shown(exchange: Exchange, symbol: str) -> dict[str, object]:
        view = exchange.view(symbol)
        return day_ticker(view, best_offers(view, exchange.liquidity) if kind == "FULL" else None)

    return _per_symbol(shown)(exchange, query)


KLINE_PARAMETERS = ("symbol", "interval", "startTime", "endTime", "timeZone", "limit")
INFO_PARAMETERS = ("symbol", "symbols", "permissions", "symbolStatus", "showPermissionSets")
ENDPOINTS = (
    Endpoint("/api/v3/ping", (), weighing(1), _nothing),
    Endpoint("/api/v3/time", (), weighing(1), _time),
    Endpoint("/api/v3/exchangeInfo", INFO_PARAMETERS, weighing(20), _exchange_info),
    Endpoint(
        "/api/v3/executionRules", ("symbol", "symbols", "symbolStatus"), _execution_rules_weight, _execution_rules
    ),
    Endpoint("/api/v3/referencePrice", ("symbol",), weighing(2), _reference_price),
    Endpoint("/api/v3/klines", KLINE_PARAMETERS, weighing(2), _klines),
    Endpoint("/api/v3/uiKlines", KLINE_PARAMETERS, weighing(2), _klines),
    Endpoint("/api/v3/avgPrice", ("symbol",), weighing(2), _average_price),
    Endpoint("/api/v3/ticker/price", ("symbol", "symbols"), _weighing_by_symbol(2, 4), _per_symbol(_price_ticker)),
    Endpoint("/api/v3/ticker/bookTicker", ("symbol", "symbols"), _weighing_by_symbol(2, 4), _per_symbol(_book_ticker)),
    Endpoint("/api/v3/ticker/24hr", ("symbol", "symbols", "type"), _day_ticker_weight, _day_ticker),
)
