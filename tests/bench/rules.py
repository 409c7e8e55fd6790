"""What the benchmark trades by: the rule with everything on, the hundred sets of the sweeps, and what peers can do."""

from __future__ import annotations

from itertools import product

from chalicelib.config import Config, params
from chalicelib.kernel.account import Costs
from chalicelib.kernel.step import Params

CASH = 10_000.0
DEFAULTS = params(Config(), (0.0,), use_sentiment=False)
"""The defaults of agent.toml."""
RULE, LIMITS = DEFAULTS.rule, DEFAULTS.limits

EVERYTHING = Params(
    RULE,
    LIMITS._replace(
        trailing_stop=0.015,
        min_notional=5.0,
        max_notional=2_000.0,
        max_drawdown=0.9,
        cooldown_bars=3,
    ),
    Costs(fee_rate=0.001, slippage=0.0005),
    (0.00001,),
)
"""Every limit on, none so tight that it ends the trading."""
PEERS = Params(
    RULE,
    LIMITS._replace(position_fraction=1.0, daily_loss_limit=0.0, max_exposure=0.0),
    Costs(fee_rate=0.001, slippage=0.0),
    (0.0,),
)
"""What other backtesters can do too: all of the cash, stops and fees, no limits by the day."""


def threshold_sets() -> list[Params]:
    """A hundred sets of one RSI period: 4 entry and 5 exit thresholds, 5 stops."""
    grid = product((20.0, 25.0, 30.0, 35.0), (60.0, 65.0, 70.0, 75.0, 80.0), (0.01, 0.015, 0.02, 0.03, 0.05))
    return [changed(rsi_buy=buy, rsi_sell=sell, stop_loss=stop) for buy, sell, stop in grid]


def period_sets() -> list[Params]:
    """A hundred sets of 10 RSI periods, which share less: 10 entry thresholds each."""
    grid = product(range(7, 27, 2), range(18, 38, 2))
    return [changed(rsi_period=period, rsi_buy=float(buy)) for period, buy in grid]


def changed(rsi_period: int = 14, rsi_buy: float = 30.0, rsi_sell: float = 70.0, stop_loss: float = 0.02) -> Params:
    """The defaults with these in their places."""
    rule = RULE._replace(rsi_period=rsi_period, rsi_buy=rsi_buy, rsi_sell=rsi_sell)
    return DEFAULTS._replace(rule=rule, limits=LIMITS._replace(stop_loss=stop_loss))
