"""An account at Binance: what it has, what trading costs it, what it traded."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.adapters.binance import account_rows
from chalicelib.adapters.binance.account_payloads import own_trade
from chalicelib.adapters.binance.payloads import as_list
from chalicelib.adapters.binance.signed import SignedRequests
from chalicelib.adapters.binance.unheard import Unheard
from chalicelib.exchange_account import AccountState, OwnTrade, SymbolFees, UnfilledCount


class BinanceAccount:
    """Reads, which may be repeated. Everything may raise Unavailable, Rejected, and KeyRefused at which to halt."""

    def __init__(self, signed: SignedRequests, unheard: Unheard | None = None) -> None:
        self._signed = signed
        self._unheard = unheard or Unheard()

    def state(self) -> AccountState:
        """Balances of every asset of which there is something, and whether the account may trade."""
        asked = {"omitZeroBalances": "true"}
        return self._signed.read("/api/v3/account", asked, weight=20, read=account_rows.account_state)

    def fees(self, symbol: str) -> SymbolFees:
        """What trading the symbol costs."""
        path = "/api/v3/account/commission"
        return self._signed.read(path, {"symbol": symbol}, weight=20, read=account_rows.symbol_fees)

    def trades(
        self, symbol: str, *, order_id: int | None = None, from_id: int | None = None, limit: int | None = None
    ) -> Sequence[OwnTrade]:
        """Trades of an order or of all, oldest first: from a trade's id on, else the latest; 500 unless `limit` says
        otherwise, at most 1000."""
        given = {"orderId": order_id, "fromId": from_id, "limit": limit}
        asked = {"symbol": symbol} | {name: str(value) for name, value in given.items() if value is not None}
        return self._signed.read(
            "/api/v3/myTrades",
            asked,
            weight=20 if order_id is None else 5,
            read=lambda answer: [own_trade(row, self._unheard) for row in as_list(answer, "trades")],
        )

    def unfilled(self) -> Sequence[UnfilledCount]:
        """How many orders are unfilled and how many may be; the ledger of who places orders learns it too."""
        counts = self._signed.read("/api/v3/rateLimit/order", {}, weight=40, read=account_rows.unfilled_counts)
        self._signed.learn(counts)
        return counts
