"""What hypothesis draws for the kernel: markets by seed and shape, parameters from values that make every rule bite."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from chalicelib.kernel.account import Costs
from chalicelib.kernel.codes import BY_AMOUNT, BY_FRACTION, BY_RISK
from chalicelib.kernel.limits import NO_TARGET, NO_TARGETS, Limits, ProfitTarget
from chalicelib.kernel.run import Columns
from chalicelib.kernel.step import Params
from chalicelib.strategy.loader import built_in
from chalicelib.strategy.rule import StrategyRule
from chalicelib.strategy.settings import rule_with
from tests.kernel_cases import MINUTE_MS, ragged, random_columns, rsi_rule
from trader.backtest.engine import ParameterSet


def markets(max_symbols: int = 3, max_minutes: int = 160) -> st.SearchStrategy[Columns]:
    return st.builds(
        random_columns,
        seed=st.integers(0, 2**32),
        minutes=st.integers(20, max_minutes),
        symbols=st.integers(1, max_symbols),
        missing=st.sampled_from([0.0, 0.05, 0.4]),
        volatility=st.sampled_from([0.001, 0.004, 0.02]),
        heard=st.booleans(),
    )


@st.composite
def ragged_markets(draw: st.DrawFn, max_minutes: int = 160) -> Columns:
    """Symbols that begin and end at minutes of their own, as listings and delistings do."""
    market = draw(markets(max_minutes=max_minutes))
    minutes = len(market.times)
    spans = []
    for _ in market.open:
        first = draw(st.integers(0, minutes // 2))
        spans.append((first, draw(st.integers(first + 1, minutes))))
    return ragged(market, spans)


def sets_for(symbols: int) -> st.SearchStrategy[ParameterSet]:
    return sets_of(params_for(symbols))


def sets_of(params: st.SearchStrategy[Params]) -> st.SearchStrategy[ParameterSet]:
    """Parameters with a strategy and the length of its bars."""
    return st.builds(ParameterSet, by_bars(st.one_of(rsi_rules(), cross_rules())), params)


def by_bars(rules: st.SearchStrategy[StrategyRule]) -> st.SearchStrategy[StrategyRule]:
    """The rules as they stand, and deciding by longer bars, of which late ones count, or do not, or always do."""
    lengths = st.sampled_from([1, 1, 3, 5, 15, 60])
    return st.builds(
        lambda rule, minutes, stale_ms: replace(rule, interval_ms=minutes * MINUTE_MS, stale_ms=stale_ms),
        rules,
        lengths,
        st.sampled_from([0, MINUTE_MS, 180_000]),
    )


def rsi_rules() -> st.SearchStrategy[StrategyRule]:
    """The default strategy, which leaves every level to [risk]."""
    return st.builds(
        rsi_rule,
        rsi_period=st.integers(2, 14),
        rsi_buy=st.sampled_from([30.7, 45.3]),
        rsi_sell=st.sampled_from([55.1, 70.9]),
        sentiment_buy=st.sampled_from([0.0, 0.1]),
        sentiment_sell=st.sampled_from([0.0, -0.2]),
    )


def cross_rules() -> st.SearchStrategy[StrategyRule]:
    """A strategy with a stop of its own that it raises at every close."""
    crossing = built_in("ema_cross")
    return st.builds(
        lambda **settings: rule_with(crossing, settings),
        fast=st.integers(2, 4),
        slow=st.integers(5, 9),
        atr=st.integers(2, 6),
        stop_atr=st.sampled_from([0.5, 2.0, 5.0]),
    )


TARGETS = (
    NO_TARGETS,
    (ProfitTarget(0.004, 0.5), ProfitTarget(0.01, 0.0), NO_TARGET),
    (ProfitTarget(0.002, 0.7), ProfitTarget(0.005, 0.4), ProfitTarget(0.02, 0.1)),
)


def params_for(symbols: int) -> st.SearchStrategy[Params]:
    return st.builds(
        Params,
        limits=st.builds(
            Limits,
            stop_loss=st.sampled_from([0.0, 0.004, 0.02]),
            take_profit=st.sampled_from([0.0, 0.005, 0.04]),
            trailing_stop=st.sampled_from([0.0, 0.006]),
            position_fraction=st.sampled_from([0.1, 0.5, 1.0]),
            min_notional=st.sampled_from([0.0, 5.0, 600.0]),
            max_notional=st.sampled_from([0.0, 700.0]),
            daily_loss_limit=st.sampled_from([0.0, 0.01, 0.05]),
            max_drawdown=st.sampled_from([0.0, 0.03]),
            max_exposure=st.sampled_from([0.0, 0.35, 0.9]),
            max_open_positions=st.integers(0, 2),
            cooldown_bars=st.integers(0, 3),
            flatten=st.booleans(),
            trailing_distance=st.sampled_from([0.0, 0.0, 0.3, 2.0]),
            break_even_at=st.sampled_from([0.0, 0.003]),
            max_bars_held=st.sampled_from([0, 0, 1, 7, 40]),
            max_entries=st.sampled_from([1, 1, 2, 4]),
            sizing=st.sampled_from([BY_FRACTION, BY_FRACTION, BY_AMOUNT, BY_RISK]),
            entry_amount=st.sampled_from([50.0, 4_000.0]),
            risk_per_trade=st.sampled_from([0.001, 0.02]),
            targets=st.sampled_from(TARGETS),
        ),
        costs=st.builds(Costs, fee_rate=st.sampled_from([0.0, 0.001, 0.02]), slippage=st.sampled_from([0.0, 0.0007])),
        lot_steps=st.tuples(*[st.sampled_from([0.0, 0.001, 0.37])] * symbols),
        ticks=st.just(()),
        min_notionals=st.just(()),
    )


def with_steps(drawn: st.SearchStrategy[Params]) -> st.SearchStrategy[Params]:
    """Parameters that know ticks and least worths of their symbols."""
    return drawn.flatmap(
        lambda params: st.builds(
            params._replace,
            ticks=st.tuples(*[st.sampled_from([0.0, 0.01, 0.25])] * len(params.lot_steps)),
            min_notionals=st.tuples(*[st.sampled_from([0.0, 10.0, 400.0])] * len(params.lot_steps)),
        )
    )


def plain_values() -> st.SearchStrategy[object]:
    """What a state may be once it is stored: any plain JSON value."""
    scalars = (
        st.none()
        | st.booleans()
        | st.integers(-(2**53), 2**53)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
    )
    return st.recursive(
        scalars,
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), inner, max_size=4)
        ),
        max_leaves=12,
    )
