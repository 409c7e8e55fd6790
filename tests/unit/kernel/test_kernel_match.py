"""Steps 1 to 3 of a minute: what a bar does to a pending order and to a position's protective levels."""

import pytest

from chalicelib.kernel import codes
from chalicelib.kernel.account import EMPTY_SLOT, FLAT, NO_FILL, NO_ORDER, NO_TERMS, Costs, Order, Position, Slot
from chalicelib.kernel.bar import Bar
from chalicelib.kernel.limits import Limits
from chalicelib.kernel.lots import SymbolSteps
from chalicelib.kernel.match import fill_market, protect
from tests.kernel_cases import FREE, NO_LIMITS, bar, settled

PROTECTED = NO_LIMITS._replace(stop_loss=0.02, take_profit=0.04)
TRAILING = NO_LIMITS._replace(trailing_stop=0.05)
BOTH_STOPS = NO_LIMITS._replace(stop_loss=0.02, trailing_stop=0.05)
BUY_TWO = Order(codes.BUY, 2.0, codes.SIGNAL)


def holding(entry_price: float = 100.0, highest: float = 100.0, order: Order = NO_ORDER) -> Slot:
    """Two units bought in minute 0."""
    return Slot(Position(2.0, entry_price, 0.0, bar(0, 1, 1, 1, 1).time_ms, highest), order, entry_price, 0)


@pytest.mark.parametrize(
    ("limits", "highest", "minute", "price", "reason"),
    [
        pytest.param(PROTECTED, 100, bar(1, 97, 99, 96, 98), 97, codes.STOP_LOSS, id="gap through the stop"),
        pytest.param(PROTECTED, 100, bar(1, 98, 99, 98, 98), 98, codes.STOP_LOSS, id="opens on the stop"),
        pytest.param(PROTECTED, 100, bar(1, 106, 107, 105, 106), 106, codes.TAKE_PROFIT, id="gap through the target"),
        pytest.param(PROTECTED, 100, bar(1, 104, 105, 103, 104), 104, codes.TAKE_PROFIT, id="opens on the target"),
        pytest.param(PROTECTED, 100, bar(1, 100, 101, 98, 99), 98, codes.STOP_LOSS, id="low touches the stop"),
        pytest.param(PROTECTED, 100, bar(1, 100, 104, 99, 101), 104, codes.TAKE_PROFIT, id="high touches the target"),
        pytest.param(PROTECTED, 100, bar(1, 100, 110, 90, 105), 98, codes.STOP_LOSS, id="both in one bar is the stop"),
        pytest.param(PROTECTED, 100, bar(1, 105, 110, 90, 95), 105, codes.TAKE_PROFIT, id="the open comes before both"),
        pytest.param(PROTECTED, 100, bar(1, 100, 103.9, 98.1, 100), None, codes.NONE, id="between the levels"),
        pytest.param(NO_LIMITS, 100, bar(1, 100, 900, 1, 100), None, codes.NONE, id="levels switched off"),
        pytest.param(PROTECTED, 100, bar(0, 97, 99, 98.5, 99), None, codes.NONE, id="entry bar: its open is the past"),
        pytest.param(PROTECTED, 100, bar(0, 105, 105, 99, 99), 104, codes.TAKE_PROFIT, id="entry bar: high counts"),
        pytest.param(PROTECTED, 100, bar(0, 100, 105, 90, 99), 98, codes.STOP_LOSS, id="entry bar: low counts first"),
        pytest.param(TRAILING, 120, bar(1, 115, 116, 114, 115), 114, codes.TRAILING_STOP, id="trail below the highest"),
        pytest.param(TRAILING, 120, bar(1, 110, 116, 109, 115), 110, codes.TRAILING_STOP, id="gap through the trail"),
        pytest.param(TRAILING, 120, bar(1, 118, 150, 115, 120), None, codes.NONE, id="this bar's high moves no trail"),
        pytest.param(BOTH_STOPS, 100, bar(1, 99, 99, 90, 95), 98, codes.STOP_LOSS, id="the higher stop: stop-loss"),
        pytest.param(BOTH_STOPS, 104, bar(1, 99, 99, 90, 95), 98.8, codes.TRAILING_STOP, id="the higher stop: trail"),
    ],
)
def test_a_position_meets_a_bar(limits: Limits, highest: float, minute: Bar, price: float | None, reason: int) -> None:
    slot, cash, order_fill, exit_fill = settled(holding(highest=highest), minute, 50.0, 0.0, limits, FREE)
    assert order_fill == NO_FILL
    assert exit_fill.reason == reason
    assert slot.close == minute.close
    if price is None:
        assert (exit_fill, cash, slot.position.quantity) == (NO_FILL, 50.0, 2.0)
    else:
        assert (exit_fill.side, exit_fill.quantity) == (codes.SELL, 2.0)
        assert exit_fill.price == pytest.approx(price)
        assert exit_fill.time_ms == minute.time_ms
        assert (slot.position, cash) == (FLAT, 50.0 + 2.0 * exit_fill.price)


