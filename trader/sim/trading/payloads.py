"""Orders, trades and accounts in the shapes of Binance's answers."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from chalicelib.domain import Symbol
from trader.sim.trading.account import SpotAccount
from trader.sim.trading.amounts import ZERO, shown
from trader.sim.trading.order import CONTINGENT, PreventedMatch, SpotOrder, SpotTrade

BASIS_POINTS = 10_000


def placed(order: SpotOrder, response: str) -> dict[str, object]:
    """The answer to a new order: ACK, RESULT or FULL."""
    head: dict[str, object] = {
        "symbol": order.request.symbol, "orderId": order.order_id, "orderListId": order.list_id,
        "clientOrderId": order.client_id, "transactTime": order.time_ms,
    }  # fmt: skip
    if response == "ACK":
        return head
    rest = {**_figures(order), **_work(order), **_occasional(order)}
    fills = {"fills": [_fill(trade) for trade in order.trades]} if response == "FULL" else {}
    return head | rest | fills


def order_row(order: SpotOrder) -> dict[str, object]:
    """An order as queries answer it."""
    return {
        "symbol": order.request.symbol, "orderId": order.order_id, "orderListId": order.list_id,
        "clientOrderId": order.client_id, **_figures(order), "stopPrice": shown(order.stop_price),
        "icebergQty": shown(order.request.iceberg), "time": order.time_ms, "updateTime": order.updated_ms,
        "isWorking": order.is_working, **_work(order), **_occasional(order, without=("stopPrice", "icebergQty")),
    }  # fmt: skip


def cancelled(order: SpotOrder) -> dict[str, object]:
    """The answer to a cancel."""
    return {
        "symbol": order.request.symbol, "origClientOrderId": order.client_id, "orderId": order.order_id,
        "orderListId": order.list_id, "clientOrderId": order.cancel_id, "transactTime": order.updated_ms,
        **_figures(order), "selfTradePreventionMode": order.request.self_trade_mode, **_occasional(order),
    }  # fmt: skip


def amended_order(order: SpotOrder, old_client_id: str) -> dict[str, object]:
    """An order that has just been made smaller; some of its fields have names of their own here."""
    return {
        "symbol": order.request.symbol, "orderId": order.order_id, "orderListId": order.list_id,
        "origClientOrderId": old_client_id, "clientOrderId": order.client_id, "price": shown(order.request.price),
        "qty": shown(order.quantity), "executedQty": shown(order.executed),
        "preventedQty": shown(order.prevented_quantity), "quoteOrderQty": shown(order.request.quote_quantity),
        "cumulativeQuoteQty": shown(order.quote_executed), "status": order.status,
        "timeInForce": order.request.time_in_force, "type": order.request.kind, "side": order.request.side,
        **_work(order), **_occasional(order),
    }  # fmt: skip


def trade_row(order: SpotOrder, trade: SpotTrade) -> dict[str, object]:
    """One of myTrades."""
    return {
        "symbol": order.request.symbol, "id": trade.trade_id, "orderId": order.order_id, "orderListId": order.list_id,
        "price": shown(trade.price), "qty": shown(trade.quantity), "quoteQty": shown(trade.quote),
        "commission": shown(trade.commission), "commissionAsset": trade.commission_asset, "time": trade.time_ms,
        "isBuyer": order.is_buy, "isMaker": trade.is_maker, "isBestMatch": True,
    }  # fmt: skip


def account_row(account: SpotAccount, assets: Mapping[str, object], omit_zero: bool) -> dict[str, object]:
    """GET /api/v3/account; `assets` are those that the exchange trades."""
    rates = account.rates
    return {
        "makerCommission": int(rates.maker * BASIS_POINTS), "takerCommission": int(rates.taker * BASIS_POINTS),
        "buyerCommission": 0, "sellerCommission": 0,
        "commissionRates": _rates(rates.maker, rates.taker),
        "canTrade": True, "canWithdraw": True, "canDeposit": True, "brokered": False,
        "requireSelfTradePrevention": False, "preventSor": False, "updateTime": account.updated_ms,
        "accountType": "SPOT", "balances": balances(account, assets, omit_zero), "permissions": ["SPOT"],
        "uid": account.uid,
    }  # fmt: skip


def balances(account: SpotAccount, assets: Mapping[str, object], omit_zero: bool) -> list[dict[str, str]]:
    """What the account has of every asset, by name."""
    named = {asset: account.balances.get(asset) for asset in sorted({*assets, *account.balances})}
    held = {asset: (each.free, each.locked) if each else (ZERO, ZERO) for asset, each in named.items()}
    return [
        {"asset": asset, "free": shown(free), "locked": shown(locked)}
        for asset, (free, locked) in held.items()
        if free or locked or not omit_zero
    ]


def commission_row(account: SpotAccount, symbol: Symbol) -> dict[str, object]:
    """GET /api/v3/account/commission."""
    discount = account.rates.bnb_discount
    return {
        "symbol": symbol.name,
        "standardCommission": _rates(account.rates.maker, account.rates.taker),
        "specialCommission": _rates(ZERO, ZERO),
        "taxCommission": _rates(ZERO, ZERO),
        "discount": {
            "enabledForAccount": account.pays_in_bnb,
            "enabledForSymbol": True,
            "discountAsset": "BNB",
            "discount": shown(discount),
        },
    }


def commission_of_order(account: SpotAccount, symbol: Symbol) -> dict[str, object]:
    """POST /api/v3/order/test with computeCommissionRates."""
    none = {"maker": shown(ZERO), "taker": shown(ZERO)}
    return {
        "standardCommissionForOrder": {"maker": shown(account.rates.maker), "taker": shown(account.rates.taker)},
        "specialCommissionForOrder": none,
        "taxCommissionForOrder": none,
        "discount": commission_row(account, symbol)["discount"],
    }


def prevented_row(match: PreventedMatch) -> dict[str, object]:
    """One of myPreventedMatches; the group of accounts that trade as one is the account."""
    return {
        "symbol": match.symbol, "preventedMatchId": match.match_id, "takerOrderId": match.taker_order_id,
        "makerSymbol": match.symbol, "makerOrderId": match.maker_order_id, "tradeGroupId": match.account_id,
        "selfTradePreventionMode": match.mode, "price": shown(match.price),
        "makerPreventedQuantity": shown(match.quantity), "transactTime": match.time_ms,
    }  # fmt: skip


def _rates(maker: Decimal, taker: Decimal) -> dict[str, str]:
    return {"maker": shown(maker), "taker": shown(taker), "buyer": shown(ZERO), "seller": shown(ZERO)}


def _figures(order: SpotOrder) -> dict[str, object]:
    return {
        "price": shown(order.request.price), "origQty": shown(order.quantity), "executedQty": shown(order.executed),
        "origQuoteOrderQty": shown(order.request.quote_quantity), "cummulativeQuoteQty": shown(order.quote_executed),
        "status": order.status, "timeInForce": order.request.time_in_force, "type": order.request.kind,
        "side": order.request.side,
    }  # fmt: skip


def _work(order: SpotOrder) -> dict[str, object]:
    return {"workingTime": order.working_ms, "selfTradePreventionMode": order.request.self_trade_mode}


def _occasional(order: SpotOrder, without: tuple[str, ...] = ()) -> dict[str, object]:
    """What is told only of orders that have it."""
    request = order.request
    found: dict[str, object] = {
        "stopPrice": shown(order.stop_price) if request.kind in CONTINGENT and order.stop_price else None,
        "icebergQty": shown(request.iceberg) if request.iceberg else None,
        "trailingDelta": request.trailing_delta or None,
        "trailingTime": order.trailing_ms if request.trailing_delta else None,
        "strategyId": request.strategy_id,
        "strategyType": request.strategy_type,
        "preventedMatchId": order.prevented.match_id if order.prevented else None,
        "preventedQuantity": shown(order.prevented_quantity) if order.prevented else None,
        "expiryReason": None if order.expiry == "NONE" else order.expiry,
    }
    return {name: value for name, value in found.items() if value is not None and name not in without}


def _fill(trade: SpotTrade) -> dict[str, object]:
    return {
        "price": shown(trade.price), "qty": shown(trade.quantity), "commission": shown(trade.commission),
        "commissionAsset": trade.commission_asset, "tradeId": trade.trade_id,
    }  # fmt: skip
