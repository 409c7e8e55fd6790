"""Orders at the edges of drawn filters, and what either reading of the rules says of them.

The order is drawn first and the filters around it: each bound lies on the order's own number or one unit beside it.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random
from types import ModuleType
from typing import Any, TypeAlias

from trader.sim.query import ApiError
from trader.sim.trading import rules
from trader.sim.trading.order import OrderRequest, SpotOrder

D = Decimal
SYMBOL = "BTCUSDT"
KINDS = ("LIMIT", "MARKET", "LIMIT_MAKER", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT")
STEPS = tuple(map(D, ("1", "0.1", "0.05", "0.01", "0.001", "0.00001", "0.00000001")))
LIMITS = (
    ("MAX_NUM_ORDERS", "maxNumOrders", "orders"),
    ("MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders", "algo"),
    ("MAX_NUM_ICEBERG_ORDERS", "maxNumIcebergOrders", "iceberg"),
)
FAR = 1_000
OF_THE_PRICE = tuple(map(D, ("0.8", "0.5", "1", "2", "1.25", "5")))
"""Where the reference price is: of a limit a factor meets it exactly."""
PARTED = (10, 3)
"""Parts that an iceberg may have."""

Filters: TypeAlias = list[dict[str, Any]]
Judge: TypeAlias = Callable[["FilterCase"], str]
"""The name of the filter that a case breaks, empty where it passes."""


@dataclass(frozen=True, slots=True)
class FilterCase:
    """An order, what it is judged beside and by."""

    side: str
    kind: str
    quantity: Decimal
    price: Decimal
    stop_price: Decimal
    iceberg: Decimal
    trailing_delta: int
    reference: Decimal
    holding: Decimal
    open_here: tuple[SpotOrder, ...]
    open_anywhere: tuple[SpotOrder, ...]
    filters: Filters
    exchange_filters: Filters

    @property
    def bidden(self) -> Decimal:
        return D(len([order for order in self.open_here if order.is_buy]))


def resting(kind: str, side: str, iceberg: str) -> SpotOrder:
    return SpotOrder(1, "", OrderRequest(SYMBOL, side, kind, iceberg=D(iceberg)), D(1), 0, 0)  # type: ignore[arg-type]


RESTING = tuple(
    resting(kind, side, iceberg)
    for kind, iceberg in (("LIMIT", "0"), ("STOP_LOSS_LIMIT", "0"), ("LIMIT", "0.5"))
    for side in ("BUY", "SELL")
)


def drawn_case(random: Random) -> FilterCase:
    """An order and filters around it."""
    lot, tick = random.choice(STEPS), random.choice(STEPS)
    kind, side = random.choice(KINDS), random.choice(("BUY", "SELL"))
    is_algo, has_limit = kind.startswith(("STOP", "TAKE")), "LIMIT" in kind
    trails = is_algo and random.random() < 0.5
    quantity = _amount(random, lot)
    here = tuple(random.choices(RESTING, k=random.randrange(4)))
    price = _amount(random, tick) if has_limit else D(0)
    bare = FilterCase(
        side,
        kind,
        quantity,
        price,
        _amount(random, tick) if is_algo and not trails else D(0),
        _shown(random, quantity, lot) if has_limit and random.random() < 0.4 else D(0),
        random.randrange(10, 2000) if trails else 0,
        price * random.choice(OF_THE_PRICE) or _amount(random, tick),
        _amount(random, lot),
        here,
        here + tuple(random.choices(RESTING, k=random.randrange(3))),
        [],
        [],
    )
    return with_filters(bare, random, lot, tick)


def with_filters(case: FilterCase, random: Random, lot: Decimal, tick: Decimal) -> FilterCase:
    """The case with filters of which some are as near as can be, in any order, some left out."""
    shown = [
        _prices(case, random, tick),
        *(_lots(name, case, random, lot) for name in ("LOT_SIZE", "MARKET_LOT_SIZE")),
        _min_notional(case, random),
        _notional(case, random),
        _band(case, random),
        _bands(case, random),
        _trailing(case, random),
        {"filterType": "ICEBERG_PARTS", "limit": _parts(case, random)},
        {"filterType": "MAX_POSITION", "maxPosition": _position(case, random)},
        *_most_open("", case.open_here, random),
    ]
    here = random.sample(shown, random.randrange(1, 5))
    everywhere = _most_open("EXCHANGE_", case.open_anywhere, random) if random.random() < 0.3 else []
    return replace(case, filters=here, exchange_filters=everywhere)


def exchange_judge(module: ModuleType) -> Judge:
    """The simulated exchange's verdict, by a module as trader.sim.trading.rules is."""

    def judge(case: FilterCase) -> str:
        amounts = (case.quantity, D(0), case.price, case.stop_price, case.trailing_delta, case.iceberg)
        request = OrderRequest(SYMBOL, case.side, case.kind, "", *amounts)  # type: ignore[arg-type]
        beside = (case.quantity, case.reference, case.open_here, case.open_anywhere, case.holding)
        try:
            module.refuse(module.Placement(request, *beside), case.filters, case.exchange_filters)
        except ApiError as error:
            return error.message.removeprefix("Filter failure: ")
        return ""

    return judge


