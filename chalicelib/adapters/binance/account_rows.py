"""Binance's answers about balances, fees and order counts."""

from __future__ import annotations

from decimal import Decimal

from chalicelib.adapters.binance.account_payloads import as_decimal, as_number, as_truth
from chalicelib.adapters.binance.payloads import as_list, as_object, as_text, as_time_ms
from chalicelib.exchange_account import AccountState, AssetBalance, FeeRates, SymbolFees, UnfilledCount


def account_state(answer: object) -> AccountState:
    """GET /api/v3/account."""
    row = as_object(answer, "account")
    balances: dict[str, AssetBalance] = {}
    for entry in as_list(row.get("balances"), "balances"):
        balance = as_object(entry, "balance")
        asset = as_text(balance.get("asset"), "asset of a balance")
        free, locked = (as_decimal(balance.get(name), f"{name} of {asset}") for name in ("free", "locked"))
        balances[asset] = AssetBalance(free, locked)
    permissions = tuple(as_text(each, "permission") for each in as_list(row.get("permissions", []), "permissions"))
    return AccountState(
        can_trade=as_truth(row.get("canTrade"), "canTrade"),
        balances=balances,
        permissions=permissions,
        updated_ms=as_time_ms(row.get("updateTime"), "updateTime of the account"),
    )


def symbol_fees(answer: object) -> SymbolFees:
    """GET /api/v3/account/commission."""
    row = as_object(answer, "commission")
    discount = as_object(row.get("discount"), "discount")
    is_given = discount.get("enabledForAccount") is True and discount.get("enabledForSymbol") is True
    return SymbolFees(
        symbol=as_text(row.get("symbol"), "symbol of a commission"),
        standard=_rates(row.get("standardCommission"), "standardCommission"),
        special=_rates(row.get("specialCommission"), "specialCommission"),
        tax=_rates(row.get("taxCommission"), "taxCommission"),
        discount_asset=as_text(discount.get("discountAsset"), "discountAsset") if is_given else "",
        discount=as_decimal(discount.get("discount"), "discount") if is_given else Decimal(1),
    )


def unfilled_counts(answer: object) -> list[UnfilledCount]:
    """GET /api/v3/rateLimit/order."""
    rows = [as_object(row, "order count") for row in as_list(answer, "order counts")]
    return [
        UnfilledCount(
            window=f"{as_number(row.get('intervalNum'), 'intervalNum')}{as_text(row.get('interval'), 'interval')[0]}",
            count=as_number(row.get("count"), "count"),
            limit=as_number(row.get("limit"), "limit"),
        )
        for row in rows
        if row.get("rateLimitType") == "ORDERS"
    ]


def _rates(answer: object, what: str) -> FeeRates:
    row = as_object(answer, what)
    maker, taker, buyer, seller = (
        as_decimal(row.get(name), f"{name} of {what}") for name in ("maker", "taker", "buyer", "seller")
    )
    return FeeRates(maker, taker, buyer, seller)
