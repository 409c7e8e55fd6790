"""Short markets with what must come of them, worked out by hand from design.md and interfaces.md.

Minute 0 opens at 23:30 UTC, so that minute 30 begins a new day. Unless a row says otherwise the agent has 10,000, puts
half of it into an entry, pays nothing, and has no stop, target or guard: an entry decided at a close of 100 is 50
units. `STOPS` are a stop-loss 2 % below and a take-profit 4 % above the fill price: 98 and 104 for a fill at 100.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from chalicelib.kernel.codes import BY_AMOUNT, BY_RISK
from chalicelib.kernel.limits import NO_TARGET, ProfitTarget
from tests.kernel_cases import DAY_MS, MINUTE_MS

FIRST_MS = 19_700 * DAY_MS + (23 * 60 + 30) * MINUTE_MS
MIDNIGHT = 30

Quote = tuple[float, float, float, float]
"""Open, high, low, close of a bar."""
STOPS: Mapping[str, float] = {"stop_loss": 0.02, "take_profit": 0.04}


class Expected(NamedTuple):
    """A fill: in which bar, of how much, at what price and why. `symbol` is 0 for A and 1 for B."""

    side: str
    minute: int
    price: float
    quantity: float
    reason: str
    symbol: int = 0


def buy(minute: int, price: float, quantity: float = 50.0, symbol: int = 0) -> Expected:
    return Expected("BUY", minute, price, quantity, "signal", symbol)


def sell(minute: int, price: float, reason: str, quantity: float = 50.0, symbol: int = 0) -> Expected:
    return Expected("SELL", minute, price, quantity, reason, symbol)


def flat(price: float) -> Quote:
    return (price, price, price, price)


@dataclass(frozen=True)
class Scenario:
    """One row of the table. Signals are `enter` or `exit` at the close of a minute's bar."""

    name: str
    says: str
    """The sentence that it shows."""
    bars: Mapping[int, Quote]
    signals: Mapping[int, str]
    fills: tuple[Expected, ...]
    limits: Mapping[str, Any] = field(default_factory=dict)
    fee_rate: float = 0.0
    slippage: float = 0.0
    lot_step: float = 0.0
    own: Mapping[str, float] = field(default_factory=dict)
    """What every entry says of its position: arguments of `enter`."""
    bars_of_b: Mapping[int, Quote] = field(default_factory=dict)
    """A second symbol, after A in the order of the settings; none where empty."""
    signals_of_b: Mapping[int, str] = field(default_factory=dict)

    @property
    def markets(self) -> tuple[Mapping[int, Quote], ...]:
        return (self.bars, self.bars_of_b) if self.bars_of_b else (self.bars,)

    @property
    def minutes(self) -> list[int]:
        """Those in which any symbol has a bar."""
        return sorted({minute for bars in self.markets for minute in bars})


HELD = {0: flat(100.0), 1: flat(100.0)}
"""The bars by the end of which 50 units are held that were bought at 100."""
BOUGHT = buy(1, 100.0)

NEXT_OPEN = "a market order decided on the previous bar fills at this bar's open"
NEXT_EXISTING = "i.e. at the next existing bar's open, whatever the time between"
STOP_OPEN = "open ≤ stop → out at the open"
TARGET_OPEN = "open ≥ take-profit → out at the open"
STOP_TOUCH = "low ≤ stop → out at the stop"
TARGET_TOUCH = "high ≥ take-profit → out at the take-profit"
BOTH = "a bar that spans both is the stop"
ENTRY_BAR = "Levels hang on the fill price and are live from the entry bar on (there only the last two apply)"
EXIT_FIRST = "a market exit pending from step 1 goes first"
TRAIL = "A trailing stop lies a fraction below the highest high of the bars completed since the fill"
SLIPPAGE = "slippage is adverse on market and stop fills, none on take-profit"
COOLDOWN = "the bars at whose close no entry may be decided after an exit, the exit's own bar included"
DAILY_LOSS = "base - equity ≥ limit * base → halt until the next UTC day"
DAY_BASE = "the day's base is the last mark of the day before (at first the cash)"
DRAWDOWN = "drawdown from the highest mark ≥ its limit → halt until resumed"
FREEZE = "Freeze cancels open entries and keeps positions and their protection"
SIZE = "Quantity = position_fraction * equity / (close * (1+slippage) * (1+fee)), fixed at the decision"
SCALED = "scaled down to max_notional, cash and what max_exposure leaves, rounded down to the lot step"
MIN_NOTIONAL = "below min_notional no order"
CASH_CUT = "A fill that cash no longer affords is cut to the cash"
ONE_BY_ONE = "in config order, each seeing the cash and exposure that those before it left"
IGNORED = "An entry signal while long, an exit signal while flat is ignored, not remembered"
PART = "a target sells until its part of the entered quantity stays"
PARTS_ASCEND = "targets in ascending order, each at its level, or at the open where the bar opens beyond it"
STOP_FOR_ALL = "two touches in one bar: the stop first, for all that is left"
STOP_STAYS = "after a part exit the stop stays, and its quantity shrinks"
PART_LOTS = "a part goes down to whole lots"
PART_LEAST = "a part worth less than min_notional is not sold, and a rest worth less goes with the part"
DISTANCE = "a trailing stop lies a fraction or a distance below the highest high, the higher of both acts"
BREAK_EVEN = "once a completed bar's high was so far above the entry price, the stop is no lower than that price"
OWN = "what an entry says of its trailing stop, break-even or longest time stands in place of the keys of [risk]"
LONGEST = "at the close of the last bar for which it may be held an exit is ordered, for the next open"
AMOUNT = "by amount: so much of the quote currency, costs included"
RISK = "by risk: so much that the stop, with the costs of both fills, takes risk_per_trade of equity"
END = "A position still open at the end of data is closed at the last close with reason end"

