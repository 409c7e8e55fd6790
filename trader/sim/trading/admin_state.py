"""/sim/state: changes that last, of pairs, keys and accounts, made by whoever runs the exchange."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from starlette.routing import Route

from chalicelib.errors import BadInput
from trader.sim.admin import Asked, guarded, refuse_unknown
from trader.sim.conditions import DELISTED, FOREVER_MS, STATUSES, TRADING, WHOLE_EXCHANGE, Standstill
from trader.sim.faults import duration_of
from trader.sim.trading.floor import TradingFloor
from trader.sim.trading.key_rights import rights_changed
from trader.sim.trading.price_range import MULTIPLIERS


def state_routes(floor: TradingFloor) -> list[Route]:
    """POST changes a pair, GET tells what is changed, DELETE makes all as it was."""
    return [
        Route("/sim/state", guarded(lambda asked: _change(floor, asked)), methods=["POST"]),
        Route("/sim/state", guarded(lambda asked: _told(floor)), methods=["GET"]),
        Route("/sim/state", guarded(lambda asked: _undo(floor)), methods=["DELETE"]),
    ]


def _change(floor: TradingFloor, asked: Asked) -> object:
    return _change_members(floor, asked) if {"key", "canTrade"} & asked.keys() else _change_pairs(floor, asked)


def _change_members(floor: TradingFloor, asked: Asked) -> object:
    refuse_unknown(asked, ("key", "canTrade"))
    can_trade, conditions = asked.get("canTrade", floor.exchange.conditions.can_trade), floor.exchange.conditions
    if not isinstance(can_trade, bool):
        raise BadInput(f"canTrade {can_trade!r}: give true or false")
    conditions.key.update(rights_changed(asked.get("key", {})))
    conditions.can_trade = can_trade
    return _told(floor)


def _change_pairs(floor: TradingFloor, asked: Asked) -> object:
    refuse_unknown(asked, ("symbol", "status", "duration", "filters", "priceRange", "key", "canTrade"))
    symbol, conditions = asked.get("symbol", WHOLE_EXCHANGE), floor.exchange.conditions
    is_whole = symbol == WHOLE_EXCHANGE and asked.keys() == {"filters"}
    if not isinstance(symbol, str) or not (is_whole or symbol in floor.exchange.tapes):
        raise BadInput(f"symbol {symbol!r}: give one of {', '.join(floor.exchange.tapes)}, or none and filters alone")
    standstill = _standstill(floor, asked) if "status" in asked else None
    filters = _filters(asked.get("filters", []))
    price_range = _price_range(asked["priceRange"]) if "priceRange" in asked else None
    floor.engine.advance()
    if price_range is not None:
        conditions.price_ranges[symbol] = price_range
    if standstill is not None:
        conditions.standstills[symbol] = standstill
        if standstill.status == DELISTED:
            floor.engine.sweep(symbol)
    for name, fields in filters.items():
        conditions.filters.setdefault(symbol, {}).setdefault(name, {}).update(fields)
    return _told(floor)


def _standstill(floor: TradingFloor, asked: Asked) -> Standstill:
    status = asked["status"]
    if status not in STATUSES:
        raise BadInput(f"status {status!r}: give one of {', '.join(STATUSES)}")
    if status == TRADING:
        return Standstill(TRADING, 0)
    if "duration" not in asked:
        return Standstill(str(status), FOREVER_MS)
    duration_s = duration_of(str(asked["duration"]), "halt", f"duration {asked['duration']!r}")
    return Standstill(str(status), floor.exchange.clock.now_ms() + round(duration_s * 1000))


def _filters(asked: object) -> dict[str, dict[str, object]]:
    """Fields by type of filter. Raises BadInput."""
    if not isinstance(asked, list):
        raise BadInput("filters: give a list such as exchangeInfo has")
    found = {}
    for each in asked:
        if not isinstance(each, dict) or not isinstance(each.get("filterType"), str):
            raise BadInput(f"filters: {each!r} has no filterType")
        for name, value in each.items():
            if name != "filterType" and not _is_number(value):
                raise BadInput(f"filters: {each['filterType']}.{name} {value!r} is no number as exchangeInfo writes it")
        found[each["filterType"]] = each
    return found


def _price_range(asked: object) -> dict[str, str]:
    """Multipliers by name. Raises BadInput."""
    if not isinstance(asked, dict) or not asked.keys() <= set(MULTIPLIERS):
        raise BadInput(f"priceRange: give an object of {', '.join(MULTIPLIERS)}")
    for name, value in asked.items():
        if not isinstance(value, str) or not _is_number(value):
            raise BadInput(f"priceRange: {name} {value!r} is no number as exchangeInfo writes it")
    return dict(asked)


def _is_number(value: object) -> bool:
    if isinstance(value, bool | int):
        return True
    try:
        return isinstance(value, str) and Decimal(value).is_finite()
    except InvalidOperation:
        return False


def _told(floor: TradingFloor) -> object:
    conditions, now_ms = floor.exchange.conditions, floor.exchange.clock.now_ms()
    statuses = {symbol: conditions.status(symbol, now_ms) for symbol in floor.exchange.tapes}
    filters = {symbol: list(each.values()) for symbol, each in conditions.filters.items()}
    pairs = {"status": statuses, "filters": filters, "priceRange": conditions.price_ranges}
    return {**pairs, "key": conditions.key, "canTrade": conditions.can_trade}


def _undo(floor: TradingFloor) -> object:
    floor.engine.advance()
    floor.exchange.conditions.standstills.clear()
    floor.exchange.conditions.filters.clear()
    floor.exchange.conditions.price_ranges.clear()
    floor.exchange.conditions.key.clear()
    floor.exchange.conditions.can_trade = True
    return _told(floor)
