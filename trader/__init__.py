"""Tools of a person's machine: command line, local runtime, simulated exchange, backtests. No part of the live Lambdas;
those of backtests on Step Functions ship `data`, `backtest`, `report`, `tuning` and `cloud_backtest`.
"""
