"""One minute over several symbols, and the hand-over from a minute to the next."""

from math import nan

import pytest

from chalicelib.kernel import codes
from chalicelib.kernel.account import NO_FILL, Order
from chalicelib.kernel.bar import NO_BAR, Bar
from chalicelib.kernel.run import Columns, run
from chalicelib.kernel.step import Outcome, State, fresh_state, step
from chalicelib.strategies.rsi_sentiment import SIGNAL
from tests.kernel_cases import CASH, MINUTE_MS, NO_LIMITS, RULE, START_MS, bar, parameters, rsi_rule
from trader.backtest.engine import ParameterSet

QUICK = rsi_rule(rsi_period=2)
FALLING = (100.0, 98.0, 96.0)


def flat_bar(minute: int, price: float) -> Bar:
    return bar(minute, price, price, price, price)


def play(state: State, minutes: list[list[Bar]], tried: ParameterSet, first: int = 0) -> tuple[State, list[Outcome]]:
    """Step through the minutes; the outcomes are those of the last."""
    outcomes: list[Outcome] = []
    for offset, bars in enumerate(minutes):
        minute_ms = START_MS + (first + offset) * MINUTE_MS
        state, outcomes = step(state, minute_ms, bars, [(nan,)] * len(bars), tried.params, tried.rule)
    return state, outcomes


def oversold(symbols: int, tried: ParameterSet) -> State:
    """Every symbol fell for three minutes: each has its entry pending where the means suffice."""
    minutes = [[flat_bar(minute, price)] * symbols for minute, price in enumerate(FALLING)]
    return play(fresh_state(CASH, symbols, tried.rule), minutes, tried)[0]


def test_an_order_decided_at_a_close_fills_at_the_next_open() -> None:
    tried = parameters(rule=QUICK)
    state = oversold(1, tried)
    assert state.slots[0].order == Order(codes.BUY, CASH * 0.1 / 96.0, codes.FIRST_OWN_REASON + SIGNAL)
    state, (outcome,) = play(state, [[bar(3, 95.0, 96.0, 94.0, 94.5)]], tried, first=3)
    assert (outcome.order_fill.price, outcome.order_fill.time_ms) == (95.0, START_MS + 3 * MINUTE_MS)
    assert state.slots[0].position.entry_price == 95.0


def test_a_missing_bar_keeps_the_pending_order_until_the_next_one_whatever_the_time_between() -> None:
    tried = parameters(rule=QUICK)
    waiting = oversold(1, tried)
    state, (outcome,) = play(waiting, [[NO_BAR]] * 3, tried, first=3)
    assert (state.slots, state.observed) == (waiting.slots, waiting.observed)
    assert outcome.order_fill == NO_FILL
    assert outcome.verdict.code == codes.NOTHING_WANTED
    state, (outcome,) = play(state, [[flat_bar(900, 50.0)]], tried, first=900)
    assert (outcome.order_fill.price, outcome.order_fill.time_ms) == (50.0, START_MS + 900 * MINUTE_MS)


def test_a_symbol_without_a_bar_is_marked_at_its_last_close_and_decides_nothing() -> None:
    tried = parameters(2, rule=QUICK)
    state, _ = play(oversold(2, tried), [[flat_bar(3, 90.0), flat_bar(3, 90.0)]], tried, first=3)
    held = [slot.position.quantity for slot in state.slots]
    state, outcomes = play(state, [[NO_BAR, flat_bar(4, 45.0)]], tried, first=4)
    assert state.account.equity == state.account.cash + held[0] * 90.0 + held[1] * 45.0
    assert outcomes[0].verdict.code == codes.NOTHING_WANTED


def test_fills_take_cash_in_config_order_and_the_last_is_cut() -> None:
    tried = parameters(2, rule=QUICK, limits=NO_LIMITS._replace(position_fraction=0.5))
    state = oversold(2, tried)
    assert [slot.order.quantity for slot in state.slots] == pytest.approx([CASH / 2 / 96.0] * 2)
    state, outcomes = play(state, [[flat_bar(3, 120.0), flat_bar(3, 120.0)]], tried, first=3)
    first, second = (outcome.order_fill.quantity for outcome in outcomes)
    assert first == pytest.approx(CASH / 2 / 96.0)
    assert second == pytest.approx((CASH - first * 120.0) / 120.0)
    assert state.account.cash == pytest.approx(0.0, abs=1e-9)


def test_a_daily_loss_freezes_entries_in_the_minute_of_its_mark() -> None:
    limits = NO_LIMITS._replace(position_fraction=0.5, daily_loss_limit=0.05)
    tried = parameters(2, rule=QUICK, limits=limits)
    minutes = [[flat_bar(i, price), flat_bar(i, 100.0 + i % 2)] for i, price in enumerate((*FALLING, 96.0, 80.0))]
    state, outcomes = play(fresh_state(CASH, 2, QUICK), minutes, tried)
    assert state.account.halt == codes.DAILY_LOSS
    state, outcomes = play(state, [[NO_BAR, flat_bar(5, 50.0)]], tried, first=5)
    assert outcomes[1].verdict.code == codes.HALTED
    assert [slot.order.side for slot in state.slots] == [codes.NONE, codes.NONE]
    assert state.slots[0].position.quantity > 0.0


def test_flattening_sells_at_the_next_open() -> None:
    limits = NO_LIMITS._replace(position_fraction=0.5, daily_loss_limit=0.05, flatten=True)
    tried = parameters(rule=QUICK, limits=limits)
    state, _ = play(oversold(1, tried), [[flat_bar(3, 96.0)], [flat_bar(4, 80.0)]], tried, first=3)
    assert state.slots[0].order.reason == codes.KILL_SWITCH
    state, (outcome,) = play(state, [[flat_bar(5, 79.0)]], tried, first=5)
    assert (outcome.order_fill.reason, outcome.order_fill.price) == (codes.KILL_SWITCH, 79.0)
    assert state.account.cash == state.account.equity


def test_a_run_marks_every_minute_and_reads_nan_as_a_missing_bar() -> None:
    prices = [[*FALLING, nan, 50.0]]
    times = [START_MS + minute * MINUTE_MS for minute in range(5)]
    columns = Columns(times, prices, prices, prices, prices, [[1.0] * 5], [[[nan] * 5]])
    result = run(fresh_state(CASH, 1, QUICK), columns, parameters().params, QUICK)
    assert [mark.time_ms for mark in result.marks] == times
    assert [(booked.symbol, booked.fill.price, booked.fill.time_ms) for booked in result.fills] == [(0, 50.0, times[4])]


def test_a_run_over_nothing_is_nothing() -> None:
    nothing = Columns([], [[]], [[]], [[]], [[]], [[]], [[]])
    result = run(fresh_state(CASH, 1, RULE), nothing, parameters().params, RULE)
    assert (result.fills, result.marks) == ([], [])
    assert result.state.observed == [RULE.start()]
