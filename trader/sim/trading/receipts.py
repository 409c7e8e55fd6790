"""What an order received that others are to give away, which stays locked for them until they go out."""

from __future__ import annotations

from decimal import Decimal

from trader.sim.trading.amounts import ZERO
from trader.sim.trading.order import SpotOrder, SpotTrade

PAYS_COMMISSIONS = "BNB"
"""The asset of which a commission always comes out of what is received."""


def receipt(
    working: SpotOrder, waiting: SpotOrder, trade: SpotTrade, asset: str, free: Decimal, sells_receipts: bool
) -> Decimal:
    """How much of `asset`, which the waiting order gives away, a trade of the working order brought to be locked.

    Where just what was received is sold (OPO) that is all of it, if enough is free for the commission besides.
    """
    if working.is_buy == waiting.is_buy:
        return ZERO
    received = trade.quantity if working.is_buy else trade.quote
    if sells_receipts and asset != PAYS_COMMISSIONS and free >= received:
        return received
    return received - (trade.commission if trade.commission_asset == asset else ZERO)
