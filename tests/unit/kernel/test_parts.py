"""How a strategy says what stays, how it is told from a reason, and what adding does to a position."""

from __future__ import annotations

import pytest

from chalicelib.kernel import codes
from chalicelib.kernel.account import Order, Position, Slot, entered_of
from chalicelib.kernel.choice import is_sound, leave
from chalicelib.kernel.codes import FIRST_OWN_REASON
from chalicelib.kernel.levels import stop_level
from chalicelib.kernel.lots import ANY, to_sell
from chalicelib.kernel.match import book_exit, book_order, fill_market
from chalicelib.strategy.observed import keeps_parts
from tests.kernel_cases import FREE, NO_LIMITS, bar

HELD = Position(8.0, 100.0, 0.0, 0, 0.0)


def test_an_int_in_the_first_place_is_the_reason() -> None:
    assert (leave(1).keep, leave(1).reason) == (0.0, FIRST_OWN_REASON + 1)
    assert (leave(0.5, 1).keep, leave(0.5, 1).reason) == (0.5, FIRST_OWN_REASON + 1)
    assert (leave(keep=0, reason=2).reason, leave().reason) == (FIRST_OWN_REASON + 2, FIRST_OWN_REASON)
    assert [is_sound(leave(keep)) for keep in (0.0, 1.0, 1.5, -0.1, float("nan"))] == [True, True, False, False, False]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("OVER = 1\ndef decide(): return leave(OVER)", False),
        ("def decide(): return leave(1)", False),
        ("def decide(): return leave(reason=1)", False),
        ("def decide(): return leave(keep=0.5)", True),
        ("def decide(): return leave(0.5)", True),
        ("def decide(part): return leave(part)", True),
        ("def decide(): return leave(*PARTS)", True),
    ],
)
def test_only_who_keeps_parts_pays_for_them(source: str, expected: bool) -> None:
    assert keeps_parts(source) is expected


def test_what_stays_is_said_once() -> None:
    limits = NO_LIMITS
    part = to_sell(HELD, 0.25, 100.0, ANY, limits)
    order = Order(codes.SELL, part, FIRST_OWN_REASON, 0.0, 0.0)
    slot = Slot(HELD, order, 100.0, 0)
    slot, _ = book_order(slot, 0.0, fill_market(order, bar(1, 100, 100, 100, 100), 0.0, ANY, FREE), limits)
    assert (part, slot.position.quantity, entered_of(slot.position), slot.position.parts) == (6.0, 2.0, 8.0, 1)
    assert to_sell(slot.position, 0.25, 100.0, ANY, limits) == 0.0


def test_adding_means_the_price_and_lowers_no_stop() -> None:
    limits = NO_LIMITS._replace(stop_loss=0.1, max_entries=2, cooldown_bars=4)
    order = Order(codes.BUY, 8.0, FIRST_OWN_REASON, 0.0, 0.0)
    slot = Slot(HELD, order, 92.0, 0)
    fill = fill_market(order, bar(1, 92, 92, 92, 92), 10_000.0, ANY, FREE)
    slot, _ = book_order(slot, 10_000.0, fill, limits)
    assert (slot.position.quantity, slot.position.entry_price, slot.position.adds) == (16.0, 96.0, 1)
    assert stop_level(slot.position, limits)[0] == 90.0
    slot, _ = book_exit(slot, 0.0, fill._replace(side=codes.SELL, quantity=8.0), limits)
    assert (slot.cooldown, slot.position.quantity, entered_of(slot.position)) == (0, 8.0, 16.0)
    slot, _ = book_exit(slot, 0.0, fill._replace(side=codes.SELL, quantity=8.0), limits)
    assert slot.cooldown == 4
