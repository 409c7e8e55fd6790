"""What hypothesis draws for the kernel: markets by seed and shape, parameters from values that make every rule bite."""

from __future__ import annotations

from hypothesis import strategies as st

from chalicelib.kernel.account import Costs
from chalicelib.kernel.decide import Rule
from chalicelib.kernel.risk import Limits
from chalicelib.kernel.run import Columns
from chalicelib.kernel.step import Params
from tests.kernel_cases import ragged, random_columns


def markets(max_symbols: int = 3, max_minutes: int = 160) -> st.SearchStrategy[Columns]:
    return st.builds(
        random_columns,
        seed=st.integers(0, 2**32),
        minutes=st.integers(20, max_minutes),
        symbols=st.integers(1, max_symbols),
        missing=st.sampled_from([0.0, 0.05, 0.4]),
        volatility=st.sampled_from([0.001, 0.004, 0.02]),
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


def params_for(symbols: int) -> st.SearchStrategy[Params]:
    return st.builds(
        Params,
        rule=st.builds(
            Rule,
            rsi_period=st.integers(2, 14),
            rsi_buy=st.sampled_from([30.7, 45.3]),
            rsi_sell=st.sampled_from([55.1, 70.9]),
            sentiment_buy=st.sampled_from([0.0, 0.1]),
            sentiment_sell=st.sampled_from([0.0, -0.2]),
            use_sentiment=st.booleans(),
        ),
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
        ),
        costs=st.builds(Costs, fee_rate=st.sampled_from([0.0, 0.001, 0.02]), slippage=st.sampled_from([0.0, 0.0007])),
        lot_steps=st.tuples(*[st.sampled_from([0.0, 0.001, 0.37])] * symbols),
    )