def client_judge(package: str) -> Judge:
    """The product's verdict, by a package as chalicelib.filters is."""
    reading, proposed = (importlib.import_module(f"{package}.{name}") for name in ("reading", "proposed"))

    def judge(case: FilterCase) -> str:
        found = reading.symbol_filters(pair_of(case), case.exchange_filters)
        refusal = found.refusal(*proposed_of(case, proposed))
        return refusal.filter.removesuffix("_BY_SIDE") if refusal else ""

    return judge


EXCHANGE, CLIENT = exchange_judge(rules), client_judge("chalicelib.filters")


def pair_of(case: FilterCase) -> Mapping[str, object]:
    """The case's filters as a pair of exchangeInfo."""
    return {"symbol": SYMBOL, "baseAssetPrecision": 8, "quoteAssetPrecision": 8, "filters": case.filters}


def proposed_of(case: FilterCase, proposed: Any) -> tuple[Any, Any]:
    """The case as a client puts it, in the classes of this module."""
    amounts = (case.quantity, case.price, case.stop_price, case.iceberg, case.trailing_delta)
    order = proposed.ProposedOrder(proposed.Side(case.side), case.kind, *amounts)
    here, anywhere = (_counts(orders, proposed) for orders in (case.open_here, case.open_anywhere))
    return order, proposed.Surroundings(case.reference, case.holding, case.bidden, here, anywhere)


def _counts(orders: tuple[SpotOrder, ...], proposed: Any) -> Any:
    algo = len([order for order in orders if order.request.kind.startswith("STOP")])
    return proposed.OpenOrderCounts(len(orders), algo, len([order for order in orders if order.request.iceberg]))


def _amount(random: Random, step: Decimal) -> Decimal:
    off = random.choice((D(0),) * 8 + (step / 2,))
    return (step * random.randrange(1, 3_000) + off).quantize(D("1e-8"))


