"""Backtests on Step Functions: part runs in four Lambdas, part on the machine that starts, follows and fetches a run.

request     what is asked of a run, as the machine's input
pieces      a range in calendar months, and where each is kept
bulk        monthly archives of candles, verified by their checksums
tables      candles as objects: read fast and exactly, with numpy alone
objects     the port of an object store; `folder` and `s3` are its adapters
plan        the first step: what has to be fetched, and which shards there are
history     the second: see that the candles of one month of one symbol are in the store
series      files of series, kept beside the candles
market      the market of a run, read from the store
shard       the third: some parameter sets over everything that is in sample
rows        their figures between the steps
outcomes    what became of every shard
reduce      the last: what `trader tune` makes of a sweep, and what failed
handlers    the Lambdas: parse the event, call one of them, return
client      start, follow, fetch
warm        has numba compile what a run calls, for an image
"""
