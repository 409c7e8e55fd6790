"""The pairs that the simulated exchange lists: assets, tick size, lot step and a plausible price."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from chalicelib.assets import split_symbol
from chalicelib.domain import Symbol
from chalicelib.errors import BadInput
from chalicelib.symbol_name import symbol_name

MIN_NOTIONALS = {"BTC": 0.0001, "ETH": 0.001, "BNB": 0.01}
"""In units of the quote asset; 5 for every other."""
KNOWN = {"BTCUSDT": (95_000.0, 2), "ETHUSDT": (3_500.0, 2), "BNBUSDT": (650.0, 2)}
"""Price at which a generated market starts and decimals of the price."""
LOT_WORTH = 0.4
"""What a lot is worth at most, as a part of the least an order may be worth: two dollars of five."""
LOT_DECIMALS = 8
"""The finest lot step."""
TICK_DECIMALS = 30
"""The finest tick, as fine as `data.decimals` looks for."""
POWERS_OF_TEN = tuple(int("1" + "0" * decimals) for decimals in range(TICK_DECIMALS + 1))


@dataclass(frozen=True, slots=True)
class Listing:
    """A pair with the number of decimals of its prices and quantities."""

    symbol: Symbol
    price: float
    """A price typical of the pair: where a generated market starts."""
    price_decimals: int
    quantity_decimals: int

    @property
    def name(self) -> str:
        return self.symbol.name

    @property
    def ticks_per_unit(self) -> int:
        return POWERS_OF_TEN[self.price_decimals]

    def on_tick(self, price: float) -> float:
        """The price of the pair's grid nearest to this one."""
        return round(price * self.ticks_per_unit) / self.ticks_per_unit

    @property
    def lots_per_unit(self) -> int:
        return POWERS_OF_TEN[self.quantity_decimals]


def generated_listing(name: str) -> Listing:
    """The pair of this name; price and decimals of an unknown pair follow from its name. Raises BadInput.

    >>> generated_listing("BTCUSDT").symbol.tick_size, generated_listing("BTCUSDT").symbol.lot_step
    (0.01, 1e-05)
    """
    if name in KNOWN:
        return listing(name, *KNOWN[name])
    random = Random(name)
    price = round(random.uniform(1.0, 10.0) * random.choice((0.1, 1.0, 10.0, 100.0)), 4)
    return listing(name, price, _decimals(price * 2e-5))


def listing(name: str, price: float, price_decimals: int) -> Listing:
    """The pair with a lot step worth little at this price, or of one unit. Raises BadInput."""
    base, quote = split_assets(name)
    min_notional = MIN_NOTIONALS.get(quote, 5.0)
    quantity_decimals = _decimals(LOT_WORTH * min_notional / price)
    step = 1 / POWERS_OF_TEN[quantity_decimals]
    symbol = Symbol(
        name,
        base,
        quote,
        tick_size=1 / POWERS_OF_TEN[price_decimals],
        lot_step=step,
        min_quantity=step,
        min_notional=min_notional,
    )
    return Listing(symbol, price, price_decimals, quantity_decimals)


def split_assets(name: str) -> tuple[str, str]:
    """Base and quote asset. Raises BadInput for a name that no pair can have.

    >>> split_assets("ETHBTC"), split_assets("UNITTESTBTC")
    (('ETH', 'BTC'), ('UNITTEST', 'BTC'))
    """
    if symbol_name(name, "symbol") != name:
        raise BadInput(f"symbol {name!r}: a pair is written in capitals, like BTCUSDT")
    base, quote = split_symbol(name)
    return (name[:-3], name[-3:]) if not quote and len(name) > len("USD") else (base, quote)


def _decimals(step: float) -> int:
    """The fewest decimals whose unit is at most this step."""
    decimals = 0
    while 1 / POWERS_OF_TEN[decimals] > step and decimals < LOT_DECIMALS:
        decimals += 1
    return decimals
