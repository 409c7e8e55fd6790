"""Rows of `trader trades` where positions are added to and sold in parts: of which they are, and what fees come to."""

from __future__ import annotations

import pytest

from chalicelib.addition import added
from chalicelib.domain import Position
from chalicelib.services.trade_story import all_trades
from tests.support.desk import FALLING, Desk, desk
from tests.support.world import AGENT
from trader.cli.trades import positions_in_parts, terminal_row, total_facts
from trader.data.trade_list import ListedTrade, listed, totals_of

PARTS = ("risk.take_profits=0.02:0.5", "risk.max_entries=3", "risk.position_fraction=0.1", "fees.rate=0.001")


def rows_of(shop: Desk) -> list[ListedTrade]:
    trades = [*all_trades(shop.stores.journal, AGENT)][::-1]
    return listed(AGENT, trades, shop.status().positions, shop.stores.journal.fills(AGENT))


def test_a_part_and_the_rest_that_is_open_are_rows_of_one_position() -> None:
    with desk(settings=PARTS) as shop:
        shop.minutes(0, *FALLING, 97.0, 96.0, 100.0)
        rows = rows_of(shop)
        fees = added(fill.fee for fill in shop.stores.journal.fills(AGENT))
    part, rest = rows
    assert (part.exit_reason, rest.is_open) == ("take_profit", True)
    assert [row.as_dict()["position"] for row in rows] == [1, 1]
    assert part.entry_fee == pytest.approx(rest.entry_fee)
    assert totals_of(rows).fees == pytest.approx(fees)
    assert terminal_row(part, positions_in_parts(rows))[7] == "signal, take profit of position 1"
    assert terminal_row(part, frozenset())[7] == "signal, take profit"


def test_a_version_that_told_no_fee_of_what_is_held_has_that_of_its_entry() -> None:
    with desk(settings=PARTS) as shop:
        shop.minutes(0, *FALLING, 97.0)
        [fill] = shop.stores.journal.fills(AGENT)
    held = Position("AAAUSDT", fill.quantity, fill.price, fill.time_ms, 97.0, -1.0, None, None)
    [row] = listed(AGENT, [], [held], [fill])
    assert (row.entry_fee, row.position, row.as_dict()["position"]) == (fill.fee, 0, None)


def test_totals_count_positions_beside_exits() -> None:
    exits = [
        ListedTrade(1, "a", "S", 1.0, 0, 1.0, 0.5, None, 1, 1.0, None, None, pnl, 0.0, position)
        for pnl, position in ((1.0, 1), (-2.0, 1), (3.0, 2))
    ]
    facts = total_facts(totals_of(exits), 1.0)
    assert (facts["closed"], facts["positions"], facts["win rate"]) == (3, 2, "50.0%")