ORDERS = (
    Scenario(
        "next open",
        NEXT_OPEN,
        {0: flat(100.0), 1: (101.0, 103.0, 99.0, 102.0), 2: (103.0, 103.0, 103.0, 103.0)},
        {0: "enter", 1: "exit"},
        (buy(1, 101.0), sell(2, 103.0, "signal")),
    ),
    Scenario(
        "data gap before the entry",
        NEXT_EXISTING,
        {0: flat(100.0), 25: (97.0, 99.0, 96.0, 98.0), 26: flat(98.0)},
        {0: "enter", 25: "exit"},
        (buy(25, 97.0), sell(26, 98.0, "signal")),
    ),
    Scenario(
        "data gap before the exit, over midnight",
        NEXT_EXISTING,
        {**HELD, 45: (90.0, 90.0, 90.0, 90.0)},
        {0: "enter", 1: "exit"},
        (BOUGHT, sell(45, 90.0, "signal")),
    ),
    Scenario(
        "data gap of one symbol",
        NEXT_EXISTING,
        {0: flat(100.0), 3: flat(110.0), 4: flat(111.0)},
        {0: "enter", 3: "exit"},
        (buy(3, 110.0), sell(4, 111.0, "signal")),
        bars_of_b={minute: flat(7.0) for minute in range(5)},
    ),
    Scenario(
        "entry signal while long",
        IGNORED,
        {**HELD, 2: flat(100.0), 3: flat(100.0)},
        {0: "enter", 1: "enter", 2: "exit"},
        (BOUGHT, sell(3, 100.0, "signal")),
    ),
    Scenario(
        "entry signal while long, then out by the stop",
        IGNORED,
        {**HELD, 2: (100.0, 100.0, 97.0, 99.0), 3: flat(99.0), 4: flat(99.0)},
        {0: "enter", 1: "enter"},
        (BOUGHT, sell(2, 98.0, "stop_loss")),
        STOPS,
    ),
    Scenario(
        "exit signal while flat",
        IGNORED,
        {0: flat(100.0), 1: flat(100.0), 2: flat(100.0), 3: flat(101.0)},
        {0: "exit", 1: "enter"},
        (buy(2, 100.0), sell(3, 101.0, "end")),
    ),
    Scenario("no signal", NEXT_OPEN, {0: flat(100.0), 1: flat(50.0)}, {}, ()),
)

