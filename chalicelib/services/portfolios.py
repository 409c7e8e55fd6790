"""Changes of a portfolio that come from outside its minutes: whoever else writes to it, they are made once."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from contextlib import suppress
from dataclasses import replace

from chalicelib.domain import Change, HaltFlag, Order, Portfolio, Reason, Side
from chalicelib.errors import Conflict, Rejected, Unavailable
from chalicelib.kernel import codes
from chalicelib.kernel.account import EMPTY_SLOT, NO_ORDER, open_account
from chalicelib.kernel.account import Order as KernelOrder
from chalicelib.kernel.step import Switch, stop_trading
from chalicelib.ports import Executor, PortfolioStore
from chalicelib.services.minute import AgentRules, new_order

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
        after = replace(after, version=before.version + 1, touched=True)
        try:
            portfolios.commit(Change(after))
        except Conflict:
            continue
        return before, after
    raise Unavailable(f"agent {agent_id} is being written to all the time; try again")


def new_portfolio(rules: AgentRules, cash: float) -> Portfolio:
    """An agent that never traded: its starting cash and nothing else."""
    return Portfolio(rules.agent_id, 0, open_account(cash), dict.fromkeys(rules.symbols, EMPTY_SLOT), touched=False)


def switch_of(flags: Sequence[HaltFlag]) -> Switch:
    """The thrown flags as the kernel sees them."""
    return Switch(bool(flags), any(flag.flatten for flag in flags))


def stop_agent(
    portfolios: PortfolioStore, executor: Executor, agent_id: str, flatten: bool
) -> tuple[Portfolio, Portfolio] | None:
    """Withdraw the agent's pending entries and, with flatten, write and send the closing intents. Idempotent.

    An entry leaves the portfolio only after the venue let go of it, so that a crash or a silent venue leaves it
    pending, to be withdrawn or found filled by the next minute. A venue that fails never stops the rest.
    """
    pair = rewrite(portfolios, agent_id, lambda portfolio: stopped(portfolio, flatten, withdrawn(portfolio, executor)))
    if pair is not None:
        before, after = pair
        for order in after.orders:
            if order not in before.orders:
                with suppress(
                    Unavailable, Rejected
                ):  # the next minute looks it up, and writes it again if it is not there
                    executor.send(order)
    return pair


def withdraw_entries(
    portfolios: PortfolioStore, executor: Executor, agent_id: str, named: Container[str]
) -> tuple[Portfolio, Portfolio] | None:
    """Withdraw the agent's pending entries into symbols that are not named; what the venue keeps stays pending."""

    def change(portfolio: Portfolio) -> Portfolio:
        unnamed = tuple(order for order in portfolio.orders if order.symbol not in named)
        if not unnamed:
            return portfolio
        return stopped(portfolio, False, withdrawn(replace(portfolio, orders=unnamed), executor))

    return rewrite(portfolios, agent_id, change)


def withdrawn(portfolio: Portfolio, executor: Executor) -> set[str]:
    """The symbols whose pending entry the venue has let go of; the others stay pending."""
    gone = set()
    for order in portfolio.orders:
        with suppress(Unavailable):
            if order.side is Side.BUY and executor.cancel(order):
                gone.add(order.symbol)
    return gone


def stopped(portfolio: Portfolio, flatten: bool, gone: Container[str]) -> Portfolio:
    """The portfolio as a halt leaves it: without the entries that are gone; its orders mirror its slots again."""
    halted = dict(zip(portfolio.slots, stop_trading(list(portfolio.slots.values()), flatten), strict=True))
    held = {order.symbol for order in portfolio.orders if order.side is Side.BUY and order.symbol not in gone}
    slots = {symbol: portfolio.slots[symbol] if symbol in held else slot for symbol, slot in halted.items()}
    kept = [order for order in portfolio.orders if slots[order.symbol].order.side != codes.NONE]
    waiting = {order.symbol for order in kept}
    closing = [
        new_order(portfolio.agent_id, symbol, slot.order, portfolio.minute_ms or 0, Reason.KILL_SWITCH)
        for symbol, slot in slots.items()
        if slot.order.side == codes.SELL and symbol not in waiting
    ]
    return replace(portfolio, slots=slots, orders=(*kept, *closing))


def without(portfolio: Portfolio, order: Order) -> Portfolio:
    """The portfolio without this pending order."""
    if order not in portfolio.orders:
        return portfolio
    slot = portfolio.slots[order.symbol]._replace(order=NO_ORDER)
    orders = tuple(other for other in portfolio.orders if other != order)
    return replace(portfolio, slots={**portfolio.slots, order.symbol: slot}, orders=orders)


def with_pending(portfolio: Portfolio, order: Order, pending: KernelOrder) -> Portfolio:
    """The portfolio with this order pending again; it comes before a closing order of its symbol."""
    slot = portfolio.slots[order.symbol]._replace(order=pending)
    others = tuple(other for other in portfolio.orders if other.symbol != order.symbol)
    return replace(portfolio, slots={**portfolio.slots, order.symbol: slot}, orders=(order, *others))
