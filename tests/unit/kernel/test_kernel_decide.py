"""The rule, its signals, sizing, guards and the two automatic halts: steps 4, 6 and 7 of a minute."""

from dataclasses import dataclass, field
from math import nan

import pytest

from chalicelib.kernel import codes
from chalicelib.kernel.account import (
    EMPTY_SLOT,
    NO_ORDER,
    Account,
    Costs,
    Order,
    Position,
    Slot,
    equity,
    open_account,
)
from chalicelib.kernel.admission import Verdict
from chalicelib.kernel.choice import WAIT, Choice, enter, leave
from chalicelib.kernel.limits import Limits
from chalicelib.kernel.lots import round_down
from chalicelib.kernel.risk import mark, resumed
from chalicelib.kernel.step import Switch, View, choose, order_all
from chalicelib.strategies.rsi_sentiment import REASONS, Values, signals
from chalicelib.strategy.rule import StrategyRule
from tests.kernel_cases import CASH, DAY_MS, FREE, MINUTE_MS, NO_LIMITS, RULE, START_MS, parameters, rsi_rule

UNDEFINED = Values(nan, nan, nan, nan, nan, nan)
OVERSOLD = UNDEFINED._replace(rsi=10.0)
NEUTRAL = UNDEFINED._replace(rsi=50.0)
OVERBOUGHT = UNDEFINED._replace(rsi=90.0)
WITH_SENTIMENT = rsi_rule(sentiment_buy=0.1, sentiment_sell=-0.1)
SIGNAL = codes.FIRST_OWN_REASON + REASONS.index("signal")
UNTHROWN = Switch(halted=False, flatten=False)


def flat(close: float = 100.0, cooldown: int = 0) -> Slot:
    return EMPTY_SLOT._replace(close=close, cooldown=cooldown)


def long(quantity: float = 1.0, close: float = 100.0, order: Order = NO_ORDER) -> Slot:
    return Slot(Position(quantity, 100.0, 0.0, 0, 100.0), order, close, 0)


@dataclass(frozen=True)
class Case:
    """One call of `choose` and `order_all`: every symbol sees an oversold market unless said otherwise."""

    slots: list[Slot] = field(default_factory=lambda: [flat()])
    limits: Limits = NO_LIMITS
    costs: Costs = FREE
    account: Account = field(default_factory=lambda: open_account(CASH))
    views: list[View] | None = None
    switch: Switch = UNTHROWN
    lot_step: float = 0.0

    def conclude(self) -> tuple[list[Slot], list[Verdict]]:
        count = len(self.slots)
        views = self.views or [View(True, OVERSOLD, (nan,), 100.0)] * count
        tried = parameters(count, limits=self.limits, costs=self.costs, lot_steps=[self.lot_step] * count)
        choices = [choose(slot, view, tried.rule) for slot, view in zip(self.slots, views, strict=True)]
        return order_all(self.account, self.slots, choices, self.switch, tried.params)

    def codes(self) -> list[int]:
        return [verdict.code for verdict in self.conclude()[1]]

    def quantities(self) -> list[float]:
        return [verdict.order.quantity for verdict in self.conclude()[1]]


@pytest.mark.parametrize(
    ("rsi", "sentiment", "in_position", "rule", "choice"),
    [
        (29.9, nan, False, RULE, enter(reason=0)),
        (30.0, nan, False, RULE, WAIT),
        (nan, 1.0, False, WITH_SENTIMENT, WAIT),
        (nan, -1.0, True, WITH_SENTIMENT, WAIT),
        (29.9, nan, False, WITH_SENTIMENT, enter(reason=0)),
        (29.9, 0.1, False, WITH_SENTIMENT, WAIT),
        (29.9, 0.11, False, WITH_SENTIMENT, enter(reason=0)),
        (29.9, 1.0, True, RULE, WAIT),
        (70.0, nan, True, RULE, WAIT),
        (70.1, nan, True, RULE, leave(reason=0)),
        (70.1, nan, False, RULE, WAIT),
        (50.0, nan, True, RULE, WAIT),
        (50.0, nan, True, WITH_SENTIMENT, WAIT),
        (50.0, -0.1, True, WITH_SENTIMENT, WAIT),
        (50.0, -0.11, True, WITH_SENTIMENT, leave(reason=1)),
        (70.1, -1.0, True, WITH_SENTIMENT, leave(reason=0)),
        (50.0, -1.0, False, WITH_SENTIMENT, WAIT),
    ],
)
def test_the_rule(rsi: float, sentiment: float, in_position: bool, rule: StrategyRule, choice: Choice) -> None:
    assert rule.decide(UNDEFINED._replace(rsi=rsi), 100.0, (sentiment,), in_position) == choice


