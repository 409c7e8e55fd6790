"""What the benchmark trades by: the rule with everything on, the hundred sets of the sweeps, and what peers can do."""

from __future__ import annotations

from itertools import product

from chalicelib.config import Config, params
from chalicelib.kernel.account import Costs
from chalicelib.kernel.lots import ANY
from chalicelib.kernel.step import Params
from chalicelib.strategy.loader import built_in
from chalicelib.strategy.settings import rule_with
from trader.backtest.engine import ParameterSet

CASH = 10_000.0
STRATEGY = built_in("rsi_sentiment")
RULE = rule_with(STRATEGY, {})
DEFAULTS = ParameterSet(RULE, params(Config(), (ANY,)))
"""The defaults of agent.toml."""
LIMITS = DEFAULTS.params.limits

EVERYTHING = ParameterSet(
    RULE,
    Params(
        LIMITS._replace(
            trailing_stop=0.015,
            min_notional=5.0,
            max_notional=2_000.0,
            max_drawdown=0.9,
            cooldown_bars=3,
        ),
        Costs(fee_rate=0.001, slippage=0.0005),
        (0.00001,),
    ),
)
"""Every limit on, none so tight that it ends the trading."""
PEERS = ParameterSet(
    RULE,
    Params(
        LIMITS._replace(position_fraction=1.0, daily_loss_limit=0.0, max_exposure=0.0),
        Costs(fee_rate=0.001, slippage=0.0),
        (0.0,),
    ),
)
"""What other backtesters can do too: all of the cash, stops and fees, no limits by the day."""


EMA_CROSS = ParameterSet(rule_with(built_in("ema_cross"), {}), DEFAULTS.params)
"""A strategy with a stop of its own, which it moves at every close."""


def threshold_sets() -> list[ParameterSet]:
    """A hundred sets of one RSI period: 4 entry and 5 exit thresholds, 5 stops."""
    grid = product((20.0, 25.0, 30.0, 35.0), (60.0, 65.0, 70.0, 75.0, 80.0), (0.01, 0.015, 0.02, 0.03, 0.05))
    return [changed(rsi_buy=buy, rsi_sell=sell, stop_loss=stop) for buy, sell, stop in grid]


def period_sets() -> list[ParameterSet]:
    """A hundred sets of 10 RSI periods, which share less: 10 entry thresholds each."""
    grid = product(range(7, 27, 2), range(18, 38, 2))
    return [changed(rsi_period=period, rsi_buy=float(buy)) for period, buy in grid]


def average_sets() -> list[ParameterSet]:
    """A hundred sets of ema_cross of which no two share a period: 100 averages of either kind, 100 ranges."""
    settings = [{"fast": 5 + number, "slow": 120 + number, "atr": 5 + number} for number in range(100)]
    return [ParameterSet(rule_with(built_in("ema_cross"), each), DEFAULTS.params) for each in settings]


def changed(
    rsi_period: int = 14, rsi_buy: float = 30.0, rsi_sell: float = 70.0, stop_loss: float = 0.02
) -> ParameterSet:
    """The defaults with these in their places."""
    rule = rule_with(STRATEGY, {"rsi_period": rsi_period, "rsi_buy": rsi_buy, "rsi_sell": rsi_sell})
    return ParameterSet(rule, DEFAULTS.params._replace(limits=LIMITS._replace(stop_loss=stop_loss)))
