"""Changes of a portfolio that come from outside its minutes: whoever else writes to it, they are made once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from chalicelib.domain import Change, Portfolio
from chalicelib.errors import Conflict, Unavailable
from chalicelib.kernel import codes
from chalicelib.kernel.step import stop_trading
from chalicelib.ports import Executor, PortfolioStore
from chalicelib.services.minute import new_order

ATTEMPTS = 100
"""One trading run per agent competes; losing this often means that something else is wrong."""


def rewrite(
    portfolios: PortfolioStore, agent_id: str, change: Callable[[Portfolio], Portfolio]
) -> tuple[Portfolio, Portfolio] | None:
    """Commit what `change` makes of the agent's portfolio, whoever else writes to it.

    Gives (before, after), None if there is no such agent.

    Nothing is written where nothing changed. Raises Unavailable when others win every time.
    """
    for _ in range(ATTEMPTS):
        before = portfolios.load(agent_id)
        if before is None:
            return None
        after = change(before)
        if after == before:
            return before, after
        after = replace(after, version=before.version + 1)
        try:
            portfolios.commit(Change(after))
        except Conflict:
            continue
        return before, after
    raise Unavailable(f"agent {agent_id} is being written to all the time; try again")


def stop_agent(
    portfolios: PortfolioStore, executor: Executor, agent_id: str, flatten: bool
) -> tuple[Portfolio, Portfolio] | None:
    """Withdraw the agent's pending entries and, with flatten, write and send the closing intents. Idempotent."""
    pair = rewrite(portfolios, agent_id, lambda portfolio: stopped(portfolio, flatten))
    if pair is None:
        return None
    before, after = pair
    for order in before.orders:
        if order not in after.orders:
            executor.cancel(order)
    for order in after.orders:
        if order not in before.orders:
            executor.send(order)
    return pair


def stopped(portfolio: Portfolio, flatten: bool) -> Portfolio:
    """The portfolio as a halt leaves it; its orders mirror its slots again."""
    slots = dict(zip(portfolio.slots, stop_trading(list(portfolio.slots.values()), flatten), strict=True))
    kept = [order for order in portfolio.orders if slots[order.symbol].order.side != codes.NONE]
    waiting = {order.symbol for order in kept}
    closing = [
        new_order(portfolio.agent_id, symbol, slot.order, portfolio.minute_ms or 0)
        for symbol, slot in slots.items()
        if slot.order.side == codes.SELL and symbol not in waiting
    ]
    return replace(portfolio, slots=slots, orders=(*kept, *closing))