def test_signals_follow_their_thresholds_and_an_undefined_indicator_raises_none() -> None:
    rising = UNDEFINED._replace(rsi=71.0, ema_50=2.0, ema_200=1.0, bb_upper=99.0, bb_lower=90.0)
    falling = UNDEFINED._replace(rsi=29.0, ema_50=1.0, ema_200=2.0, bb_upper=110.0, bb_lower=101.0)
    assert signals(UNDEFINED, 100.0, RULE.settings) == ()
    assert signals(rising, 100.0, RULE.settings) == ("Overbought", "TrendUp", "BandBreakUp")
    assert signals(falling, 100.0, RULE.settings) == ("Oversold", "TrendDown", "BandBreakDown")


@pytest.mark.parametrize(
    ("case", "quantity"),
    [
        pytest.param(Case(), 10.0, id="fraction of equity"),
        pytest.param(Case(costs=Costs(0.1, 0.25)), 1_000.0 / (100.0 * 1.25 * 1.1), id="with costs"),
        pytest.param(Case(limits=NO_LIMITS._replace(max_notional=250.0)), 2.5, id="max notional"),
        pytest.param(Case(account=open_account(CASH)._replace(cash=300.0)), 3.0, id="cash"),
        pytest.param(Case(limits=NO_LIMITS._replace(max_exposure=0.04)), 4.0, id="exposure"),
        pytest.param(Case(lot_step=3.0), 9.0, id="lot step"),
        pytest.param(Case(limits=NO_LIMITS._replace(min_notional=1_000.0)), 10.0, id="just min notional"),
    ],
)
def test_an_entry_is_sized_within_every_limit(case: Case, quantity: float) -> None:
    planned, verdicts = case.conclude()
    assert [verdict.code for verdict in verdicts] == [codes.ORDERED]
    assert (planned[0].order.side, planned[0].order.reason) == (codes.BUY, SIGNAL)
    assert planned[0].order.quantity == pytest.approx(quantity)


@pytest.mark.parametrize(
    ("case", "code"),
    [
        pytest.param(Case(limits=NO_LIMITS._replace(min_notional=1_000.1)), codes.BELOW_MIN_NOTIONAL, id="minimum"),
        pytest.param(Case(lot_step=11.0), codes.BELOW_MIN_NOTIONAL, id="less than a lot"),
        pytest.param(Case(slots=[flat(cooldown=1)]), codes.COOLDOWN, id="cooldown"),
        pytest.param(Case(account=open_account(CASH)._replace(cash=0.0)), codes.NO_CASH, id="no cash"),
        pytest.param(Case(slots=[flat()._replace(order=Order(codes.BUY, 1.0, 1))]), codes.PENDING, id="pending"),
        pytest.param(Case(switch=Switch(True, False)), codes.HALTED, id="halted from outside"),
        pytest.param(Case(account=open_account(CASH)._replace(halt=codes.DAILY_LOSS)), codes.HALTED, id="daily loss"),
        pytest.param(Case(account=open_account(CASH)._replace(halt=codes.DRAWDOWN)), codes.HALTED, id="drawdown"),
        pytest.param(
            Case(views=[View(False, OVERSOLD, (nan,), 100.0)]), codes.NOTHING_WANTED, id="no bar to decide on"
        ),
    ],
)
def test_an_entry_is_refused(case: Case, code: int) -> None:
    planned, verdicts = case.conclude()
    assert verdicts == [Verdict(code, NO_ORDER)]
    if code != codes.PENDING:
        assert planned[0].order == NO_ORDER


