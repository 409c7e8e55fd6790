"""What an order gives away and gets: what is locked for it, and how a trade moves balances."""

from __future__ import annotations

from decimal import Decimal

from chalicelib.domain import Symbol
from trader.sim.trading.account import SpotAccount
from trader.sim.trading.amounts import product, rounded_down
from trader.sim.trading.commissions import Charge, Commissions
from trader.sim.trading.liquidity import Offer
from trader.sim.trading.order import SpotOrder, SpotTrade


def locked_asset(order: SpotOrder, symbol: Symbol) -> str:
    """The asset that the order gives away."""
    return symbol.quote if order.is_buy else symbol.base


def needed(order: SpotOrder, last: Decimal) -> Decimal:
    """What has to be locked while it waits or rests; a buy without a limit counts at its stop or the last price."""
    if not order.is_buy:
        return order.remaining
    return product(order.request.price or order.stop_price or last, order.remaining)


def book_trade(
    account: SpotAccount,
    order: SpotOrder,
    symbol: Symbol,
    offer: Offer,
    trade_id: int,
    time_ms: int,
    commissions: Commissions,
    *,
    is_maker: bool,
) -> SpotTrade:
    """A trade of the order, with balances as they are after it. What is left of the order stays locked."""
    price, quantity = offer
    quote = rounded_down(product(price, quantity))
    gives, gets = (quote, quantity) if order.is_buy else (quantity, quote)
    got = Charge(gets, symbol.base if order.is_buy else symbol.quote)
    _unlock(account, order, symbol)
    account.balance(locked_asset(order, symbol)).free -= gives
    account.balance(got.asset).free += gets
    order.executed += quantity
    order.quote_executed += quote
    rest = min(needed(order, price), account.balance(locked_asset(order, symbol)).free)
    account.lock(order, locked_asset(order, symbol), rest)
    charge = commissions.take(account, symbol, got, quote, time_ms, is_maker=is_maker)
    trade = SpotTrade(trade_id, price, quantity, quote, charge.amount, charge.asset, time_ms, is_maker)
    order.trades.append(trade)
    return trade


def _unlock(account: SpotAccount, order: SpotOrder, symbol: Symbol) -> None:
    balance = account.balance(locked_asset(order, symbol))
    balance.free += order.locked
    balance.locked -= order.locked
    order.locked -= order.locked
