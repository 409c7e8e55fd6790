"""A position left in parts: each trade carries its share of the entry fee, and together they carry all of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from chalicelib.domain import Change, Fill, Order, Reason, Side, Trade
from chalicelib.kernel import codes
from chalicelib.kernel.account import Order as KernelOrder
from tests.support.desk import FALLING, Desk, after_close, desk, open_of

PARTS = (0.25, 0.5, 1.0)
"""Of what is held when the part is sold."""


def sell_part(shop: Desk, minute: int, part: float) -> None:
    """An exit of a part of the position, decided at this minute's close."""
    stored = shop.portfolio()
    slot = stored.slots["AAAUSDT"]
    quantity = slot.position.quantity * part
    order = Order(f"part-{minute}", stored.agent_id, "AAAUSDT", Side.SELL, quantity, Reason.SIGNAL, open_of(minute))
    slots = {"AAAUSDT": slot._replace(order=KernelOrder(codes.SELL, quantity, codes.SIGNAL))}
    shop.stores.portfolios.commit(Change(replace(stored, version=stored.version + 1, slots=slots, orders=(order,))))


def left_in_parts() -> tuple[list[Fill], list[Trade]]:
    with desk(settings=("fees.rate=0.001", "risk.stop_loss=0", "risk.daily_loss_limit=0")) as shop:
        shop.minutes(0, *FALLING, 98.0)
        for minute, part in enumerate(PARTS, start=4):
            sell_part(shop, minute - 1, part)
            shop.feed("AAAUSDT", minute, 97.0)
            shop.trade(after_close(minute, 3))
        trades, _ = shop.stores.journal.trades(shop.rules.agent_id, 10)
        return list(shop.stores.journal.fills(shop.rules.agent_id)), list(trades)[::-1]


def check_shares(fills: Sequence[Fill], trades: Sequence[Trade]) -> None:
    """Each part of the position carries that part of the fee, in its own row and in its profit."""
    [entry] = [fill for fill in fills if fill.side is Side.BUY]
    assert entry.fee > 0.0
    assert [trade.quantity / entry.quantity for trade in trades] == pytest.approx([0.25, 0.375, 0.375])
    for trade in trades:
        assert trade.entry_fee == pytest.approx(entry.fee * trade.quantity / entry.quantity)
        gross = trade.quantity * (trade.exit_price - trade.entry_price)
        assert trade.pnl == pytest.approx(gross - trade.entry_fee - trade.exit_fee)
    assert sum(trade.entry_fee for trade in trades) == pytest.approx(entry.fee)


def test_parts_share_the_entry_fee() -> None:
    check_shares(*left_in_parts())


def whole_fee_in_every_row(fills: Sequence[Fill], trades: Sequence[Trade]) -> list[Trade]:
    return [replace(trade, entry_fee=fills[0].fee) for trade in trades]


def whole_fee_in_every_profit(fills: Sequence[Fill], trades: Sequence[Trade]) -> list[Trade]:
    return [replace(trade, pnl=trade.pnl + trade.entry_fee - fills[0].fee) for trade in trades]


def whole_fee_in_the_first_row(fills: Sequence[Fill], trades: Sequence[Trade]) -> list[Trade]:
    return [replace(trade, entry_fee=0.0 if index else fills[0].fee) for index, trade in enumerate(trades)]


@pytest.mark.parametrize("planted", [whole_fee_in_every_row, whole_fee_in_every_profit, whole_fee_in_the_first_row])
def test_a_fee_that_is_not_shared_is_noticed(
    planted: Callable[[Sequence[Fill], Sequence[Trade]], list[Trade]],
) -> None:
    fills, trades = left_in_parts()
    with pytest.raises(AssertionError):
        check_shares(fills, planted(fills, trades))