def test_symbols_take_cash_in_config_order() -> None:
    account = open_account(CASH)._replace(cash=1_200.0)
    case = Case(slots=[flat(), flat(50.0), flat()], account=account, limits=NO_LIMITS._replace(min_notional=50.0))
    assert case.quantities() == [10.0, 4.0, 0.0]
    assert case.codes() == [codes.ORDERED, codes.ORDERED, codes.NO_CASH]


def test_exposure_counts_positions_and_pending_entries_of_all_symbols() -> None:
    limits = NO_LIMITS._replace(max_exposure=0.3)
    waiting = flat()._replace(order=Order(codes.BUY, 10.0, codes.SIGNAL))
    views = [
        View(True, NEUTRAL, (nan,), 100.0),
        View(False, NEUTRAL, (nan,), 100.0),
        *[View(True, OVERSOLD, (nan,), 100.0)] * 2,
    ]
    case = Case(slots=[long(15.0), waiting, flat(), flat()], limits=limits, views=views)
    assert case.quantities() == [0.0, 0.0, 5.0, 0.0]
    assert case.codes()[2:] == [codes.ORDERED, codes.MAX_EXPOSURE]


def test_open_positions_are_limited_over_all_symbols_pending_entries_included() -> None:
    limits = NO_LIMITS._replace(max_open_positions=2)
    case = Case(slots=[flat(), long(), flat()], limits=limits)
    assert case.codes() == [codes.ORDERED, codes.NOTHING_WANTED, codes.MAX_OPEN_POSITIONS]


def test_a_pending_exit_frees_nothing_before_it_has_filled() -> None:
    limits = NO_LIMITS._replace(max_open_positions=1)
    views = [View(True, OVERBOUGHT, (nan,), 100.0), View(True, OVERSOLD, (nan,), 100.0)]
    case = Case(slots=[long(), flat()], limits=limits, views=views)
    assert case.codes() == [codes.ORDERED, codes.MAX_OPEN_POSITIONS]


def test_an_exit_sells_the_whole_position_whatever_the_limits() -> None:
    limits = NO_LIMITS._replace(min_notional=1e9, max_open_positions=1, max_exposure=0.001)
    planned, _ = Case(slots=[long(1.25)], limits=limits, views=[View(True, OVERBOUGHT, (nan,), 100.0)]).conclude()
    assert planned[0].order == Order(codes.SELL, 1.25, SIGNAL)


def test_freezing_drops_pending_entries_and_keeps_positions_and_pending_exits() -> None:
    leaving = long(order=Order(codes.SELL, 1.0, codes.SIGNAL))
    entering = flat()._replace(order=Order(codes.BUY, 1.0, codes.SIGNAL))
    views = [View(True, OVERBOUGHT, (nan,), 100.0)] * 3
    planned, verdicts = Case(slots=[long(), leaving, entering], switch=Switch(True, False), views=views).conclude()
    assert planned == [long(), leaving, flat()]
    assert [verdict.code for verdict in verdicts] == [codes.HALTED, codes.PENDING, codes.NOTHING_WANTED]


@pytest.mark.parametrize("by_limit", [True, False])
def test_flattening_sells_every_position_once(by_limit: bool) -> None:
    leaving = long(order=Order(codes.SELL, 1.0, codes.SIGNAL))
    entering = flat()._replace(order=Order(codes.BUY, 1.0, codes.SIGNAL))
    case = Case(
        slots=[long(2.0), leaving, entering],
        limits=NO_LIMITS._replace(flatten=by_limit),
        account=open_account(CASH)._replace(halt=codes.DAILY_LOSS if by_limit else codes.RUNNING),
        switch=UNTHROWN if by_limit else Switch(True, True),
        views=[View(False, UNDEFINED, (nan,), 100.0)] * 3,
    )
    planned, _ = case.conclude()
    assert [slot.order for slot in planned] == [Order(codes.SELL, 2.0, codes.KILL_SWITCH), leaving.order, NO_ORDER]