GAPS_AND_TOUCHES = (
    Scenario(
        "price gap through the stop",
        STOP_OPEN,
        {**HELD, 2: (95.0, 99.0, 94.0, 99.0), 3: flat(99.0)},
        {0: "enter"},
        (BOUGHT, sell(2, 95.0, "stop_loss")),
        STOPS,
    ),
    Scenario(
        "price gap through the target",
        TARGET_OPEN,
        {**HELD, 2: (107.0, 108.0, 106.0, 106.0), 3: flat(106.0)},
        {0: "enter"},
        (BOUGHT, sell(2, 107.0, "take_profit")),
        STOPS,
    ),
    Scenario(
        "price gap through the target, then the stop in the same bar",
        TARGET_OPEN,
        {**HELD, 2: (107.0, 108.0, 90.0, 92.0), 3: flat(92.0)},
        {0: "enter"},
        (BOUGHT, sell(2, 107.0, "take_profit")),
        STOPS,
    ),
    Scenario(
        "price gap through the stop, then the target in the same bar",
        STOP_OPEN,
        {**HELD, 2: (95.0, 110.0, 94.0, 109.0), 3: flat(109.0)},
        {0: "enter"},
        (BOUGHT, sell(2, 95.0, "stop_loss")),
        STOPS,
    ),
    Scenario(
        "data gap and price gap through the stop",
        STOP_OPEN,
        {**HELD, 20: (80.0, 90.0, 79.0, 90.0)},
        {0: "enter"},
        (BOUGHT, sell(20, 80.0, "stop_loss")),
        STOPS,
    ),
    Scenario(
        "open exactly at the stop",
        STOP_OPEN,
        {**HELD, 2: (98.0, 99.0, 97.0, 97.0)},
        {0: "enter"},
        (BOUGHT, sell(2, 98.0, "stop_loss")),
        STOPS,
    ),
    Scenario(
        "low exactly at the stop",
        STOP_TOUCH,
        {**HELD, 2: (100.0, 101.0, 98.0, 100.0)},
        {0: "enter"},
        (BOUGHT, sell(2, 98.0, "stop_loss")),
        STOPS,
    ),
    Scenario(
        "high exactly at the target",
        TARGET_TOUCH,
        {**HELD, 2: (100.0, 104.0, 99.0, 100.0)},
        {0: "enter"},
        (BOUGHT, sell(2, 104.0, "take_profit")),
        STOPS,
    ),
    Scenario(
        "a hair from both",
        f"{STOP_TOUCH}; {TARGET_TOUCH}",
        {**HELD, 2: (100.0, 103.999, 98.001, 100.0), 3: flat(100.5)},
        {0: "enter"},
        (BOUGHT, sell(3, 100.5, "end")),
        STOPS,
    ),
    Scenario(
        "both in one bar",
        BOTH,
        {**HELD, 2: (100.0, 105.0, 97.0, 104.5), 3: flat(104.5)},
        {0: "enter"},
        (BOUGHT, sell(2, 98.0, "stop_loss")),
        STOPS,
    ),
    Scenario(
        "entry bar touches the stop",
        ENTRY_BAR,
        {0: flat(100.0), 1: (100.0, 101.0, 97.0, 100.0), 2: flat(100.0)},
        {0: "enter"},
        (BOUGHT, sell(1, 98.0, "stop_loss")),
        STOPS,
    ),
    Scenario(
        "entry bar touches the target",
        ENTRY_BAR,
        {0: flat(100.0), 1: (100.0, 105.0, 99.0, 100.0), 2: flat(100.0)},
        {0: "enter"},
        (BOUGHT, sell(1, 104.0, "take_profit")),
        STOPS,
    ),
    Scenario(
        "entry bar touches both",
        BOTH,
        {0: flat(100.0), 1: (100.0, 105.0, 97.0, 100.0), 2: flat(100.0)},
        {0: "enter"},
        (BOUGHT, sell(1, 98.0, "stop_loss")),
        STOPS,
    ),
    Scenario(  # 3 % slippage: filled at 103, so the stop at 100.94 lies above the open, which must not act
        "entry bar opens below its own stop",
        ENTRY_BAR,
        {0: flat(100.0), 1: (100.0, 100.0, 99.0, 99.0), 2: flat(99.0)},
        {0: "enter"},
        (buy(1, 103.0, 5_000 / 103), sell(1, 100.94 * 0.97, "stop_loss", 5_000 / 103)),
        STOPS,
        slippage=0.03,
    ),
    Scenario(
        "levels hang on the fill, not on the decision",
        ENTRY_BAR,
        {0: flat(100.0), 1: (110.0, 110.0, 108.0, 109.0), 2: (109.0, 115.0, 108.0, 110.0)},
        {0: "enter"},
        (buy(1, 110.0, 45.0), sell(2, 114.4, "take_profit", 45.0)),
        {**STOPS, "max_notional": 4_500.0},
    ),
    Scenario(
        "pending exit, and the bar opens through the stop",
        EXIT_FIRST,
        {**HELD, 2: (95.0, 95.0, 95.0, 95.0)},
        {0: "enter", 1: "exit"},
        (BOUGHT, sell(2, 95.0, "signal")),
        STOPS,
    ),
    Scenario(
        "pending exit, and the bar opens through the target",
        EXIT_FIRST,
        {**HELD, 2: (107.0, 107.0, 107.0, 107.0)},
        {0: "enter", 1: "exit"},
        (BOUGHT, sell(2, 107.0, "signal")),
        STOPS,
    ),
    Scenario(
        "pending exit, and the bar touches the stop",
        EXIT_FIRST,
        {**HELD, 2: (99.0, 99.0, 90.0, 91.0)},
        {0: "enter", 1: "exit"},
        (BOUGHT, sell(2, 99.0, "signal")),
        STOPS,
    ),
    Scenario(  # decided at the close of the bar in which the stop acts: there is nothing left to sell
        "exit signal at the close of the bar that is out by the stop",
        IGNORED,
        {**HELD, 2: (99.0, 99.0, 97.0, 97.0), 3: flat(97.0), 4: flat(97.0)},
        {0: "enter", 2: "exit"},
        (BOUGHT, sell(2, 98.0, "stop_loss")),
        STOPS,
    ),
    Scenario(  # high 110 in the entry bar: 104.5 acts from the next bar on, though the entry bar fell to 100
        "trailing stop from the next bar on",
        f"{TRAIL}; it moves at a close and acts from the next bar",
        {0: flat(100.0), 1: (100.0, 110.0, 100.0, 108.0), 2: (108.0, 109.0, 104.5, 106.0)},
        {0: "enter"},
        (BOUGHT, sell(2, 104.5, "trailing_stop")),
        {"trailing_stop": 0.05},
    ),
    Scenario(  # bar 2 rises to 120, but its low of 105 lies above 5 % below the high that was complete before it
        "trailing stop does not follow within a bar",
        TRAIL,
        {0: flat(100.0), 1: flat(100.0), 2: (106.0, 120.0, 105.0, 119.0), 3: (119.0, 119.0, 113.0, 113.0)},
        {0: "enter"},
        (BOUGHT, sell(3, 114.0, "trailing_stop")),
        {"trailing_stop": 0.05},
    ),
    Scenario(  # 5 % below 100 is 95: the stop-loss at 98 is reached first
        "stop-loss above the trailing stop",
        STOP_TOUCH,
        {**HELD, 2: (99.0, 99.0, 94.0, 94.0)},
        {0: "enter"},
        (BOUGHT, sell(2, 98.0, "stop_loss")),
        {"stop_loss": 0.02, "trailing_stop": 0.05},
    ),
)