def _shown(random: Random, quantity: Decimal, lot: Decimal) -> Decimal:
    about = quantity / random.choice(PARTED) if random.random() < 0.7 else quantity
    return max((about // lot + random.randrange(-1, 2)) * lot, lot)


def _near(random: Random, value: Decimal, unit: Decimal) -> str:
    """The value, or one unit beside it."""
    return f"{max(value + unit * random.choice((0, 0, -1, 1)), D(0)):f}"


def _low(random: Random, value: Decimal, unit: Decimal) -> str:
    return random.choice(("0", f"{value / FAR:f}", _near(random, value, unit)))


def _high(random: Random, value: Decimal, unit: Decimal) -> str:
    return random.choice(("0", f"{value * FAR:f}", _near(random, value, unit)))


def _prices(case: FilterCase, random: Random, tick: Decimal) -> dict[str, Any]:
    value = random.choice([each for each in (case.price, case.stop_price) if each] or [tick])
    low, high = _low(random, value, tick), _high(random, value, tick)
    return {"filterType": "PRICE_FILTER", "minPrice": low, "maxPrice": high, "tickSize": _step(random, tick)}


def _lots(name: str, case: FilterCase, random: Random, lot: Decimal) -> dict[str, Any]:
    value = random.choice((case.quantity, case.quantity, case.iceberg or case.quantity))
    low, high = _low(random, value, lot), _high(random, value, lot)
    return {"filterType": name, "minQty": low, "maxQty": high, "stepSize": _step(random, lot)}


def _step(random: Random, step: Decimal) -> str:
    return random.choice(("0", f"{step:f}", f"{step:f}", f"{step * 3:f}"))


def _worth(case: FilterCase) -> Decimal:
    return (case.price or case.reference) * case.quantity


def _min_notional(case: FilterCase, random: Random) -> dict[str, Any]:
    least = _near(random, _worth(case), D("1e-8"))
    return {
        "filterType": "MIN_NOTIONAL",
        "minNotional": least,
        "applyToMarket": random.random() < 0.5,
        "avgPriceMins": 5,
    }


def _notional(case: FilterCase, random: Random) -> dict[str, Any]:
    least, most = ((_near(random, _worth(case), D("1e-8"))), f"{_worth(case) * FAR:f}")
    if random.random() < 0.5:
        least, most = "0.00000001", _near(random, _worth(case), D("1e-8"))
    return {
        "filterType": "NOTIONAL",
        "minNotional": least,
        "applyMinToMarket": random.random() < 0.5,
        "maxNotional": most,
        "applyMaxToMarket": random.random() < 0.5,
        "avgPriceMins": 5,
    }


def _factors(case: FilterCase, random: Random) -> tuple[str, str]:
    """Two factors: where the reference allows it one of them meets the price, to the last digit or one beside it."""
    ratio = case.price / case.reference if case.price else D(1)
    edge = _near(random, ratio.quantize(D("1e-9")), D("1e-9"))
    return random.choice(((edge, f"{ratio * FAR:f}"), ("0", edge), ("0.2", "5")))


def _band(case: FilterCase, random: Random) -> dict[str, Any]:
    down, up = _factors(case, random)
    return {"filterType": "PERCENT_PRICE", "multiplierUp": up, "multiplierDown": down, "avgPriceMins": 5}


def _bands(case: FilterCase, random: Random) -> dict[str, Any]:
    (bid_down, bid_up), (ask_down, ask_up) = _factors(case, random), _factors(case, random)
    return {
        "filterType": "PERCENT_PRICE_BY_SIDE",
        "bidMultiplierUp": bid_up,
        "bidMultiplierDown": bid_down,
        "askMultiplierUp": ask_up,
        "askMultiplierDown": ask_down,
        "avgPriceMins": 5,
    }


def _trailing(case: FilterCase, random: Random) -> dict[str, Any]:
    delta = case.trailing_delta or 100
    edges = (delta + random.randrange(-1, 2), 3_000), (1, delta + random.randrange(-1, 2)), (1, 3_000)
    (least_above, most_above), (least_below, most_below) = random.choice(edges), random.choice(edges)
    return {
        "filterType": "TRAILING_DELTA",
        "minTrailingAboveDelta": least_above,
        "maxTrailingAboveDelta": most_above,
        "minTrailingBelowDelta": least_below,
        "maxTrailingBelowDelta": most_below,
    }


def _parts(case: FilterCase, random: Random) -> int:
    parts = int(case.quantity / case.iceberg) if case.iceberg else 10
    return max(parts + random.randrange(-1, 2), 1)


def _position(case: FilterCase, random: Random) -> str:
    return _near(random, case.holding + case.bidden + case.quantity, D("1e-8"))


def _most_open(prefix: str, orders: tuple[SpotOrder, ...], random: Random) -> Filters:
    counted = {"orders": len(orders), "algo": 0, "iceberg": 0}
    counted["algo"] = len([order for order in orders if order.request.kind.startswith("STOP")])
    counted["iceberg"] = len([order for order in orders if order.request.iceberg])
    return [
        {"filterType": f"{prefix}{name}", field: max(counted[sort] + random.randrange(-1, 3), 0)}
        for name, field, sort in LIMITS
    ]