def marked(account: Account, value: float, minute_ms: int, limits: Limits) -> Account:
    """The account after a mark at which equity is this value, all of it cash."""
    return mark(account, value, [EMPTY_SLOT], minute_ms, limits)


def test_equity_is_cash_and_positions_at_their_closes() -> None:
    assert equity(10.0, [long(2.0, close=30.0), flat(), long(1.0, close=5.0)]) == 75.0


def test_the_daily_loss_halt_ends_with_the_utc_day() -> None:
    limits = NO_LIMITS._replace(daily_loss_limit=0.05)
    midnight = START_MS - START_MS % DAY_MS + DAY_MS
    account = marked(open_account(100.0), 100.0, START_MS, limits)
    account = marked(account, 95.1, START_MS + MINUTE_MS, limits)
    assert account.halt == codes.RUNNING
    account = marked(account, 95.0, START_MS + 2 * MINUTE_MS, limits)
    assert account.halt == codes.DAILY_LOSS
    account = marked(account, 99.0, midnight - MINUTE_MS, limits)
    assert account.halt == codes.DAILY_LOSS
    account = marked(account, 99.0, midnight, limits)
    assert (account.halt, account.day_base) == (codes.RUNNING, 99.0)


def test_the_base_of_a_day_is_the_last_mark_of_the_day_before() -> None:
    limits = NO_LIMITS._replace(daily_loss_limit=0.1)
    account = marked(open_account(200.0), 100.0, START_MS, NO_LIMITS)
    assert account.day_base == 200.0
    account = marked(account, 91.0, START_MS + DAY_MS, limits)
    assert (account.day_base, account.halt) == (100.0, codes.RUNNING)
    account = marked(account, 90.0, START_MS + DAY_MS + MINUTE_MS, limits)
    assert (account.day_base, account.halt) == (100.0, codes.DAILY_LOSS)
    account = marked(account, 80.0, START_MS + 3 * DAY_MS, limits)
    assert (account.day_base, account.halt) == (90.0, codes.DAILY_LOSS)


def test_the_drawdown_halt_lasts_until_resumed() -> None:
    limits = NO_LIMITS._replace(max_drawdown=0.2, daily_loss_limit=0.01)
    account = marked(open_account(100.0), 150.0, START_MS, limits)
    account = marked(account, 120.0, START_MS + MINUTE_MS, limits)
    assert (account.halt, account.peak) == (codes.DRAWDOWN, 150.0)
    account = marked(account, 149.0, START_MS + 2 * DAY_MS, limits)
    assert account.halt == codes.DRAWDOWN
    account = marked(resumed(account), 149.0, START_MS + 2 * DAY_MS + MINUTE_MS, limits)
    assert account.halt == codes.RUNNING


def test_a_daily_loss_halt_can_deepen_into_a_drawdown_halt() -> None:
    limits = NO_LIMITS._replace(max_drawdown=0.2, daily_loss_limit=0.1)
    account = marked(open_account(100.0), 85.0, START_MS, limits)
    assert account.halt == codes.DAILY_LOSS
    account = marked(account, 80.0, START_MS + MINUTE_MS, limits)
    assert account.halt == codes.DRAWDOWN


@pytest.mark.parametrize("step", [1e-8, 1e-5, 0.001, 0.05, 0.1, 0.3, 1.0])
def test_rounding_down_keeps_every_whole_number_of_lots(step: float) -> None:
    for count in range(0, 20_000, 7):
        assert round_down(count * step, step) == count * step
        assert round_down((count + 0.5) * step, step) == count * step