COSTS = (  # 1 % slippage, 0.1 % fee: 5,000 / 101.101 units, at 101 where it opens at 100; stop 98.98, target 105.04
    Scenario(
        "slippage on entry and stop",
        SLIPPAGE,
        {**HELD, 2: (100.0, 100.0, 98.0, 98.0)},
        {0: "enter"},
        (buy(1, 101.0, 5_000 / 101.101), sell(2, 98.98 * 0.99, "stop_loss", 5_000 / 101.101)),
        STOPS,
        fee_rate=0.001,
        slippage=0.01,
    ),
    Scenario(
        "slippage on a stop at the open",
        SLIPPAGE,
        {**HELD, 2: (95.0, 95.0, 95.0, 95.0)},
        {0: "enter"},
        (buy(1, 101.0, 5_000 / 101.101), sell(2, 95.0 * 0.99, "stop_loss", 5_000 / 101.101)),
        STOPS,
        fee_rate=0.001,
        slippage=0.01,
    ),
    Scenario(
        "no slippage on a target",
        SLIPPAGE,
        {**HELD, 2: (100.0, 106.0, 100.0, 106.0)},
        {0: "enter"},
        (buy(1, 101.0, 5_000 / 101.101), sell(2, 105.04, "take_profit", 5_000 / 101.101)),
        STOPS,
        fee_rate=0.001,
        slippage=0.01,
    ),
    Scenario(
        "no slippage on a target at the open",
        SLIPPAGE,
        {**HELD, 2: (107.0, 107.0, 107.0, 107.0)},
        {0: "enter"},
        (buy(1, 101.0, 5_000 / 101.101), sell(2, 107.0, "take_profit", 5_000 / 101.101)),
        STOPS,
        fee_rate=0.001,
        slippage=0.01,
    ),
    Scenario(
        "slippage on a market exit",
        SLIPPAGE,
        {**HELD, 2: (102.0, 102.0, 102.0, 102.0)},
        {0: "enter", 1: "exit"},
        (buy(1, 101.0, 5_000 / 101.101), sell(2, 102.0 * 0.99, "signal", 5_000 / 101.101)),
        fee_rate=0.001,
        slippage=0.01,
    ),
    Scenario(
        "no slippage at the end of data",
        END,
        {**HELD, 2: (101.0, 104.0, 99.0, 103.0)},
        {0: "enter"},
        (buy(1, 101.0, 5_000 / 101.101), sell(2, 103.0, "end", 5_000 / 101.101)),
        fee_rate=0.001,
        slippage=0.01,
    ),
)

RE_ENTRIES = (
    Scenario(
        "re-entry decided in the bar of the exit",
        NEXT_OPEN,
        {**HELD, 2: (100.0, 104.0, 100.0, 100.0), 3: flat(100.0)},
        {0: "enter", 2: "enter"},
        (BOUGHT, sell(2, 104.0, "take_profit"), buy(3, 100.0, 51.0), sell(3, 100.0, "end", 51.0)),
        STOPS,
    ),
    Scenario(
        "re-entry decided in the bar of a market exit",
        NEXT_OPEN,
        {**HELD, 2: (104.0, 104.0, 100.0, 100.0), 3: flat(100.0)},
        {0: "enter", 1: "exit", 2: "enter"},
        (BOUGHT, sell(2, 104.0, "signal"), buy(3, 100.0, 51.0), sell(3, 100.0, "end", 51.0)),
    ),
    Scenario(
        "re-entry decided in the next bar",
        NEXT_OPEN,
        {**HELD, 2: (100.0, 104.0, 100.0, 100.0), 3: flat(100.0), 4: flat(101.0)},
        {0: "enter", 3: "enter"},
        (BOUGHT, sell(2, 104.0, "take_profit"), buy(4, 101.0, 51.0), sell(4, 101.0, "end", 51.0)),
        STOPS,
    ),
    Scenario(
        "cooldown of one bar is the bar of the exit",
        COOLDOWN,
        {**HELD, 2: (100.0, 104.0, 100.0, 100.0), 3: flat(100.0), 4: flat(101.0)},
        {0: "enter", 2: "enter", 3: "enter"},
        (BOUGHT, sell(2, 104.0, "take_profit"), buy(4, 101.0, 51.0), sell(4, 101.0, "end", 51.0)),
        {**STOPS, "cooldown_bars": 1},
    ),
    Scenario(
        "cooldown of two bars",
        COOLDOWN,
        {**HELD, 2: (100.0, 104.0, 100.0, 100.0), 3: flat(100.0), 4: flat(100.0), 5: flat(102.0)},
        {0: "enter", 2: "enter", 3: "enter", 4: "enter"},
        (BOUGHT, sell(2, 104.0, "take_profit"), buy(5, 102.0, 51.0), sell(5, 102.0, "end", 51.0)),
        {**STOPS, "cooldown_bars": 2},
    ),
    Scenario(  # minute 3 passes without a bar of A: bars count, not minutes
        "cooldown counts the symbol's own bars",
        COOLDOWN,
        {**HELD, 2: (100.0, 104.0, 100.0, 100.0), 4: flat(100.0), 5: flat(100.0), 6: flat(103.0)},
        {0: "enter", 4: "enter", 5: "enter"},
        (BOUGHT, sell(2, 104.0, "take_profit"), buy(6, 103.0, 51.0), sell(6, 103.0, "end", 51.0)),
        {**STOPS, "cooldown_bars": 2},
        bars_of_b={minute: flat(7.0) for minute in range(7)},
    ),
    Scenario(
        "the first bars need no warm-up",
        "No warm-up applies to them",
        {0: flat(100.0), 1: flat(100.0)},
        {0: "enter"},
        (BOUGHT, sell(1, 100.0, "end")),
        {"cooldown_bars": 5},
    ),
)

