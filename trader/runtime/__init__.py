"""The local runtime: the same use cases that run as Lambdas, woken in one process over SQLite.

runs       where a run lives on disk, which run an agent is in, one process per agent
markets    simulated exchange, candle files or a real exchange as the ports of a run
lockstep   simulated time: from candle to candle, as fast as wanted
realtime   wall-clock time: every minute
summary    what a run earned
"""
