"""The filters of exchangeInfo, as the exchange itself judges an order by them.

Nothing of this is shared with what clients check before they send: two readings of the same rules that agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple, TypeAlias

from trader.sim.query import ApiError
from trader.sim.trading.amounts import WIDE, ZERO, product, total
from trader.sim.trading.order import AT_MARKET, CONTINGENT, OrderRequest, SpotOrder

Filter: TypeAlias = Mapping[str, Any]
"""One filter as exchangeInfo shows it."""


class Placement(NamedTuple):
    """An order and what it is judged beside."""

    request: OrderRequest
    quantity: Decimal
    average: Decimal
    """The mean price of the last minutes, which stands for the price of an order without one."""
    open_here: Sequence[SpotOrder]
    """The account's open orders on this symbol."""
    open_anywhere: Sequence[SpotOrder]
    holding: Decimal
    """What the account has of the base asset, locked or not."""

    @property
    def price(self) -> Decimal:
        return self.request.price or self.average


Judge: TypeAlias = Callable[[Filter, Placement], bool]
"""Whether an order passes a filter of one kind."""


def refuse(placement: Placement, symbol_filters: Iterable[Filter], exchange_filters: Iterable[Filter]) -> None:
    """Raises ApiError naming the first filter that the order does not pass.

    Those that hang on the account's other orders are the matching engine's to judge, and have its code.
    """
    for each in (*symbol_filters, *exchange_filters):
        refuse_by_itself(placement, (each,))
        refuse_beside_others(placement, (each,))


def refuse_by_itself(placement: Placement, filters: Iterable[Filter]) -> None:
    """Raises ApiError naming the first filter that the order does not pass, whatever else is open."""
    for each in filters:
        kind = each["filterType"]
        if kind in BY_ORDER and not BY_ORDER[kind](each, placement):
            raise ApiError(-1013, f"Filter failure: {kind.removesuffix('_BY_SIDE')}")


def refuse_beside_others(placement: Placement, filters: Iterable[Filter]) -> None:
    """Raises ApiError naming the first filter that leaves no room for the order beside the account's others."""
    for each in filters:
        kind = each["filterType"]
        if kind in BY_ACCOUNT and not BY_ACCOUNT[kind](each, placement):
            raise ApiError(-2010, f"Filter failure: {kind}")


def _price_filter(rule: Filter, placement: Placement) -> bool:
    prices = (placement.request.price, placement.request.stop_price)
    return all(_on_grid(rule, "minPrice", "maxPrice", "tickSize", price) for price in prices if price)


def _lot_size(rule: Filter, placement: Placement) -> bool:
    sizes = (placement.quantity, placement.request.iceberg or placement.quantity)
    return all(_on_grid(rule, "minQty", "maxQty", "stepSize", size) for size in sizes)


def _market_lot_size(rule: Filter, placement: Placement) -> bool:
    return placement.request.kind != "MARKET" or _on_grid(rule, "minQty", "maxQty", "stepSize", placement.quantity)


def _on_grid(rule: Filter, least: str, most: str, step: str, value: Decimal) -> bool:
    """Within bounds and a multiple of the step; each part is off where it is 0."""
    low, high, unit = Decimal(rule[least]), Decimal(rule[most]), Decimal(rule[step])
    return (
        (not low or value >= low) and (not high or value <= high) and (not unit or WIDE.remainder(value, unit) == ZERO)
    )


def _min_notional(rule: Filter, placement: Placement) -> bool:
    is_off = placement.request.kind == "MARKET" and not rule["applyToMarket"]
    return is_off or _worth(placement) >= Decimal(rule["minNotional"])


def _notional(rule: Filter, placement: Placement) -> bool:
    at_market = placement.request.kind == "MARKET"
    least_counts = not at_market or rule["applyMinToMarket"]
    most_counts = not at_market or rule["applyMaxToMarket"]
    worth = _worth(placement)
    return (not least_counts or worth >= Decimal(rule["minNotional"])) and (
        not most_counts or worth <= Decimal(rule["maxNotional"])
    )