GUARDS = (  # 50 units at 100 and 5,000 in cash: equity is 5,000 + 50 times the close
    Scenario(  # 90: 9,500, a loss of exactly 5 %
        "daily loss exactly reached",
        DAILY_LOSS,
        {**HELD, 2: flat(90.0), 3: flat(91.0)},
        {0: "enter", 2: "exit"},
        (BOUGHT, sell(3, 91.0, "end")),
        {"daily_loss_limit": 0.05},
    ),
    Scenario(
        "daily loss not quite reached",
        DAILY_LOSS,
        {**HELD, 2: flat(90.02), 3: flat(91.0)},
        {0: "enter", 2: "exit"},
        (BOUGHT, sell(3, 91.0, "signal")),
        {"daily_loss_limit": 0.05},
    ),
    Scenario(
        "daily loss ends at midnight",
        DAILY_LOSS,
        {**HELD, 2: flat(89.0), 29: flat(89.0), MIDNIGHT: flat(89.0), 31: flat(88.0)},
        {0: "enter", 2: "exit", 29: "exit", MIDNIGHT: "exit"},
        (BOUGHT, sell(31, 88.0, "signal")),
        {"daily_loss_limit": 0.05},
    ),
    Scenario(  # base 10,000 of 23:59, not the 9,550 of 00:00: 89.9 is 9,495
        "the base is yesterday's last mark",
        DAY_BASE,
        {**HELD, 29: flat(100.0), MIDNIGHT: flat(91.0), 31: flat(89.9), 32: flat(89.0)},
        {0: "enter", 31: "exit"},
        (BOUGHT, sell(32, 89.0, "end")),
        {"daily_loss_limit": 0.05},
    ),
    Scenario(  # base 9,600 of the day before, not 10,000: 90 is 9,500, a loss of 1.04 % today
        "yesterday's loss does not count today",
        DAY_BASE,
        {**HELD, 2: flat(92.0), MIDNIGHT: flat(90.0), 31: flat(90.0)},
        {0: "enter", MIDNIGHT: "exit"},
        (BOUGHT, sell(31, 90.0, "signal")),
        {"daily_loss_limit": 0.05},
    ),
    Scenario(
        "a halted position keeps its stop",
        FREEZE,
        {**HELD, 2: flat(89.0), 3: (89.0, 89.0, 79.0, 80.0)},
        {0: "enter", 2: "exit"},
        (BOUGHT, sell(3, 80.0, "stop_loss")),
        {"daily_loss_limit": 0.05, "stop_loss": 0.2},
    ),
    Scenario(  # B decided at minute 1 and has no bar in minute 2, when A's loss halts the agent
        "a halt withdraws a pending entry",
        FREEZE,
        {**HELD, 2: flat(89.0), 3: flat(89.0)},
        {0: "enter"},
        (BOUGHT, sell(3, 89.0, "end")),
        {"daily_loss_limit": 0.05},
        bars_of_b={0: flat(10.0), 1: flat(10.0), 3: flat(10.0)},
        signals_of_b={1: "enter"},
    ),
    Scenario(
        "flatten sells at the next open",
        "True: daily loss and drawdown close all positions",
        {**HELD, 2: flat(89.0), 3: flat(88.0), 4: flat(88.0)},
        {0: "enter"},
        (BOUGHT, sell(3, 88.0, "kill_switch")),
        {"daily_loss_limit": 0.05, "flatten": True},
    ),
    Scenario(  # B's exit was decided at minute 2 and waits for a bar while A's loss halts at minute 3
        "flatten leaves a pending exit its reason",
        EXIT_FIRST,
        {0: flat(100.0), 1: flat(100.0), 2: flat(100.0), 3: flat(89.0), 4: flat(88.0)},
        {0: "enter"},
        (
            buy(1, 100.0),
            buy(1, 10.0, 500.0, symbol=1),
            sell(4, 88.0, "kill_switch"),
            sell(4, 9.0, "signal", 500.0, symbol=1),
        ),
        {"daily_loss_limit": 0.05, "flatten": True},
        bars_of_b={0: flat(10.0), 1: flat(10.0), 2: flat(10.0), 4: flat(9.0)},
        signals_of_b={0: "enter", 2: "exit"},
    ),
    Scenario(  # 140 is 12,000, the highest mark; 80 is 9,000, exactly 25 % below it and only 10 % below the start
        "drawdown from the highest mark, over midnight",
        DRAWDOWN,
        {**HELD, 2: flat(140.0), 3: flat(80.0), MIDNIGHT: flat(81.0), 31: flat(81.0)},
        {0: "enter", 3: "exit", MIDNIGHT: "exit"},
        (BOUGHT, sell(31, 81.0, "end")),
        {"max_drawdown": 0.25},
    ),
    Scenario(
        "drawdown not quite reached",
        DRAWDOWN,
        {**HELD, 2: flat(140.0), 3: flat(80.02), 4: flat(80.0)},
        {0: "enter", 3: "exit"},
        (BOUGHT, sell(4, 80.0, "signal")),
        {"max_drawdown": 0.25},
    ),
    Scenario(  # lows and highs make no mark: only the close of 100 does
        "equity is marked at the close",
        "mark equity at the close",
        {**HELD, 2: (100.0, 130.0, 60.0, 100.0), 3: flat(101.0)},
        {0: "enter", 2: "exit"},
        (BOUGHT, sell(3, 101.0, "signal")),
        {"max_drawdown": 0.1, "daily_loss_limit": 0.05},
    ),
)

