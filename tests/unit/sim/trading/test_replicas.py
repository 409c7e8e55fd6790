"""An account as it stood: exactly what it was at that time, however far it has come since."""

from __future__ import annotations

from copy import deepcopy

from tests.fakes.trading_floor import START_MS, SYMBOL, floor
from trader.sim.trading.account import SpotAccount
from trader.sim.trading.replicas import AccountHistory

FALL = [(100.0, 100.0, 90.0, 90.0), (90.0, 110.0, 90.0, 110.0), (110.0, 110.0, 110.0, 110.0)]


def shown(account: SpotAccount) -> object:
    orders = [(each.order_id, each.status, each.executed) for each in account.orders(SYMBOL)]
    balances = {asset: (each.free, each.locked) for asset, each in account.balances.items()}
    return orders, [each.order_id for each in account.open_orders()], balances


def test_an_account_is_shown_as_it_stood_at_every_time() -> None:
    market = floor(FALL)
    history = AccountHistory(market.account)
    market.engine.listeners.append(history)
    stood = {}
    for number, minute in enumerate((0.1, 0.2, 0.6, 1.1, 1.5, 2.0)):
        market.go_to(minute)
        market.order("BUY", "LIMIT", quantity="1", price=f"{99 - 2 * number}")
        market.order("SELL", "LIMIT", quantity="1", price=f"{104 + number}")
        if number == 2:
            market.engine.cancel(market.account, market.account.open_orders()[0])
        stood[START_MS + round(minute * 60_000)] = deepcopy(market.account)
    market.go_to(3.0)
    assert len({order.status for order in market.account.orders(SYMBOL)}) == 3
    for time_ms, account in stood.items():
        assert shown(history.as_of(time_ms)) == shown(account)
    assert shown(history.as_of(START_MS + 180_000)) == shown(market.account)


def test_an_order_is_known_by_its_last_client_id_alone() -> None:
    market = floor(FALL)
    history = AccountHistory(market.account)
    market.engine.listeners.append(history)
    order = market.order("BUY", "LIMIT", quantity="1", price="80", client_id="old")
    market.account.rename(order, "new")
    market.engine.tell(market.account, order, "REPLACED", START_MS)
    found = history.as_of(START_MS)
    assert found.open_order(SYMBOL, "old") is None
    assert found.open_order(SYMBOL, "new") is not None