@pytest.mark.parametrize("price", [0.5, 2e-6])
def test_a_price_far_below_one_is_protected_all_the_same(price: float) -> None:
    held = holding(price, price)
    _, cash, _, stopped = settled(held, bar(1, price, price, 0.9 * price, price), 0.0, 0.0, PROTECTED, FREE)
    assert (stopped.reason, stopped.price, cash) == (codes.STOP_LOSS, 0.98 * price, 2.0 * stopped.price)
    _, cash, _, taken = settled(held, bar(1, price, 1.1 * price, price, price), 0.0, 0.0, PROTECTED, FREE)
    assert (taken.reason, taken.price, cash) == (codes.TAKE_PROFIT, 1.04 * price, 2.0 * taken.price)


def test_the_trailing_stop_moves_at_the_close_and_acts_from_the_next_bar() -> None:
    slot, cash, _, fill = settled(holding(), bar(1, 100, 120, 99, 119), 0.0, 0.0, TRAILING, FREE)
    assert fill == NO_FILL
    assert slot.position.highest == 120.0
    slot, cash, _, fill = settled(slot, bar(2, 119, 119, 115, 116), cash, 0.0, TRAILING, FREE)
    assert (fill, slot.position.highest) == (NO_FILL, 120.0)
    slot, cash, _, fill = settled(slot, bar(3, 116, 117, 113, 117), cash, 0.0, TRAILING, FREE)
    assert (fill.reason, fill.price, cash) == (codes.TRAILING_STOP, 114.0, 228.0)


def test_the_entry_bar_counts_for_the_trailing_stop_once_it_is_complete() -> None:
    slot = EMPTY_SLOT._replace(order=BUY_TWO)
    slot, _, _, fill = settled(slot, bar(0, 100, 110, 60, 100), 1_000.0, 0.0, TRAILING, FREE)
    assert (fill, slot.position.highest) == (NO_FILL, 110.0)


def test_a_pending_buy_fills_at_the_open_with_slippage_and_fee() -> None:
    slot = EMPTY_SLOT._replace(order=BUY_TWO)
    minute = bar(5, 100, 101, 99, 100)
    slot, cash, fill, exit_fill = settled(slot, minute, 1_000.0, 0.0, PROTECTED, Costs(0.001, 0.01))
    assert fill == (codes.BUY, 2.0, 101.0, 0.202, minute.time_ms, codes.SIGNAL)
    assert exit_fill == NO_FILL
    assert cash == 1_000.0 - 202.202
    assert slot.position == (2.0, 101.0, 0.202, minute.time_ms, 101.0, 0.0, 0.0, 0.0, 0, 0, 0, NO_TERMS)
    assert slot.order == NO_ORDER


def test_levels_hang_on_the_fill_price_slippage_included() -> None:
    slot = EMPTY_SLOT._replace(order=BUY_TWO)
    _, _, fill, exit_fill = settled(slot, bar(0, 100, 100, 98.5, 99), 1_000.0, 0.0, PROTECTED, Costs(0.0, 0.01))
    assert fill.price == 101.0
    assert exit_fill.reason == codes.STOP_LOSS
    assert exit_fill.price == pytest.approx(101.0 * 0.98 * 0.99)


