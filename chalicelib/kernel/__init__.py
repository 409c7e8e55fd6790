"""The rules, pure: state in, new state out; standard library only, float64, no I/O, no clock.

Everything here stays inside what numba compiles (scalars, NamedTuples, lists of them; IEEE + - * / and guarded sqrt),
so that the backtester runs these very functions. Undefined is NaN, "none" is a zero code, a refused order is a value.

bar          a closed candle as the kernel sees it
codes        the small integers that stand for sides, reasons, actions and verdicts
rule         what every minute asks of a strategy
choice       what a strategy wants at a close, and the only ways to say it
indicators   of each a state, a step and a value, for strategies
limits       what risk is limited by
lots         whole lots, and parts of a position
levels       stops and targets of a position
risk         what there is to risk, daily loss and drawdown
admission    risk's answer to a choice: how much, or why not
account      cash, positions and fills: book() is the only place where money moves
match        what a bar does to a pending order and to a position's protective levels
step         one minute over all symbols in the order that the design fixes
series       what a column of values is
run          step() over columns of many minutes
"""
