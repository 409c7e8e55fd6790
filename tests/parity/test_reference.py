"""The kernel against a second, naive writing of the same page: the same trades, on random markets and on a real one."""

from __future__ import annotations

from math import nan
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.kernel import codes
from chalicelib.kernel.run import Columns, Result, run
from chalicelib.kernel.step import Params, fresh_state
from chalicelib.strategies import rsi_sentiment
from tests.kernel_cases import CASH, COSTS, DAY_MS, NO_LIMITS, parameters, random_columns, rsi_rule
from tests.kernel_strategies import markets, params_for, rsi_rules, with_steps
from tests.parity.reference import Reference, RefFill, Row, Settings
from tests.shared_data import shared
from tests.support.candle_reading import read_candles
from tests.support.effort import examples
from trader.backtest.engine import ParameterSet

SIDES = {codes.BUY: "BUY", codes.SELL: "SELL"}
REASONS = {
    codes.FIRST_OWN_REASON + rsi_sentiment.SIGNAL: "signal",
    codes.FIRST_OWN_REASON + rsi_sentiment.SENTIMENT: "sentiment",
    codes.STOP_LOSS: "stop_loss",
    codes.TAKE_PROFIT: "take_profit",
    codes.TRAILING_STOP: "trailing_stop",
    codes.KILL_SWITCH: "kill_switch",
    codes.BREAK_EVEN: "break_even",
    codes.TIME: "time",
}

EAGER = rsi_rule(rsi_period=5, rsi_buy=40.3, rsi_sell=60.1)
TIGHT = NO_LIMITS._replace(
    stop_loss=0.006, take_profit=0.008, position_fraction=0.45, daily_loss_limit=0.01, cooldown_bars=2, flatten=True
)
EXAMPLES = (
    parameters(2, rule=EAGER, limits=TIGHT, costs=COSTS, lot_steps=[0.001, 0.0]),
    parameters(2, rule=EAGER, limits=TIGHT._replace(flatten=False, max_drawdown=0.02), costs=COSTS),
    parameters(2, rule=EAGER, limits=NO_LIMITS._replace(trailing_stop=0.005), costs=COSTS),
    parameters(2, rule=EAGER, limits=NO_LIMITS._replace(position_fraction=1.0, max_exposure=0.8)),
    parameters(2, rule=EAGER, limits=NO_LIMITS._replace(break_even_at=0.003, max_bars_held=9), costs=COSTS),
)
REAL = parameters(limits=NO_LIMITS._replace(stop_loss=0.01, take_profit=0.02, trailing_stop=0.008), costs=COSTS)


def settings_of(tried: ParameterSet, heard: bool) -> Settings:
    """The kernel's parameters under the reference's names."""
    params = tried.params
    return {
        **tried.rule.settings._asdict(),
        "use_sentiment": heard,
        **params.limits._asdict(),
        "fee": params.costs.fee_rate,
        "slippage": params.costs.slippage,
        "lot_steps": params.lot_steps,
        "ticks": params.ticks,
        "min_notionals": params.min_notionals,
    }


def by_reference(columns: Columns, tried: ParameterSet, reading: type[Reference] = Reference) -> Reference:
    symbols = range(len(columns.open))
    heard = columns.inputs[0][0][0]
    reference = reading(len(symbols), CASH, settings_of(tried, heard == heard))
    for minute, time_ms in enumerate(columns.times):
        rows: list[Row | None] = []
        for symbol in symbols:
            row = {name: getattr(columns, name)[symbol][minute] for name in ("open", "high", "low", "close")}
            row["sentiment"] = columns.inputs[0][symbol][minute]
            rows.append(row if row["open"] == row["open"] else None)
        reference.minute(time_ms, rows)
    return reference


def by_kernel(columns: Columns, tried: ParameterSet) -> Result:
    return run(fresh_state(CASH, len(columns.open), tried.rule), columns, tried.params, tried.rule)


def kernel_fills(result: Result) -> list[RefFill]:
    return [
        (symbol, SIDES[fill.side], fill.time_ms, fill.quantity, fill.price, fill.fee, REASONS[fill.reason])
        for symbol, fill in result.fills
    ]


def assert_same(result: Result, reference: Reference) -> None:
    ours, theirs = kernel_fills(result), reference.fills
    for our, their in zip(ours, theirs, strict=False):
        assert our[:3] == their[:3]
        assert our[3:6] == pytest.approx(their[3:6], rel=1e-9)
        assert our[6] == their[6]
    assert len(ours) == len(theirs)
    assert [mark.equity for mark in result.marks] == pytest.approx(reference.equity, rel=1e-9)


def without_dust(params: Params) -> Params:
    """Where symbols share cash, rounding errors of it may be left over; no rule says whether they buy anything."""
    if len(params.lot_steps) == 1:
        return params
    limits = params.limits._replace(min_notional=max(params.limits.min_notional, 0.01))
    return params._replace(limits=limits, lot_steps=tuple(max(step, 1e-6) for step in params.lot_steps))


@given(market=markets(), data=st.data())
@settings(max_examples=examples(150))
def test_the_kernel_trades_as_the_reference_does(market: Columns, data: st.DataObject) -> None:
    params = without_dust(data.draw(with_steps(params_for(len(market.open)))))
    tried = ParameterSet(data.draw(rsi_rules()), params)
    assert_same(by_kernel(market, tried), by_reference(market, tried))


def test_the_random_markets_reach_every_reason_side_and_cut() -> None:
    """A comparison over markets without trades would prove nothing."""
    seen = set()
    for seed in range(60):
        market = random_columns(seed, 250, 2, missing=0.05, heard=seed % 2 == 0)
        for tried in EXAMPLES:
            reference = by_reference(market, tried)
            assert_same(by_kernel(market, tried), reference)
            seen |= {fill[6] for fill in reference.fills}
    assert seen == set(REASONS.values())


class UnprotectedEntryBar(Reference):
    """A plausible misreading: levels that are live only from the bar after the entry."""

    def meet_protection(self, symbol: int, time_ms: int, row: Row) -> None:
        position = self.held[symbol]
        if position is not None and position["since"] != time_ms:
            super().meet_protection(symbol, time_ms, row)


class LateBase(Reference):
    """Another: the day's base is the day's first mark."""

    def mark(self, time_ms: int) -> None:
        new_day = self.day != time_ms // DAY_MS
        super().mark(time_ms)
        if new_day:
            self.day_base = self.equity[-1]


@pytest.mark.parametrize("misreading", [UnprotectedEntryBar, LateBase])
def test_the_comparison_finds_a_misread_rule(misreading: type[Reference]) -> None:
    with pytest.raises(AssertionError):  # noqa: PT012 (any of the markets may show it)
        for seed in range(60):
            market = random_columns(seed, 250, 2, missing=0.05, heard=False)
            assert_same(by_kernel(market, EXAMPLES[0]), by_reference(market, EXAMPLES[0], misreading))


def test_the_kernel_trades_as_the_reference_does_on_a_real_month() -> None:
    market = real_market(shared("klines/BTCUSDT_spot_1m_2024-07-26_2024-08-25.parquet"))
    result = by_kernel(market, REAL)
    assert len(result.fills) > 500
    assert_same(result, by_reference(market, REAL))


def real_market(path: Path) -> Columns:
    """A candle file as the kernel's columns of one symbol, nothing known of sentiment."""
    candles = read_candles(path)
    open_, high, low, close, volume = ([prices.tolist()] for prices in candles[2:])
    return Columns(candles.open_ms.tolist(), open_, high, low, close, volume, [[[nan] * len(candles.open_ms)]])