def _worth(placement: Placement) -> Decimal:
    return product(placement.price, placement.quantity)


def _percent_price(rule: Filter, placement: Placement) -> bool:
    return _within_band(placement, Decimal(rule["multiplierDown"]), Decimal(rule["multiplierUp"]))


def _percent_price_by_side(rule: Filter, placement: Placement) -> bool:
    side = "bid" if placement.request.side == "BUY" else "ask"
    return _within_band(placement, Decimal(rule[f"{side}MultiplierDown"]), Decimal(rule[f"{side}MultiplierUp"]))


def _within_band(placement: Placement, down: Decimal, up: Decimal) -> bool:
    price = placement.request.price
    return not price or product(placement.average, down) <= price <= product(placement.average, up)


def _iceberg_parts(rule: Filter, placement: Placement) -> bool:
    iceberg = placement.request.iceberg
    return not iceberg or placement.quantity <= product(iceberg, Decimal(rule["limit"]))


def _trailing_delta(rule: Filter, placement: Placement) -> bool:
    request = placement.request
    if not request.trailing_delta:
        return True
    way = "Above" if request.kind.startswith("STOP_LOSS") == (request.side == "BUY") else "Below"
    least, most = rule[f"minTrailing{way}Delta"], rule[f"maxTrailing{way}Delta"]
    return bool(least <= request.trailing_delta <= most)


def _max_position(rule: Filter, placement: Placement) -> bool:
    if placement.request.side != "BUY":
        return True
    bidden = total(order.remaining for order in placement.open_here if order.is_buy)
    return placement.holding + bidden + placement.quantity <= Decimal(rule["maxPosition"])


def _most(field: str, *, everywhere: bool, counts: Callable[[OrderRequest], bool]) -> Judge:
    """A judge of how many orders of some sort may be open, this one among them."""

    def judge(rule: Filter, placement: Placement) -> bool:
        orders = placement.open_anywhere if everywhere else placement.open_here
        there = len([order for order in orders if counts(order.request)])
        return not counts(placement.request) or there < int(rule[field])

    return judge


def _any(request: OrderRequest) -> bool:
    return request.kind not in AT_MARKET or request.kind in CONTINGENT


def _is_algo(request: OrderRequest) -> bool:
    return request.kind in CONTINGENT


def _is_iceberg(request: OrderRequest) -> bool:
    return bool(request.iceberg)


BY_ORDER: Mapping[str, Judge] = {
    "PRICE_FILTER": _price_filter,
    "PERCENT_PRICE": _percent_price,
    "PERCENT_PRICE_BY_SIDE": _percent_price_by_side,
    "LOT_SIZE": _lot_size,
    "MARKET_LOT_SIZE": _market_lot_size,
    "MIN_NOTIONAL": _min_notional,
    "NOTIONAL": _notional,
    "ICEBERG_PARTS": _iceberg_parts,
    "TRAILING_DELTA": _trailing_delta,
}
"""What an order passes or not by itself."""
BY_ACCOUNT: Mapping[str, Judge] = {
    "MAX_POSITION": _max_position,
    "MAX_NUM_ORDERS": _most("maxNumOrders", everywhere=False, counts=_any),
    "MAX_NUM_ALGO_ORDERS": _most("maxNumAlgoOrders", everywhere=False, counts=_is_algo),
    "MAX_NUM_ICEBERG_ORDERS": _most("maxNumIcebergOrders", everywhere=False, counts=_is_iceberg),
    "EXCHANGE_MAX_NUM_ORDERS": _most("maxNumOrders", everywhere=True, counts=_any),
    "EXCHANGE_MAX_NUM_ALGO_ORDERS": _most("maxNumAlgoOrders", everywhere=True, counts=_is_algo),
    "EXCHANGE_MAX_NUM_ICEBERG_ORDERS": _most("maxNumIcebergOrders", everywhere=True, counts=_is_iceberg),
}
"""What hangs on the account's other orders and on what it holds."""