SIZES = (
    Scenario(
        "size is fixed at the decision",
        SIZE,
        {0: flat(80.0), 1: flat(100.0)},
        {0: "enter"},
        (buy(1, 100.0, 62.5), sell(1, 100.0, "end", 62.5)),
    ),
    Scenario(
        "max_notional",
        SCALED,
        HELD,
        {0: "enter"},
        (buy(1, 100.0, 10.0), sell(1, 100.0, "end", 10.0)),
        {"max_notional": 1_000.0},
    ),
    Scenario(
        "max_exposure",
        SCALED,
        HELD,
        {0: "enter"},
        (buy(1, 100.0, 25.0), sell(1, 100.0, "end", 25.0)),
        {"max_exposure": 0.25},
    ),
    Scenario(
        "lot step",
        SCALED,
        HELD,
        {0: "enter"},
        (buy(1, 100.0, 49.0), sell(1, 100.0, "end", 49.0)),
        lot_step=7.0,
    ),
    Scenario(
        "exactly min_notional",
        MIN_NOTIONAL,
        HELD,
        {0: "enter"},
        (BOUGHT, sell(1, 100.0, "end")),
        {"min_notional": 5_000.0},
    ),
    Scenario("below min_notional", MIN_NOTIONAL, HELD, {0: "enter"}, (), {"min_notional": 5_000.01}),
    Scenario(  # 49 units are 4,900
        "below min_notional by the lot step",
        MIN_NOTIONAL,
        HELD,
        {0: "enter"},
        (),
        {"min_notional": 4_901.0},
        lot_step=7.0,
    ),
    Scenario(  # all of it at 100 is 100 units; at 125 it pays for 80
        "a fill is cut to the cash",
        CASH_CUT,
        {0: flat(100.0), 1: flat(125.0)},
        {0: "enter"},
        (buy(1, 125.0, 80.0), sell(1, 125.0, "end", 80.0)),
        {"position_fraction": 1.0},
    ),
    Scenario(
        "a fill is cut to the cash in whole lots",
        CASH_CUT,
        {0: flat(100.0), 1: flat(125.0)},
        {0: "enter"},
        (buy(1, 125.0, 78.0), sell(1, 125.0, "end", 78.0)),
        {"position_fraction": 1.0},
        lot_step=3.0,
    ),
    Scenario(  # A's order takes 6,000, B's is sized to the 4,000 left; A opens at 125 and leaves 2,500: 20 units
        "two symbols share the cash",
        f"{ONE_BY_ONE}; {CASH_CUT}",
        {0: flat(100.0), 1: flat(125.0)},
        {0: "enter"},
        (
            buy(1, 125.0, 60.0),
            buy(1, 125.0, 20.0, symbol=1),
            sell(1, 125.0, "end", 60.0),
            sell(1, 125.0, "end", 20.0, symbol=1),
        ),
        {"position_fraction": 0.6},
        bars_of_b={0: flat(100.0), 1: flat(125.0)},
        signals_of_b={0: "enter"},
    ),
    Scenario(  # A's pending 5,000 leave B 2,000 of the 7,000
        "two symbols share the exposure",
        ONE_BY_ONE,
        HELD,
        {0: "enter"},
        (
            buy(1, 100.0),
            buy(1, 10.0, 200.0, symbol=1),
            sell(1, 100.0, "end"),
            sell(1, 10.0, "end", 200.0, symbol=1),
        ),
        {"max_exposure": 0.7},
        bars_of_b={0: flat(10.0), 1: flat(10.0)},
        signals_of_b={0: "enter"},
    ),
)

