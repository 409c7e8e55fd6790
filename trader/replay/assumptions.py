"""What a person may have done between two minutes: halted, resumed. No record says when, so it is tried.

Nothing is assumed where the minute comes out as recorded without. An assumption has to explain everything in it, and is
counted, so that a replay never hides what it took from the record instead of deciding it again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from chalicelib import words
from chalicelib.domain import Portfolio, Reason, Side
from chalicelib.kernel import codes
from chalicelib.kernel.risk import resumed
from chalicelib.kernel.step import Switch
from chalicelib.services.portfolios import stopped
from trader.replay.records import RecordedMinute

RESUMED = "the agent resumed by hand"
STOPPED = "orders withdrawn or closing by a halt by hand"
HALTED = "the agent halted by hand"
OFF, ON, FLATTENING = Switch(False, False), Switch(True, False), Switch(True, True)
SWITCHED = frozenset({words.OUTCOMES[codes.HALTED], words.OUTCOMES[codes.PENDING]})
"""Outcomes that a thrown switch may stand behind."""


@dataclass(frozen=True, slots=True)
class Assumption:
    """The portfolio as the minute may have found it, and the switch as it may have stood."""

    portfolio: Portfolio
    switch: Switch
    what: tuple[str, ...]
    """In words; empty where nothing is assumed."""


def assumptions(portfolio: Portfolio, minute: RecordedMinute) -> Iterator[Assumption]:
    """The simplest first, which assumes nothing; others only as far as the minute's records give reason to."""
    found = [Assumption(portfolio, OFF, ())]
    if portfolio.account.halt != codes.RUNNING:
        running = replace(portfolio, account=resumed(portfolio.account))
        found.append(Assumption(running, OFF, (RESUMED,)))
    found += [made for each in found if (made := _stopped(each, minute)) is not None]
    switches = (ON, FLATTENING) if any(each.outcome in SWITCHED for each in minute.decisions) else ()
    yield from found
    for switch in switches:
        for each in found:
            yield Assumption(each.portfolio, switch, (*each.what, HALTED))


def afterwards(portfolio: Portfolio) -> Iterator[Portfolio]:
    """The portfolio of the last minute as it may be stored by now: as it was, resumed, halted."""
    accounts = [portfolio]
    if portfolio.account.halt != codes.RUNNING:
        accounts.append(replace(portfolio, account=resumed(portfolio.account)))
    yield from accounts
    for each in accounts:
        for flatten in (False, True):
            yield stopped(each, flatten, set(each.slots))


def _stopped(before: Assumption, minute: RecordedMinute) -> Assumption | None:
    """After a halt by hand, if an entry that should have filled did not, or a position was closed that no order closes.

    A closing order is known by its fill only, so it gets that fill's id.
    """
    portfolio = before.portfolio
    closing = {fill.symbol: fill for fill in minute.fills if fill.reason is Reason.KILL_SWITCH}
    filled = {fill.client_id for fill in minute.fills}
    candles = {decision.symbol for decision in minute.decisions if decision.candle is not None}
    gone = {
        order.symbol
        for order in portfolio.orders
        if order.side is Side.BUY and order.symbol in candles and order.client_id not in filled
    }
    ordered = {order.client_id for order in portfolio.orders}
    unordered = {symbol for symbol, fill in closing.items() if fill.client_id not in ordered}
    if not gone and not unordered:
        return None
    halted = stopped(portfolio, bool(unordered), gone)
    orders = tuple(
        replace(order, client_id=closing[order.symbol].client_id) if order.symbol in unordered else order
        for order in halted.orders
    )
    return replace(before, portfolio=replace(halted, orders=orders), what=(*before.what, STOPPED))
