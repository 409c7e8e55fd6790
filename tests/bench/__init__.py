"""How fast a backtest is, as ratios to a loop written by hand in C and to other backtesters; what scoring a headline
takes. `make bench`.

Nothing here is a test: times are compared within one run, never with a limit that a busy machine could miss.
"""
