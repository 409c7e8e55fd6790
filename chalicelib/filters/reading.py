"""exchangeInfo as rules: of a pair and of the whole exchange."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import TypeAlias

from chalicelib.errors import BadInput
from chalicelib.filters.amounts import ZERO, written
from chalicelib.filters.counts import (
    AmendsRule,
    OpenOrdersRule,
    PartsRule,
    PositionRule,
    TrailingRange,
    TrailingRule,
)
from chalicelib.filters.grids import AmountGrid, AssetUnitRule, LotRule, MarketLotRule, PriceRule
from chalicelib.filters.symbol_filters import FilterRule, SymbolFilters
from chalicelib.filters.worth import BandRule, PriceBand, WorthRule
from chalicelib.foreign_text import printable

Shown: TypeAlias = Mapping[str, object]
"""One filter as exchangeInfo shows it."""
MOST_DECIMALS = 30


class ShownFilter:
    """One filter and where it stands, for reading its fields. They raise BadInput for what they do not find."""

    def __init__(self, pair: str, shown: object) -> None:
        if not isinstance(shown, Mapping) or not isinstance(shown.get("filterType"), str):
            raise BadInput(f"filters of {pair}: each must be an object with a filterType, found {repr(shown)[:60]}")
        self.kind = str(shown["filterType"])
        self._pair, self._shown = pair, shown

    def amount(self, field: str) -> Decimal:
        return written(self._shown.get(field), self._where(field))

    def count(self, field: str) -> int:
        found = self.amount(field)
        if found != found.to_integral_value():
            raise BadInput(f"{self._where(field)}: must be a whole number, found {found}")
        return int(found)

    def flag(self, field: str) -> bool:
        found = self._shown.get(field)
        if not isinstance(found, bool):
            raise BadInput(f"{self._where(field)}: must be true or false, found {repr(found)[:60]}")
        return found

    def grid(self, least: str, most: str, step: str) -> AmountGrid:
        return AmountGrid(self.amount(least), self.amount(most), self.amount(step))

    def _where(self, field: str) -> str:
        return f"{self._pair}: {printable(self.kind, 60)}.{field}"


def symbol_filters(symbol: Shown, exchange_filters: Iterable[object] = ()) -> SymbolFilters:
    """The rules of a pair of exchangeInfo, in the order in which they are shown, and after them the exchange's.

    Raises BadInput for what is no pair with filters.
    """
    name, filters = symbol.get("symbol"), symbol.get("filters")
    if not isinstance(name, str) or not isinstance(filters, list):
        raise BadInput("exchangeInfo: each of symbols must be an object with a symbol and a list of filters")
    shown = [ShownFilter(printable(name, 60), each) for each in [*filters, *exchange_filters]]
    unknown = [each.kind for each in shown if each.kind not in READERS]
    rules = [READERS[each.kind](each) for each in shown if each.kind in READERS]
    return SymbolFilters(name, (*_units(name, symbol), *rules), tuple(dict.fromkeys(unknown)))


def filters_by_symbol(answer: Shown) -> dict[str, SymbolFilters]:
    """The rules of all pairs of an answer of exchangeInfo, by their names. Raises BadInput."""
    symbols, exchange = answer.get("symbols"), answer.get("exchangeFilters", [])
    if not isinstance(symbols, list) or not isinstance(exchange, list):
        raise BadInput("exchangeInfo: must have a list of symbols, and exchangeFilters must be one")
    found = [symbol_filters(each if isinstance(each, Mapping) else {}, exchange) for each in symbols]
    return {each.symbol: each for each in found}


def _units(name: str, symbol: Shown) -> Iterator[FilterRule]:
    """The precisions of a pair, where it shows any."""
    base, quote = (_unit(name, symbol, field) for field in ("baseAssetPrecision", "quoteAssetPrecision"))
    if base or quote:
        yield AssetUnitRule("PRECISION", base, quote)


def _unit(name: str, symbol: Shown, field: str) -> Decimal:
    if field not in symbol:
        return ZERO
    decimals = symbol[field]
    if type(decimals) is not int or not 0 <= decimals <= MOST_DECIMALS:
        raise BadInput(f"{printable(name, 60)}: {field}: must be 0 to {MOST_DECIMALS}, found {repr(decimals)[:60]}")
    return Decimal(1).scaleb(-decimals)


def _prices(shown: ShownFilter) -> FilterRule:
    return PriceRule(shown.kind, shown.grid("minPrice", "maxPrice", "tickSize"))


def _lots(shown: ShownFilter) -> FilterRule:
    return LotRule(shown.kind, shown.grid("minQty", "maxQty", "stepSize"))


def _market_lots(shown: ShownFilter) -> FilterRule:
    return MarketLotRule(shown.kind, shown.grid("minQty", "maxQty", "stepSize"))


def _min_notional(shown: ShownFilter) -> FilterRule:
    return WorthRule(shown.kind, shown.amount("minNotional"), shown.flag("applyToMarket"), None, False)


def _notional(shown: ShownFilter) -> FilterRule:
    least, most = shown.amount("minNotional"), shown.amount("maxNotional")
    return WorthRule(shown.kind, least, shown.flag("applyMinToMarket"), most, shown.flag("applyMaxToMarket"))


def _band(shown: ShownFilter) -> FilterRule:
    band = PriceBand(shown.amount("multiplierDown"), shown.amount("multiplierUp"))
    return BandRule(shown.kind, band, band)


def _bands(shown: ShownFilter) -> FilterRule:
    bid, ask = (
        PriceBand(shown.amount(f"{side}MultiplierDown"), shown.amount(f"{side}MultiplierUp")) for side in ("bid", "ask")
    )
    return BandRule(shown.kind, bid, ask)


def _trailing(shown: ShownFilter) -> FilterRule:
    above, below = (
        TrailingRange(shown.count(f"minTrailing{way}Delta"), shown.count(f"maxTrailing{way}Delta"))
        for way in ("Above", "Below")
    )
    return TrailingRule(shown.kind, above, below)


def _most_open(field: str, sort: str, *, everywhere: bool) -> Callable[[ShownFilter], FilterRule]:
    return lambda shown: OpenOrdersRule(shown.kind, shown.count(field), sort, everywhere)


READERS: Mapping[str, Callable[[ShownFilter], FilterRule]] = {
    "PRICE_FILTER": _prices,
    "PERCENT_PRICE": _band,
    "PERCENT_PRICE_BY_SIDE": _bands,
    "LOT_SIZE": _lots,
    "MARKET_LOT_SIZE": _market_lots,
    "MIN_NOTIONAL": _min_notional,
    "NOTIONAL": _notional,
    "ICEBERG_PARTS": lambda shown: PartsRule(shown.kind, shown.count("limit")),
    "TRAILING_DELTA": _trailing,
    "MAX_POSITION": lambda shown: PositionRule(shown.kind, shown.amount("maxPosition")),
    "MAX_NUM_ORDER_AMENDS": lambda shown: AmendsRule(shown.kind, shown.count("maxNumOrderAmends")),
    "MAX_NUM_ORDERS": _most_open("maxNumOrders", "orders", everywhere=False),
    "MAX_NUM_ALGO_ORDERS": _most_open("maxNumAlgoOrders", "algo", everywhere=False),
    "MAX_NUM_ICEBERG_ORDERS": _most_open("maxNumIcebergOrders", "iceberg", everywhere=False),
    "MAX_NUM_ORDER_LISTS": _most_open("maxNumOrderLists", "lists", everywhere=False),
    "EXCHANGE_MAX_NUM_ORDERS": _most_open("maxNumOrders", "orders", everywhere=True),
    "EXCHANGE_MAX_NUM_ALGO_ORDERS": _most_open("maxNumAlgoOrders", "algo", everywhere=True),
    "EXCHANGE_MAX_NUM_ICEBERG_ORDERS": _most_open("maxNumIcebergOrders", "iceberg", everywhere=True),
    "EXCHANGE_MAX_NUM_ORDER_LISTS": _most_open("maxNumOrderLists", "lists", everywhere=True),
}
