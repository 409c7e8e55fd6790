"""Integers that stand for words inside the kernel; `domain` and the decision records hold the words."""

# side of an order or fill
NONE = 0
BUY = 1
SELL = -1

# what a strategy wants
HOLD = 0
ENTER = 1
EXIT = 2

# reason of an order or fill
SIGNAL = 1
SENTIMENT = 2
STOP_LOSS = 3
TAKE_PROFIT = 4
TRAILING_STOP = 5
KILL_SWITCH = 6
END = 7
BREAK_EVEN = 8
TIME = 9
FIRST_OWN_REASON = 16
"""A strategy's own reasons follow from here on, in the order in which it names them."""
MOST_REASONS = 16
"""Of one strategy; with them a packed choice fits into a signed byte."""

# state of the automatic switch
RUNNING = 0
DAILY_LOSS = 1
DRAWDOWN = 2

# verdict of risk on a choice
NOTHING_WANTED = 0
ORDERED = 1
HALTED = 2
PENDING = 3
COOLDOWN = 4
MAX_OPEN_POSITIONS = 5
MAX_EXPOSURE = 6
NO_CASH = 7
BELOW_MIN_NOTIONAL = 8
ALREADY_HELD = 9
NOT_HELD = 10
NO_STOP = 11
NO_PART = 12

# what an entry's quantity follows from
BY_FRACTION = 0
BY_AMOUNT = 1
BY_RISK = 2
