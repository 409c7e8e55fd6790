"""Whatever the market and the parameters: money adds up, and nothing happens without an order or a level."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.kernel import codes
from chalicelib.kernel.account import FLAT, NO_FILL, NO_TERMS, Fill, Position, book
from chalicelib.kernel.bar import Bar
from chalicelib.kernel.levels import next_target, stop_level, with_levels
from chalicelib.kernel.limits import Limits
from chalicelib.kernel.lots import SymbolSteps
from chalicelib.kernel.match import book_exit, book_order, with_counts
from chalicelib.kernel.run import Booked, Columns, Result, bar_at, inputs_at, run
from chalicelib.kernel.step import Outcome, State, fresh_state, step, steps_of
from tests.kernel_cases import CASH, first_minutes, later_minutes, read_by
from tests.kernel_strategies import markets, sets_for
from tests.support.effort import examples
from trader.backtest.engine import ParameterSet

check = settings(max_examples=examples(60))


def draw_run(market: Columns, data: st.DataObject) -> tuple[ParameterSet, Result]:
    tried = data.draw(sets_for(len(market.open)))
    return tried, run_of(market, tried)


def run_of(market: Columns, tried: ParameterSet, cash: float = CASH) -> Result:
    return run(fresh_state(cash, len(market.open), tried.rule), read_by(market, tried.rule), tried.params, tried.rule)


def fold(fills: list[Booked], symbols: int) -> tuple[float, list[Position]]:
    """Cash and positions as the trade log alone gives them."""
    cash, positions = CASH, [FLAT] * symbols
    for symbol, fill in fills:
        cash, positions[symbol] = book(cash, positions[symbol], fill)
    return cash, positions


def minutes_of(market: Columns, tried: ParameterSet) -> list[tuple[State, State, list[Outcome]]]:
    """State before, state after and outcomes of every minute."""
    market = read_by(market, tried.rule)
    state = fresh_state(CASH, len(market.open), tried.rule)
    seen = []
    for minute, time_ms in enumerate(market.times):
        bars = [bar_at(market, symbol, minute) for symbol in range(len(market.open))]
        inputs = [inputs_at(market, symbol, minute) for symbol in range(len(market.open))]
        before = state
        state, outcomes = step(before, time_ms, bars, inputs, tried.params, tried.rule)
        seen.append((before, state, outcomes))
    return seen


@given(market=markets(), data=st.data())
@check
def test_cash_is_never_negative(market: Columns, data: st.DataObject) -> None:
    _, result = draw_run(market, data)
    assert all(mark.cash >= 0.0 for mark in result.marks)


@given(market=markets(), data=st.data())
@check
def test_folding_the_fills_gives_cash_and_positions_bit_for_bit(market: Columns, data: st.DataObject) -> None:
    _, result = draw_run(market, data)
    cash, positions = fold(result.fills, len(market.open))
    assert cash == result.state.account.cash
    # only the trailing stop's memory and the levels come from bars, not from fills
    held = [slot.position for slot in result.state.slots]
    assert positions == [with_levels(with_counts(each, 0.0, 0, 0), 0.0, 0.0, NO_TERMS) for each in held]


@given(market=markets(), data=st.data())
@check
def test_equity_is_cash_and_positions_at_every_mark(market: Columns, data: st.DataObject) -> None:
    tried = data.draw(sets_for(len(market.open)))
    peak = CASH
    for _, after, _ in minutes_of(market, tried):
        worth = after.account.cash
        for slot in after.slots:
            if slot.position.quantity:
                worth += slot.position.quantity * slot.close
        peak = max(peak, worth)
        assert (after.account.equity, after.account.peak) == (worth, peak)


@given(market=markets(), data=st.data())
@check
def test_no_fill_without_a_pending_order_or_a_protective_level(market: Columns, data: st.DataObject) -> None:
    tried = data.draw(sets_for(len(market.open)))
    for minute, (before, _, outcomes) in enumerate(minutes_of(market, tried)):
        for symbol, outcome in enumerate(outcomes):
            bar = bar_at(market, symbol, minute)
            order = before.slots[symbol].order
            if outcome.order_fill != NO_FILL:
                assert (outcome.order_fill.side, outcome.order_fill.reason) == (order.side, order.reason)
                assert outcome.order_fill.quantity <= order.quantity
                assert outcome.order_fill.time_ms == bar.time_ms > 0
            slot, _ = book_order(before.slots[symbol], CASH, outcome.order_fill, tried.params.limits)
            for fill in outcome.exit_fills:
                assert_hit_a_level(slot.position, fill, bar, tried.params.limits, steps_of(tried.params, symbol))
                slot, _ = book_exit(slot, CASH, fill, tried.params.limits)


def assert_hit_a_level(position: Position, fill: Fill, bar: Bar, limits: Limits, steps: SymbolSteps) -> None:
    target, part = next_target(position, limits, steps)
    if bar.time_ms == position.entry_ms and position.stop >= position.entry_price:
        assert (fill.reason, fill.quantity) == (codes.STOP_LOSS, position.quantity)
    elif fill.reason == codes.TAKE_PROFIT:
        assert 0.0 < fill.quantity == part <= position.quantity
        assert 0.0 < target <= bar.high
    else:
        assert fill.quantity == position.quantity > 0.0
        assert fill.reason == stop_level(position, limits)[1] != codes.NONE
        assert bar.low <= stop_level(position, limits)[0]


@given(market=markets(), data=st.data())
@check
def test_a_step_leaves_the_state_it_was_given_untouched(market: Columns, data: st.DataObject) -> None:
    tried = data.draw(sets_for(len(market.open)))
    symbols, market = range(len(market.open)), read_by(market, tried.rule)
    state = fresh_state(CASH, len(symbols), tried.rule)
    for minute, time_ms in enumerate(market.times):
        before = repr(state)
        bars = [bar_at(market, symbol, minute) for symbol in symbols]
        inputs = [inputs_at(market, symbol, minute) for symbol in symbols]
        after, _ = step(state, time_ms, bars, inputs, tried.params, tried.rule)
        assert repr(state) == before
        state = after


@given(market=markets(), data=st.data())
@check
def test_a_run_continued_from_any_state_is_the_whole_run(market: Columns, data: st.DataObject) -> None:
    tried, whole = draw_run(market, data)
    cut = data.draw(st.integers(0, len(market.times)))
    begun = run_of(first_minutes(market, cut), tried)
    rest = read_by(later_minutes(market, cut), tried.rule)
    continued = run(begun.state, rest, tried.params, tried.rule)
    assert repr(continued.state) == repr(whole.state)
    assert begun.fills + continued.fills == whole.fills
    assert begun.marks + continued.marks == whole.marks


@given(market=markets(), data=st.data())
@check
def test_the_same_run_twice_is_the_same_to_the_bit(market: Columns, data: st.DataObject) -> None:
    tried, once = draw_run(market, data)
    assert repr(run_of(market, tried)) == repr(once)


@given(market=markets(), data=st.data(), power=st.sampled_from([-12, -1, 3, 10]))
@check
def test_another_currency_unit_changes_no_quantity(market: Columns, data: st.DataObject, power: int) -> None:
    """Scaling by a power of two is exact, so that prices and cash in another unit give the same fills to the bit."""
    tried, once = draw_run(market, data)
    params = tried.params
    unit = 2.0**power
    prices = ([[price * unit for price in row] for row in rows] for rows in market[1:5])
    open_, high, low, close = prices
    scaled_market = market._replace(open=open_, high=high, low=low, close=close)
    limits = params.limits._replace(
        min_notional=params.limits.min_notional * unit,
        max_notional=params.limits.max_notional * unit,
        trailing_distance=params.limits.trailing_distance * unit,
        entry_amount=params.limits.entry_amount * unit,
    )
    scaled = run_of(scaled_market, tried._replace(params=params._replace(limits=limits)), CASH * unit)
    assert [(b.symbol, b.fill._replace(price=b.fill.price / unit, fee=b.fill.fee / unit)) for b in scaled.fills] == [
        tuple(booked) for booked in once.fills
    ]


@given(market=markets(), data=st.data())
@check
def test_limits_hold_at_every_entry(market: Columns, data: st.DataObject) -> None:
    tried = data.draw(sets_for(len(market.open)))
    limits = tried.params.limits
    for _, after, outcomes in minutes_of(market, tried):
        ordered = [o for o in outcomes if o.verdict.code == codes.ORDERED and o.verdict.order.side == codes.BUY]
        if not ordered:
            continue
        assert after.account.halt == codes.RUNNING
        waiting = [slot for slot in after.slots if slot.order.side == codes.BUY]
        held = [slot for slot in after.slots if slot.position.quantity > 0.0]
        exposure = sum(s.order.quantity * s.close for s in waiting) + sum(s.position.quantity * s.close for s in held)
        if limits.max_open_positions:
            assert len(waiting) + len(held) <= limits.max_open_positions
        if limits.max_exposure:
            assert exposure <= limits.max_exposure * after.account.equity * (1.0 + 1e-12)
        for slot in waiting:
            assert slot.order.quantity * slot.close >= limits.min_notional
            assert slot.position == FLAT
