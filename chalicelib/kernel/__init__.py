"""The rules, pure: state in, new state out; standard library only, float64, no I/O, no clock.

Everything here stays inside what numba compiles (scalars, NamedTuples, lists of them; IEEE + - * / and guarded sqrt),
so that the backtester runs these very functions. Undefined is NaN, "none" is a zero code, a refused order is a value.

bar          a closed candle as the kernel sees it
codes        the small integers that stand for sides, reasons, actions and verdicts
indicators   RSI, EMA, Bollinger: observe() folds one close into the state
decide       signals and the rule that turns indicators and sentiment into enter, exit or hold
risk         sizing, guards, daily loss and drawdown
account      cash, positions and fills: book() is the only place where money moves
match        what a bar does to a pending order and to a position's protective levels
step         one minute over all symbols in the order that the design fixes
series       what a column of values is
run          step() over columns of many minutes
"""
