"""Symbols as Binance lists them, with their filters, and the price that those are judged by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from chalicelib.adapters.binance.account_payloads import as_decimal
from chalicelib.adapters.binance.clock import server_time_ms
from chalicelib.adapters.binance.payloads import as_list, as_object, as_text
from chalicelib.adapters.binance.transport import Transport
from chalicelib.adapters.binance.unheard import Unheard
from chalicelib.errors import BadInput
from chalicelib.filters.reading import symbol_filters
from chalicelib.filters.symbol_filters import SymbolFilters
from chalicelib.foreign_text import printable
from chalicelib.wanted_orders import KNOWN_KINDS, OrderKind

_TRADING = "TRADING"
_KNOWN_STATUSES = frozenset({_TRADING, "HALT", "BREAK", "CANCEL_ONLY", "END_OF_DAY"})


@dataclass(frozen=True, slots=True)
class ListedPair:
    """A symbol as the exchange lists it."""

    name: str
    status: str
    base: str
    quote: str
    kinds: tuple[str, ...]
    """The types of order that it takes."""
    filters: SymbolFilters

    def refusal(self, kind: OrderKind) -> str:
        """Why no order of this kind may be sent, by what the symbol is called; empty where one may.

        A filter that nobody here knows may forbid anything: nothing is traded by it until it is known.
        """
        if self.status != _TRADING:
            return f"its status is {printable(self.status, 60)}, and orders are sent where it is {_TRADING}"
        if kind not in self.kinds:
            return f"it takes no orders of type {kind}"
        unknown = ", ".join(printable(name, 60) for name in self.filters.unknown)
        return f"{unknown}: a filter that is not known, so that no order can be judged by it" if unknown else ""


class BinancePairs:
    """For everybody. All of it may raise Unavailable and BadInput, and is repeated where no answer comes."""

    def __init__(self, transport: Transport, unheard: Unheard | None = None) -> None:
        self._transport = transport
        self._unheard = unheard or Unheard()

    def listed(self, symbol: str) -> ListedPair:
        """The symbol. Raises BadInput where the exchange does not list it, or lists filters that cannot be read."""
        found = self._transport.get(
            "/api/v3/exchangeInfo", {"symbol": symbol}, weight=20, read=lambda answer: listed_pair(symbol, answer)
        )
        self._tell_unknown(found)
        return found

    def mean_price(self, symbol: str) -> Decimal:
        """The mean of the last minutes, by which the exchange judges orders at the market."""
        return self._transport.get(
            "/api/v3/avgPrice",
            {"symbol": symbol},
            weight=2,
            read=lambda answer: as_decimal(as_object(answer, "avgPrice").get("price"), f"mean price of {symbol}"),
        )

    def time_ms(self) -> int:
        """What the exchange's clock shows."""
        return server_time_ms(self._transport)

    def _tell_unknown(self, pair: ListedPair) -> None:
        for name in pair.filters.unknown:
            self._unheard.word("filter", name)
        for kind in pair.kinds:
            if kind not in KNOWN_KINDS:
                self._unheard.word("type of order", kind)
        if pair.status not in _KNOWN_STATUSES:
            self._unheard.word("status of a symbol", pair.status)


def listed_pair(symbol: str, answer: object) -> ListedPair:
    """The symbol of an answer of exchangeInfo. Raises BadInput where it is not there."""
    told = as_object(answer, "exchangeInfo")
    pairs = [as_object(each, "symbol of exchangeInfo") for each in as_list(told.get("symbols"), "symbols")]
    pair = next((each for each in pairs if each.get("symbol") == symbol), None)
    if pair is None:
        raise BadInput(f"the exchange has no symbol {symbol!r}")
    return ListedPair(
        name=symbol,
        status=_text(pair, "status"),
        base=_text(pair, "baseAsset"),
        quote=_text(pair, "quoteAsset"),
        kinds=tuple(as_text(kind, "order type") for kind in as_list(pair.get("orderTypes"), "orderTypes")),
        filters=symbol_filters(pair, as_list(told.get("exchangeFilters", []), "exchangeFilters")),
    )


def _text(pair: Mapping[str, object], field: str) -> str:
    return as_text(pair.get(field), f"{field} of a symbol")
