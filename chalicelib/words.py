"""The kernel's codes as the words that records, files and the API show."""

from __future__ import annotations

from chalicelib.domain import Reason, Side
from chalicelib.kernel import codes

SIDES = {codes.BUY: Side.BUY, codes.SELL: Side.SELL}

REASONS = {
    codes.SIGNAL: Reason.SIGNAL,
    codes.SENTIMENT: Reason.SENTIMENT,
    codes.STOP_LOSS: Reason.STOP_LOSS,
    codes.TAKE_PROFIT: Reason.TAKE_PROFIT,
    codes.TRAILING_STOP: Reason.TRAILING_STOP,
    codes.BREAK_EVEN: Reason.BREAK_EVEN,
    codes.TIME: Reason.TIME,
    codes.KILL_SWITCH: Reason.KILL_SWITCH,
    codes.END: Reason.END,
}

ACTIONS = {codes.HOLD: "hold", codes.ENTER: "enter", codes.EXIT: "exit"}

OUTCOMES = {
    codes.NOTHING_WANTED: "nothing wanted",
    codes.ORDERED: "ordered",
    codes.HALTED: "halted",
    codes.PENDING: "order pending",
    codes.COOLDOWN: "cooldown",
    codes.MAX_OPEN_POSITIONS: "max open positions",
    codes.MAX_EXPOSURE: "max exposure",
    codes.NO_CASH: "no cash",
    codes.BELOW_MIN_NOTIONAL: "below min notional",
    codes.ALREADY_HELD: "already held",
    codes.NOT_HELD: "nothing held",
    codes.NO_STOP: "no stop to size by",
    codes.NO_PART: "no part to sell",
}

GUARDS = {codes.DAILY_LOSS: "daily loss limit", codes.DRAWDOWN: "max drawdown"}

STALE = "stale"
"""Outcome of a bar too old to act on."""
MISSED = "missed"
"""Outcome of a bar that an outage kept from being decided in its own minute."""
REDUCING = "reducing"
"""Outcome of an entry that the rule wanted in a symbol which the settings no longer name."""
STRATEGY_ERROR = "strategy error"
"""Outcome of a bar at which the strategy failed: nothing is wanted, stops and targets go on."""
NOT_DEPLOYED = "rule not deployed"
"""Outcome where the function that trades lacks the strategy which the settings name."""
BETWEEN = "between closes"
"""Outcome of a minute in which the symbol had a candle, and no bar of its strategy closed."""
MISSING = "missing"
"""Outcome of a minute in which the symbol had no candle."""


SWITCHES = {(False, False): "off", (True, False): "halted", (True, True): "flatten"}
"""By whether the switch is thrown, and whether it closes positions."""
