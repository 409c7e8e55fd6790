"""Rows of `trader trades` where positions are added to and sold in parts: of which they are, and what fees come to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.addition import added
from chalicelib.domain import Position
from chalicelib.services.status import Status
from chalicelib.services.trade_story import TradeStories, TradeStory, all_trades
from tests.support.desk import FALLING, Desk, desk
from tests.support.world import AGENT
from trader.cli.status import earned_facts
from trader.cli.trades import positions_in_parts, terminal_row, total_facts
from trader.cli.why import end_facts, trade_facts
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


def story_of(shop: Desk, wanted: str) -> TradeStory:
    limits, stores = shop.rules.params.limits, shop.stores
    status = Status(stores.portfolios, stores.halts, stores.scoring, stores.feeds, "paper", 10_000.0, limits)
    return TradeStories(status, stores.journal, stores.news, lambda decision: None).run(AGENT, wanted)


def test_parts_that_are_sold_in_one_bar_have_each_its_fill() -> None:
    with desk(settings=(*PARTS, "risk.take_profits=0.02:0.5 0.03:0.3")) as shop:
        shop.minutes(0, *FALLING, 97.0, 96.0, 110.0)
        trades = rows_of(shop)
        stories = [story_of(shop, str(number)) for number in (1, 2)]
    assert trades[0].exit_ms == trades[1].exit_ms
    for row, story in zip(trades, stories, strict=False):
        assert story.exit is not None
        assert (story.exit.fill.quantity, story.exit.fill.price) == (row.quantity, row.price)


def test_what_was_added_to_was_bought_at_a_mean_and_else_at_the_price_of_its_entry() -> None:
    with desk(settings=PARTS) as shop:
        shop.minutes(0, *FALLING, 97.0)
        story = story_of(shop, "latest")
    assert "bought at" not in trade_facts(story)
    assert story.position is not None
    added = replace(story, position=replace(story.position, entry_price=96.5))
    assert trade_facts(added)["bought at"] == "96.5, the mean of all its entries; the first is below"


def test_why_names_the_longer_bar_that_was_decided() -> None:
    with desk(settings=(*PARTS, "strategy.interval=3m")) as shop:
        shop.minutes(0, *[100.0 - at / 10.0 for at in range(16)])
        entry = story_of(shop, "latest").entry
    assert entry is not None
    decided = str(end_facts("entry", entry)["decided"])
    assert ", at the close of this minute, with which the bar of 3m from 2023-11-14 22:" in decided


def test_one_position_is_called_one() -> None:
    with desk(settings=PARTS) as shop:
        shop.minutes(0, *FALLING, 97.0, 96.0, 100.0, 110.0, 110.0)
        trades = [*all_trades(shop.stores.journal, AGENT)]
        assert len(trades) > 1
        assert "of 1 position won" in str(earned_facts(shop.status(), trades)["trades"])
