"""What a member's key may do: GET /sapi/v1/account/apiRestrictions, and what is refused to a key that may not trade.

https://developers.binance.com/docs/wallet/account/api-key-permission
"""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.errors import BadInput
from trader.sim.conditions import Conditions
from trader.sim.query import ApiError

ENDS = "tradingAuthorityExpirationTime"
CREATED_MS = 1_698_645_219_000
USUAL: Mapping[str, object] = {
    "ipRestrict": True,
    "createTime": CREATED_MS,
    "enableReading": True,
    "enableWithdrawals": False,
    "enableInternalTransfer": False,
    "enableMargin": False,
    "enableFutures": False,
    "permitsUniversalTransfer": False,
    "enableVanillaOptions": False,
    "enableFixApiTrade": False,
    "enableFixReadOnly": False,
    "enableSpotAndMarginTrading": True,
    "enablePortfolioMarginTrading": False,
}
"""Restricted to addresses: this server is reached from one machine alone."""
TIMES = ("createTime", ENDS)
NO_RIGHT = ApiError(-2015, "Invalid API-key, IP, or permissions for action.", 401)
DISABLED = ApiError(-2010, "This action is disabled on this account.")


def rights_changed(asked: object) -> dict[str, object]:
    """Fields of the answer as they shall be. Raises BadInput."""
    names = (*USUAL, ENDS)
    if not isinstance(asked, dict) or not asked.keys() <= set(names):
        raise BadInput(f"key: give an object of {', '.join(names)}")
    for name, value in asked.items():
        wanted = int if name in TIMES else bool
        if type(value) is not wanted:
            raise BadInput(
                f"key: {name} {value!r} is no {'time in milliseconds' if wanted is int else 'true or false'}"
            )
    return dict(asked)


def key_rights(conditions: Conditions) -> dict[str, object]:
    """The answer."""
    return {**USUAL, **conditions.key}


def refuse_without_right(method: str, conditions: Conditions, now_ms: int) -> None:
    """Raises ApiError for what places or cancels where the key may not trade, or places where the account may not."""
    if method == "GET":
        return
    rights = key_rights(conditions)
    ends_ms = rights.get(ENDS)
    if not rights["enableSpotAndMarginTrading"] or (isinstance(ends_ms, int) and ends_ms <= now_ms):
        raise NO_RIGHT
    if method == "POST" and not conditions.can_trade:
        raise DISABLED