def test_slippage_is_adverse_on_stops_and_absent_on_take_profit() -> None:
    _, cash, _, stopped = settled(holding(), bar(1, 100, 100, 97, 99), 0.0, 0.0, PROTECTED, Costs(0.001, 0.01))
    assert stopped.price == 98.0 * 0.99
    assert cash == 2.0 * stopped.price - stopped.fee
    _, cash, _, taken = settled(holding(), bar(1, 100, 105, 99, 99), 0.0, 0.0, PROTECTED, Costs(0.001, 0.01))
    assert taken.price == 104.0
    assert taken.fee == pytest.approx(0.208)
    assert cash == 208.0 - taken.fee


def test_a_pending_exit_goes_before_the_protective_levels() -> None:
    slot = holding(order=Order(codes.SELL, 2.0, codes.SENTIMENT))
    slot, cash, fill, exit_fill = settled(slot, bar(1, 97, 110, 90, 95), 0.0, 0.0, PROTECTED, Costs(0.0, 0.01))
    assert (fill.reason, fill.price, cash) == (codes.SENTIMENT, 97 * 0.99, 2 * 97 * 0.99)
    assert (exit_fill, slot.position, slot.order) == (NO_FILL, FLAT, NO_ORDER)


@pytest.mark.parametrize(("cash", "lot_step", "quantity"), [(150.15, 0.0, 1.5), (150.15, 0.4, 1.2), (99.0, 1.0, 0.0)])
def test_a_buy_that_cash_does_not_afford_is_cut_to_the_cash(cash: float, lot_step: float, quantity: float) -> None:
    slot = EMPTY_SLOT._replace(order=BUY_TWO)
    slot, left, fill, _ = settled(slot, bar(0, 100, 100, 100, 100), cash, lot_step, NO_LIMITS, Costs(0.001, 0.0))
    assert fill.quantity == pytest.approx(quantity)
    assert slot.position.quantity == fill.quantity
    assert slot.order == NO_ORDER
    assert 0.0 <= left <= cash


def test_leaving_the_market_starts_the_cooldown_and_each_bar_counts_it_down() -> None:
    limits = PROTECTED._replace(cooldown_bars=2)
    slot, _, _, _ = settled(holding(), bar(1, 90, 91, 89, 90), 0.0, 0.0, limits, FREE)
    assert slot.cooldown == 2
    slot, _, _, _ = settled(slot, bar(2, 90, 91, 89, 90), 0.0, 0.0, limits, FREE)
    assert slot.cooldown == 1
    slot, _, _, _ = settled(slot, bar(3, 90, 91, 89, 90), 0.0, 0.0, limits, FREE)
    assert slot.cooldown == 0


COARSE = SymbolSteps(0.0, 0.5, 0.0)


@pytest.mark.parametrize(
    ("open_", "side", "price"), [(100.3, codes.BUY, 100.5), (100.3, codes.SELL, 100.0), (100.5, codes.BUY, 100.5)]
)
def test_market_orders_fill_at_the_next_tick_that_is_worse(open_: float, side: int, price: float) -> None:
    order = Order(side, 1.0, codes.FIRST_OWN_REASON)
    fill = fill_market(order, bar(0, open_, 101, 100, 100), 10_000.0, COARSE, Costs(0.0, 0.0))
    assert fill.price == price


def test_slippage_comes_before_the_tick() -> None:
    order = Order(codes.BUY, 1.0, codes.FIRST_OWN_REASON)
    assert fill_market(order, bar(0, 100, 101, 100, 100), 10_000.0, COARSE, Costs(0.0, 0.001)).price == 100.5


@pytest.mark.parametrize(
    ("limits", "low", "high", "price"),
    [
        (NO_LIMITS._replace(stop_loss=0.0123), 98.5, 100.0, 98.5),
        (NO_LIMITS._replace(take_profit=0.0123), 100.0, 101.5, 101.5),
    ],
)
def test_a_stop_sells_at_the_tick_below_it_and_a_target_at_the_one_above(
    limits: Limits, low: float, high: float, price: float
) -> None:
    held = FLAT._replace(quantity=1.0, entry_price=100.0, entered=1.0)
    fill = protect(held, bar(1, 100, high, low, 100), limits, Costs(0.0, 0.0), COARSE)
    assert fill.price == price
