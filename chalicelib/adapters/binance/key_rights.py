"""What a key may do, as the exchange tells its owner; test networks do not."""

from __future__ import annotations

from chalicelib.adapters.binance.account_payloads import as_truth
from chalicelib.adapters.binance.payloads import as_object, as_time_ms
from chalicelib.adapters.binance.signed import SignedRequests
from chalicelib.exchange_account import KeyRights

RESTRICTIONS = "/sapi/v1/account/apiRestrictions"
"""https://developers.binance.com/docs/wallet/account/api-key-permission"""


class BinanceKey:
    """The key that requests are signed for."""

    def __init__(self, signed: SignedRequests) -> None:
        self._signed = signed

    def rights(self) -> KeyRights:
        """Asked now. Raises Unavailable, Rejected, and BadInput also where the exchange does not tell."""
        return self._signed.read(RESTRICTIONS, {}, weight=1, read=rights_of)


def rights_of(answer: object) -> KeyRights:
    """Of an answer of RESTRICTIONS."""
    row = as_object(answer, "rights of a key")
    ends = row.get("tradingAuthorityExpirationTime")
    reads, trades, withdraws, is_bound = (
        as_truth(row.get(name), name)
        for name in ("enableReading", "enableSpotAndMarginTrading", "enableWithdrawals", "ipRestrict")
    )
    ends_ms = None if ends is None else as_time_ms(ends, "tradingAuthorityExpirationTime")
    return KeyRights(reads=reads, trades=trades, withdraws=withdraws, is_bound=is_bound, ends_ms=ends_ms)
