"""A process that dies right before or right after any call to the outside, then starts again, leaves no trace.

The calls are counted as they happen, so a call that is added to a tick tomorrow is interrupted too.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalicelib.adapters.sqlite import SqlitePortfolioStore
from chalicelib.domain import Change
from chalicelib.errors import Conflict
from chalicelib.kernel import codes
from chalicelib.kernel.account import FLAT, Fill, book
from tests.support.effort import sample
from tests.support.wires import Crash, Wire
from tests.support.world import Record, World

MINUTES = 22
SAMPLE = 150
"""Crashes that are played of more than 500."""


@pytest.fixture(scope="module")
def uninterrupted() -> Record:
    world = World()
    world.run(MINUTES)
    record = world.record()
    world.close()
    return record


def crash_points() -> Iterator[tuple[int, bool]]:
    world, wire = World(), Wire()
    world.run(MINUTES, wire.strung)
    world.close()
    for number in range(len(wire.calls)):
        yield number, False
        yield number, True


def crashed_at(number: int, after: bool, store: type[SqlitePortfolioStore] = SqlitePortfolioStore) -> Record:
    world = World(portfolio_store=store)
    with pytest.raises(Crash):
        world.run(MINUTES, Wire(number, after).strung)
    world.run(MINUTES - len(world.record().equity))
    record = world.record()
    world.close()
    return record


def test_the_run_that_is_interrupted_trades_enough_to_mean_something(uninterrupted: Record) -> None:
    assert len(uninterrupted.trades) >= 6
    assert {fill.symbol for fill in uninterrupted.fills} == {"AAAUSDT", "BBBUSDT"}


def test_a_crash_at_any_call_changes_nothing_in_the_end(uninterrupted: Record) -> None:
    points = list(crash_points())
    assert len(points) > 500
    different = [point for point in sample(points, SAMPLE) if not crashed_at(*point).same_money(uninterrupted)]
    assert different == []


class CommitsTwice(SqlitePortfolioStore):
    """Planted defect: what a minute appends is written in a transaction of its own, before the portfolio."""

    died = False

    def commit(self, change: Change) -> None:
        with self._database.transaction():
            self._append(change)
        if change.fills and not type(self).died:
            type(self).died = True
            raise Crash
        with self._database.transaction():
            self._replace(change.portfolio)


def test_a_record_that_is_not_one_transaction_is_noticed(uninterrupted: Record) -> None:
    CommitsTwice.died = False
    world = World(portfolio_store=CommitsTwice)
    with pytest.raises(Crash):
        world.run(MINUTES)
    try:
        world.run(MINUTES - len(world.record().equity))
        noticed = not world.record().same_money(uninterrupted)
    except Conflict:  # what was appended is there already: the minute can never be traded again
        noticed = True
    world.close()
    assert noticed


def test_folding_the_fills_gives_cash_and_positions_bit_for_bit(uninterrupted: Record) -> None:
    assert uninterrupted.portfolio is not None
    sides = {"BUY": codes.BUY, "SELL": codes.SELL}
    cash = 10_000.0
    positions = dict.fromkeys(uninterrupted.portfolio.slots, FLAT)
    for fill in uninterrupted.fills:
        booked = Fill(sides[fill.side], fill.quantity, fill.price, fill.fee, fill.time_ms, codes.NONE)
        cash, positions[fill.symbol] = book(cash, positions[fill.symbol], booked)
    assert cash == uninterrupted.portfolio.account.cash
    for symbol, slot in uninterrupted.portfolio.slots.items():
        held = slot.position
        assert positions[symbol] == held._replace(highest=positions[symbol].highest)
