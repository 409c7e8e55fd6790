"""Backtests: the kernel's own functions over arrays of many minutes.

market        candles of several symbols on one time line
rule_signals  the rule's choice at every close, for one or many parameter sets
walk          orders, fills, marks and guards, minute after minute
fast_forward  the minutes between two events, passed over
ledger        fills folded into trades and cash
compiled      the only place that knows numba: the same functions as machine code
engine        which of the two runs, and one or many backtests with it
"""
