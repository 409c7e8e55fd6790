"""The product's signed client at an address, put together as a test needs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import requests

from chalicelib.adapters.binance.accounts import BinanceAccount
from chalicelib.adapters.binance.clock import SigningClock
from chalicelib.adapters.binance.order_limits import UnfilledLedger
from chalicelib.adapters.binance.orders import BinanceOrders
from chalicelib.adapters.binance.signed import SignedRequests
from chalicelib.adapters.binance.signing import Signer, signer_of
from chalicelib.adapters.binance.timing import Timing
from chalicelib.adapters.binance.transport import Transport
from chalicelib.adapters.binance.unheard import Unheard
from chalicelib.adapters.memory_texts import MemoryTexts
from chalicelib.domain import Side
from chalicelib.ports import SharedTexts
from chalicelib.secret import Secret
from chalicelib.wanted_orders import OrderKind, WantedOrder
from tests.support.signing import KEY, SECRET


@dataclass(frozen=True, slots=True)
class Client:
    orders: BinanceOrders
    account: BinanceAccount
    ledger: UnfilledLedger
    transport: Transport


def client_at(
    url: str,
    session: requests.Session,
    *,
    key: str = KEY,
    signer: Signer | None = None,
    timing: Timing | None = None,
    tell: Callable[[str], None] = print,
    texts: SharedTexts | None = None,
    timeout_s: tuple[float, float] = (2.0, 5.0),
) -> Client:
    timing = timing or Timing()
    transport = Transport(session, url, timing=timing, attempts=2, timeout_s=timeout_s, patience_s=1.0)
    ledger, unheard = UnfilledLedger(texts or MemoryTexts()), Unheard(tell)
    clock = SigningClock(transport, timing)
    signed = SignedRequests(
        transport, Secret(key), signer or signer_of(Secret(SECRET)), clock, recv_window_ms=5000, unfilled=ledger
    )
    return Client(BinanceOrders(signed, unheard), BinanceAccount(signed, unheard), ledger, transport)


def wanted(kind: OrderKind = OrderKind.MARKET, client_id: str = "mine-1", **terms: object) -> WantedOrder:
    """An order of BTCUSDT; amounts may be given as text."""
    given = {
        name: Decimal(value) if type(value) is str and name != "time_in_force" else value
        for name, value in terms.items()
    }
    side = given.pop("side", Side.BUY)
    return WantedOrder(client_id, "BTCUSDT", side, kind, **given)  # type: ignore[arg-type]
