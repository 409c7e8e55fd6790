"""An exchange as commands by hand and the preflight need it, over what a key's owner may ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from chalicelib.assets import split_symbol
from chalicelib.config import Config
from chalicelib.errors import BadInput
from chalicelib.exchange_account import AccountState, AssetBalance, KeyRights, PlacedOrder
from chalicelib.filters.dust import remains
from chalicelib.wanted_orders import WantedOrder
from trader.by_hand.examined import PairState
from trader.by_hand.lawful import lawful, surroundings
from trader.by_hand.least_entry import least_entry_cost

if TYPE_CHECKING:
    from chalicelib.wiring.exchange_client import ExchangeClient
    from chalicelib.wiring.trading import ExchangeAccess


NOTHING = AssetBalance(Decimal(0), Decimal(0))


class ExchangeByHand:
    """Implements HandVenue and ExaminedExchange; without a key only what needs none can be asked."""

    def __init__(self, access: ExchangeAccess, config: Config, *, tells_rights: bool) -> None:
        """`tells_rights` is whether the exchange says what a key may do; test networks do not."""
        self._pairs = access.pairs
        self._known_client = access.client
        self._config = config
        self._tells_rights = tells_rights

    def legal(self, order: WantedOrder) -> WantedOrder:
        """As the port says, beside the mean price, what is held and what rests."""
        pair, price = self._pairs.listed(order.symbol), self._pairs.mean_price(order.symbol)
        if refused := pair.refusal(order.kind):
            raise BadInput(f"{order.symbol}: {refused}; nothing was sent")
        around = surroundings(price, pair.base, self.account(), self.open_orders(order.symbol))
        return lawful(order, pair.filters, around)

    def place(self, order: WantedOrder) -> PlacedOrder:
        """As the port says."""
        return self._client.orders.place(order)

    def find(self, symbol: str, name: str) -> PlacedOrder:
        """As the port says."""
        return self._client.orders.find(symbol, id_of(name))

    def cancel(self, symbol: str, name: str) -> PlacedOrder:
        """As the port says."""
        return self._client.orders.cancel(symbol, id_of(name))

    def open_orders(self, symbol: str | None) -> Sequence[PlacedOrder]:
        """As the port says."""
        return self._client.orders.open_orders(symbol)

    def account(self) -> AccountState:
        """As the port says."""
        return self._client.account.state()

    def dust(self, account: AccountState) -> Mapping[str, Decimal]:
        """As the port says."""
        found = {}
        for symbol in self._config.agent.symbols:
            base, _ = split_symbol(symbol)
            balance = account.balances.get(base, NOTHING)
            if held := balance.free + balance.locked:
                pair = self._pairs.listed(symbol)
                found[base] = remains(held, pair.filters, self._pairs.mean_price(symbol)).dust
        return found

    def key_rights(self) -> KeyRights | None:
        """As the port says."""
        return self._client.key.rights() if self._tells_rights else None

    def time_ms(self) -> int:
        """As the port says."""
        return self._pairs.time_ms()

    def pair(self, symbol: str) -> PairState:
        """As the port says."""
        pair = self._pairs.listed(symbol)
        least = least_entry_cost(self._config, pair.filters, self._pairs.mean_price(symbol))
        return PairState(pair.name, pair.status, pair.quote, pair.kinds, pair.filters.unknown, least)

    @property
    def _client(self) -> ExchangeClient:
        if self._known_client is None:
            raise BadInput(
                "BINANCE_API_KEY, and BINANCE_API_SECRET or BINANCE_PRIVATE_KEY_FILE: set them in .env, as"
                " docs/trading.md says; those of a trader sim are simulated"
            )
        return self._known_client


def id_of(name: str) -> str | int:
    """An order by its name: digits are the exchange's own id, everything else is ours.

    >>> id_of("28"), id_of("hand-28")
    (28, 'hand-28')
    """
    return int(name) if name.isdecimal() else name
