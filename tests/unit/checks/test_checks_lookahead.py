"""Every planted leak is caught, whatever its kind; the real kernel and honest indicators are not reported."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from chalicelib.errors import BadInput, Unavailable
from tests.kernel_cases import CASH, COSTS, NO_LIMITS, parameters, random_columns, rsi_rule
from tests.support import leaks
from trader.backtest.engine import ParameterSet
from trader.backtest.sentiment_columns import HeadlineSeries, closes_of, rolling_at
from trader.checks.blind import HereAndNow, blindfolded
from trader.checks.columns import Columns
from trader.checks.cuts import cuts_at
from trader.checks.lookahead import Checked, Leak, LookAhead, LookaheadPlan, first_cause_first
from trader.checks.market import CheckedMarket, with_tape
from trader.checks.plans import plans_of
from trader.checks.stream import stepped
from trader.checks.subjects import Give, Subject, kernel_run, sentiment_of_steps, walked

EAGER = rsi_rule(rsi_period=5, rsi_buy=40.0, rsi_sell=60.0, sentiment_sell=-0.3)
LIMITS = NO_LIMITS._replace(stop_loss=0.008, take_profit=0.01, trailing_stop=0.012, position_fraction=0.5)
WINDOW = 5

CUT = (
    leaks.next_close,
    leaks.centered_window,
    leaks.scaled_by_the_maximum,
    leaks.standardised,
    leaks.rolled_back,
    leaks.percentile,
    leaks.resampled_unfinished,
    leaks.low_of_the_day,
    leaks.filled_backwards,
    leaks.interpolated,
    leaks.length_of_the_data,
    leaks.backwards_ema,
    leaks.sentiment_before_it_was_known,
    leaks.sentiment_of_the_next_minute,
    leaks.walk_over_touched_up_lows,
    leaks.rule_with_a_peek,
)
WITHIN = (
    leaks.moods_that_know,
    leaks.walk_that_skips_losers,
    leaks.fill_at_the_open_of_the_same_bar,
    leaks.fill_at_the_close_of_the_same_bar,
    leaks.fill_at_the_best_price_of_the_next_bar,
    leaks.stop_that_waits_for_the_close,
)
SURVIVING = (leaks.remembered_by_time, leaks.highest_ever_seen, leaks.warmed_by_the_last_run)
HONEST = (
    leaks.last_close,
    leaks.trailing_window,
    leaks.scaled_by_the_maximum_so_far,
    leaks.resampled_finished,
    leaks.filled_forwards,
    leaks.fill_at_the_next_open,
    leaks.stop_within_the_bar,
    leaks.run_twice,
    kernel_run,
    walked,
)
ALL = (*CUT, *WITHIN, *SURVIVING, *HONEST)


def random_market(
    seed: int,
    minutes: int,
    symbols: int,
    missing: float = 0.03,
    tried: ParameterSet | None = None,
    max_age_ms: int | None = None,
) -> CheckedMarket:
    """With headlines that become known at any moment, and the sentiment that follows from them."""
    columns = random_columns(seed, minutes, symbols, missing=missing)
    times = np.array(columns.times, dtype=np.int64)
    prices = [np.array(rows, dtype=np.float64) for rows in columns[1:6]]
    draw = random.Random(seed)
    series = []
    for _ in range(symbols):
        moments = sorted(draw.randrange(int(times[0]) - 600_000, int(times[-1])) for _ in range(minutes // 4))
        scores = [draw.uniform(-1.0, 1.0) for _ in moments]
        known_ms = np.array(moments, dtype=np.int64)
        dated_ms = known_ms - np.array([draw.randrange(300_000) for _ in moments], dtype=np.int64)
        series.append(HeadlineSeries(known_ms, np.array(scores), dated_ms))
    sentiment = np.stack([rolling_at(closes_of(times), each, WINDOW, max_age_ms) for each in series])
    tried = tried or parameters(symbols, rule=EAGER, limits=LIMITS, costs=COSTS)
    tape = with_tape(times, prices, sentiment[np.newaxis], 60_000)
    return CheckedMarket(tape, tried, CASH, WINDOW, max_age_ms, series=tuple(series))


def planned(give: Give, minutes: int) -> LookaheadPlan:
    """Cut after every minute."""
    return LookaheadPlan(Subject(give.__name__, give, 1e6), cuts_at(minutes, None, []), streamed=False)


@pytest.fixture(scope="module")
def checked() -> dict[str, Checked]:
    """All of them, in one process that has never seen a later minute."""
    market = random_market(3, 100, 1)
    plans = [planned(give, len(market)) for give in ALL]
    with blindfolded([plan.subject for plan in plans]) as blind:
        return {each.name: each for each in LookAhead(market, plans, blind).run()}


@pytest.mark.parametrize("give", CUT)
def test_a_leak_is_caught_by_cutting_history(give: Give, checked: dict[str, Checked]) -> None:
    leak = checked[give.__name__].leaks[0]
    assert leak.how == "cut"
    assert leak.full != leak.truncated
    assert leak.time_ms <= leak.cut_ms


@pytest.mark.parametrize("give", WITHIN)
def test_a_leak_within_a_bar_is_caught_by_another_end_of_it(give: Give, checked: dict[str, Checked]) -> None:
    leak = checked[give.__name__].leaks[0]
    assert leak.how in ("open", "range")
    assert leak.full != leak.truncated


@pytest.mark.parametrize("give", SURVIVING)
def test_state_that_survives_a_run_is_caught(give: Give, checked: dict[str, Checked]) -> None:
    assert [leak.column for leak in checked[give.__name__].leaks] == ["indicator"]


@pytest.mark.parametrize("give", HONEST)
def test_the_kernel_and_honest_indicators_are_not_reported(give: Give, checked: dict[str, Checked]) -> None:
    assert checked[give.__name__].leaks == []
    assert checked[give.__name__].cut == 100


def test_in_one_process_a_cache_would_hide_what_it_remembers() -> None:
    """Why histories are cut in a process of their own."""
    market = random_market(5, 60, 1)
    plans = [planned(leaks.remembered_by_time, len(market))]
    [hidden] = LookAhead(market, plans, HereAndNow([plan.subject for plan in plans])).run()
    assert hidden.leaks == []


def test_the_leaks_bar_column_and_values_are_named(checked: dict[str, Checked]) -> None:
    leak = checked["next_close"].leaks[0]
    market = random_market(3, 100, 1)
    close = market.tape.close[0]
    assert (leak.column, leak.symbol) == ("indicator", -1)
    row = int(np.searchsorted(market.tape.times, leak.time_ms))
    assert leak.time_ms == leak.cut_ms
    assert leak.truncated == 0.0
    assert leak.full == (close[row + 1] - close[row]) / close[row]


@pytest.mark.parametrize("seed", range(6))
def test_nothing_is_reported_on_the_real_kernel(seed: int) -> None:
    """Several symbols, gaps, guards and headlines: cut after every minute and streamed."""
    symbols = 1 + seed % 3
    limits = (LIMITS, LIMITS._replace(daily_loss_limit=0.02, flatten=True), LIMITS._replace(max_exposure=0.4))[seed % 3]
    tried = parameters(symbols, rule=EAGER, limits=limits, costs=COSTS)
    market = random_market(seed, 60, symbols, tried=tried)
    plans = plans_of(market, [], None)
    results = LookAhead(market, plans, HereAndNow([plan.subject for plan in plans])).run()
    assert [leak for each in results for leak in each.leaks] == []
    assert len(results) == 6
    assert [each.streamed for each in results] == [60] * 6
    assert sum(each.cut for each in results) == 5 * 60


def test_a_whole_run_that_differs_from_the_kernel_fed_bar_by_bar_is_caught() -> None:
    market = random_market(4, 120, 2)
    for give in (knowing_walk, lambda given: {**stepped(given), "rsi 1": stepped(given)["rsi 0"]}):
        plan = LookaheadPlan(Subject("planted", give, 1e6), cuts_at(120, 1, []), streamed=True)
        [found] = LookAhead(market, [plan], HereAndNow([plan.subject])).run()
        assert found.leaks[0].how == "streamed"


def knowing_walk(market: CheckedMarket) -> Columns:
    moods = np.sign(np.diff(market.tape.close, append=market.tape.close[:, -1:]))
    return walked(
        CheckedMarket(market.tape._replace(inputs=moods[np.newaxis]), market.tried, market.cash, market.window)
    )


def test_headlines_that_expire_are_checked_by_the_age_that_applies() -> None:
    market = random_market(8, 100, 2, max_age_ms=420_000)
    ageless = replace(market, max_age_ms=None)  # planted: whoever checks forgets the age
    for given, expected in ((market, False), (ageless, True)):
        plans = plans_of(given, [], 10)
        results = LookAhead(given, plans, HereAndNow([plan.subject for plan in plans])).run()
        assert any(each.leaks for each in results) == expected


def test_sentiment_of_a_file_counts_from_its_rows_on() -> None:
    market = random_market(6, 100, 2)
    rows = market.series[0]
    stepwise = CheckedMarket(
        market.tape._replace(inputs=np.zeros((1, 2, 100))),
        market.tried,
        CASH,
        1,
        series=(rows, rows),
        is_stepwise=True,
    )
    sentiment = np.stack([column.values for column in sentiment_of_steps(stepwise).values()])
    honest = replace(stepwise, tape=market.tape._replace(inputs=sentiment[np.newaxis]))
    early = replace(stepwise, tape=market.tape._replace(inputs=np.roll(sentiment, -1, axis=1)[np.newaxis]))
    for given, expected in ((honest, []), (early, ["sentiment that is used"])):
        plans = plans_of(given, [], 10)
        results = LookAhead(given, plans, HereAndNow([plan.subject for plan in plans])).run()
        caught = [each.name for each in results if each.leaks]
        assert [name for name in caught if name == "sentiment that is used"] == expected
        assert bool(caught) == bool(expected)


def test_a_process_that_dies_is_one_line() -> None:
    market = random_market(7, 20, 1)
    plan = planned(leaks.dies_elsewhere, 20)
    with (
        blindfolded([plan.subject]) as blind,
        pytest.raises(Unavailable, match="the process that runs truncated histories ended"),
    ):
        LookAhead(market, [plan], blind).run()


def test_what_decides_is_named_before_what_follows_from_it() -> None:
    leaks_found = [
        Leak("s", column, 0, time_ms, 1.0, 2.0, 9, "cut")
        for time_ms, column in (
            (2, "rsi 0"),
            (1, "equity"),
            (1, "order fill side 0"),
            (1, "wanted if flat 0"),
            (1, "x"),
        )
    ]
    named = [leak.column for leak in first_cause_first(leaks_found)]
    assert named == ["x", "wanted if flat 0", "order fill side 0", "equity", "rsi 0"]


def test_a_subject_that_needs_some_history_is_told_of_and_one_that_fails_later_is_reported() -> None:
    def needs_ten(market: CheckedMarket) -> Columns:
        if len(market) < 10 or len(market) == 30:
            raise BadInput("too little")
        return leaks.last_close(market)

    market = random_market(7, 40, 1)
    plan = planned(needs_ten, 40)
    [found] = LookAhead(market, [plan], HereAndNow([plan.subject])).run()
    assert found.too_short == 9
    assert [leak.words for leak in found.leaks] == ["too little"]
