"""Events of an account's user data stream, in the shapes of Binance's own."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from trader.sim.trading.account import SpotAccount
from trader.sim.trading.amounts import ZERO, product, shown
from trader.sim.trading.order import CONTINGENT, NOT_YET_MS, PreventedMatch, SpotOrder, SpotTrade
from trader.sim.trading.order_list import OrderList
from trader.sim.trading.reports import ExecutionReport

NO_TRADE = -1
Event = dict[str, object]


def execution_report(report: ExecutionReport, now_ms: int) -> Event:
    """One step of an order. Cancelled, its `c` is the id of that request and `C` its own; amended, `C` is its last."""
    order, is_cancel = report.order, report.execution == "CANCELED"
    before = {"CANCELED": order.client_id, "REPLACED": order.replaced_id}
    request = order.request
    works = order.is_working or (request.kind not in CONTINGENT and order.status != "PENDING_NEW")
    return {
        "e": "executionReport", "E": now_ms, "s": request.symbol,
        "c": order.cancel_id if is_cancel else order.client_id,
        "S": request.side, "o": request.kind, "f": request.time_in_force, "q": shown(order.quantity),
        "p": shown(request.price), "P": shown(order.stop_price), "F": shown(request.iceberg), "g": order.list_id,
        "C": before.get(report.execution, ""), "x": report.execution, "X": order.status, "r": "NONE",
        "i": order.order_id, **_traded(order, report.trade), "T": report.time_ms, "I": report.execution_id,
        "w": works and order.is_open, "m": report.trade is not None and report.trade.is_maker,
        "M": report.trade is not None, "O": order.time_ms, "Z": shown(order.quote_executed),
        "Q": shown(request.quote_quantity), "V": request.self_trade_mode,
        **({"W": order.working_ms if order.is_working else order.time_ms} if works else {}), **_occasional(order),
        **(_prevented(order, order.prevented) if report.execution == "TRADE_PREVENTION" and order.prevented else {}),
    }  # fmt: skip


def account_position(account: SpotAccount, assets: Iterable[str], now_ms: int) -> Event:
    """What an account has of the assets that something may have changed."""
    balances = [(asset, account.balance(asset)) for asset in assets]
    return {
        "e": "outboundAccountPosition",
        "E": now_ms,
        "u": account.updated_ms,
        "B": [{"a": asset, "f": shown(each.free), "l": shown(each.locked)} for asset, each in balances],
    }


def list_status(found: OrderList, status: str, time_ms: int, now_ms: int) -> Event:
    """A list that begins, is done, or has an order of another client id."""
    order_status = "EXECUTING" if found.is_open else "ALL_DONE"
    return {
        "e": "listStatus", "E": now_ms, "s": found.request.symbol, "g": found.list_id, "c": found.request.contingency,
        "l": status, "L": order_status, "r": "NONE", "C": found.client_id, "T": time_ms,
        "O": [{"s": order.request.symbol, "i": order.order_id, "c": order.client_id} for order in found.orders],
    }  # fmt: skip


def balance_update(asset: str, amount: Decimal, now_ms: int) -> Event:
    """A deposit, or what was taken out."""
    return {"e": "balanceUpdate", "E": now_ms, "a": asset, "d": shown(amount), "T": now_ms}


def stream_terminated(now_ms: int) -> Event:
    """The last event of a subscription."""
    return {"e": "eventStreamTerminated", "E": now_ms}


def _traded(order: SpotOrder, trade: SpotTrade | None) -> Event:
    return {
        "l": shown(trade.quantity if trade else ZERO), "z": shown(order.executed),
        "L": shown(trade.price if trade else ZERO), "n": shown(trade.commission) if trade else "0",
        "N": trade.commission_asset if trade else None, "t": trade.trade_id if trade else NO_TRADE,
        "Y": shown(trade.quote if trade else ZERO),
    }  # fmt: skip


def _other(order: SpotOrder, match: PreventedMatch) -> int:
    """The order that stood opposite."""
    return match.maker_order_id if order.order_id == match.taker_order_id else match.taker_order_id


def _prevented(order: SpotOrder, match: PreventedMatch) -> Event:
    """The trade with its owner that has just been prevented."""
    return {
        "B": shown(match.quantity), "u": match.account_id, "U": _other(order, match), "Cs": match.symbol,
        "pl": shown(match.quantity), "pL": shown(match.price), "pY": shown(product(match.quantity, match.price)),
    }  # fmt: skip


def _occasional(order: SpotOrder) -> Event:
    """What is told only of orders that have it."""
    found: Event = {
        "v": order.prevented.match_id if order.prevented else None,
        "A": shown(order.prevented_quantity) if order.prevented else None,
        "d": order.request.trailing_delta or None,
        "D": None if order.trailing_ms == NOT_YET_MS else order.trailing_ms,
        "j": order.request.strategy_id,
        "J": order.request.strategy_type,
        "eR": None if order.expiry == "NONE" else order.expiry,
    }
    return {name: value for name, value in found.items() if value is not None}