HALVES = {"targets": (ProfitTarget(0.02, 0.5), ProfitTarget(0.04, 0.0), NO_TARGET)}
"""Half of it at 102, the rest at 104, for a fill at 100."""
THIRDS = {"targets": (ProfitTarget(0.02, 0.6), ProfitTarget(0.04, 0.2), ProfitTarget(0.06, 0.0))}
PARTS = (
    Scenario(
        "two targets in two bars",
        PART,
        {**HELD, 2: (101.0, 102.0, 101.0, 101.0), 3: (101.0, 103.0, 100.5, 102.5), 4: (103.0, 104.0, 103.0, 104.0)},
        {0: "enter"},
        (BOUGHT, sell(2, 102.0, "take_profit", 25.0), sell(4, 104.0, "take_profit", 25.0)),
        HALVES,
    ),
    Scenario(
        "three targets in one bar",
        PARTS_ASCEND,
        {**HELD, 2: (101.0, 107.0, 101.0, 106.0)},
        {0: "enter"},
        (
            BOUGHT,
            sell(2, 102.0, "take_profit", 20.0),
            sell(2, 104.0, "take_profit", 20.0),
            sell(2, 106.0, "take_profit", 10.0),
        ),
        THIRDS,
    ),
    Scenario(
        "price gap through two of three targets",
        PARTS_ASCEND,
        {**HELD, 2: (105.0, 105.5, 104.5, 105.0), 3: flat(105.0)},
        {0: "enter"},
        (
            BOUGHT,
            sell(2, 105.0, "take_profit", 20.0),
            sell(2, 105.0, "take_profit", 20.0),
            sell(3, 105.0, "end", 10.0),
        ),
        THIRDS,
    ),
    Scenario(
        "a target and the stop in one bar",
        STOP_FOR_ALL,
        {**HELD, 2: (100.0, 103.0, 97.0, 100.0)},
        {0: "enter"},
        (BOUGHT, sell(2, 98.0, "stop_loss")),
        {**HALVES, "stop_loss": 0.02},
    ),
    Scenario(  # the open is known to come first, what comes after it is not
        "price gap through a target, then the other and the stop in the same bar",
        STOP_FOR_ALL,
        {**HELD, 2: (103.0, 105.0, 97.0, 100.0)},
        {0: "enter"},
        (BOUGHT, sell(2, 103.0, "take_profit", 25.0), sell(2, 98.0, "stop_loss", 25.0)),
        {**HALVES, "stop_loss": 0.02},
    ),
    Scenario(
        "the stop after a part",
        STOP_STAYS,
        {**HELD, 2: (101.0, 102.0, 101.0, 101.0), 3: (101.0, 101.0, 97.0, 98.0)},
        {0: "enter"},
        (BOUGHT, sell(2, 102.0, "take_profit", 25.0), sell(3, 98.0, "stop_loss", 25.0)),
        {**HALVES, "stop_loss": 0.02},
    ),
    Scenario(  # half of 48 is 24, of which one lot of 16 is sold
        "parts in lots",
        PART_LOTS,
        {**HELD, 2: (101.0, 102.0, 101.0, 101.0), 3: flat(101.0)},
        {0: "enter"},
        (buy(1, 100.0, 48.0), sell(2, 102.0, "take_profit", 16.0), sell(3, 101.0, "end", 32.0)),
        HALVES,
        lot_step=16.0,
    ),
    Scenario(  # a tenth of 50 is 5 * 102 = 510, less than 600: it waits for the next target
        "a part below the least",
        PART_LEAST,
        {**HELD, 2: (101.0, 103.0, 101.0, 101.0), 3: (101.0, 104.0, 101.0, 101.0), 4: flat(101.0)},
        {0: "enter"},
        (BOUGHT, sell(3, 104.0, "take_profit", 25.0), sell(4, 101.0, "end", 25.0)),
        {"targets": (ProfitTarget(0.02, 0.9), ProfitTarget(0.04, 0.5), NO_TARGET), "min_notional": 600.0},
    ),
    Scenario(  # what stays of it would be 5 * 102 = 510, which could not be sold
        "a rest below the least",
        PART_LEAST,
        {**HELD, 2: (101.0, 102.0, 101.0, 101.0), 3: flat(101.0)},
        {0: "enter"},
        (BOUGHT, sell(2, 102.0, "take_profit")),
        {"targets": (ProfitTarget(0.02, 0.1), NO_TARGET, NO_TARGET), "min_notional": 600.0},
    ),
)

MOVED_STOPS = (
    Scenario(
        "trailing distance",
        DISTANCE,
        {**HELD, 2: (101.0, 106.0, 100.0, 105.0), 3: (105.0, 105.0, 102.0, 103.0)},
        {0: "enter"},
        (BOUGHT, sell(3, 103.0, "trailing_stop")),
        {"trailing_distance": 3.0},
    ),
    Scenario(  # 5 % below 106 is 100.7, 3 below it 103
        "the higher of both trails",
        DISTANCE,
        {**HELD, 2: (105.0, 106.0, 104.0, 105.0), 3: (105.0, 105.0, 102.0, 103.0)},
        {0: "enter"},
        (BOUGHT, sell(3, 103.0, "trailing_stop")),
        {"trailing_distance": 3.0, "trailing_stop": 0.05},
    ),
    Scenario(
        "break-even from the next bar on",
        BREAK_EVEN,
        {**HELD, 2: (101.0, 103.0, 99.0, 102.0), 3: (102.0, 102.0, 99.0, 99.0), 4: flat(99.0)},
        {0: "enter"},
        (BOUGHT, sell(3, 100.0, "break_even")),
        {"break_even_at": 0.03, "stop_loss": 0.1},
    ),
    Scenario(
        "a hair below break-even",
        BREAK_EVEN,
        {**HELD, 2: (101.0, 102.99, 99.0, 102.0), 3: (102.0, 102.0, 99.0, 99.0)},
        {0: "enter"},
        (BOUGHT, sell(3, 99.0, "end")),
        {"break_even_at": 0.03, "stop_loss": 0.1},
    ),
)

TIMES = (
    Scenario(  # held at the closes of the bars 1, 2 and 3
        "three bars",
        LONGEST,
        {**HELD, 2: flat(101.0), 3: flat(102.0), 4: flat(103.0), 5: flat(104.0)},
        {0: "enter"},
        (BOUGHT, sell(4, 103.0, "time")),
        {"max_bars_held": 3},
    ),
    Scenario(
        "three bars with a gap in them",
        LONGEST,
        {**HELD, 9: flat(101.0), 10: flat(102.0), 20: flat(103.0), 21: flat(104.0)},
        {0: "enter"},
        (BOUGHT, sell(20, 103.0, "time")),
        {"max_bars_held": 3},
    ),
    Scenario(
        "an exit that is wanted at the last of its bars",
        LONGEST,
        {**HELD, 2: flat(101.0), 3: flat(102.0)},
        {0: "enter", 2: "exit"},
        (BOUGHT, sell(3, 102.0, "signal")),
        {"max_bars_held": 2},
    ),
)

