"""GET /api/v3/exchangeInfo: the rules of the exchange and the filters of its pairs."""

from __future__ import annotations

from collections.abc import Iterable

from trader.sim.conditions import WHOLE_EXCHANGE
from trader.sim.exchange import Exchange
from trader.sim.limits import WEIGHT_LIMIT, WINDOW_S
from trader.sim.listing import LOT_WORTH, POWERS_OF_TEN, Listing
from trader.sim.payloads import SHOWN_DECIMALS, text
from trader.sim.trading.order_counts import ORDER_LIMITS
from trader.sim.trading.requests import SELF_TRADE_MODES
from trader.sim.view import MarketView

MAX_PRICE_FACTOR = 100
MAX_LOTS = 900_000_000
MAX_MARKET_LOTS = 10_000_000
MAX_NOTIONAL = 9_000_000.0
AVERAGE_MINUTES = 5
ORDER_TYPES = ("LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT")
REQUEST_WEIGHT: dict[str, object] = {
    "rateLimitType": "REQUEST_WEIGHT",
    "interval": "MINUTE",
    "intervalNum": WINDOW_S // 60,
    "limit": WEIGHT_LIMIT,
}
RATE_LIMITS = (
    REQUEST_WEIGHT,
    *(limit.row() for limit in ORDER_LIMITS),
    {"rateLimitType": "RAW_REQUESTS", "interval": "MINUTE", "intervalNum": 5, "limit": 300_000},
)

EXCHANGE_FILTERS: tuple[dict[str, object], ...] = ()
"""What holds over all pairs. Binance shows none at present."""


def exchange_info(exchange: Exchange, views: Iterable[MarketView], with_permission_sets: bool) -> dict[str, object]:
    """The answer for these pairs."""
    return {
        "timezone": "UTC",
        "serverTime": exchange.clock.now_ms(),
        "rateLimits": list(RATE_LIMITS),
        "exchangeFilters": exchange.conditions.filters_of(WHOLE_EXCHANGE, EXCHANGE_FILTERS),
        "symbols": [_symbol(exchange, view, with_permission_sets) for view in views],
    }


def filters(listing: Listing) -> list[dict[str, object]]:
    """The pair's filters, as orders have to pass them."""
    symbol = listing.symbol
    step, tick = text(symbol.lot_step), text(symbol.tick_size)
    return [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": tick,
            "maxPrice": text(listing.on_tick(listing.price * MAX_PRICE_FACTOR)),
            "tickSize": tick,
        },
        {
            "filterType": "LOT_SIZE",
            "minQty": text(symbol.min_quantity),
            "maxQty": _most(MAX_LOTS, listing),
            "stepSize": step,
        },
        {"filterType": "ICEBERG_PARTS", "limit": 10},
        {
            "filterType": "MARKET_LOT_SIZE",
            "minQty": text(0.0),
            "maxQty": _most(MAX_MARKET_LOTS, listing),
            "stepSize": text(0.0),
        },
        {
            "filterType": "TRAILING_DELTA",
            "minTrailingAboveDelta": 10,
            "maxTrailingAboveDelta": 2000,
            "minTrailingBelowDelta": 10,
            "maxTrailingBelowDelta": 2000,
        },
        {
            "filterType": "PERCENT_PRICE_BY_SIDE",
            "bidMultiplierUp": "5",
            "bidMultiplierDown": "0.2",
            "askMultiplierUp": "5",
            "askMultiplierDown": "0.2",
            "avgPriceMins": AVERAGE_MINUTES,
        },
        {
            "filterType": "NOTIONAL",
            "minNotional": text(symbol.min_notional),
            "applyMinToMarket": True,
            "maxNotional": text(MAX_NOTIONAL),
            "applyMaxToMarket": False,
            "avgPriceMins": AVERAGE_MINUTES,
        },
        {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": 200},
        {"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": 5},
        {"filterType": "MAX_NUM_ORDER_LISTS", "maxNumOrderLists": 20},
        {"filterType": "MAX_NUM_ORDER_AMENDS", "maxNumOrderAmends": 10},
    ]


def _most(lots: int, listing: Listing) -> str:
    """So many lots; of a coin that costs little as many times more as a power of ten of it still costs as little."""
    units = POWERS_OF_TEN[len(str(int(LOT_WORTH * listing.symbol.min_notional / listing.price))) - 1]
    return text(lots / listing.lots_per_unit * units)


def _symbol(exchange: Exchange, view: MarketView, with_permission_sets: bool) -> dict[str, object]:
    listing = view.tape.listing
    quote_decimals = max(listing.price_decimals, SHOWN_DECIMALS)
    return {
        "symbol": listing.name,
        "status": exchange.status(listing.name),
        "baseAsset": listing.symbol.base,
        "baseAssetPrecision": 8,
        "quoteAsset": listing.symbol.quote,
        "quotePrecision": quote_decimals,
        "quoteAssetPrecision": quote_decimals,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": list(ORDER_TYPES),
        "icebergAllowed": True,
        "ocoAllowed": True,
        "otoAllowed": True,
        "opoAllowed": True,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": True,
        "cancelReplaceAllowed": True,
        "amendAllowed": True,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": exchange.conditions.filters_of(listing.name, filters(listing)),
        "permissions": [],
        "permissionSets": [["SPOT"]] if with_permission_sets else [],
        "defaultSelfTradePreventionMode": "EXPIRE_MAKER",
        "allowedSelfTradePreventionModes": list(SELF_TRADE_MODES),
    }