OWN_TERMS = (
    Scenario(  # the fraction of risk would have been 5 % below 106, its distance 1 below
        "a trailing distance of its own",
        OWN,
        {**HELD, 2: (101.0, 106.0, 104.0, 105.0), 3: (105.0, 105.0, 102.0, 103.0)},
        {0: "enter"},
        (BOUGHT, sell(3, 103.0, "trailing_stop")),
        {"trailing_distance": 1.0, "trailing_stop": 0.05},
        own={"trailing": 3.0},
    ),
    Scenario(
        "a trailing distance of its own where risk has none",
        OWN,
        {**HELD, 2: (101.0, 106.0, 104.0, 105.0), 3: (105.0, 105.0, 102.0, 103.0)},
        {0: "enter"},
        (BOUGHT, sell(3, 103.0, "trailing_stop")),
        own={"trailing": 3.0},
    ),
    Scenario(  # risk would have secured it at 101
        "a break-even of its own is a price",
        OWN,
        {**HELD, 2: (101.0, 102.5, 99.5, 102.0), 3: (102.0, 103.0, 99.0, 99.5), 4: (102.0, 102.0, 99.0, 99.0)},
        {0: "enter"},
        (BOUGHT, sell(4, 100.0, "break_even")),
        {"break_even_at": 0.01},
        own={"break_even": 103.0},
    ),
    Scenario(  # risk would have sold it at 103
        "a longest time of its own",
        OWN,
        {**HELD, 2: flat(101.0), 3: flat(102.0), 4: flat(103.0), 5: flat(104.0), 6: flat(105.0)},
        {0: "enter"},
        (BOUGHT, sell(6, 105.0, "time")),
        {"max_bars_held": 3},
        own={"max_bars": 5},
    ),
    Scenario(
        "a longest time of its own where risk has none",
        OWN,
        {**HELD, 2: flat(101.0), 3: flat(102.0), 4: flat(103.0)},
        {0: "enter"},
        (BOUGHT, sell(3, 102.0, "time")),
        own={"max_bars": 2},
    ),
)

SIZINGS = (
    Scenario(
        "by amount",
        AMOUNT,
        HELD,
        {0: "enter"},
        (buy(1, 100.0, 20.0), sell(1, 100.0, "end", 20.0)),
        {"sizing": BY_AMOUNT, "entry_amount": 2_000.0},
    ),
    Scenario(  # 2,020 pay 20 units at 101
        "by amount, its costs in it",
        AMOUNT,
        HELD,
        {0: "enter"},
        (buy(1, 100.0, 20.0), sell(1, 100.0, "end", 20.0)),
        {"sizing": BY_AMOUNT, "entry_amount": 2_020.0},
        fee_rate=0.01,
    ),
    Scenario(  # 1 % of 10,000 is 100, the stop lies 2 below
        "by risk",
        RISK,
        {**HELD, 2: (100.0, 100.0, 98.0, 98.0)},
        {0: "enter"},
        (buy(1, 100.0, 50.0), sell(2, 98.0, "stop_loss", 50.0)),
        {"sizing": BY_RISK, "risk_per_trade": 0.01, "stop_loss": 0.02},
    ),
    Scenario(  # a unit costs 101 and brings in 90 * 0.99 = 89.1 at the stop: 119 of risk pay for 10
        "by risk, its costs in it",
        RISK,
        {**HELD, 2: (100.0, 100.0, 90.0, 90.0)},
        {0: "enter"},
        (buy(1, 100.0, 10.0), sell(2, 90.0, "stop_loss", 10.0)),
        {"sizing": BY_RISK, "risk_per_trade": 0.0119, "stop_loss": 0.1},
        fee_rate=0.01,
    ),
    Scenario(
        "by risk, without a stop",
        RISK,
        HELD,
        {0: "enter"},
        (),
        {"sizing": BY_RISK, "risk_per_trade": 0.01},
    ),
)

ENDS = (
    Scenario(
        "open position", END, {**HELD, 2: (101.0, 104.0, 99.0, 103.0)}, {0: "enter"}, (BOUGHT, sell(2, 103.0, "end"))
    ),
    Scenario("pending entry", END, {0: flat(100.0), 1: flat(100.0)}, {1: "enter"}, ()),
    Scenario(
        "pending exit",
        END,
        {**HELD, 2: (101.0, 104.0, 99.0, 103.0)},
        {0: "enter", 2: "exit"},
        (BOUGHT, sell(2, 103.0, "end")),
    ),
    Scenario(  # A's last bar is minute 2: it is kept to the end of all data, at the close of that bar
        "a symbol that ends before the others",
        END,
        {**HELD, 2: flat(105.0)},
        {0: "enter"},
        (BOUGHT, sell(5, 105.0, "end")),
        bars_of_b={minute: flat(7.0) for minute in range(6)},
    ),
    Scenario(  # B is bought with what A's last bar leaves of the cash, and left before A is
        "a symbol that ends binds its money",
        END,
        {**HELD, 2: flat(110.0)},
        {0: "enter"},
        (BOUGHT, buy(4, 5.0, 1_000.0, 1), sell(6, 5.0, "signal", 1_000.0, 1), sell(7, 110.0, "end")),
        {"position_fraction": 0.5},
        bars_of_b={minute: flat(5.0) for minute in range(8)},
        signals_of_b={3: "enter", 5: "exit"},
    ),
    Scenario(
        "a symbol that ends with its entry pending",
        END,
        HELD,
        {1: "enter"},
        (),
        bars_of_b={minute: flat(7.0) for minute in range(6)},
    ),
)

SCENARIOS = (
    *ORDERS,
    *GAPS_AND_TOUCHES,
    *COSTS,
    *RE_ENTRIES,
    *GUARDS,
    *SIZES,
    *PARTS,
    *MOVED_STOPS,
    *TIMES,
    *OWN_TERMS,
    *SIZINGS,
    *ENDS,
)
